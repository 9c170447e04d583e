"""Views of the ground room."""

from flask import Blueprint

bp = Blueprint("ground", __name__, url_prefix="/ground")
