"""Storing many concerns from a file at once: each once, however often the file is imported."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
import shapely
from shapely import LineString, Point
from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.actions import audit
from geoapp.actions.cells import outline_cells
from spatial.crs import BNG, WGS84

# In one statement a batch, because the triggers work once for each statement.
_STORED = text("SELECT id, team_id, body_hash FROM concern WHERE id = ANY(CAST(:ids AS uuid[]))")
_REMOVED = text(
    "SELECT concern_id FROM tombstone WHERE team_id = :team AND concern_id = ANY(CAST(:ids AS uuid[]))"
)
_ANNOUNCE = text(
    "INSERT INTO walk (id, team_id) SELECT w, :team FROM unnest(CAST(:walks AS uuid[])) w ORDER BY w"
    " ON CONFLICT DO NOTHING"
)
_FOREIGN_WALKS = text("SELECT id FROM walk WHERE id = ANY(CAST(:walks AS uuid[])) AND team_id <> :team")
# As one JSON text, which the driver passes on as it is, where arrays would be written value by value.
_ADD = text("""
INSERT INTO concern (id, team_id, walk_id, kind, geom, geom_bng, feeling, applies, basis, setting, note,
                     recorded_at, light, body, body_hash)
SELECT r.id, :team, r.walk, r.kind, r.geom, r.geom_bng, r.feeling, r.applies, r.basis, r.setting, r.note,
       r.recorded_at, r.light, r.body, sha256(convert_to(r.body, 'UTF8'))
FROM json_to_recordset(CAST(:rows AS json))
     AS r (id uuid, walk uuid, kind text, geom geometry, geom_bng geometry, feeling text, applies text[],
           basis text, setting text, note text, recorded_at timestamptz, light text, body text)
