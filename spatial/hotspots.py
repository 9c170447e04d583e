"""Where concerns concentrate, beyond what walking explains: the names to use, whichever file they live in.

`circular_scan` and `relative_surface` weigh concerns against walking. `getis_ord_g_star` and `local_moran` do
not, unless they are fed with rates, and are secondary layers.
"""

from spatial.local import HotSpots, LocalMoran, getis_ord_g_star, local_moran
from spatial.scan import Cluster, circular_scan
from spatial.surface import (
    DEFAULT_BANDWIDTH_M,
    THIN_M_PER_HA,
    cross_validated_bandwidth,
    density,
    relative_surface,
)

__all__ = [
    "DEFAULT_BANDWIDTH_M",
    "THIN_M_PER_HA",
    "Cluster",
    "HotSpots",
    "LocalMoran",
    "circular_scan",
    "cross_validated_bandwidth",
    "density",
    "getis_ord_g_star",
    "local_moran",
    "relative_surface",
]
