"""Lamplight: concerns raised on walks, honest ward heatmaps, and a feed for councils."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from geoapp import access, compression, language, logs, pages, wire
from geoapp.config import Limits, Settings


def create_app(settings: Settings) -> Flask:
    """Return the web application: settings, what all rooms share, and the rooms."""
    from geoapp import capture, door, feed, ground, operations, planning  # noqa: PLC0415 (rooms need the package first)
    from geoapp.scheme import answers, changed, coordination, joining, requests  # noqa: PLC0415 (likewise)

    app = Flask(__name__, static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="lamplight",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=int(settings.rules.session_hours * 3600),
        # Set once at sign-in: a file that any cache may keep must not carry somebody's cookie.
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_FORM_MEMORY_SIZE=settings.limits.body_bytes,
        # For forms, which the framework reads; one more, so that others are refused in our own words.
        MAX_CONTENT_LENGTH=_largest(settings.limits) + 1,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    logs.init_app(app)
    compression.init_app(app)  # before the others, so that it comes last to an answer
    wire.init_app(app)
    access.init_app(app)
    pages.init_app(app, person=access.person_or_none)
    language.init_app(app)
    staff = (door, capture, planning, feed, ground, operations, coordination, answers)
    for room in (*staff, joining, changed, requests):
        app.register_blueprint(room.bp)
    if settings.proxies:  # last, so that it comes first: whatever stands before the application sees who asks
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxies, settings.proxies, settings.proxies)  # type: ignore[method-assign]
    return app


def _largest(limits: Limits) -> int:
    """Return how many bytes a body may have; a form has some around its file."""
    return max(limits.body_bytes, limits.photo_bytes, limits.gpx_bytes + 10_000)
