"""What readers ask for, made into frozen and valid values; past this point nobody checks them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Request, current_app
from itsdangerous import BadData, URLSafeSerializer

from geoapp.errors import FieldError, Malformed, NotAcceptable, NotFound, malformed
from geoapp.feed import parameters
from geoapp.feed.collections import Collection
from geoapp.feed.parameters import Parameter
from geoapp.queries.feed import Selection

GEOJSON = "application/geo+json"
JSON = "application/json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
HTML = "text/html"
_NAME_SHOWN = 60


@dataclass(frozen=True)
class Items:
    """A page of a collection that is asked for: what, as HTML or not, and the parameters for its links."""

    selection: Selection
    html: bool
    stated: tuple[tuple[str, str], ...]


def plain(request: Request, json_type: str = JSON) -> bool:
    """Return whether a resource without parameters but `f` is wanted as HTML."""
    return _html(request, read(request, (parameters.F,)).get("f"), json_type)


def items(request: Request, collection: Collection) -> Items:
    """Return the asked page of a collection; Malformed names every parameter that is unknown or wrong."""
    said = read(request, collection.parameters)
    if "cursor" in said and said.get("offset"):
        raise malformed("offset", "A cursor says where the page starts. Leave offset out.")
    beside, backwards = read_cursor(collection, said["cursor"]) if "cursor" in said else (None, False)
    selection = Selection(
        limit=said.get("limit", parameters.DEFAULT_ITEMS),
        skip=said.get("offset", 0),
        beside=beside,
        backwards=backwards,
        area=said.get("bbox"),
        days=said.get("datetime", (None, None)),
        equal={each.name: said[each.name] for each in collection.filters if each.name in said},
    )
    kept = tuple((name, value) for name, value in request.args.items(multi=True) if name not in _PLACES)
    return Items(selection, _html(request, said.get("f"), GEOJSON), kept)


_PLACES = frozenset({"cursor", "offset"})


def item(collection: Collection, identifier: str) -> Selection:
    """Return the selection of one feature; NotFound for what cannot be an identifier here."""
    if collection.keyed:
        try:
            identifier = str(UUID(identifier))
        except ValueError:
            raise NotFound("There is no such feature.") from None
    if "\x00" in identifier:
        raise NotFound("There is no such feature.")
    return Selection(limit=1, id=identifier)


def write_cursor(collection: Collection, beside: str, *, backwards: bool) -> str:
    """Return a cursor for the page after a feature, or before it; signed, so that it cannot be made up."""
    return str(_signer(collection).dumps(["<" if backwards else ">", beside]))


def read_cursor(collection: Collection, text: str) -> tuple[str, bool]:
    """Return the identifier beside which the page starts, and whether it lies before it."""
    try:
        direction, beside = _signer(collection).loads(text)
    except (BadData, ValueError) as error:
        raise malformed("cursor", "This cursor is not one of ours. Begin again without it.") from error
    return beside, direction == "<"


def _signer(collection: Collection) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"feed cursor {collection.name}")


def read(request: Request, table: Sequence[Parameter]) -> dict[str, Any]:
    """Return the values of all parameters in the address, by name."""
    known = {each.name: each for each in table}
    said: dict[str, Any] = {}
    wrong: list[FieldError] = []
    for name, texts in request.args.lists():
        shown = name[:_NAME_SHOWN].encode(errors="replace").decode()
        if name not in known:
            wrong.append(FieldError(shown, f"There is no parameter {shown!r} here. Leave it out."))
        elif len(texts) > 1:
            wrong.append(FieldError(name, "It is there twice. Send it once."))
        else:
            try:
                said[name] = known[name].read(texts[0])
            except ValueError as error:
                wrong.append(FieldError(name, str(error)))
    if wrong:
        raise Malformed(f"{wrong[0].field}: {wrong[0].message}", errors=tuple(wrong))
    return said


def _html(request: Request, stated: str | None, json_type: str) -> bool:
    """Return whether HTML is wanted: by `f`, else by Accept, in which JSON wins a tie."""
    if stated is not None:
        return stated == "html"
    if not request.accept_mimetypes:
        return False
    best = request.accept_mimetypes.best_match([json_type, JSON, HTML])
    if best is None:
        raise NotAcceptable(f"There is {json_type} and {HTML} here.")
    return best == HTML
