"""Capture: the officer's room. What is recorded on a walk comes in here."""

from flask import Blueprint

from geoapp.capture import page, views

bp = Blueprint("capture", __name__, url_prefix="/capture")
bp.register_blueprint(views.bp)
bp.register_blueprint(page.bp)

__all__ = ["bp"]
