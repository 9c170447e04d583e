"""Storing the demo borough and its season, whole or not at all."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date

import rfc8785
import shapely
from geoalchemy2.shape import from_shape
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.access import Person, Role
from geoapp.actions import audit, concerns, people, tracks, walks, wards
from geoapp.actions.repeatable import Sent
from geoapp.cli.demo import joining
from geoapp.cli.demo.borough import DemoBorough, basemap_features, make_borough
from geoapp.cli.demo.concerns import DemoConcern
from geoapp.cli.demo.public_words import store_districts, store_public_words
from geoapp.cli.demo.season import DemoSeason, make_season
from geoapp.cli.demo.walks import DemoWalk
from geoapp.config import Settings
from geoapp.db import writing
from geoapp.model import Concern, Ground, StatusEvent, Team, TrackChunk
from geoapp.model import Person as StoredPerson
from spatial.crs import WGS84
from spatial.wards import WardShape

EDITION = "demo"
BY = "demo"
Account = tuple[str, str, str]
_DOMAIN = "lamplight.example"


def store(settings: Settings, seed: int, walk_count: int, concern_count: int) -> list[Account]:
    """Store everything in one transaction and return the sign-ins: role, address, password."""
    borough = make_borough(seed)
    today = date.today()  # noqa: DTZ011 (the reader's own day)
    season = make_season(borough, walks=walk_count, concerns=concern_count, until=today)
    with Progress(console=Console(stderr=True), transient=True) as progress, writing() as session:
        _store_ground(session, borough)
        wards.import_edition(session, wards.NewEdition(EDITION, _shapes(borough)), by=BY)
        accounts = _store_people(session, borough, season)
        officers = _officers(session)
        _store_walks(session, season.walks, officers, settings, progress)
        _store_concerns(session, season, officers, progress)
        store_public_words(session, _coordinator(session))
        store_districts(session)
        audit.note(session, actor=BY, action="demo loaded", subject="demo", detail={"seed": seed})
        joining.store(session, borough, settings, today)
    return accounts


def _store_ground(session: Session, borough: DemoBorough) -> None:
    for each in basemap_features(borough):
        session.add(
            Ground(
                source=EDITION,
                layer=each.layer,
                class_=each.class_,
                name=each.name,
                geom=from_shape(each.geom, srid=WGS84),
            )
        )
    session.flush()


def _shapes(borough: DemoBorough) -> tuple[WardShape, ...]:
    return tuple(
        WardShape(
            row,
            ward.code,
            ward.name,
            ward.borough_code,
            ward.borough_name,
            shapely.MultiPolygon([ward.wgs84]),
            shapely.MultiPolygon([ward.bng]),
        )
        for row, ward in enumerate(borough.wards, start=1)
    )


def _store_people(session: Session, borough: DemoBorough, season: DemoSeason) -> list[tuple[str, str, str]]:
    """Make a person of each role and an officer for every team; return role, address, password."""
    teams = sorted({walk.team for walk in season.walks})
    codes = tuple(each.code for each in borough.authorities)
    wanted: list[tuple[str, Role, str, tuple[str, ...]]] = [
        ("officer" if place == 0 else f"officer{place + 1}", Role.OFFICER, team, ())
        for place, team in enumerate(teams)
    ]
    wanted += [
        ("coordinator", Role.COORDINATOR, teams[0], ()),
        ("analyst", Role.ANALYST, "Analysis", ()),
        ("planner", Role.PLANNER, "Planning", codes[:1]),
        ("administrator", Role.ADMINISTRATOR, "Force IT", ()),
    ]
    made = []
    for name, role, team, boroughs in wanted:
        password = f"{secrets.choice(_WORDS)}-{secrets.choice(_WORDS)}-{secrets.randbelow(9000) + 1000}"
        new = people.NewPerson(f"{name}@{_DOMAIN}", role, team, boroughs, f"Demo {name}")
        people.create(session, new, by=BY, password=password)
        made.append((role.value, new.email, password))
    return made


_WORDS = (
    "amber",
    "bridge",
    "candle",
    "garden",
    "harbour",
    "heron",
    "lantern",
    "linden",
    "market",
    "meadow",
    "orchard",
    "willow",
)


def _officers(session: Session) -> dict[str, Person]:
    """Return an officer for each team by name."""
    rows = session.execute(
        select(StoredPerson, Team.name)
        .join(Team, Team.id == StoredPerson.team_id)
        .where(StoredPerson.role == "officer")
    )
    return {
        team: Person(one.id, one.email, one.name, Role.OFFICER, one.team_id, team, ()) for one, team in rows
    }


def _coordinator(session: Session) -> Person:
    one, team = session.execute(
        select(StoredPerson, Team.name)
        .join(Team, Team.id == StoredPerson.team_id)
        .where(StoredPerson.role == "coordinator")
    ).one()
    return Person(one.id, one.email, one.name, Role.COORDINATOR, one.team_id, team, ())


def _store_walks(
    session: Session,
    season: Sequence[DemoWalk],
    officers: dict[str, Person],
    settings: Settings,
    progress: Progress,
) -> None:
    for walk in progress.track(season, description="Walks"):
        officer = officers[walk.team]
        body = {
            "started_at": walk.started_at.isoformat(),
            "ended_at": walk.ended_at.isoformat(),
            "participants": walk.participants,
        }
        new = walks.NewWalk(walk.started_at, walk.ended_at, walk.participants, None, _sent(body))
        walks.put(session, walk.id, new, by=officer)
        for chunk in walk.chunks:
            fixes = [[lon, lat, int(when), accuracy] for lon, lat, when, accuracy in chunk.rows.tolist()]
            sent = _sent({"fixes": fixes, "gap_before": chunk.gap_before})
            session.add(TrackChunk(walk_id=walk.id, chunk=chunk.number, body=sent.text, body_hash=sent.hash))
        session.flush()
        tracks.rebuild(session, walk.id, settings.rules)
        session.expunge_all()


def _store_concerns(
    session: Session, season: DemoSeason, officers: dict[str, Person], progress: Progress
) -> None:
    team_of = {walk.id: walk.team for walk in season.walks}
    for each in progress.track(season.concerns, description="Concerns"):
        officer = officers[team_of[each.walk]]
        concerns.put(session, each.id, _new_concern(each), by=officer)
        if each.statuses:
            session.flush()
            _store_statuses(session, each, officer)
        session.flush()
        session.expunge_all()


def _store_statuses(session: Session, each: DemoConcern, officer: Person) -> None:
    last = each.statuses[-1]
    stored = session.get_one(Concern, each.id)
    stored.status = last.status
    stored.wording = next((step.wording for step in each.statuses if step.status == "shared"), None)
    session.add_all(
        StatusEvent(
            concern_id=each.id,
            status=step.status,
            happened_at=step.at,
            actor_id=officer.id,
            public_wording=step.wording,
            reason=step.reason,
        )
        for step in each.statuses
    )


def _new_concern(each: DemoConcern) -> concerns.NewConcern:
    said = {
        "walk": str(each.walk),
        "kind": each.kind,
        "recorded_at": each.recorded_at.isoformat(),
        "factors": list(each.factors),
        "applies": list(each.applies),
    } | {
        name: value
        for name in ("feeling", "basis", "setting", "note", "accuracy_m", "position_method")
        if (value := getattr(each, name)) is not None
    }
    feature = {"type": "Feature", "geometry": shapely.geometry.mapping(each.wgs84), "properties": said}
    return concerns.NewConcern(
        place=each.wgs84,
        kind=each.kind,
        recorded_at=each.recorded_at,
        sent=_sent(feature),
        walk=each.walk,
        factors=each.factors,
        feeling=each.feeling,
        applies=each.applies,
        basis=each.basis,
        setting=each.setting,
        note=each.note,
        accuracy_m=each.accuracy_m,
        position_method=each.position_method,
    )


def _sent(body: Mapping[str, object]) -> Sent:
    plain = json.loads(json.dumps(body))
    return Sent.of(rfc8785.dumps(plain))
