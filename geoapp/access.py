"""Who is asking, and what they may do: permissions as an enum and a table, stated on every route."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum, auto
from typing import ParamSpec, TypeVar
from uuid import UUID

import flask_login
import structlog
from flask import Flask, Request, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import text

from geoapp.db import reading
from geoapp.errors import Malformed, NotAllowed, SignInNeeded

log = structlog.get_logger()
P = ParamSpec("P")
R = TypeVar("R")


class Permission(Enum):
    """What somebody may do. One for each thing that can be allowed to one role and not to another."""

    CAPTURE = auto()  # raise concerns, record walks and share, for the own team
    READ_NOTES = auto()  # concerns with their notes and photos, and walks; of the own team
    READ_FIGURES = auto()  # maps and tables of the planning room
    READ_SHARED = auto()  # shared concerns in the feed, within the own boroughs
    READ_EVERY_TEAM = auto()  # the same of all teams, each read logged
    ANSWER = auto()  # owners, steps and public words of shared concerns
    RUN_SCHEME = auto()  # publish walks, and match, confirm and answer requests, for the own team
    ADMINISTER = auto()  # people, keys, wards, settings, the audit log


class Role(StrEnum):
    """What a person is to the scheme."""

    OFFICER = "officer"
    ANALYST = "analyst"
    COORDINATOR = "coordinator"
    PLANNER = "planner"
    ADMINISTRATOR = "administrator"


ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.OFFICER: frozenset(
        {Permission.CAPTURE, Permission.READ_NOTES, Permission.READ_FIGURES, Permission.READ_SHARED}
    ),
    Role.COORDINATOR: frozenset(
        {
            Permission.ANSWER,
            Permission.CAPTURE,
            Permission.READ_NOTES,
            Permission.READ_FIGURES,
            Permission.READ_SHARED,
            Permission.RUN_SCHEME,
        }
    ),
    Role.ANALYST: frozenset({Permission.READ_NOTES, Permission.READ_EVERY_TEAM, Permission.READ_FIGURES}),
    Role.PLANNER: frozenset({Permission.READ_FIGURES, Permission.READ_SHARED}),
    Role.ADMINISTRATOR: frozenset({Permission.ADMINISTER}),
}


@dataclass(frozen=True)
class Person:
    """The person asking. `boroughs` limits planners; everybody else of the force sees all of them."""

    id: UUID
    email: str
    name: str
    role: Role
    team_id: int
    team_name: str
    boroughs: tuple[str, ...]
    sign_in: str = ""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return what the browser's cookie keeps: the secret of this sign-in."""
        return self.sign_in

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return permission in ALLOWED[self.role]

    @property
    def is_partner(self) -> bool:
        """Whether suppression and boroughs apply to what this person reads."""
        return self.role is Role.PLANNER


@dataclass(frozen=True)
class FeedReader:
    """Who reads the feed: a council's key, or a person signed in."""

    name: str
    boroughs: tuple[str, ...]
    key_id: UUID | None = None
    may_write: bool = False


def secret_hash(secret: str) -> bytes:
    """Return what is kept of a random secret of 256 bits."""
    return hashlib.sha256(secret.encode()).digest()


_PERSON = """
SELECT p.id, p.email, p.name, p.role, p.team_id, t.name AS team_name,
       coalesce((SELECT array_agg(b.borough_code ORDER BY b.borough_code)
                 FROM person_borough b WHERE b.person_id = p.id), '{}') AS boroughs
FROM person p JOIN team t ON t.id = p.team_id """

_BY_SIGN_IN = text(
    _PERSON
    + "JOIN sign_in s ON s.person_id = p.id WHERE s.token_hash = :hash AND s.expires_at > now() AND p.active"
)
_BY_TOKEN = text(
    _PERSON
    + "JOIN api_token k ON k.person_id = p.id"
    + " WHERE k.token_hash = :hash AND k.expires_at > now() AND k.revoked_at IS NULL AND p.active"
)
_BY_ID = text(_PERSON + "WHERE p.id = :id AND p.active")
_KEY = text("""
SELECT k.id, k.name, k.may_write, array_agg(b.borough_code ORDER BY b.borough_code) AS boroughs
FROM feed_key k JOIN feed_key_borough b ON b.feed_key_id = k.id
WHERE k.key_hash = :hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
GROUP BY k.id""")
_ENDED_KEY = text("""
SELECT (least(k.revoked_at, k.expires_at) AT TIME ZONE 'Europe/London')::date
FROM feed_key k WHERE k.key_hash = :hash AND least(k.revoked_at, k.expires_at) <= now()""")
_ALL_BOROUGHS = text("SELECT coalesce(array_agg(code ORDER BY code), '{}') FROM borough")


def person_by_sign_in(secret: str) -> Person | None:
    """Return the person whose browser holds this secret, if the sign-in still stands."""
    with reading() as connection:
        row = connection.execute(_BY_SIGN_IN, {"hash": secret_hash(secret)}).one_or_none()
    return None if row is None else _person(dict(row._mapping) | {"sign_in": secret})  # noqa: SLF001 (SQLAlchemy's public name)


def person_by_token(secret: str) -> Person | None:
    """Return the person whose bearer token this is, if it still stands."""
    with reading() as connection:
        row = connection.execute(_BY_TOKEN, {"hash": secret_hash(secret)}).one_or_none()
    return None if row is None else _person(dict(row._mapping))  # noqa: SLF001 (SQLAlchemy's public name)


