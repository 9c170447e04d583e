"""Importing an edition of ward boundaries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import shapely
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert as insert_or_keep
from sqlalchemy.orm import Session

from geoapp.actions import audit
from geoapp.actions.outlines import outline
from geoapp.actions.sketches import draw_sketches
from geoapp.errors import refused
from geoapp.model import Area, Borough, Edition
from spatial.wards import WardShape

# An edition without a date is valid from the beginning.
ALWAYS = date(1, 1, 1)

# One statement for a whole edition, because the trigger assigns what was recorded once for each statement;
# columns as arrays, because all wards of Great Britain as rows would be more values than a statement takes.
_INSERT = text("""
INSERT INTO area (kind, edition_id, code, name, borough_code, geom, geom_bng, outline)
SELECT 'ward', :edition, code, name, borough,
       ST_GeomFromWKB(geom, 4326), ST_GeomFromWKB(geom_bng, 27700), outline
FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:boroughs AS text[]),
            CAST(:geoms AS bytea[]), CAST(:geoms_bng AS bytea[]), CAST(:outlines AS text[]))
    AS w (code, name, borough, geom, geom_bng, outline)
""")


@dataclass(frozen=True)
class NewEdition:
    """Wards read from a file, under the edition's name, valid from a day on."""

    name: str
    wards: tuple[WardShape, ...]
    valid_from: date = ALWAYS
    attribution: str = ""


def import_edition(session: Session, new: NewEdition, *, by: str) -> int:
    """Store the edition and assign all concerns and walks to it; one of the same name is replaced.

    Return how many boroughs it names. Everything recorded so far is assigned again by trigger: seconds for
    tens of thousands of concerns.
    """
    if not new.name.strip():
        raise refused("edition", "An edition needs a name, such as 2022.")
    if not new.wards:
        raise refused("file", "There is no ward to import.")
    boroughs = _name_boroughs(session, new.wards)
    edition = session.scalars(select(Edition).where(Edition.name == new.name)).one_or_none()
    if edition is None:
        edition = Edition(name=new.name, valid_from=new.valid_from, attribution=new.attribution)
        session.add(edition)
    else:
        edition.valid_from = new.valid_from
        edition.attribution = new.attribution
        session.execute(delete(Area).where(Area.edition_id == edition.id))
    session.flush()
    session.execute(_INSERT, _columns(new.wards) | {"edition": edition.id})
    draw_sketches(session, edition.id)
    audit.note(
        session,
        actor=by,
        action="wards imported",
        subject=f"edition {new.name}",
        detail={"wards": len(new.wards)},
    )
    return boroughs


def _columns(wards: Sequence[WardShape]) -> dict[str, object]:
    return {
        "codes": [ward.code for ward in wards],
        "names": [ward.name or ward.code for ward in wards],
        "boroughs": [ward.borough_code for ward in wards],
        "geoms": [shapely.to_wkb(ward.geom) for ward in wards],
        "geoms_bng": [shapely.to_wkb(ward.geom_bng) for ward in wards],
        "outlines": [outline(ward.geom) for ward in wards],
    }


def _name_boroughs(session: Session, wards: Sequence[WardShape]) -> int:
    names = {ward.borough_code: ward.borough_name for ward in wards if ward.borough_code}
    for code, name in sorted(names.items()):
        row = insert_or_keep(Borough).values(code=code, name=name)
        kept = row.on_conflict_do_update(index_elements=[Borough.code], set_={"name": name}) if name else None
        session.execute(kept if kept is not None else row.on_conflict_do_nothing())
    return len(names)
