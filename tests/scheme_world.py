"""Walks to join and somebody who asks, for tests of the scheme."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from geoapp.access import Person, Role
from geoapp.actions.scheme_contact import NewRequest
from geoapp.actions.scheme_walks import WalkForm
from geoapp.db import reading

START = (datetime.now(UTC) + timedelta(days=10)).replace(hour=18, minute=30, second=0, microsecond=0)
WALK = WalkForm(
    title="Larkhall Park, north side",
    ward_code="E05000001",
    starts_at=START,
    ends_at=START + timedelta(minutes=45),
    step_free=True,
    places=2,
    length_m=2000,
    details="Slow pace, benches on the way.",
    meeting_point=(-0.1219, 51.4634),
    meeting_words="Outside the café at the north gate",
    officer_first_name="Priya",
    officer_number="LX 417",
    word="heron",
)
DANA = NewRequest(
    first_name="Dana Oyelaran-Quist",
    email="dana.quist@post.example",
    phone="07700 900123",
    adult=True,
    access_needs="I use a stick named Wobbleton",
    ease="Not walking at the back",
)
INCOMPLETE = {
    "ends_at": replace(WALK, ends_at=None),
    "meeting_point": replace(WALK, meeting_point=None),
    "meeting_words": replace(WALK, meeting_words="   "),
    "officer_first_name": replace(WALK, officer_first_name=None),
}


def person(email: str, role: Role = Role.COORDINATOR) -> Person:
    """The stored person with this address, as the one asking."""
    asked = """SELECT p.id, p.name, p.team_id, t.name AS team
        FROM person p JOIN team t ON t.id = p.team_id WHERE email = :e"""
    with reading() as connection:
        row: Any = connection.execute(text(asked), {"e": email}).one()
    return Person(row.id, email, row.name, role, row.team_id, row.team, ())


def new_id() -> uuid.UUID:
    """An identifier as a form makes it."""
    return uuid.uuid4()