def person_by_id(person_id: UUID) -> Person | None:
    """Return the person for whom work is done in the background, if she may still come in."""
    with reading() as connection:
        row = connection.execute(_BY_ID, {"id": person_id}).one_or_none()
    return None if row is None else _person(dict(row._mapping))  # noqa: SLF001 (SQLAlchemy's public name)


def _person(row: dict[str, object]) -> Person:
    return Person(**(row | {"role": Role(row["role"]), "boroughs": tuple(row["boroughs"])}))  # type: ignore[arg-type]


def person_or_none() -> Person | None:
    """Return who is signed in to this request, by cookie or bearer token."""
    person = flask_login.current_user
    return person._get_current_object() if person and person.is_authenticated else None  # noqa: SLF001 (a proxy is unwrapped this way)


def current_person() -> Person:
    """Return who is signed in; SignInNeeded when nobody is."""
    person = person_or_none()
    if person is None:
        raise SignInNeeded("Sign in, or send a bearer token that is still valid.")
    return person


def feed_reader() -> FeedReader | None:
    """Return who reads the feed in this request, by key or sign-in; None when nobody said who they are.

    SignInNeeded when a key was sent that does not open anything.
    """
    if "feed_reader" not in g:
        g.feed_reader = _find_feed_reader(request)
    found: FeedReader | None = g.feed_reader
    return found


def _find_feed_reader(incoming: Request) -> FeedReader | None:
    key = _sent_key(incoming)
    if key is not None:
        with reading() as connection:
            row = connection.execute(_KEY, {"hash": secret_hash(key)}).one_or_none()
        if row is not None:
            return FeedReader(row.name, tuple(row.boroughs), row.id, row.may_write)
    person = person_or_none()
    if person is None:
        if key is not None:
            raise SignInNeeded(_why_not(key))
        return None
    if not person.may(Permission.READ_SHARED):
        raise NotAllowed("Your role does not read shared concerns.")
    if person.is_partner:
        return FeedReader(person.name, person.boroughs, may_write=True)
    with reading() as connection:
        return FeedReader(person.name, tuple(connection.scalar(_ALL_BOROUGHS) or ()))


def _why_not(key: str) -> str:
    """Say why a key opens nothing; only who holds one that has ended learns when."""
    with reading() as connection:
        ended: date | None = connection.scalar(_ENDED_KEY, {"hash": secret_hash(key)})
    if ended is None:
        return "This key is not valid. Ask your administrator for a new one."
    return f"This key ended on {ended.day} {ended:%B %Y}. Ask your administrator for a new one."


def _sent_key(incoming: Request) -> str | None:
    sent = incoming.headers.get("X-API-Key")
    if sent:
        return sent
    authorization = incoming.authorization
    if authorization is None:
        return None
    if authorization.type == "bearer":
        return authorization.token
    return authorization.password if authorization.type == "basic" else None


def needs(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a view as being for those whose role has the permission."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        view.needs = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view as being for anyone."""
    view.needs = None  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Check every request against its route's mark, and every write by cookie against its CSRF token."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which these pages never send
        WTF_CSRF_TIME_LIMIT=None,  # a walk is longer than an hour; the token ends with the sign-in
    )
    csrf = CSRFProtect(app)
    manager = flask_login.LoginManager(app)
    manager.session_protection = None  # a phone changes its address while it walks

    @manager.user_loader  # type: ignore[untyped-decorator]
    def by_cookie(secret: str) -> Person | None:
        # A program that sends a token means that token, whatever cookies it keeps.
        return None if _bearer(request) else person_by_sign_in(secret)

    @manager.request_loader  # type: ignore[untyped-decorator]
    def by_token(incoming: Request) -> Person | None:
        token = _bearer(incoming)
        return person_by_token(token) if token else None

    @app.before_request
    def guard() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        if view is None or request.endpoint == "static" or _answered_by_the_framework():
            return
        _let_in(view)
        if request.method not in {"GET", "HEAD"} and not _by_token() and not _by_feed_key():
            try:
                csrf.protect()
            except OSError as error:  # it reads the form, whose chunks may be broken or end early
                raise Malformed("The form did not arrive whole. Send it again.") from error


def _answered_by_the_framework() -> bool:
    """Whether no view of ours is asked: OPTIONS, unless a route takes it itself."""
    return request.method == "OPTIONS" and bool(getattr(request.url_rule, "provide_automatic_options", False))


def _let_in(view: Callable[..., object]) -> None:
    """Pass whoever the view is marked for. A view without a mark is for nobody."""
    if "needs" not in vars(view):
        log.error("route without a mark", endpoint=request.endpoint)
        raise NotAllowed("This page does not say whom it is for, so nobody is let in. Please report it.")
    permission: Permission | None = vars(view)["needs"]
    if permission is not None and not current_person().may(permission):
        raise NotAllowed("Your role does not allow this.")


def _by_token() -> bool:
    """Whether the person asking showed a bearer token, which no other site can make a browser send."""
    person = person_or_none()
    return person is not None and not person.sign_in


def _by_feed_key() -> bool:
    """Whether the feed is written to with a council's key, which no other site can make a browser send."""
    if request.blueprint != "feed":
        return False
    reader = feed_reader()
    if reader is None:
        raise SignInNeeded("Send your council's key as Authorization: Bearer, X-API-Key or Basic password.")
    return reader.key_id is not None


def _bearer(incoming: Request) -> str | None:
    authorization = incoming.authorization
    if authorization is None or authorization.type != "bearer":
        return None
    return authorization.token or None
