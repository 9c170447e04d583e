"""Pages for everybody: what was said in a ward in general terms, and what came of it."""

from dataclasses import replace
from datetime import UTC, date, datetime

from flask import Blueprint, current_app, render_template, request

from geoapp.access import public
from geoapp.config import Settings
from geoapp.db import reading
from geoapp.errors import NotFound
from geoapp.language import LONDON, month_span
from geoapp.queries import said_and_did
from geoapp.scheme.changed.inputs import after
from geoapp.scheme.changed.period import last_half_year, told
from geoapp.scheme.factor_words import factor_name

bp = Blueprint("changed", __name__, template_folder="templates")
_PAGE = 20
_IN_A_WARD = 200


@bp.context_processor
def _site() -> dict[str, str]:
    settings: Settings = current_app.config["SETTINGS"]
    return {"site_url": settings.public_url}


@bp.get("/said-and-did")
@public
def everywhere() -> str:
    """Show the latest answers of all wards, and the way to each ward."""
    seen = after(request.args.get("after"))
    today = _today()
    with reading() as connection:
        found, matched = said_and_did.answers(connection, after=seen, most=_PAGE)
        wards = said_and_did.public_wards(connection, today)
    more = f"{found[-1].happened_on.isoformat()}.{found[-1].id}" if matched > len(found) else ""
    return render_template("changed/everywhere.html", answers=found, wards=wards, more=more)


@bp.get("/said-and-did/<ward>")
@public
def in_ward(ward: str) -> str:
    """Show one ward: what was raised in the last half-year that is over, and every reviewed answer."""
    settings: Settings = current_app.config["SETTINGS"]
    today = _today()
    first, last = last_half_year(today)
    with reading() as connection:
        found = said_and_did.public_ward(connection, ward[:40].replace("\0", ""), today)
        if found is None:
            raise NotFound("There is no ward of this code.")
        groups = said_and_did.raised_groups(connection, found.area_id, first, last)
        factors = said_and_did.raised_factors(connection, found.area_id, first, last)
        answers, _ = said_and_did.answers(connection, ward=found.code, most=_IN_A_WARD)
    labels = {each.code: each.label for each in factors}
    shown = [
        replace(each, names=tuple(factor_name(code, labels) for code in each.names))
        for each in told(groups, factors, settings.rules)
    ]
    return render_template(
        "changed/ward.html",
        ward=found,
        answers=answers,
        told=shown,
        period=month_span(first, last),
        limits=settings.rules,
    )


def _today() -> date:
    return datetime.now(UTC).astimezone(LONDON).date()
