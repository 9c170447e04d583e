"""What readers ask for, made into frozen and valid values; past this point nobody checks them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import Request, current_app
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import ColumnElement

from geoapp.errors import FieldError, Malformed, NotAcceptable, NotFound, malformed
from geoapp.feed import filters, parameters, places
from geoapp.feed.collections import Collection
from geoapp.feed.parameters import Parameter
from geoapp.queries.feed_crs import Crs, Place
from geoapp.queries.feed_select import Beside, Selection
from geoapp.queries.feed_sources import Kind, SortKey

GEOJSON = "application/geo+json"
JSON = "application/json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"
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


def items(request: Request, collection: Collection, *, html: bool | None = None) -> Items:
    """Return the asked page of a collection; Malformed names every parameter that is unknown or wrong.

    `html` is known where another format than these two is wanted.
    """
    said = read(request, collection.parameters)
    if "cursor" in said and said.get("offset"):
        raise malformed("offset", "A cursor says where the page starts. Leave offset out.")
    sort = tuple(SortKey(name, down) for name, down in said.get("sortby", ()))
    condition, near = _filter(collection, said)
    selection = Selection(
        limit=said.get("limit", parameters.DEFAULT_ITEMS),
        skip=said.get("offset", 0),
        box=_box(said),
        days=said.get("datetime", (None, None)),
        equal={each.name: said[each.name] for each in collection.filters if each.name in said},
        condition=condition,
        near=near,
        sort=sort,
        properties=said.get("properties"),
        crs=said.get("crs", Crs.CRS84),
    )
    if "cursor" in said:
        selection = replace(selection, beside=read_cursor(collection, said["cursor"], selection))
    html = _html(request, said.get("f"), GEOJSON) if html is None else html
    if html:  # a page of words and a map shows all of a feature, in degrees
        selection = replace(selection, properties=None, crs=Crs.CRS84)
    kept = tuple((name, value) for name, value in request.args.items(multi=True) if name not in _PLACES)
    return Items(selection, html, kept)


_PLACES = frozenset({"cursor", "offset"})


def _box(said: Mapping[str, Any]) -> Place | None:
    if "bbox" not in said:
        return None
    try:
        return places.box(said["bbox"], said.get("bbox-crs", Crs.CRS84))
    except ValueError as error:
        raise malformed("bbox", f"bbox: {error}") from error


def _filter(
    collection: Collection, said: Mapping[str, Any]
) -> tuple[ColumnElement[bool] | None, tuple[Place, ...]]:
    """Return the condition that filter stands for, and the places outside of which it cannot hold."""
    if "filter" not in said:
        return None, ()
    try:
        tree = filters.read(said["filter"], said.get("filter-lang", parameters.FILTER_LANGUAGES[0]))
        return filters.condition(collection.source, tree, said.get("filter-crs", Crs.CRS84))
    except ValueError as error:
        raise malformed("filter", f"filter: {error}") from error


@dataclass(frozen=True)
class One:
    """One feature that is asked for: its identifier, how it is to be shown, as HTML or not."""

    identifier: str
    selection: Selection
    html: bool


def item(request: Request, collection: Collection, identifier: str, *, html: bool | None = None) -> One:
    """Return which feature is asked for; NotFound for what cannot be an identifier here."""
    said = read(request, collection.item_parameters)
    if collection.source.queryables["id"].kind is Kind.UUID:
        try:
            identifier = str(UUID(identifier))
        except ValueError:
            raise NotFound("There is no such feature.") from None
    if "\x00" in identifier or any("\ud800" <= each <= "\udfff" for each in identifier):
        raise NotFound("There is no such feature.")
    html = _html(request, said.get("f"), GEOJSON) if html is None else html
    selection = Selection(limit=1)
    if not html:
        selection = replace(selection, properties=said.get("properties"), crs=said.get("crs", Crs.CRS84))
    return One(identifier, selection, html)


def write_cursor(collection: Collection, asked: Selection, beside: Beside, secret: str | None = None) -> str:
    """Return a cursor for the page beside a place; signed, so that it cannot be made up.

    `secret` is the application's, where none is at hand.
    """
    way = "<" if beside.backwards else ">"
    said = [way, beside.seq, beside.passed, beside.bound, *beside.values]
    return str(_signer(collection, asked, secret).dumps(said))


def read_cursor(collection: Collection, text: str, asked: Selection, secret: str | None = None) -> Beside:
    """Return the place where the page starts; Malformed when it is not of this collection and order."""
    try:
        way, seq, passed, bound, *values = _signer(collection, asked, secret).loads(text)
    except (BadData, ValueError) as error:
        raise malformed("cursor", "This cursor is not one of ours. Begin again without it.") from error
    return Beside(tuple(values), seq, passed, bound, backwards=way == "<")


def _signer(collection: Collection, asked: Selection, secret: str | None) -> URLSafeSerializer:
    order = ",".join(f"{'-' if key.descending else ''}{key.name}" for key in asked.sort)
    salt = f"feed cursor {collection.name} {order}".rstrip()
    return _serializer(secret or current_app.config["SECRET_KEY"], salt)


@lru_cache(maxsize=64)
def _serializer(secret: str, salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=salt)


def read(request: Request, table: Sequence[Parameter]) -> dict[str, Any]:
    """Return the values of all parameters in the address, by name; Malformed names those that are wrong."""
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
