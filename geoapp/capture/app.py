"""The phone's app: its page, its files, its service worker, and what it has to know of who is signed in.

The files, the worker's script and the manifest are the same for everybody and lie in the open, as all of
`/static` does: browsers fetch them without a cookie. The page and what it is told are for those who record.
"""

import hashlib
import hmac
import json

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import HeaderSet
from werkzeug.wrappers import Response as AnyResponse

from geoapp.access import Permission, current_person, needs, public
from geoapp.capture import files, listing, rubric
from geoapp.db import reading
from geoapp.errors import NotFound
from geoapp.queries.ground import ground_sources
from geoapp.queries.phone_secret import phone_secret
from geoapp.queries.team_walks import working_extent
from geoapp.queries.walk_concerns import factors_in_use

bp = Blueprint("app", __name__, template_folder="templates")
_FOREVER = "public, max-age=31536000, immutable"


class _SameForAll(Response):
    """An answer that is the same whoever is signed in, so that no session adds 'Vary: Cookie' to it.

    With it browsers would fetch each file twice: once for the page, and again when the sign-in has changed.
    """

    @property
    def vary(self) -> HeaderSet:
        """What Vary holds; adding to it changes nothing."""
        return HeaderSet(["Accept-Encoding"])


@bp.get("/")
@needs(Permission.CAPTURE)
def page() -> AnyResponse:
    """Show the app. The page is the same for everybody, because phones keep it for use without signal."""
    if "walk" in request.args:
        return redirect(url_for("capture.page.show", walk=request.args["walk"]), 302)
    text = render_template(
        "capture/app.html",
        version=files.version().name,
        feelings=listing.FEELINGS,
        lights=listing.LIGHTS,
        bases=listing.BASES,
        settings=listing.SETTINGS,
        rubric=rubric.VERSION,
        parameters=rubric.PARAMETERS,
    )
    return _same_text(text, "text/html")


# Public like the rest of the site's scripts and styles: browsers fetch a worker that is a module, and what it
# imports, without any cookie.
@bp.get("/files/<version>/<path:path>")
@public
def file(version: str, path: str) -> Response:
    """Send a file of the app, packed where the browser takes it."""
    if version != files.version().name:
        raise NotFound("This version of the app is no longer here. Open it again.")
    found = files.packed(path)
    take = found.packed is not None and request.accept_encodings.quality("gzip") > 0
    answer = _SameForAll(found.packed if take else found.plain, content_type=found.content_type)
    if take:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = _FOREVER
    return answer


@bp.get("/worker.js")
@public
def worker() -> Response:
    """Send the service worker, which names every file of this version with its hash; `?sends` is a module."""
    script = files.worker(url_for("capture.app.page"), sends="sends" in request.args)
    answer = _same_text(script, "text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _same_text(text: str, kind: str) -> Response:
    """Return text that says nothing of anybody, packed where the browser takes it."""
    answer = Response(text, content_type=f"{kind}; charset=utf-8")
    answer.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") > 0:
        answer.set_data(files.packed_text(text))
        answer.headers["Content-Encoding"] = "gzip"
    return answer


@bp.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """Say how the app is installed on a phone."""
    start = url_for("capture.app.page")
    body = {
        "id": start,
        "name": "Lamplight walks",
        "short_name": "Lamplight",
        "description": "Record what is raised on a walk, with or without signal.",
        "lang": "en-GB",
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#000000",
        "theme_color": "#000000",
        "icons": [
            {"src": url_for("static", filename=f"img/icon-{size}.png"), "sizes": f"{size}x{size}"}
            | {"type": "image/png", "purpose": "any"}
            for size in (192, 512)
        ],
    }
    return Response(json.dumps(body), content_type="application/manifest+json")


@bp.get("/me")
@needs(Permission.CAPTURE)
def me() -> Response:
    """Say who is signed in, the token for writes, this person's share of the phone's key, and the factors."""
    person = current_person()
    with reading() as connection:
        factors = factors_in_use(connection)
        extent = working_extent(connection, person.team_id)
        secret = phone_secret(connection, person.id)
        sources = ground_sources(connection)
    body = {
        "person": {"id": str(person.id), "name": person.name, "team": person.team_name},
        "csrf": generate_csrf(),
        "key_share": hmac.new(secret, b"capture on a phone", hashlib.sha256).hexdigest(),
        "factors": [{"code": each.code, "group": each.group, "label": each.label} for each in factors],
        "map_sources": list(sources),
        "extent": [extent.west, extent.south, extent.east, extent.north] if extent else None,
    }
    answer = Response(json.dumps(body), content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
