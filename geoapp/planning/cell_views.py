"""Views of what the map draws by tiles: density in cells, streets through cells, single shared concerns."""

import json
from collections.abc import Callable

from flask import Response, request

from geoapp.access import Permission, feed_reader, needs
from geoapp.actions import audit
from geoapp.db import feed_reading, reading, writing
from geoapp.errors import NotAllowed, NotFound
from geoapp.planning import cell_tiles, inputs, present, ward_map
from geoapp.planning.cell_tiles import DEEPEST, SMALL_FROM_ZOOM, CellSummary
from geoapp.planning.present_points import shared_json
from geoapp.planning.selection import choose, last_day, offered
from geoapp.planning.views import bp, reader, tagged
from geoapp.queries import cell_tiles as query
from geoapp.queries.choices import data_version
from geoapp.queries.shared_concerns import shared_concerns

_MVT = "application/vnd.mapbox-vector-tile"
_SIZES = ("hex500", "hex200")
_STREETS_FROM_ZOOM = 11
_MOST_CONCERNS = 500
_WIDEST = 0.25  # degrees: points are for the streets of a ward, not for a whole borough at once


@bp.get("/data/density.json")
@needs(Permission.READ_FIGURES)
def density_json() -> Response:
    """Answer class limits and sums of the cells of either size, and how many of them are not shown."""
    asked, who = inputs.figures(request.args), reader()
    with reading() as connection:
        chosen = choose(connection, asked, who, offered(connection, who))
        tag = present.etag(data_version(connection), chosen, who.rules, "density")
        if request.if_none_match.contains_weak(tag):
            return tagged(Response(), tag)
        found = {
            size: cell_tiles.cell_figures(connection, chosen, size, who.rules).summary for size in _SIZES
        }
        said = present.selection(chosen)
    body = {"selection": said} | {size: _summary(each) for size, each in found.items()}
    return tagged(Response(json.dumps(body) + "\n", content_type="application/json"), tag)


@bp.get("/data/density/<int:z>/<int:x>/<int:y>.mvt")
@needs(Permission.READ_FIGURES)
def density_tile(z: int, x: int, y: int) -> Response:
    """Answer cells with counts and km: 500 m wide from afar, 200 m near; 204 where there are none."""
    return _tile((z, x, y), "hex200" if z >= SMALL_FROM_ZOOM else "hex500", query.cell_tile, "cells")


@bp.get("/data/streets/<int:z>/<int:x>/<int:y>.mvt")
@needs(Permission.READ_FIGURES)
def street_tile(z: int, x: int, y: int) -> Response:
    """Answer streets by the cell of 200 m that each stretch lies in; nothing from afar."""
    if z < _STREETS_FROM_ZOOM:
        return Response(status=204)
    return _tile((z, x, y), "hex200", query.street_tile, "streets")


@bp.get("/wards/<code>/hexagons.svg")
@needs(Permission.READ_FIGURES)
def ward_hexagons(code: str) -> Response:
    """Answer one ward in hexagons of 200 m as a picture."""
    asked, _ = inputs.page(request.args)
    who = reader()
    with reading() as connection:
        chosen = choose(connection, asked, who, offered(connection, who))
        tag = present.etag(data_version(connection), chosen, who.rules, f"hexagons {code}")
        if request.if_none_match.contains_weak(tag):
            return tagged(Response(), tag)
        body = ward_map.ward_map(connection, code, asked, who)
    return tagged(Response(body, content_type="image/svg+xml"), tag)


@bp.get("/data/shared.json")
@needs(Permission.READ_SHARED)
def shared_concerns_json() -> Response:
    """Answer the single shared concerns in `bbox`, to whom the feed would, and keep that they were read."""
    frame, rest = inputs.frame(request.args, widest=_WIDEST)
    asked, who, scope = inputs.figures(rest), reader(), feed_reader()
    if scope is None:
        raise NotAllowed("Your role does not read shared concerns.")
    with reading() as connection:
        chosen = choose(connection, asked, who, offered(connection, who))
    with feed_reading(scope.boroughs) as connection:
        found, more = shared_concerns(
            connection, chosen.selection, last_day(chosen.selection.last), frame, most=_MOST_CONCERNS
        )
    if found:
        with writing() as session:
            audit.note(
                session,
                actor=who.person.email,
                action="shared concerns read",
                subject="planning map",
                detail={"concerns": len(found), "boroughs": list(scope.boroughs), "bbox": list(frame)},
            )
    made = Response(shared_json(found, more=more), content_type="application/geo+json")
    made.headers["Cache-Control"] = "no-store"
    return made


def _summary(found: CellSummary) -> dict[str, object]:
    return {
        "breaks": list(found.breaks),
        "km_breaks": list(found.km_breaks),
        "shown": found.shown,
        "concerns": found.concerns,
        "km": found.km,
        "not_shown": found.not_shown,
    }


def _tile(tile: query.Tile, size: str, write: Callable[..., bytes], what: str) -> Response:
    z, x, y = tile
    if z > DEEPEST or x >= 2**z or y >= 2**z:
        raise NotFound("There is no such tile.")
    asked, who = inputs.figures(request.args), reader()
    with reading() as connection:
        chosen = choose(connection, asked, who, offered(connection, who))
        tag = present.etag(data_version(connection), chosen, who.rules, f"{what} {size} {z}/{x}/{y}")
        if request.if_none_match.contains_weak(tag):
            return tagged(Response(), tag)
        figures = cell_tiles.cell_figures(connection, chosen, size, who.rules).columns(tile)
        body = write(connection, tile, figures) if figures["ids"] else b""
    return tagged(Response(body, 200 if body else 204, content_type=_MVT), tag)
