"""What every page shares: the template environment, the security headers and addresses of static files.

Only the application factory imports this module; rooms render templates and know nothing of it.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request, url_for
from jinja2 import (
    BaseLoader,
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
)

from geoapp import words
from geoapp.access import person_or_none, public

STATIC = Path(__file__).resolve().parents[1] / "static"
_YEAR_S = 365 * 24 * 60 * 60
_HASH_CHARACTERS = 12
_GOVUK = "govuk_frontend_jinja"

# Each directive a page may need; whatever is not named here falls back to 'none'. Element styles that scripts
# set through the CSSOM (Leaflet does) need no entry, but style="" attributes are refused, also in templates.
_CONTENT_SECURITY = {
    "default-src": "'none'",
    "script-src": "'self' 'nonce-{nonce}'",
    "style-src": "'self' 'nonce-{nonce}'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "media-src": "'self' blob:",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

# Capture needs the first five; the rest are switched off because nothing here uses them.
_PERMISSIONS = ", ".join(
    [
        f"{name}=(self)"
        for name in ("geolocation", "camera", "microphone", "screen-wake-lock", "clipboard-write")
    ]
    + [f"{name}=(self)" for name in ("fullscreen", "publickey-credentials-get")]
    + [
        f"{name}=()"
        for name in (
            "accelerometer",
            "autoplay",
            "clipboard-read",
            "display-capture",
            "encrypted-media",
            "gyroscope",
            "hid",
            "idle-detection",
            "magnetometer",
            "midi",
            "payment",
            "picture-in-picture",
            "serial",
            "usb",
            "xr-spatial-tracking",
        )
    ],
)


def init_app(app: Flask, *, person: Callable[[], Any] = person_or_none) -> None:
    """Give `app` the shared templates, filters, headers and static files.

    `person` answers who is signed in to this request (name, role, boroughs), or None. Templates ask it as
    `current_person()`, and only those that show it, so that an error page does not need the database.
    """
    _load_templates(app)
    _serve_static(app)

    def context() -> dict[str, Any]:
        return {"demo": bool(current_app.extensions.get("lamplight_demo", False)), "current_person": person}

    app.context_processor(context)
    app.after_request(_secure)
    if app.debug or app.testing:
        _add_style_page(app)


def csp_nonce() -> str:
    """Return this request's nonce for inline scripts and styles; the same one throughout the request."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def content_security_policy(nonce: str, changes: Mapping[str, str] | None = None) -> str:
    """Return the policy header for `nonce`, with single directives replaced or added by `changes`.

    A view that needs another policy sets the header itself; a header that is set is left as it is.
    """
    directives = {**_CONTENT_SECURITY, **(changes or {})}
    return "; ".join(f"{name} {sources}" for name, sources in directives.items()).format(nonce=nonce)


def asset_url(path: str) -> str:
    """Return the address of a file under `static/`, with its content's hash, to be cached for good.

    A file that is not there (the set-up has not filled `static/vendor`) gets its bare address and a line in
    the log: a page without its style is better than no page.
    """
    version = _version(path)
    if version is None:
        current_app.logger.warning("static file %s is missing; run the set-up", path)
        return url_for("static", filename=path)
    return url_for("static", filename=path, v=version)


def _version(path: str) -> str | None:
    """Return the first characters of the file's SHA-256, worked out again only when the file has changed."""
    file = Path(str(current_app.static_folder)) / path
    try:
        stat = file.stat()
    except (OSError, ValueError):  # the latter for a NUL in what was asked for
        return None
    known: dict[str, tuple[tuple[int, int], str]] = current_app.extensions.setdefault("lamplight_assets", {})
    stamp = (stat.st_mtime_ns, stat.st_size)
    if path not in known or known[path][0] != stamp:
        known[path] = (stamp, hashlib.sha256(file.read_bytes()).hexdigest()[:_HASH_CHARACTERS])
    return known[path][1]


class _ComponentLoader(BaseLoader):
    """Loads the GOV.UK components into an environment of their own.

    Their macros test parameters that were not passed, which `StrictUndefined` refuses; our own templates
    keep it, because there a name that is missing is a mistake.
    """

    def __init__(self, pages: Environment) -> None:
        self._environment = pages.overlay()
        self._environment.undefined = ChainableUndefined
        self._environment.loader = PrefixLoader({_GOVUK: PackageLoader(_GOVUK)})

    def load(
        self,
        environment: Environment,  # noqa: ARG002 (the base class hands it over)
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 (the base class names it)
    ) -> Template:
        return self._environment.get_template(name, globals=globals)


def _load_templates(app: Flask) -> None:
    env = app.jinja_env
    own = env.loader
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    # The frame asks for its words like every public page; without languages they stay as they are.
    env.add_extension("jinja2.ext.i18n")
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    env.loader = ChoiceLoader([_ComponentLoader(env), *([own] if own else [])])
    env.globals.update(asset_url=asset_url, csp_nonce=csp_nonce)
    env.filters.update(
        day_month_year=words.day_month_year,
        number=words.number,
        km=words.km,
        role_line=words.role_line,
        role_name=words.role_name,
    )


def _serve_static(app: Flask) -> None:
    app.static_folder = str(STATIC)
    if "static" not in app.view_functions:
        app.add_url_rule("/static/<path:filename>", "static", app.send_static_file)


# What browsers heed with a document or a worker alone; of a page's many files it would be a kilobyte each.
_OF_DOCUMENTS = frozenset({"Content-Security-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy"})
_FILES = frozenset({"static", "capture.app.file"})
_PARTS = frozenset({"text/css", "text/javascript", "application/javascript", "font/woff2"})


def _secure(response: Response) -> Response:
    """Add the headers that every answer carries; what a view has set itself stays."""
    is_part = request.endpoint in _FILES and response.mimetype in _PARTS
    for name, said in secure_headers(csp_nonce(), over_tls=request.is_secure):
        if not (is_part and name in _OF_DOCUMENTS):
            response.headers.setdefault(name, said)
    _set_caching(response)
    return response


def secure_headers(nonce: str, *, over_tls: bool) -> list[tuple[str, str]]:
    """Return the headers that every answer carries."""
    headers = [("Content-Security-Policy", _plain_policy().replace("{nonce}", nonce)), *_ALWAYS]
    return [*headers, ("Strict-Transport-Security", f"max-age={_YEAR_S}")] if over_tls else headers


@cache
def _plain_policy() -> str:
    return content_security_policy("{nonce}")


_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    # Personal links carry a token in their path, so no address may leave with a request.
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", _PERMISSIONS),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def _set_caching(response: Response) -> None:
    """Keep files whose address has their hash, and nothing that a signed-in person was shown.

    The session cookie decides, not the session, so that an error page needs neither session nor database.
    """
    if request.endpoint == "static":
        path = (request.view_args or {}).get("filename", "")
        asked = request.args.get("v")
        if asked and asked == _version(path) and response.status_code < 400:  # noqa: PLR2004 -- first error status
            response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
        return
    if current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        response.headers.setdefault("Cache-Control", "no-store")
    elif response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-cache")


def _add_style_page(app: Flask) -> None:
    """Show every component with invented data at /style, for those who build pages."""

    @public
    def style() -> str:
        return render_template("style.html")

    app.add_url_rule("/style", "style", style)
