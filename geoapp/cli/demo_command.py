"""`geoapp demo`: an invented borough in the sea off Kent, with a season of walks."""

import json
import os
import secrets
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import click
import rfc8785
import shapely
from geoalchemy2.shape import from_shape
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geoapp.access import Person, Role
from geoapp.actions import audit, concerns, people, tracks, walks, wards
from geoapp.actions.repeatable import Sent
from geoapp.cli.demo.borough import DemoBorough, basemap_features, make_borough
from geoapp.cli.demo.concerns import DemoConcern
from geoapp.cli.demo.season import DemoSeason, make_season
from geoapp.cli.demo.walks import DemoWalk
from geoapp.cli.opening import database, say
from geoapp.config import Settings
from geoapp.db import connect, disconnect, reading, writing
from geoapp.model import Concern, Edition, Ground, StatusEvent, TrackChunk
from spatial.crs import WGS84
from spatial.wards import WardShape

EDITION = "demo"
BY = "demo"
_DOMAIN = "lamplight.example"
_SEED, _WALKS, _CONCERNS = 2026, 240, 900


@click.group()
def demo() -> None:
    """Load an invented borough, so that every screen has something to show."""


@demo.command()
@click.option(
    "--seed", type=int, default=_SEED, show_default=True, help="The same seed makes the same borough."
)
@click.option("--walks", "walk_count", type=click.IntRange(1), default=_WALKS, show_default=True)
@click.option("--concerns", "concern_count", type=click.IntRange(1), default=_CONCERNS, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def load(seed: int, walk_count: int, concern_count: int, as_json: bool) -> None:
    """Load the demo borough with a season of walks that ends yesterday; loading again changes nothing."""
    with database() as settings:
        fresh = not is_loaded()
        if fresh:
            _load(settings, seed, walk_count, concern_count)
        accounts = _accounts(settings)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "loaded": fresh,
                    "accounts": [
                        dict(zip(("role", "email", "password"), each, strict=True)) for each in accounts
                    ],
                }
            )
        )
        return
    click.echo("The demo is loaded." if fresh else "The demo was loaded before.")
    for role, email, password in accounts:
        click.echo(f"  {role:<14} {email:<36} {password}")


def load_once(settings: Settings) -> list[tuple[str, str, str]]:
    """Load the demo if it is not there, and return its sign-ins: role, address, password."""
    connect(settings, pooled=False)
    try:
        if not is_loaded():
            _load(settings, _SEED, _WALKS, _CONCERNS)
        return _accounts(settings)
    finally:
        disconnect()


def is_loaded() -> bool:
    """Whether the demo's edition of wards is there."""
    with reading() as connection:
        return connection.scalar(select(Edition.id).where(Edition.name == EDITION)) is not None


def _accounts(settings: Settings) -> list[tuple[str, str, str]]:
    kept = settings.var / "demo_accounts.json"
    return [tuple(each) for each in json.loads(kept.read_text())] if kept.exists() else []


def _load(settings: Settings, seed: int, walk_count: int, concern_count: int) -> None:
    """Store everything in one transaction, so that a demo is there whole or not at all."""
    say("Drawing the demo borough")
    borough = make_borough(seed)
    season = make_season(borough, walks=walk_count, concerns=concern_count, until=date.today())  # noqa: DTZ011 (the reader's own day)
    with Progress(console=Console(stderr=True), transient=True) as progress, writing() as session:
        _store_ground(session, borough)
        wards.import_edition(session, wards.NewEdition(EDITION, _shapes(borough)), by=BY)
        accounts = _store_people(session, borough, season)
        officers = _officers(session)
        _store_walks(session, season.walks, officers, settings, progress)
        _store_concerns(session, season, officers, progress)
        audit.note(session, actor=BY, action="demo loaded", subject="demo", detail={"seed": seed})
        _keep_accounts(settings.var / "demo_accounts.json", accounts)


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
    """Make a person of each role, and an officer for every team that walked; return role, address, password."""
    teams = sorted({walk.team for walk in season.walks})
    codes = tuple(each.code for each in borough.authorities)
    wanted = [
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
        text(
            "SELECT p.id, p.email, p.name, t.id AS team_id, t.name AS team FROM person p JOIN team t ON t.id = p.team_id WHERE p.role = 'officer'"
        )
    )
    return {
        row.team: Person(row.id, row.email, row.name, Role.OFFICER, row.team_id, row.team, ()) for row in rows
    }


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


def _sent(body: dict[str, object]) -> Sent:
    plain = json.loads(json.dumps(body))
    return Sent.of(rfc8785.dumps(plain))


def _keep_accounts(path: Path, accounts: Iterable[tuple[str, str, str]]) -> None:
    """Keep the demo's passwords where only this account can read them; they are made anew for each demo."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        json.dump(list(accounts), file)
