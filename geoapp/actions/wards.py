"""Importing an edition of ward boundaries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_keep
from sqlalchemy.orm import Session

from geoapp.actions import audit
from geoapp.errors import refused
from geoapp.model import Area, Borough, Edition
from spatial.crs import BNG, WGS84
from spatial.features import Feature, to_json
from spatial.wards import WardShape

# An edition without a date is valid from the beginning.
ALWAYS = date(1, 1, 1)


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
    # One statement, because the trigger assigns what was recorded once for each statement.
    session.execute(insert(Area).values([_row(ward, edition.id) for ward in new.wards]))
    audit.note(
        session,
        actor=by,
        action="wards imported",
        subject=f"edition {new.name}",
        detail={"wards": len(new.wards)},
    )
    return boroughs


def _row(ward: WardShape, edition_id: int) -> dict[str, object]:
    return {
        "kind": "ward",
        "edition_id": edition_id,
        "code": ward.code,
        "name": ward.name or ward.code,
        "borough_code": ward.borough_code,
        "geom": from_shape(ward.geom, srid=WGS84, extended=True),
        "geom_bng": from_shape(ward.geom_bng, srid=BNG, extended=True),
        "outline": outline(ward.geom),
    }


def outline(shape: shapely.MultiPolygon) -> str:
    """Return the GeoJSON text of a shape in WGS84: 7 decimals, right-hand rule."""
    text = to_json(Feature(id=None, geometry=shape, properties={})).decode()
    return text.split('"geometry":', 1)[1].rsplit(',"properties"', 1)[0].strip()


def _name_boroughs(session: Session, wards: Sequence[WardShape]) -> int:
    names = {ward.borough_code: ward.borough_name for ward in wards if ward.borough_code}
    for code, name in sorted(names.items()):
        row = insert_or_keep(Borough).values(code=code, name=name)
        kept = row.on_conflict_do_update(index_elements=[Borough.code], set_={"name": name}) if name else None
        session.execute(kept if kept is not None else row.on_conflict_do_nothing())
    return len(names)
