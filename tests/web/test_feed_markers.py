"""Whatever the feed answers, to whomever, in whichever format: not a byte of it is of what stays inside.

A reader goes from the landing page to every address that an answer names, asks each for every format, and
for tiles, changes, Open311 and refusals beside.
"""

import gzip
import html
import io
import json
import math
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pyarrow.parquet as pq
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.feed_public_world import FOR_COUNCILS, PUBLIC_MARKERS, PublicWorld, build_public
from tests.web.feed_world import LAMBETH, MARKERS, MIDDLES, World, build

pytestmark = pytest.mark.usefixtures("squares", "world")
COLLECTIONS = ("concerns", "concern_routes", "wards", "ward_figures", "actions", "walks")
FORMATS = ("json", "html", "geojson", "geojsonseq", "jsonfg", "csv", "fgb", "gpkg", "parquet")
BNG = "http://www.opengis.net/def/crs/EPSG/0/27700"
_LINKS = re.compile(r'"href":"([^"]+)"|href="([^"]+)"|<([^>]+)>; rel=')
# The time of the answer and its nonce are not of the data, and a planner's own name is hers.
_OWN = re.compile(rb'"timeStamp":"[^"]*"|nonce[=-][^ ;>]*|Date: [^\n]*|lambeth_planner|brixton_officer@')
_MOST = 600


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture(scope="module")
def public(world: World) -> PublicWorld:  # noqa: ARG001 (after it)
    return build_public(figures=True)


Ask = Callable[[str], TestResponse]


def readers(app: Flask, signed_in: Callable[[str], FlaskClient], world: World) -> Iterator[tuple[str, Ask]]:
    """Somebody with a key, somebody signed in, and anyone."""
    programme, anyone, planner = app.test_client(), app.test_client(), signed_in("lambeth_planner")
    yield "key", lambda path: programme.get(path, headers=world.key(LAMBETH))
    yield "planner", planner.get
    yield "anyone", anyone.get


def addresses(world: World) -> list[str]:
    """What no link leads to."""
    found = []
    for name in COLLECTIONS:
        items = f"/feed/collections/{name}/items"
        found += [f"{items}?f={form}" for form in FORMATS]
        found += [f"{items}?f={form}&crs={BNG}" for form in FORMATS]
        found += [f"{items}?sortby=id&limit=2", f"{items}?properties=id", f"{items}?bbox=-1,51,1,52"]
        found += [f"/feed/collections/{name}/changes", f"/feed/collections/{name}/changes?limit=2"]
        found += [f"{items}?{wrong}" for wrong in WRONG]
        for lon, lat in MIDDLES.values():
            for zoom in (0, 9, 14):
                column = int((lon + 180) / 360 * 2**zoom)
                row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)
                found.append(f"/feed/collections/{name}/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
    for kind in ("json", "xml"):
        found += [f"/feed/open311/v2/{path}.{kind}" for path in ("services", "requests")]
        found += [
            f"/feed/open311/v2/requests/{one}.{kind}" for one in (world.shared["A"][0], world.unshared[0])
        ]
        found += [f"/feed/open311/v2/requests.{kind}?status=x"]
    for hidden in (*world.unshared, *world.shared["C"][:1]):
        found += [f"/feed/collections/concerns/items/{hidden}?f={form}" for form in ("json", "html")]
    return found


WRONG = [
    "filter=note LIKE '%25'",
    "filter=1/0 = power(note)",
    "filter=CAST(wording AS integer) = 1",
    "filter=wording < 1",
    "filter=10 ^ (10 ^ easting) > 1",
    "note=x",
    "cursor=x",
    "crs=x",
    "sortby=note",
    "properties=note",
    "datetime=19",
]


def bytes_of(answer: TestResponse) -> bytes:
    """All that was sent, unpacked where it was packed."""
    body = answer.data
    if answer.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    if body[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(body))
        body += repr([table.to_pylist(), table.schema.metadata]).encode()
    return _OWN.sub(b"", body + str(answer.headers).encode())


def follow(ask: Ask, found: list[str]) -> Iterator[tuple[str, bytes]]:
    """Every answer on the way from these addresses, and the way from there."""
    waiting, seen = list(found), set(found)
    while waiting:
        path = waiting.pop(0)
        answer = ask(path)
        assert answer.status_code < 500, path
        body = bytes_of(answer)
        yield path, body
        if answer.mimetype.endswith(("json", "html")):
            text = answer.get_data(as_text=True)
            for link in _LINKS.findall(text + str(answer.headers)):
                at = urlsplit(html.unescape(next(each for each in link if each)))
                following = at.path + (f"?{at.query}" if at.query else "")
                inside = at.path.startswith("/feed") and "{" not in following
                if inside and following not in seen and len(seen) < _MOST:
                    seen.add(following)
                    waiting.append(following)


def test_no_byte_of_any_answer_is_of_what_stays_inside(
    app: Flask, signed_in: Callable[[str], FlaskClient], world: World, public: PublicWorld
) -> None:
    hidden = [*MARKERS, *PUBLIC_MARKERS, *world.unshared, *public.hidden]
    hidden += [each for ward in "CD" for each in world.shared[ward]]
    met: dict[str, set[str]] = {}
    for who, ask in readers(app, signed_in, world):
        for path, body in follow(ask, ["/feed/", "/feed/?f=html", *addresses(world)]):
            met.setdefault(who, set()).add(path)
            for marker in (*hidden, *([FOR_COUNCILS] if who == "anyone" else [])):
                # A refusal may repeat what was asked for by its identifier, which the reader had already.
                if marker in path:
                    continue
                assert marker.encode() not in body, (who, path, marker)
                assert json.dumps(marker)[1:-1].encode() not in body, (who, path, marker)
    for paths in met.values():
        assert len(paths) > 250
        assert any("/schema" in path for path in paths)
    assert any("since=" in path for path in met["key"])
