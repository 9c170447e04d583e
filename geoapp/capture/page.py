"""The officer's page."""

from flask import Blueprint

bp = Blueprint("page", __name__)
