"""The planning room."""

from geoapp.planning import analysis_views, cell_views, compare_views, export_views  # noqa: F401 (their routes join those of views)
from geoapp.planning.prints import views as print_views  # noqa: F401 (so do these)
from geoapp.planning.views import bp

__all__ = ["bp"]
