"""Cells of equal area: the database makes them in metres, their place in degrees is written here."""

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.actions.outlines import outline
from spatial.cells import cells_to_wgs84

_MOST_AT_ONCE = 2_000

_MISSING = text("""
SELECT id, ST_AsBinary(geom_bng) AS shape FROM area WHERE outline IS NULL ORDER BY id LIMIT :most""")
_WRITE = text("""
UPDATE area SET geom = ST_GeomFromWKB(c.shape, 4326), outline = c.outline
FROM unnest(CAST(:ids AS integer[]), CAST(:shapes AS bytea[]), CAST(:outlines AS text[]))
    AS c (id, shape, outline)
WHERE area.id = c.id""")


def outline_cells(session: Session) -> int:
    """Write shape and outline in WGS84 of all cells that have none yet; return how many there were.

    The database has no OSTN15 grid, so it makes cells in metres alone. To be called after whatever may have
    made some, in the same transaction; costs one look at an index when there is nothing to do.
    """
    session.flush()
    written = 0
    while found := session.execute(_MISSING, {"most": _MOST_AT_ONCE}).all():
        shapes = cells_to_wgs84(shapely.from_wkb([row.shape for row in found]))
        session.execute(
            _WRITE,
            {
                "ids": [row.id for row in found],
                "shapes": shapely.to_wkb(shapes).tolist(),
                "outlines": [outline(shape) for shape in shapes],
            },
        )
        written += len(found)
    return written
