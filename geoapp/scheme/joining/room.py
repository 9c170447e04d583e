"""The room itself, on which its pages are hung, and what all of them show."""

from datetime import UTC, date, datetime

from flask import Blueprint, current_app

from geoapp.config import Settings
from geoapp.language import LONDON

bp = Blueprint("joining", __name__, template_folder="templates")


@bp.context_processor
def _site() -> dict[str, object]:
    rules = settings().rules
    return {
        "site_url": settings().public_url,
        "answer_days": rules.answer_days,
        "match_days": rules.match_days,
        "keep_days": round(rules.retention_days),
    }


def settings() -> Settings:
    """Return the settings of this installation."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def today() -> date:
    """Return the day it is in London."""
    return datetime.now(UTC).astimezone(LONDON).date()
