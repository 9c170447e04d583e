"""What `geoapp verify` reads: raw rows batch by batch, and where derived rows differ from a recount."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from geoapp.queries import statement

SHARE_TOLERANCE = 1e-9
METRES_TOLERANCE = 0.01
MINUTES_TOLERANCE = 1e-6
_AUDIT_STRETCH = 5_000
_BEFORE_THE_FIRST = b"\x00"

_COUNTS = text("""
SELECT (SELECT count(*) FROM concern) AS concerns, (SELECT count(*) FROM walk) AS walks,
       (SELECT count(*) FROM area) AS areas, (SELECT coalesce(max(id), 0) FROM audit) AS entries""")
_NEXT_CONCERNS = text(
    "SELECT id FROM concern WHERE CAST(:after AS uuid) IS NULL OR id > :after ORDER BY id LIMIT :most"
)
_NEXT_WALKS = text(
    "SELECT id FROM walk WHERE CAST(:after AS uuid) IS NULL OR id > :after ORDER BY id LIMIT :most"
)
_PLACES = text(
    "SELECT id, ST_AsBinary(geom) AS geom, ST_AsBinary(geom_bng) AS geom_bng, recorded_at, light,"
    " body_hash = sha256(convert_to(body, 'UTF8')) AS body_whole"
    " FROM concern WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id"
)
_CHUNKS = text(
    "SELECT walk_id, chunk, body, body_hash = sha256(convert_to(body, 'UTF8')) AS body_whole"
    " FROM track_chunk WHERE walk_id = ANY(CAST(:ids AS uuid[])) ORDER BY walk_id, chunk"
)
_TRACKS = text(
    "SELECT walk_id, ST_AsEWKB(geom, 'NDR') AS geom, ST_AsEWKB(geom_bng, 'NDR') AS geom_bng, light, metres,"
    " minutes, dropped FROM track WHERE walk_id = ANY(CAST(:ids AS uuid[]))"
)
_OUTLINES = text(
    "SELECT id, code, outline, ST_AsBinary(geom) AS geom FROM area WHERE id > :after ORDER BY id LIMIT :most"
)
_LAST_OF = text("SELECT id, hash FROM audit WHERE id <= :id ORDER BY id DESC LIMIT 1")


@dataclass(frozen=True)
class Counts:
    """How much there is to go through."""

    concerns: int
    walks: int
    areas: int
    entries: int


@dataclass(frozen=True)
class Difference:
    """One thing that is not as a recount finds it."""

    check: str
    subject: str
    what: str


def without_time_limit(connection: Connection) -> None:
    """Let the statements of this transaction take the time that a recount takes."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))


def counts(connection: Connection) -> Counts:
    """Return how much there is to go through."""
    return Counts(*connection.execute(_COUNTS).one())


def concern_batches(connection: Connection, most: int) -> Iterator[list[UUID]]:
    """Give the identifiers of all concerns in order, at most so many at a time."""
    return _batches(connection, _NEXT_CONCERNS, most)


def walk_batches(connection: Connection, most: int) -> Iterator[list[UUID]]:
    """Give the identifiers of all walks in order, at most so many at a time."""
    return _batches(connection, _NEXT_WALKS, most)


def _batches(connection: Connection, asked: Any, most: int) -> Iterator[list[UUID]]:  # noqa: ANN401 (a text clause)
    after: UUID | None = None
    while found := list(connection.scalars(asked, {"after": after, "most": most})):
        yield found
        after = found[-1]


def places(connection: Connection, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Return id, WKB in WGS84 and National Grid, time, light and whether the body has its hash."""
    return connection.execute(_PLACES, {"ids": list(ids)}).all()


def chunks(connection: Connection, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Return walk, number, body and whether it has its hash, in order of walk and number."""
    return connection.execute(_CHUNKS, {"ids": list(ids)}).all()


def tracks(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """Return the stored tracks of these walks by walk; geometries as EWKB."""
    return {row.walk_id: row for row in connection.execute(_TRACKS, {"ids": list(ids)})}


def outlines(connection: Connection, most: int) -> Iterator[Sequence[Row[Any]]]:
    """Give id, code, kept outline and WKB of all areas, at most so many at a time."""
    after = 0
    while found := connection.execute(_OUTLINES, {"after": after, "most": most}).all():
        yield found
        after = found[-1].id


def concern_area_differences(connection: Connection, ids: Sequence[UUID]) -> Iterator[Difference]:
    """Give where kept shares of these concerns are missing, left over, or over 1e-9 off."""
    values = {"ids": list(ids), "share_tolerance": SHARE_TOLERANCE}
    for row in connection.execute(statement("verify_concern_area"), values):
        what = f"area {row.area_id}: share {_figure(row.kept)}, recounted {_figure(row.fresh)}"
        yield Difference("concern_area", f"concern {row.subject}", what)


def exposure_differences(connection: Connection, ids: Sequence[UUID]) -> Iterator[Difference]:
    """Give where kept metres of these walks are missing, left over, or over 0.01 m off, minutes 1e-6."""
    values = {
        "ids": list(ids),
        "metres_tolerance": METRES_TOLERANCE,
        "minutes_tolerance": MINUTES_TOLERANCE,
    }
    for row in connection.execute(statement("verify_exposure"), values):
        what = (
            f"area {row.area_id}, light {row.light}: {_figure(row.kept)} m and {_figure(row.kept_minutes)} "
            f"minutes, recounted {_figure(row.fresh)} m and {_figure(row.fresh_minutes)} minutes"
        )
        yield Difference("exposure", f"walk {row.subject}", what)


def left_behind(connection: Connection) -> Iterator[Difference]:
    """Give derived rows whose concern, track or area is gone."""
    for row in connection.execute(statement("verify_left_behind")):
        yield Difference(row.kept_in, row.subject, "what it was worked out from is gone")


def audit_differences(connection: Connection, last: int) -> Iterator[tuple[int, list[Difference]]]:
    """Give stretch by stretch, up to entry `last`, how many numbers were gone through and what is wrong.

    Entries cut off at the end leave no trace in the chain: a copy of the last hash kept elsewhere shows them.
    """
    gone_through, last_id, last_hash = 0, 0, _BEFORE_THE_FIRST
    while gone_through < last:
        upto = min(last, gone_through + _AUDIT_STRETCH)
        values = {"after": gone_through, "upto": upto, "last_id": last_id, "last_hash": last_hash}
        found = connection.execute(statement("verify_audit"), values)
        yield upto - gone_through, [Difference("audit", f"entry {row.subject}", row.what) for row in found]
        entry = connection.execute(_LAST_OF, {"id": upto}).one_or_none()
        if entry is not None:
            last_id, last_hash = entry.id, entry.hash
        gone_through = upto


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.12g}"