ORDER BY r.id
ON CONFLICT DO NOTHING
RETURNING id""")
_FACTORS = text(
    "INSERT INTO concern_factor (concern_id, factor_code)"
    " SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[]))"
)
_RAISED = text(
    "INSERT INTO status_event (concern_id, status, happened_at)"
    " SELECT c.id, 'raised', c.recorded_at FROM concern c WHERE c.id = ANY(CAST(:ids AS uuid[]))"
)
_OUTSIDE = text("""
SELECT count(*) FROM unnest(CAST(:ids AS uuid[])) AS i (id)
WHERE NOT EXISTS (SELECT FROM concern_area ca JOIN area a ON a.id = ca.area_id
                  WHERE ca.concern_id = i.id AND a.kind = 'ward')""")

IMPORTED_TEAM = "Imported"

OTHER_CONTENT = "id: already stored with other content"
REMOVED = "id: this concern was removed, and its identifier is not used again"
OTHER_TEAM = "id: already stored by another team"
OTHER_TEAMS_WALK = "walk: this walk is another team's; name its team with --team"


@dataclass(frozen=True, slots=True)
class ImportedConcern:
    """A concern from a file: checked, with light and National Grid worked out.

    `body` is the canonical JSON of the GeoJSON Feature that it stands for, `hash` its SHA-256.
    """

    id: UUID
    place: Point | LineString
    place_bng: Point | LineString
    recorded_at: datetime
    light: str
    kind: str
    body: str
    hash: bytes
    factors: tuple[str, ...] = ()
    feeling: str | None = None
    applies: tuple[str, ...] = ()
    basis: str | None = None
    setting: str | None = None
    note: str | None = None
    walk: UUID | None = None


@dataclass(frozen=True, slots=True)
class BatchDone:
    """What became of each concern of a batch; `outside` of the kept ones lie in no ward of any edition."""

    added: frozenset[UUID]
    unchanged: frozenset[UUID]
    rejected: Mapping[UUID, str]
    outside: int


def without_time_limit(session: Session) -> None:
    """Let the statements of this transaction take the time that much data takes."""
    session.execute(text("SET LOCAL statement_timeout = 0"))


def add_concerns(
    session: Session, batch: Sequence[ImportedConcern], *, team: int, by: str, source: str
) -> BatchDone:
    """Store what is not there yet, with one audit entry; ward and shares follow by trigger.

    Identifiers in the batch must differ. What is stored with the same content is unchanged; with other
    content, by another team, removed before, or on another team's walk it is rejected with the reason.
    """
    without_time_limit(session)
    rejected: dict[UUID, str] = {}
    unchanged: set[UUID] = set()
    _compare(session, batch, team, unchanged, rejected)
    ids = [each.id for each in batch]
    removed = session.scalars(_REMOVED, {"ids": ids, "team": team}).all()
    rejected |= dict.fromkeys(removed, REMOVED)
    new = [each for each in batch if each.id not in unchanged and each.id not in rejected]
    new = _on_own_walks(session, new, team, rejected)
    added = _insert(session, new, team)
    # Somebody else stored these since they were looked up.
    _compare(session, [each for each in new if each.id not in added], team, unchanged, rejected)
    kept = [*added, *unchanged]
    outside = session.scalars(_OUTSIDE, {"ids": kept}).one() if kept else 0
    if added:
        audit.note(
            session,
            actor=by,
            action="concerns imported",
            subject=f"team {team}",
            detail={"file": source, "added": len(added)},
        )
    return BatchDone(frozenset(added), frozenset(unchanged), rejected, outside)


def _compare(
    session: Session,
    batch: Sequence[ImportedConcern],
    team: int,
    unchanged: set[UUID],
    rejected: dict[UUID, str],
) -> None:
    """Sort what is stored already into unchanged and rejected."""
    if not batch:
        return
    hashes = {each.id: each.hash for each in batch}
    for stored, owner, body_hash in session.execute(_STORED, {"ids": list(hashes)}):
        if owner != team:
            rejected[stored] = OTHER_TEAM
        elif body_hash != hashes[stored]:
            rejected[stored] = OTHER_CONTENT
        else:
            unchanged.add(stored)


def _on_own_walks(
    session: Session, new: list[ImportedConcern], team: int, rejected: dict[UUID, str]
) -> list[ImportedConcern]:
    """Return those without a walk or on a walk of the team, making room for walks that have not arrived."""
    walks = sorted({each.walk for each in new if each.walk is not None})
    if not walks:
        return new
    session.execute(_ANNOUNCE, {"walks": walks, "team": team})
    foreign = set(session.scalars(_FOREIGN_WALKS, {"walks": walks, "team": team}))
    rejected |= {each.id: OTHER_TEAMS_WALK for each in new if each.walk in foreign}
    return [each for each in new if each.walk not in foreign]


def _insert(session: Session, new: Sequence[ImportedConcern], team: int) -> set[UUID]:
    if not new:
        return set()
    added = set(session.scalars(_ADD, {"rows": _rows(new), "team": team}))
    if not added:
        return added
    pairs = [(each.id, code) for each in new if each.id in added for code in each.factors]
    if pairs:
        session.execute(_FACTORS, {"ids": [pair[0] for pair in pairs], "codes": [pair[1] for pair in pairs]})
    session.execute(_RAISED, {"ids": sorted(added)})
    outline_cells(session)
    return added


def _rows(new: Sequence[ImportedConcern]) -> str:
    """Return the concerns as JSON, geometries as hexadecimal EWKB."""
    places = _hex_ewkb([each.place for each in new], WGS84)
    places_bng = _hex_ewkb([each.place_bng for each in new], BNG)
    return json.dumps(
        [
            {
                "id": str(each.id),
                "walk": str(each.walk) if each.walk else None,
                "kind": each.kind,
                "geom": geom,
                "geom_bng": geom_bng,
                "feeling": each.feeling,
                "applies": each.applies,
                "basis": each.basis,
                "setting": each.setting,
                "note": each.note,
                "recorded_at": each.recorded_at.isoformat(),
                "light": each.light,
                "body": each.body,
            }
            for each, geom, geom_bng in zip(new, places, places_bng, strict=True)
        ],
        ensure_ascii=False,
    )


def _hex_ewkb(places: Sequence[Point | LineString], crs: int) -> list[str]:
    shapes = shapely.set_srid(np.array(places, dtype=object), crs)
    found: list[str] = shapely.to_wkb(shapes, hex=True, include_srid=True).tolist()
    return found
