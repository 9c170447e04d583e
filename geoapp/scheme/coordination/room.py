"""The room itself: its blueprint, and whom its transactions may see."""

from flask import Blueprint

from geoapp.access import Person
from geoapp.db import Reach

bp = Blueprint("coordination", __name__, template_folder="templates", url_prefix="/coordinate")


def reach_of(person: Person) -> Reach:
    """Return what a coordinator may see: the own team's participants, and those whom no team has taken."""
    return Reach.team(person.team_id)
