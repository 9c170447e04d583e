"""The base map that this service draws itself: streets, parks and water, which are no secret."""

import hashlib

from flask import Blueprint, Response, current_app, request

from geoapp.access import Permission, needs, public
from geoapp.db import reading
from geoapp.errors import NotFound
from geoapp.ground import tiles
from geoapp.queries.ground import ground_tile

bp = Blueprint("ground", __name__, url_prefix="/ground")
_DEEPEST = 20
_HOUR_S = 3600


@bp.get("/<int:z>/<int:x>/<int:y>.mvt")
@public
def tile(z: int, x: int, y: int) -> Response:
    """Answer one vector tile of the web mercator grid; 204 where there is nothing to draw."""
    if z > _DEEPEST or x >= 2**z or y >= 2**z:
        raise NotFound("There is no such tile.")
    with reading() as connection:
        body = ground_tile(connection, z, x, y)
    made = Response(body, 200 if body else 204, content_type="application/vnd.mapbox-vector-tile")
    made.headers["Cache-Control"] = f"private, max-age={_HOUR_S}"
    if body:
        made.set_etag(hashlib.sha256(body).hexdigest()[:32])
        made.make_conditional(request)
    return made


@bp.get("/tiles/<int:z>/<int:x>/<int:y>")
@needs(Permission.READ_FIGURES)
def source_tile(z: int, x: int, y: int) -> Response:
    """Answer one picture of the configured tile source, fetched by this server."""
    found = tiles.tile(current_app.config["SETTINGS"], z, x, y)
    made = Response(found.body, content_type=found.kind)
    made.headers["Cache-Control"] = f"private, max-age={min(found.fresh_s, _HOUR_S)}"
    return made
