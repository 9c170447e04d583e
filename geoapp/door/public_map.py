"""The public map: figures of releases alone. Until there is one, it says what will be there."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Response, current_app, render_template, request

from geoapp.access import public
from geoapp.config import Settings
from geoapp.db import reading
from geoapp.door.views import bp
from geoapp.errors import FieldError, Malformed, NotFound
from geoapp.maps.wards_alone import HEIGHT, WIDTH, WardShapeKept, ward_lines
from geoapp.queries.public_map import public_wards

_LONDON = ZoneInfo("Europe/London")
_HOUR_S = 3600
_MOST_NAMED = 4

# The contract's names, so that a program can be written before the first release.
FIELDS = (
    "ward_code",
    "ward_name",
    "borough_code",
    "edition",
    "release",
    "version",
    "period_start",
    "period_end",
    "concerns",
    "walks",
    "km",
    "suppressed",
)


@bp.get("/map")
@public
def public_map() -> str:
    """Show the wards, what the figures will say of them, and what they will never say."""
    _known(())
    settings: Settings = current_app.config["SETTINGS"]
    today = datetime.now(UTC).astimezone(_LONDON).date()
    with reading() as connection:
        wards = public_wards(connection, today)
    boroughs = list(dict.fromkeys(each.borough_name for each in wards if each.borough_name))
    return render_template(
        "public_map.html",
        lines=ward_lines(tuple(WardShapeKept(each.borough_code, each.shape) for each in wards)),
        width=WIDTH,
        height=HEIGHT,
        count=len(wards),
        boroughs=_named(boroughs),
        edition=wards[0].edition if wards else "",
        attribution=wards[0].attribution if wards else "",
        rules=settings.rules,
        walks=_is_served("/walks"),
    )


@bp.get("/map/data.json")
@public
def public_map_data() -> Response:
    """Answer the released figures: none yet, in the form that they will have."""
    _known(("release",))
    if request.args.get("release"):
        raise NotFound("There is no such release.")
    body = {
        "type": "FeatureCollection",
        "fields": list(FIELDS),
        "releases": [],
        "release": None,
        "features": [],
    }
    made = Response(json.dumps(body) + "\n", content_type="application/geo+json")
    made.headers["Cache-Control"] = f"public, max-age={_HOUR_S // 12}"
    return made


def _known(names: tuple[str, ...]) -> None:
    """Refuse parameters that say nothing here: a figure cannot be filtered, hidden ones least of all."""
    errors = tuple(
        FieldError(name[:80], "There is no such parameter here.")
        for name in request.args
        if name not in names
    )
    if errors:
        raise Malformed("The address cannot be read: there is no such parameter here.", errors=errors)


def _named(boroughs: list[str]) -> str:
    if len(boroughs) > _MOST_NAMED:
        return f"{len(boroughs)} boroughs"
    return " and ".join(filter(None, [", ".join(boroughs[:-1]), *boroughs[-1:]]))


def _is_served(path: str) -> bool:
    return any(rule.rule == path for rule in current_app.url_map.iter_rules())
