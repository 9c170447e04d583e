"""Outlines of wards for the screen, a tenth of the bytes of the true ones."""

import json

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from spatial.crs import geometry_to_wgs84

# Far less than a pixel where all of a city is on the screen, some pixels where a street is.
_TOLERANCE_M = 10.0
_PER_DEGREE = 100_000
_WARDS = text("""
SELECT id, ST_AsBinary(geom_bng) AS shape FROM area
WHERE kind = 'ward' AND edition_id = :edition ORDER BY id""")
_STORE = text("""
INSERT INTO ward_sketch (area_id, shape)
SELECT * FROM unnest(CAST(:ids AS integer[]), CAST(:shapes AS text[]))
ON CONFLICT (area_id) DO UPDATE SET shape = excluded.shape""")


def draw_sketches(session: Session, edition_id: int) -> int:
    """Draw the wards of an edition for the screen, and return how many there are.

    Simplified all together (Visvalingam and Whyatt 1993, by GEOS), so that neighbours keep one border; for
    drawing alone, never for counting.
    """
    rows = session.execute(_WARDS, {"edition": edition_id}).all()
    if not rows:
        return 0
    shapes = shapely.from_wkb([bytes(row.shape) for row in rows])
    sketched = shapely.coverage_simplify(shapes, _TOLERANCE_M)
    # A ward smaller than the tolerance keeps its own shape.
    kept = np.where(shapely.is_empty(sketched), shapes, sketched)
    session.execute(_STORE, {"ids": [row.id for row in rows], "shapes": [_steps(each) for each in kept]})
    return len(rows)


def _steps(shape_bng: shapely.Polygon | shapely.MultiPolygon) -> str:
    """Return polygons of rings, each its first corner and the step to each next, as the column says."""
    placed = geometry_to_wgs84(shapely.MultiPolygon(list(shapely.get_parts(shape_bng))))
    polygons = [
        [_ring(ring) for ring in (polygon.exterior, *polygon.interiors)]
        for polygon in shapely.get_parts(placed)
    ]
    return json.dumps(polygons, separators=(",", ":"))


def _ring(ring: shapely.LinearRing) -> list[int]:
    corners = np.round(shapely.get_coordinates(ring)[:-1] * _PER_DEGREE).astype(np.int64)
    return [int(each) for each in np.vstack([corners[:1], np.diff(corners, axis=0)]).ravel()]
