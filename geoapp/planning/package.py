"""The figures as a GeoPackage, for a desktop GIS."""

import json
import tempfile
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from geoapp.config import Rules
from geoapp.planning.figures import Answer
from geoapp.planning.package_style import put_style
from geoapp.planning.present import COLUMNS, method, properties, selection, totals
from geoapp.planning.selection import Chosen
from geoapp.queries.shapes import area_shapes

LAYER = "areas"
_WORDS = frozenset({"code", "name", "borough_code", "borough_name", "verdict", "reason"})


def areas_package(connection: Connection, found: Answer, chosen: Chosen, rules: Rules) -> bytes:
    """Return a GeoPackage with the layer `areas`: the columns of the CSV, outlines in EPSG:27700.

    In metres of the National Grid, as they were cut, so that no program converts them by a shift of its own.
    Method, version, selection and totals are the layer's metadata; QGIS opens it in the legend's colours.
    """
    from pyogrio import raw  # noqa: PLC0415 (it brings pandas: tens of megabytes that most processes never need)

    shapes = area_shapes(connection, [area.id for area in found.areas])
    rows = [properties(area) for area in found.areas]
    said = {
        "method": json.dumps(method(found, chosen, rules)),
        "version": found.version,
        "selection": json.dumps(selection(chosen)),
        "totals": json.dumps(totals(found)),
    }
    with tempfile.TemporaryDirectory(prefix="lamplight-") as folder:
        path = Path(folder) / "areas.gpkg"
        raw.write(
            path,
            geometry=np.array([shapes[area.id] for area in found.areas], dtype=object),
            field_data=[_column(name, [row[name] for row in rows]) for name in COLUMNS],
            field_mask=[np.array([row[name] is None for row in rows], dtype=bool) for name in COLUMNS],
            fields=np.array(COLUMNS, dtype=object),
            geometry_type="MultiPolygon",
            crs="EPSG:27700",
            layer=LAYER,
            driver="GPKG",
            layer_metadata=said,
        )
        put_style(path, LAYER, found.scale, rules.partner_min_walks)
        return path.read_bytes()


def _column(name: str, values: list[object]) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
    if name in _WORDS:
        return np.array(values, dtype=object)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
