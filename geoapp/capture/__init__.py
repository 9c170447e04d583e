"""Capture: the officer's room. What is recorded on a walk comes in here."""

from flask import Blueprint

from geoapp.capture.app import bp as app
from geoapp.capture.page import bp as page
from geoapp.capture.views import bp as api

bp = Blueprint("capture", __name__, url_prefix="/capture")
bp.register_blueprint(api)
bp.register_blueprint(page)
bp.register_blueprint(app)

__all__ = ["bp"]
