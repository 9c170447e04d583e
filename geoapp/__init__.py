"""Lamplight: concerns raised on walks, honest ward heatmaps, and a feed for councils."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from geoapp import access, compression, logs, pages, wire
from geoapp.config import Settings


def create_app(settings: Settings) -> Flask:
    """Return the web application: settings, what all rooms share, and the rooms."""
    from geoapp import capture, door, feed, ground, operations, planning  # noqa: PLC0415 (rooms need the package first)

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
        MAX_CONTENT_LENGTH=max(settings.limits.body_bytes, settings.limits.photo_bytes) + 1,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxies, settings.proxies, settings.proxies)  # type: ignore[method-assign]
    logs.init_app(app)
    compression.init_app(app)  # before the others, so that it comes last to an answer
    wire.init_app(app)
    access.init_app(app)
    pages.init_app(app, person=access.person_or_none)
    for room in (door, capture, planning, feed, ground, operations):
        app.register_blueprint(room.bp)
    return app
