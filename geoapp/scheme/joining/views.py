"""Pages for everybody: what a walk is, which walks are open, and one walk."""

import json
from uuid import UUID

from flask import Response, render_template, request
from sqlalchemy import Connection

from geoapp.access import Permission, person_or_none, public
from geoapp.db import reading
from geoapp.errors import NotFound
from geoapp.queries import joining, said_and_did
from geoapp.scheme.joining.inputs import WITHIN_KM, Search, search
from geoapp.scheme.joining.present import card, event, small_map
from geoapp.scheme.joining.room import bp, settings, today

_SOON, _LATELY = 3, 3
_DAY_S = 86_400


@bp.get("/")
@public
def front() -> str:
    """Show what a walk is, how to ask, the next walks and what changed lately."""
    with reading() as connection:
        walks = joining.open_walks(connection, most=_SOON)
        changed, _ = said_and_did.answers(connection, most=_LATELY)
        shapes = joining.ward_shapes(connection, sorted({walk.ward_code for walk in walks}))
    return render_template(
        "joining/front.html",
        walks=[card(walk) for walk in walks],
        answers=changed,
        map=small_map(walks, shapes),
        choices=WITHIN_KM,
        staff_home=_staff_home(),
        asked=search(request.args),
    )


@bp.get("/walks")
@public
def walks() -> str:
    """List the open walks, near a place where one was asked for."""
    asked = search(request.args)
    with reading() as connection:
        place, found = _found(connection, asked)
        nearby = bool(found)
        if not found and place:  # none there: all others, and the page says so
            found = joining.open_walks(connection, near=place)
        shapes = joining.ward_shapes(connection, sorted({walk.ward_code for walk in found}))
        ward = said_and_did.public_ward(connection, asked.ward, today()) if asked.ward else None
    cards = [card(walk) for walk in found]
    return render_template(
        "joining/walks.html",
        walks=cards,
        map=small_map(found, shapes),
        asked=asked,
        place=place,
        ward=ward,
        nearby=nearby,
        choices=WITHIN_KM,
        events=[event(each, settings().public_url) for each in cards],
    )


@bp.get("/walks/<uuid:walk_id>")
@public
def walk(walk_id: UUID) -> str:
    """Show one open walk."""
    with reading() as connection:
        found = joining.open_walks(connection, one=walk_id)
        shapes = joining.ward_shapes(connection, [each.ward_code for each in found])
    if not found:
        raise NotFound("This walk is not open any more. Look at the walks that are.")
    shown = card(found[0])
    return render_template(
        "joining/walk.html",
        walk=shown,
        map=small_map(found, shapes),
        events=[event(shown, settings().public_url)],
    )


@bp.get("/walks/wards.json")
@public
def ward_outlines() -> Response:
    """Answer all wards as outlines: a browser finds the one it is in by itself and tells nobody."""
    with reading() as connection:
        found = joining.ward_outlines(connection)
    features = ",".join(
        f'{{"type":"Feature","properties":{json.dumps({"code": each.code, "name": each.name})},'
        f'"geometry":{each.outline}}}'
        for each in found
    )
    body = f'{{"type":"FeatureCollection","features":[{features}]}}'
    made = Response(body, content_type="application/geo+json")
    made.headers["Cache-Control"] = f"public, max-age={_DAY_S}"
    return made


def _found(connection: Connection, asked: Search) -> tuple[joining.Place | None, list[joining.OpenWalk]]:
    if asked.words:
        place = joining.find_place(connection, asked.words, asked.district)
        if place is None:
            return None, []
        return place, joining.open_walks(connection, near=place, within_m=asked.within_km * 1000.0)
    return None, joining.open_walks(connection, ward=asked.ward)


def _staff_home() -> tuple[str, str] | None:
    """Return where a signed-in person goes on to, and its name; None for everybody else."""
    person = person_or_none()
    if person is None:
        return None
    if person.may(Permission.RUN_SCHEME):
        return "/coordinate/", "Go to walks and requests"
    if person.may(Permission.CAPTURE):
        return "/capture/", "Go to your walks"
    return ("/planning/", "Go to the map") if person.may(Permission.READ_FIGURES) else None
