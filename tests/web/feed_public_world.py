"""What the feed shows to anyone: walks to join, answers that were read over, figures as a release has them.

Marker texts stand in all that belongs to the same rows and must not leave.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from geoapp import db
from geoapp.actions import said_and_did
from spatial.crs import to_bng
from tests.joining_world import publish
from tests.scheme_world import START, person
from tests.web.feed_world import MIDDLES, RECORDED

WALKS, ACTIONS, FIGURES = (f"/feed/collections/{name}/items" for name in ("walks", "actions", "ward_figures"))
PUBLIC = ("wards", "ward_figures", "actions", "walks")
PUBLIC_MARKERS = (
    *(
        "MARKER-MEETING-51ee",
        "MARKER-WORD-a17f",
        "MARKER-NUMBER-03bd",
        "MARKER-WAY-88c1",
        "-0.12199",
        "51.46349",
    ),
    *("MARKER-UNLISTED-2c4f", "MARKER-UNREAD-9d10", "MARKER-WITHDRAWN-6aa2", "MARKER-NOTE-7f3a"),
    *("MARKER-LIVE-40", "coordinator"),
)
# What a council reads of the concerns that were answered, and nobody else.
FOR_COUNCILS = "Lamp 14"
_RELEASED = Path(__file__).with_name("released_figures.sql")


@dataclass
class PublicWorld:
    """Identifiers of what is shown: walks in the order of their start, answers newest first."""

    walks: list[str] = field(default_factory=list)
    placeless: str = ""
    hidden: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)


def superuser(statement: str, **values: object) -> Any:
    """Run a statement with all rights; its rows."""
    with db.current().app.connect() as connection, connection.begin():
        connection.execute(text("RESET ROLE"))
        done = connection.execute(text(statement), values)
        return done.fetchall() if done.returns_rows else None


def build_public(*, figures: bool = False) -> PublicWorld:
    """Publish walks and answers, some of them not for the public; needs the square wards and the personas."""
    by = person("coordinator@lamplight.example")
    world = PublicWorld()
    secret = {
        "meeting_words": "MARKER-MEETING-51ee",
        "meeting_point": (-0.12199, 51.46349),
        "word": "MARKER-WORD-a17f",
        "officer_number": "MARKER-NUMBER-03bd",
        "getting_there": "MARKER-WAY-88c1",
    }
    world.walks = [
        str(publish(by, **secret)),
        str(
            publish(
                by,
                ward_code="E05000004",
                starts_at=START + timedelta(days=1),
                title="Älder Street",
                **secret,
                ends_at=None,
                length_m=None,
                officer_first_name=None,
                kind="one_to_one",
                places=1,
                step_free=False,
            )
        ),
        str(
            publish(
                by,
                starts_at=START + timedelta(days=40),
                ends_at=START + timedelta(days=40, minutes=50),
                **secret,
            )
        ),
    ]
    world.placeless = str(publish(by, starts_at=START + timedelta(days=60), ends_at=None, **secret))
    superuser("UPDATE joinable_walk SET ward_code = 'E05999999' WHERE id = :id", id=world.placeless)
    world.walks.append(world.placeless)
    world.hidden = [
        str(publish(by, listed=False, title="MARKER-UNLISTED-2c4f", **secret)),
        str(publish(by, **secret)),
        str(publish(by, **secret)),
    ]
    superuser("UPDATE joinable_walk SET state = 'cancelled' WHERE id = :id", id=world.hidden[1])
    superuser(
        "UPDATE joinable_walk SET starts_at = now() - interval '1 minute',"
        " ends_at = now() + interval '1 hour' WHERE id = :id",
        id=world.hidden[2],
    )
    shown = [
        _answer(by, day, words, ward)
        for day, words, ward in (
            (date(2026, 3, 2), "Put in 14 lamps.", "E05000001"),
            (date(2026, 5, 9), "Cut the hedge back; £300.", "E05000003"),
        )
    ]
    world.actions = [str(number) for number in reversed(shown)]
    _answer(by, date(2026, 6, 1), "MARKER-UNREAD-9d10", "E05000001", reviewed=False)
    withdrawn = _answer(by, date(2026, 6, 2), "MARKER-WITHDRAWN-6aa2", "E05000001")
    with db.writing() as session:
        said_and_did.withdraw(session, withdrawn, by=by)
    if figures:
        for statement in _RELEASED.read_text().split(";\n"):
            superuser(statement)
    return world


def _answer(by: Any, day: date, words: str, ward: str, *, reviewed: bool = True) -> int:
    one = uuid.uuid4()
    lon, lat = MIDDLES["ABCD"[int(ward[-1]) - 1]]
    east, north = to_bng([lon], [lat])
    superuser(
        """INSERT INTO concern (id, team_id, kind, geom, geom_bng, note, recorded_at, light, applies, status,
                                wording, body, body_hash)
        VALUES (:id, :team, 'concern', ST_SetSRID(ST_Point(:lon, :lat), 4326),
                ST_SetSRID(ST_Point(:east, :north), 27700), 'MARKER-NOTE-7f3a', :at, 'dark', '{dark}',
                'shared', 'Lamp 14 on Acre Lane is out.', '{}', '')""",
        id=one,
        team=by.team_id,
        at=RECORDED,
        lon=lon,
        lat=lat,
        east=float(east[0]),
        north=float(north[0]),
    )
    superuser("INSERT INTO concern_factor VALUES (:id, 'lighting')", id=one)
    with db.writing() as session:
        for status in ("in_hand", "done"):
            said_and_did.step(session, one, said_and_did.NewStep(status), by=by)
        new = said_and_did.NewAnswer(day, f"The path is too dark, {words}", words)
        number = said_and_did.write(session, one, new, by=by)
        if reviewed:
            said_and_did.review(session, number, by=by)
    return number
