"""What a phone keeps before a walk, so that its map needs no signal: wards, and the tiles of the base map.

`GET /capture/api/wards` answers with wards of today's edition, the team's own first (where it walked or
raised something in two years, longest walked first), then the rest of their boroughs; for a team that has
been nowhere all wards, `own` false throughout::

    {"wards": [{"code": "E05000001", "name": "Ward A", "borough": "Lambeth", "own": true,
                "box": [west, south, east, north]}]}

`GET /capture/api/ground` answers with the tiles of the first six own wards, or of those that are named,
`?ward=E05000001&ward=E05000002` (at most twelve)::

    {"version": "…", "wards": ["E05000001"], "zoom": [12, 15], "box": [west, south, east, north],
     "bytes": 84211, "tiles": [{"url": "/ground/12/2045/1362.mvt", "bytes": 5120, "hash": "…"}]}

Boxes are in WGS84 degrees; null without wards. `bytes` is what the tiles weigh before compression; a tile of
0 bytes is answered by 204 and has nothing to draw. `version` changes when any of the tiles does, and `hash`
with its own, so that a phone fetches what is new alone; `hash` is the tile's ETag without quotes. Tiles
reach a quarter of a tile over the wards' edges and end at zoom 15, which maps draw larger from there on.
Both answers carry an ETag and may be kept for this person; ask again with If-None-Match.
"""

import hashlib
import json

from flask import Blueprint, Response, request

from geoapp.access import Permission, current_person, needs
from geoapp.db import reading
from geoapp.errors import Refused, refused
from geoapp.queries.ground import ground_tile
from geoapp.queries.team_wards import TeamWard, team_wards, ward_tiles

bp = Blueprint("offline", __name__, url_prefix="/api")
_FIRST_ZOOM, _LAST_ZOOM = 12, 15  # streets have their names from 13 on and all their paths from 14 on
_OWN_WARDS, _MOST_WARDS = 6, 12
_MOST_TILES = 600
_HASH_CHARACTERS = 32  # as the tiles' own ETags have


@bp.get("/wards")
@needs(Permission.CAPTURE)
def wards() -> Response:
    """Answer with the wards that a phone of this person can keep the map of."""
    person = current_person()
    with reading() as connection:
        found = team_wards(connection, person.team_id, person.boroughs)
    return _kept({"wards": [_ward(each) for each in found]})


@bp.get("/ground")
@needs(Permission.CAPTURE)
def ground() -> Response:
    """Answer with the tiles that a phone keeps for its wards. Makes each tile once to weigh it."""
    person = current_person()
    asked = request.args.getlist("ward")
    if len(asked) > _MOST_WARDS:
        raise refused("ward", f"A phone keeps the map of at most {_MOST_WARDS} wards. Name fewer.")
    with reading() as connection:
        known = {each.code: each for each in team_wards(connection, person.team_id, person.boroughs)}
        own = [each.code for each in known.values() if each.own][:_OWN_WARDS]
        chosen = list(dict.fromkeys(asked)) or own
        for code in chosen:
            if code not in known:
                raise refused("ward", "There is no such ward near your team. /capture/api/wards lists them.")
        spots = ward_tiles(connection, chosen, first=_FIRST_ZOOM, last=_LAST_ZOOM, most=_MOST_TILES + 1)
        if len(spots) > _MOST_TILES:
            raise Refused(f"These wards take over {_MOST_TILES} tiles of the map. Name fewer.")
        tiles = [_tile(ground_tile(connection, z, x, y), z, x, y) for z, x, y in spots]
    hashes = "".join(str(each["hash"]) for each in tiles)
    return _kept(
        {
            "version": hashlib.sha256(hashes.encode()).hexdigest()[:_HASH_CHARACTERS],
            "wards": chosen,
            "zoom": [_FIRST_ZOOM, _LAST_ZOOM],
            "box": _around([known[code] for code in chosen]),
            "bytes": sum(int(each["bytes"]) for each in tiles),
            "tiles": tiles,
        }
    )


def _ward(ward: TeamWard) -> dict[str, object]:
    box = [ward.west, ward.south, ward.east, ward.north]
    return {"code": ward.code, "name": ward.name, "borough": ward.borough, "own": ward.own, "box": box}


def _tile(body: bytes, z: int, x: int, y: int) -> dict[str, str | int]:
    hashed = hashlib.sha256(body).hexdigest()[:_HASH_CHARACTERS] if body else ""
    return {"url": f"/ground/{z}/{x}/{y}.mvt", "bytes": len(body), "hash": hashed}


def _around(chosen: list[TeamWard]) -> list[float] | None:
    if not chosen:
        return None
    west, south = min(each.west for each in chosen), min(each.south for each in chosen)
    return [west, south, max(each.east for each in chosen), max(each.north for each in chosen)]


def _kept(body: object) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    answer = Response(text, content_type="application/json")
    answer.headers["Cache-Control"] = "private, no-cache"  # kept by this browser, and asked about each time
    answer.set_etag(hashlib.sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS])
    return answer.make_conditional(request)  # type: ignore[return-value]  # it is the same response
