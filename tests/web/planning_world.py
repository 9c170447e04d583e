"""Walks with straight tracks and concerns for tests: stored by the actions that the capture room calls."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import rfc8785
import shapely
from sqlalchemy import text

from geoapp import db
from geoapp.access import Person, Role
from geoapp.actions import concerns, tracks, walks
from geoapp.actions.repeatable import Sent
from geoapp.config import Rules
from spatial.crs import geometry_to_wgs84

SPEED_MPS = 1.25
EVENING = datetime(2026, 2, 10, 19, 30, tzinfo=UTC)
NOON = datetime(2026, 2, 10, 12, 0, tzinfo=UTC)


def person(email: str) -> Person:
    """Return a person of the module's database, as an action wants her."""
    with db.reading() as connection:
        row = connection.execute(
            text(
                "SELECT p.id, p.role, p.team_id, t.name"
                " FROM person p JOIN team t ON t.id = p.team_id WHERE p.email = :e"
            ),
            {"e": email},
        ).one()
    return Person(row.id, email, email, Role(row.role), row.team_id, row.name, ())


def walk(by: Person, line_bng: list[tuple[float, float]], at: datetime = EVENING) -> uuid.UUID:
    """Store a walk along a straight line in National Grid metres, a fix each 25 m, and return its id."""
    walk_id = uuid.uuid4()
    line = shapely.LineString(line_bng)
    steps = round(line.length / 25)
    fixes = []
    for step in range(steps + 1):
        point = geometry_to_wgs84(line.interpolate(step / steps, normalized=True))
        t_ms = int((at + timedelta(seconds=step * 25 / SPEED_MPS)).timestamp() * 1000)
        fixes.append([point.x, point.y, t_ms, 5])
    with db.writing() as session:
        said = {"started_at": at.isoformat()}
        walks.put(session, walk_id, walks.NewWalk(at, None, 2, None, Sent.of(rfc8785.dumps(said))), by=by)
        body = Sent.of(json.dumps({"fixes": fixes}).encode())
        tracks.put(session, walk_id, 0, tracks.NewChunk(body), by=by, rules=Rules())
    return walk_id


def concern(
    by: Person,
    place_bng: shapely.Point | shapely.LineString,
    *,
    walk_id: uuid.UUID | None = None,
    at: datetime = EVENING,
    kind: str = "concern",
    factors: tuple[str, ...] = (),
    note: str | None = None,
) -> uuid.UUID:
    """Store a concern at a place in National Grid metres and return its id."""
    concern_id = uuid.uuid4()
    new = concerns.NewConcern(
        place=geometry_to_wgs84(place_bng),
        kind=kind,
        recorded_at=at,
        sent=Sent.of(rfc8785.dumps({"id": str(concern_id)})),
        walk=walk_id,
        factors=factors,
        note=note,
    )
    with db.writing() as session:
        concerns.put(session, concern_id, new, by=by)
    return concern_id


def fill(email: str) -> None:
    """Store the walks and concerns whose figures the tests know by hand, all in the dark of February 2026.

    Squares of a kilometre, A and B in the south row (Lambeth), C and D in the north row (Southwark):
    - A: four walks of 800 m, three of them raise a point, the first also something that works well
    - a fifth walk goes 100 m in A and 100 m in B
    - B: one walk of 800 m; a route that the fourth walk of A raises lies half in A and half in B;
      another, of no walk, half in B and half outside all wards
    - C: three walks of 800 m, nothing raised
    - D: never walked, one concern of no walk
    - outside all wards: one concern
    """
    by = person(email)
    in_a = [walk(by, [(530_100, 175_500), (530_900, 175_500)]) for _ in range(4)]
    walk(by, [(530_900, 175_200), (531_100, 175_200)])
    walk(by, [(531_100, 175_500), (531_900, 175_500)])
    for _ in range(3):
        walk(by, [(530_100, 176_500), (530_900, 176_500)])
    for place, walk_id in zip((200, 400, 600), in_a, strict=False):
        concern(by, shapely.Point(530_000 + place, 175_500), walk_id=walk_id, factors=("lighting",))
    concern(by, shapely.Point(530_300, 175_500), walk_id=in_a[0], kind="positive")
    concern(
        by,
        shapely.LineString([(530_900, 175_300), (531_100, 175_300)]),
        walk_id=in_a[3],
        factors=("followed",),
    )
    concern(by, shapely.LineString([(531_900, 175_700), (532_100, 175_700)]))
    concern(by, shapely.Point(531_500, 176_500))
    concern(by, shapely.Point(533_000, 175_500))
