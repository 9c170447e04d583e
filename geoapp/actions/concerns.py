"""Raising a concern, changing it, removing it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from geoalchemy2.shape import from_shape
from shapely import LineString, Point
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit
from geoapp.actions.cells import outline_cells
from geoapp.actions.repeatable import Outcome, Sent, decide, hold
from geoapp.actions.walks import announced
from geoapp.errors import Gone, NotFound, refused
from geoapp.model import Concern, ConcernFactor, Factor, Photo, StatusEvent, Tombstone
from spatial.crs import BNG, WGS84, geometry_to_bng
from spatial.light import light_at


@dataclass(frozen=True)
class NewConcern:
    """A concern as it was raised; `place` in WGS84 and known to be valid and in Great Britain."""

    place: Point | LineString
    kind: str
    recorded_at: datetime
    sent: Sent
    walk: UUID | None = None
    factors: tuple[str, ...] = ()
    feeling: str | None = None
    applies: tuple[str, ...] = ()
    basis: str | None = None
    setting: str | None = None
    note: str | None = None
    accuracy_m: float | None = None
    position_method: str | None = None
    columns: dict[str, object] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Work out what the database keeps beside what was said: place in National Grid, and light."""
        lon, lat = self.place.coords[0][:2]
        self.columns.update(
            kind=self.kind,
            geom=from_shape(self.place, srid=WGS84, extended=True),
            geom_bng=from_shape(geometry_to_bng(self.place), srid=BNG, extended=True),
            feeling=self.feeling,
            applies=list(self.applies),
            basis=self.basis,
            setting=self.setting,
            note=self.note,
            recorded_at=self.recorded_at,
            light=light_at(lon, lat, self.recorded_at).value,
            accuracy_m=self.accuracy_m,
            position_method=self.position_method,
            body=self.sent.text,
            body_hash=self.sent.hash,
        )


def put(session: Session, concern_id: UUID, new: NewConcern, *, by: Person) -> Outcome:
    """Store the concern under its identifier; ward and shares follow by trigger.

    Gone when it was removed, NotFound when it or its walk is another team's, Refused for an unknown factor.
    """
    concern = own_or_new(session, concern_id, by=by)
    outcome = decide(concern.body_hash if concern else None, new.sent)
    if outcome is Outcome.UNCHANGED:
        return outcome
    check_factors(session, new.factors)
    if new.walk is not None:
        announced(session, new.walk, by=by)
    if concern is None:
        concern = Concern(id=concern_id, team_id=by.team_id, **new.columns, walk_id=new.walk)
        session.add(concern)
        session.flush()
        session.add(
            StatusEvent(concern_id=concern_id, status="raised", happened_at=new.recorded_at, actor_id=by.id)
        )
    else:
        concern.walk_id = new.walk
        for name, value in new.columns.items():
            setattr(concern, name, value)
        session.flush()
        session.execute(delete(ConcernFactor).where(ConcernFactor.concern_id == concern_id))
    session.add_all(ConcernFactor(concern_id=concern_id, factor_code=code) for code in new.factors)
    outline_cells(session)
    audit.note(session, actor=by.email, action=f"concern {outcome.value}", subject=f"concern {concern_id}")
    return outcome


def own_or_new(session: Session, concern_id: UUID, *, by: Person) -> Concern | None:
    """Return the concern of this person's team, held for writing, or None when nothing has this identifier.

    Gone when the team removed it, NotFound when it is another team's.
    """
    hold(session, "concern", concern_id)
    not_removed(session, concern_id, team_id=by.team_id)
    concern = session.get(Concern, concern_id)
    if concern is not None and concern.team_id != by.team_id:
        raise NotFound("There is no such concern.")
    return concern


def not_removed(session: Session, concern_id: UUID, *, team_id: int) -> None:
    """Pass unless the team removed this concern: then Gone."""
    if session.get(Tombstone, (concern_id, team_id)) is not None:
        raise Gone("This concern was removed. Raise it again under a new identifier.")


def check_factors(session: Session, codes: tuple[str, ...]) -> None:
    """Refuse the first code that is not a factor in use."""
    if not codes:
        return
    known = set(
        session.scalars(select(Factor.code).where(Factor.code.in_(codes), Factor.retired_at.is_(None)))
    )
    for place, code in enumerate(codes):
        if code not in known:
            raise refused(
                f"properties.factors[{place}]",
                f"{code[:40]!r} is not a factor. Use one of the scheme's factors.",
            )


def remove(session: Session, concern_id: UUID, *, by: Person) -> None:
    """Remove a concern with all that hangs on it, and keep its identifier from being used again.

    The same again, an unknown one and another team's all end alike: nothing of it is there for this team.
    Its photo goes with it, also one that arrived before its concern.
    """
    hold(session, "concern", concern_id)
    if session.get(Tombstone, (concern_id, by.team_id)) is not None:
        return
    session.execute(
        insert(Tombstone).values(concern_id=concern_id, team_id=by.team_id).on_conflict_do_nothing()
    )
    session.execute(delete(Photo).where(Photo.concern_id == concern_id, Photo.team_id == by.team_id))
    session.execute(delete(Concern).where(Concern.id == concern_id, Concern.team_id == by.team_id))
    audit.note(session, actor=by.email, action="concern removed", subject=f"concern {concern_id}")
