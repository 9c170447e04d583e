"""One frozen Settings, read once from the environment; every default is safe for production."""

import contextlib
import math
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

MEGABYTE = 1024 * 1024


class SettingsError(ValueError):
    """A setting is missing or wrong; the message names the variable and says what to put there."""


@dataclass(frozen=True)
class Limits:
    """Bounds on what comes in; each is an environment variable named in docs/operating.md."""

    body_bytes: int = 2 * MEGABYTE
    photo_bytes: int = 10 * MEGABYTE
    photo_pixels: int = 25_000_000
    gpx_bytes: int = 10 * MEGABYTE
    route_vertices: int = 2_000
    route_length_m: float = 5_000.0
    chunk_fixes: int = 2_000
    note_characters: int = 4_000
    json_depth: int = 32
    earliest_year: int = 2015
    ahead_hours: float = 48.0
    feed_requests_key: int = 3_000
    feed_requests_address: int = 1_200
    feed_window_seconds: int = 60
    sign_in_failures_account: int = 5
    sign_in_failures_address: int = 20
    sign_in_window_minutes: float = 15.0
    asks_contact: int = 5
    asks_address: int = 20
    asks_window_minutes: float = 1440.0
    ask_seconds: float = 3.0
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    feed_file_features: int = 1_000_000


@dataclass(frozen=True)
class Rules:
    """Numbers of the domain named in the design; each is an environment variable."""

    fix_accuracy_m: float = 50.0
    fix_speed_mps: float = 4.0
    fix_gap_s: float = 60.0
    partner_min_walks: int = 3
    public_min_walks: int = 3
    public_min_concerns: int = 8
    enough_expected: float = 10.0
    false_discovery: float = 0.05
    session_hours: float = 12.0
    token_days: float = 90.0
    retention_days: float = 28.0
    unmatched_days: float = 90.0
    answer_days: int = 2
    match_days: int = 5
    reminder_hours: float = 24.0
    nobody_minutes: int = 10
    feedback_min: int = 5
    feed_changes_days: float = 90.0


@dataclass(frozen=True)
class Tiles:
    """How the configured tile source is asked, and what is kept of it; each is an environment variable."""

    most_zoom: int = 19
    seconds: float = 10.0
    bytes: int = MEGABYTE
    cache_hours: float = 168.0
    cache_mb: int = 500


T = TypeVar("T", Limits, Rules, Tiles)


@dataclass(frozen=True)
class Scheme:
    """How the scheme is reached, and who carries its text messages: GOV.UK Notify, if there is a key."""

    mail_from: str = "Lamplight walks <walks@lamplight.example>"
    phone: str = "101"
    notify_url: str = "https://api.notifications.service.gov.uk"
    notify_key: str | None = field(default=None, repr=False)
    notify_template: str = ""


@dataclass(frozen=True)
class Settings:
    """All that can differ between two installations.

    `database_url` is None when the embedded cluster under `var` is to be used. `secret_key` signs
    cookies; it has no default with a database of your own, and is made once under `var` otherwise.
    """

    host: str
    port: int
    var: Path
    database_url: str | None = field(repr=False)  # these hold passwords and keys
    database_owner_url: str | None = field(repr=False)
    database_read_url: str | None = field(repr=False)
    database_feed_url: str | None = field(repr=False)
    secret_key: str = field(repr=False)
    public_url: str
    smtp_url: str | None = field(repr=False)
    tile_source: str | None = field(repr=False)
    tile_attribution: str
    operations_token: str | None = field(repr=False)
    proxies: int
    web_processes: int
    web_threads: int
    limits: Limits = field(default_factory=Limits)
    rules: Rules = field(default_factory=Rules)
    tiles: Tiles = field(default_factory=Tiles)
    scheme: Scheme = field(default_factory=Scheme)

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies are only for https: whenever the public address is one."""
        return self.public_url.startswith("https://")


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that the environment states; SettingsError names the variable that is wrong."""
    env = os.environ if environ is None else environ
    var = Path(env.get("GEOAPP_VAR") or "var").absolute()
    host = env.get("HOST") or "127.0.0.1"
    port = _whole(env, "PORT", 8000, least=1, most=65535)
    database_url = _postgres_url(env, "DATABASE_URL")
    return Settings(
        host=host,
        port=port,
        var=var,
        database_url=database_url,
        database_owner_url=_postgres_url(env, "DATABASE_OWNER_URL") or database_url,
        database_read_url=_postgres_url(env, "DATABASE_READ_URL"),
        database_feed_url=_postgres_url(env, "DATABASE_FEED_URL")
        or _postgres_url(env, "DATABASE_READ_URL")
        or database_url,
        secret_key=_secret_key(env, var, own_database=database_url is not None),
        public_url=_web_address(env, "PUBLIC_URL") or f"http://{host}:{port}",
        smtp_url=env.get("SMTP_URL") or None,
        tile_source=_tile_source(env),
        tile_attribution=env.get("TILE_ATTRIBUTION") or "",
        operations_token=env.get("OPERATIONS_TOKEN") or None,
        proxies=_whole(env, "PROXIES", 0, least=0),
        web_processes=_whole(env, "WEB_PROCESSES", 2, least=1),
        web_threads=_whole(env, "WEB_THREADS", 48, least=1),
        limits=_numbers(env, Limits(), "LIMIT_"),
        rules=_numbers(env, Rules(), "RULE_"),
        tiles=_numbers(env, Tiles(), "TILE_"),
        scheme=_scheme(env),
    )


