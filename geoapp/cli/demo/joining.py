"""Walks to join in the demo, and people who ask: all invented, none of them reachable."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.access import Person, Role
from geoapp.actions import scheme_matching, scheme_requests, scheme_walks
from geoapp.actions.scheme_contact import NewRequest
from geoapp.cli.demo.borough import DemoBorough
from geoapp.config import Settings
from geoapp.db import Reach, reach_participants
from geoapp.model import Person as StoredPerson
from geoapp.model import Team

_LONDON = ZoneInfo("Europe/London")
_OFFICERS = {"Priya": ("LX 417", "heron"), "Sam": ("LX 201", "linden"), "Grace": ("LX 388", "amber")}
# Days ahead, begin, minutes, places, step-free, officer.
_WHEN = (
    (3, "18:30", 45, 4, True, "Priya"),
    (5, "20:45", 45, 3, True, "Sam"),
    (6, "06:45", 45, 6, False, "Grace"),
    (9, "19:00", 60, 5, True, "Priya"),
    (12, "17:30", 30, 1, True, "Sam"),
)
# Where it goes, where to meet, about the way.
_WHERE = (
    ("library to the park", "Outside the library, by the bench", "Slow pace, benches on the way."),
    ("station to the square", "By the clock in the station hall", "Lit streets. Sign language on request."),
    ("the early way to the station", "At the park gate", "Two steps at the gate; another way round."),
    ("along the water", "In front of the boat house", "Flat and paved."),
    ("school street", "By the crossing", "Short, and at the pace that you like."),
)
# First name, walk (None: another time), preferred times, what she needs, what makes her feel at ease.
_ASKING = (
    ("Dana", 0, (), None, "I would like to walk in front."),
    ("Amira", 0, (), None, None),
    ("Joy", 1, (), "I use a stick and walk slowly.", None),
    ("Lena", 2, (), None, None),
    ("Ngozi", None, ("weekday_evening",), None, "A woman officer, please."),
    ("Ruth", None, ("weekend_morning", "weekday_morning"), "Step-free, please.", None),
    ("Mei", 4, (), None, None),
    ("Carys", 4, (), None, None),
)
_CONFIRMED = ("Dana", "Joy", "Mei")


def store(session: Session, borough: DemoBorough, settings: Settings, today: date) -> None:
    """Publish walks, let invented people ask, and confirm some of them.

    Takes on the role `scheme` for the rest of the transaction, so this comes last in it.
    """
    coordinator = _coordinator(session)
    officer_id = session.scalar(
        select(StoredPerson.id)
        .where(StoredPerson.team_id == coordinator.team_id, StoredPerson.role == Role.OFFICER.value)
        .order_by(StoredPerson.email)
    )
    walks = []
    for number, (when, said) in enumerate(zip(_WHEN, _WHERE, strict=True)):
        (ahead, begin, minutes, places, free, officer), (where, words, about) = when, said
        card, word = _OFFICERS[officer]
        ward = borough.wards[(number * 5) % len(borough.wards)]
        place = ward.wgs84.representative_point()
        local = datetime.combine(today + timedelta(days=ahead), time.fromisoformat(begin), tzinfo=_LONDON)
        start = local.astimezone(UTC)
        form = scheme_walks.WalkForm(
            title=f"{ward.name}, {where}",
            ward_code=ward.code,
            starts_at=start,
            ends_at=start + timedelta(minutes=minutes),
            step_free=free,
            kind="one_to_one" if places == 1 else "group",
            places=places,
            length_m=minutes * 45,
            details=about,
            meeting_point=(round(place.x, 6), round(place.y, 6)),
            meeting_words=words,
            officer_id=officer_id,
            officer_first_name=officer,
            officer_number=card,
            word=word,
        )
        walk_id = uuid.uuid4()
        _as_team(session, coordinator)
        scheme_walks.publish(session, walk_id, form, by=coordinator)
        walks.append(walk_id)
    asked = _ask(session, walks, borough, settings)
    for name in _CONFIRMED:
        _as_team(session, coordinator)
        scheme_matching.confirm(session, asked[name], by=coordinator)


def _ask(
    session: Session, walks: list[uuid.UUID], borough: DemoBorough, settings: Settings
) -> Mapping[str, uuid.UUID]:
    made = {}
    for name, walk, preferred, needs, ease in _ASKING:
        request_id = uuid.uuid4()
        new = NewRequest(
            first_name=name,
            email=f"{name.lower()}@participants.example",
            phone=None,
            adult=True,
            walk_id=None if walk is None else walks[walk],
            kind="group" if walk is not None else "one_to_one",
            ward_code=None if walk is not None else borough.wards[0].code,
            preferred=preferred,
            access_needs=needs,
            ease=ease,
        )
        session.flush()
        reach_participants(session, scheme_requests.reach_of_new(request_id))
        scheme_requests.ask(session, request_id, new, address=None, settings=settings)
        made[name] = request_id
    return made


def _as_team(session: Session, coordinator: Person) -> None:
    session.flush()
    reach_participants(session, Reach.team(coordinator.team_id))


def _coordinator(session: Session) -> Person:
    row = session.execute(
        select(StoredPerson, Team.name)
        .join(Team, Team.id == StoredPerson.team_id)
        .where(StoredPerson.role == Role.COORDINATOR.value)
        .order_by(StoredPerson.email)
        .limit(1)
    ).one()
    one, team = row[0], row[1]
    return Person(one.id, one.email, one.name, Role.COORDINATOR, one.team_id, team, ())
