"""Views of the planning room."""

from flask import Blueprint

bp = Blueprint("planning", __name__, url_prefix="/planning")
