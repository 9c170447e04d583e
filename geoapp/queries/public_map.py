"""What the public map is drawn on: the wards of an edition, which are no secret."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

_WARDS = text("""
SELECT a.code, a.name, coalesce(a.borough_code, '') AS borough_code,
       coalesce(b.name, a.borough_code, '') AS borough_name,
       e.name AS edition, e.attribution, ST_AsBinary(a.geom_bng) AS shape
FROM area a
JOIN edition e ON e.id = a.edition_id
LEFT JOIN borough b ON b.code = a.borough_code
WHERE a.kind = 'ward' AND a.edition_id = edition_on(:day)
ORDER BY borough_name, a.name, a.code""")


@dataclass(frozen=True)
class PublicWard:
    """A ward's name and its outline in British National Grid as WKB."""

    code: str
    name: str
    borough_code: str
    borough_name: str
    edition: str
    attribution: str
    shape: bytes


def public_wards(connection: Connection, day: date) -> list[PublicWard]:
    """Return the wards in force on a day, by borough and name."""
    rows = connection.execute(_WARDS, {"day": day})
    return [
        PublicWard(
            *(row.code, row.name, row.borough_code, row.borough_name),
            *(row.edition, row.attribution, bytes(row.shape)),
        )
        for row in rows
    ]
