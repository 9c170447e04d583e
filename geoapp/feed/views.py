"""Views of the feed room."""

from flask import Blueprint

bp = Blueprint("feed", __name__, url_prefix="/feed")
