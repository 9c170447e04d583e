"""Capture: the officer's room. What is recorded on a walk comes in here."""

from flask import Blueprint

from geoapp.capture.app import bp as app
from geoapp.capture.audit_pages import bp as stop
from geoapp.capture.audit_views import bp as audits
from geoapp.capture.crime_views import bp as crimes
from geoapp.capture.offline_views import bp as offline
from geoapp.capture.page import bp as page
from geoapp.capture.pin_views import bp as pin
from geoapp.capture.tidy_views import bp as tidy
from geoapp.capture.views import bp as api
from geoapp.capture.wording_views import bp as wording

bp = Blueprint("capture", __name__, url_prefix="/capture")
bp.register_blueprint(api)
bp.register_blueprint(page)
bp.register_blueprint(app)
bp.register_blueprint(wording)
bp.register_blueprint(offline)
bp.register_blueprint(audits)
bp.register_blueprint(crimes)
bp.register_blueprint(tidy)
bp.register_blueprint(pin)
bp.register_blueprint(stop)

__all__ = ["bp"]
