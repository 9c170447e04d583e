"""Outlines of wards for the screen, a third of the bytes of the true ones."""

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.actions.outlines import outline
from spatial.crs import geometry_to_wgs84

# Less than a pixel where all of a city is on the screen, some pixels where a street is.
_TOLERANCE_M = 8.0
_DEGREES = 5
_WARDS = text("""
SELECT id, ST_AsBinary(geom_bng) AS shape FROM area
WHERE kind = 'ward' AND edition_id = :edition ORDER BY id""")
_STORE = text("""
INSERT INTO ward_sketch (area_id, outline)
SELECT * FROM unnest(CAST(:ids AS integer[]), CAST(:outlines AS text[]))
ON CONFLICT (area_id) DO UPDATE SET outline = excluded.outline""")


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
    outlines = [_rounded(shapely.MultiPolygon(list(shapely.get_parts(each)))) for each in kept]
    session.execute(_STORE, {"ids": [row.id for row in rows], "outlines": outlines})
    return len(rows)


def _rounded(shape_bng: shapely.MultiPolygon) -> str:
    """Return the outline to a metre's decimals; it may touch itself then, which drawing bears."""
    return outline(shapely.transform(geometry_to_wgs84(shape_bng), lambda places: np.round(places, _DEGREES)))
