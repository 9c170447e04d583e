"""What tests of database, pages and browser share: a real migrated PostGIS, and personas by role."""

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from shapely import MultiPolygon, box
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from geoapp import create_app, db, embedded, schema
from geoapp.access import Role
from geoapp.actions import people, wards
from geoapp.config import Settings, read_settings
from spatial.crs import geometry_to_wgs84
from spatial.wards import WardShape

ROOT = Path(__file__).resolve().parents[1]
LAMBETH, SOUTHWARK = "E09000022", "E09000028"
PASSWORD = "lamp-post-in-the-rain"  # noqa: S105 (of people who exist in tests alone)


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL with a migrated template to clone."""

    admin_url: str
    template: str

    def clone(self) -> str:
        """Return the name of a fresh database like the template."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {self.template} OWNER owner")
        self._run(f"ALTER DATABASE {name} SET search_path = lamplight, public")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever still holds it."""
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, database: str, role: str | None = None) -> str:
        """Return an address of a database, as the administrator or as a role of the embedded cluster."""
        url = make_url(self.admin_url).set(database=database)
        return (url.set(username=role) if role else url).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        engine = create_engine(self.admin_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real server: the one of TEST_DATABASE_URL, or an embedded cluster of the tests' own."""
    own = os.environ.get("TEST_DATABASE_URL")
    if own:
        yield from _with_template(own)
        return
    with embedded.running(ROOT / "var" / "test") as cluster:
        yield from _with_template(cluster.url("postgres", "postgres"))


def _with_template(admin_url: str) -> Iterator[Server]:
    found = Server(admin_url, f"template_{uuid.uuid4().hex[:12]}")
    found._run(f"CREATE DATABASE {found.template}")
    try:
        schema.upgrade(found.url(found.template))
        yield found
    finally:
        found.drop(found.template)


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[str]:
    """A fresh database for a module of tests; its name."""
    name = server.clone()
    yield name
    server.drop(name)


@pytest.fixture(scope="module")
def settings(server: Server, database: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an installation on the module's database."""
    plain = read_settings({"GEOAPP_VAR": str(tmp_path_factory.mktemp("var")), "SECRET_KEY": "k" * 40})
    return replace(
        plain,
        database_url=server.url(database),
        database_owner_url=server.url(database),
        database_feed_url=server.url(database),
    )


@pytest.fixture(scope="module")
def opened(settings: Settings) -> Iterator[Settings]:
    """The module's database, open for actions and queries."""
    db.connect(settings, pooled=False)
    yield settings
    db.disconnect()


@pytest.fixture
def session(opened: Settings) -> Iterator[Session]:  # noqa: ARG001 (the database has to be open)
    """A session as `app` whose work is taken back at the end of the test."""
    with db.current().app.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as held:
            yield held
        outer.rollback()


@dataclass(frozen=True)
class Persona:
    """Somebody by role, able to sign in and with a bearer token."""

    email: str
    role: Role
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        """Headers of a program that acts for this person."""
        return {"Authorization": f"Bearer {self.token}"}


PERSONAS: dict[str, tuple[Role, str, tuple[str, ...]]] = {
    "brixton_officer": (Role.OFFICER, "Brixton", ()),
    "peckham_officer": (Role.OFFICER, "Peckham", ()),
    "lambeth_planner": (Role.PLANNER, "Lambeth planning", (LAMBETH,)),
    "southwark_planner": (Role.PLANNER, "Southwark planning", (SOUTHWARK,)),
    "analyst": (Role.ANALYST, "Analysis", ()),
    "coordinator": (Role.COORDINATOR, "Brixton", ()),
    "administrator": (Role.ADMINISTRATOR, "Force IT", ()),
}


@pytest.fixture(scope="module")
def personas(opened: Settings) -> dict[str, Persona]:
    """Everybody of PERSONAS, made in the module's database, with tokens."""
    made = {}
    with db.writing() as writing:
        for name, (role, team, boroughs) in PERSONAS.items():
            email = f"{name}@lamplight.example"
            people.create(
                writing, people.NewPerson(email, role, team, boroughs), by="tests", password=PASSWORD
            )
            lasts = timedelta(days=opened.rules.token_days)
            token = people.create_token(writing, email, lasts=lasts, by="tests")
            made[name] = Persona(email, role, token)
    return made


def square_wards() -> tuple[WardShape, ...]:
    """Four wards of one square kilometre around easting 531000, northing 176000, two in each of two boroughs.

    West to east A (E05000001) and B (E05000002) of Lambeth in the south row, C (E05000003) and D (E05000004)
    of Southwark in the north row; corners are shared.
    """
    shapes = []
    places = [
        (0, 0, LAMBETH, "Lambeth"),
        (1, 0, LAMBETH, "Lambeth"),
        (0, 1, SOUTHWARK, "Southwark"),
        (1, 1, SOUTHWARK, "Southwark"),
    ]
    for number, (column, row, borough, borough_name) in enumerate(places, start=1):
        west, south = 530_000 + 1000 * column, 175_000 + 1000 * row
        bng = MultiPolygon([box(west, south, west + 1000, south + 1000)])
        shapes.append(
            WardShape(
                number,
                f"E0500000{number}",
                f"Ward {'ABCD'[number - 1]}",
                borough,
                borough_name,
                geometry_to_wgs84(bng),
                bng,
            )
        )
    return tuple(shapes)


@pytest.fixture(scope="module")
def squares(opened: Settings) -> str:  # noqa: ARG001 (the database has to be open)
    """The four square wards as edition 'squares'; its name."""
    with db.writing() as writing:
        wards.import_edition(writing, wards.NewEdition("squares", square_wards()), by="tests")
    return "squares"


@pytest.fixture(scope="module")
def app(opened: Settings) -> Flask:
    """The web application on the module's database."""
    made = create_app(opened)
    made.testing = True
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser or program that nobody has signed in to."""
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask, personas: dict[str, Persona]) -> Callable[[str], FlaskClient]:
    """Sign a persona in by the form and give their browser."""

    def sign_in(name: str) -> FlaskClient:
        browser = app.test_client()
        page = browser.get("/login").get_data(as_text=True)
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"email": personas[name].email, "password": PASSWORD, "csrf_token": token}
        answer = browser.post("/login", data=form)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser

    return sign_in