def _scheme(env: Mapping[str, str]) -> Scheme:
    usual = Scheme()
    return Scheme(
        mail_from=env.get("MAIL_FROM") or usual.mail_from,
        phone=env.get("SCHEME_PHONE") or usual.phone,
        notify_url=_web_address(env, "NOTIFY_URL") or usual.notify_url,
        notify_key=env.get("NOTIFY_KEY") or None,
        notify_template=env.get("NOTIFY_TEMPLATE") or "",
    )


def _whole(env: Mapping[str, str], name: str, default: int, *, least: int, most: int | None = None) -> int:
    text = env.get(name)
    if not text:
        return default
    try:
        number = int(text)
    except ValueError as error:
        raise SettingsError(f"{name} must be a whole number, not {text!r}") from error
    if number < least or (most is not None and number > most):
        span = f"at least {least}" if most is None else f"from {least} to {most}"
        raise SettingsError(f"{name} must be {span}, not {text!r}")
    return number


def _web_address(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name)
    if not text:
        return None
    if not text.startswith(("http://", "https://")):
        raise SettingsError(f"{name} must begin with https:// or http://, not {text!r}")
    return text.rstrip("/")


def _tile_source(env: Mapping[str, str]) -> str | None:
    """Return the address of the tile source with its three places; the host is fixed, never filled in.

    What is wrong is told without the address, which may hold a key.
    """
    text = env.get("TILE_SOURCE")
    if not text:
        return None
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or any(c.isspace() for c in text):
        raise SettingsError("TILE_SOURCE must be an address that begins with https:// or http://")
    if "{" in parts.netloc or "@" in parts.netloc:
        raise SettingsError("TILE_SOURCE names one host, without a place to fill in and without a password")
    if not all(place in text for place in ("{z}", "{x}", "{y}")):
        raise SettingsError("TILE_SOURCE needs {z}, {x} and {y}, as in https://tiles.example/{z}/{x}/{y}.png")
    return text


def _numbers(env: Mapping[str, str], defaults: T, prefix: str) -> T:
    """Return the defaults with each number replaced that the environment states as PREFIX_NAME."""
    stated: dict[str, Any] = {}
    for each in fields(defaults):
        name = prefix + each.name.upper()
        text = env.get(name)
        if text:
            try:
                number = type(getattr(defaults, each.name))(text)
            except ValueError as error:
                raise SettingsError(f"{name} must be a number, not {text!r}") from error
            if not 0 < number < math.inf:
                raise SettingsError(f"{name} must be a number over 0, not {text!r}")
            stated[each.name] = number
    return replace(defaults, **stated)


def _postgres_url(env: Mapping[str, str], name: str) -> str | None:
    """Return the address with the driver named, whichever of the usual spellings was given."""
    url = env.get(name)
    if not url:
        return None
    for scheme in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    raise SettingsError(f"{name} must begin with postgresql://")


def _secret_key(env: Mapping[str, str], var: Path, *, own_database: bool) -> str:
    key = env.get("SECRET_KEY")
    if key:
        return key
    if own_database:
        raise SettingsError("SECRET_KEY is not set. Put a long random value there and keep it.")
    var.mkdir(parents=True, exist_ok=True)
    kept = var / "secret_key"
    if not kept.exists():
        # Written whole under another name first, so that nobody who starts at the same time reads half of it.
        descriptor, fresh = tempfile.mkstemp(prefix=".secret_key-", dir=var)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, kept)
        Path(fresh).unlink()
    return kept.read_text()
