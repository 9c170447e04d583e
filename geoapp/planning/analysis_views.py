"""Views of the analysis: clusters, surface, comparison, and the figures as a GeoPackage."""

from collections.abc import Callable

from flask import Response, request
from sqlalchemy import Connection

from geoapp.access import Permission, needs
from geoapp.db import reading
from geoapp.planning import clusters, compare, inputs, package, present, present_analysis, surface
from geoapp.planning.figures import answer
from geoapp.planning.selection import Chosen, Reader, choose, offered
from geoapp.planning.views import bp, reader, tagged
from geoapp.queries.choices import data_version

Made = Callable[[Connection, Chosen, Reader], Callable[[], Response]]


@bp.get("/data/areas.gpkg")
@needs(Permission.READ_FIGURES)
def areas_gpkg() -> Response:
    """Answer figures and outlines as a GeoPackage."""

    def made(connection: Connection, chosen: Chosen, who: Reader) -> Callable[[], Response]:
        found = answer(connection, chosen, who.rules)
        body = package.areas_package(connection, found, chosen, who.rules)
        sent = Response(body, content_type="application/geopackage+sqlite3")
        name = present.file_name(chosen, "gpkg")
        sent.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return lambda: sent

    return _answer("gpkg", made, weak=True)


@bp.get("/data/clusters.json")
@needs(Permission.READ_FIGURES)
def clusters_json() -> Response:
    """Answer where concerns cluster, whatever the ward lines."""

    def made(connection: Connection, chosen: Chosen, who: Reader) -> Callable[[], Response]:
        scanned = clusters.field(connection, chosen, who.rules)
        # The scan takes seconds and asks the database nothing more.
        return lambda: _json(present_analysis.clusters_json(scanned, clusters.clusters(scanned), who.rules))

    return _answer("clusters", made)


@bp.get("/data/surface.json")
@needs(Permission.READ_FIGURES)
def surface_json() -> Response:
    """Answer the relative surface as a grid of numbers."""

    def made(connection: Connection, chosen: Chosen, who: Reader) -> Callable[[], Response]:
        found = surface.surface(connection, chosen, who.rules)
        return lambda: _json(present_analysis.surface_json(found, who.rules))

    return _answer("surface", made)


@bp.get("/data/surface.png")
@needs(Permission.READ_FIGURES)
def surface_png() -> Response:
    """Answer the relative surface as a picture; X-Bounds has its west, south, east and north in degrees."""

    def made(connection: Connection, chosen: Chosen, who: Reader) -> Callable[[], Response]:
        found = surface.surface(connection, chosen, who.rules)

        def drawn() -> Response:
            body, bounds = present_analysis.surface_png(found)
            sent = Response(body, content_type="image/png")
            if bounds is not None:
                sent.headers["X-Bounds"] = ",".join(f"{each:.7f}" for each in bounds)
            return sent

        return drawn

    return _answer("surface-picture", made)


@bp.get("/data/compare.json")
@needs(Permission.READ_FIGURES)
def compare_json() -> Response:
    """Answer what changed in each ward between two periods."""
    one, other = inputs.two_periods(request.args)
    who = reader()
    with reading() as connection:
        earlier, later = compare.periods(connection, one, other, who)
        tag = present.etag(data_version(connection), later, who.rules, f"compare {earlier!r}")
        if request.if_none_match.contains_weak(tag):
            return tagged(Response(), tag)
        found = compare.compare(connection, earlier, later, who.rules)
    return tagged(_json(present_analysis.compare_json(found, who.rules)), tag)


def _answer(what: str, made: Made, *, weak: bool = False) -> Response:
    """Answer a selection, or that it still stands; what `made` returns is called without it open."""
    asked, who = inputs.figures(request.args), reader()
    with reading() as connection:
        chosen = choose(connection, asked, who, offered(connection, who))
        tag = present.etag(data_version(connection), chosen, who.rules, what)
        if request.if_none_match.contains_weak(tag):
            return tagged(Response(), tag, weak=weak)
        finish = made(connection, chosen, who)
    return tagged(finish(), tag, weak=weak)


def _json(body: str) -> Response:
    return Response(body, content_type="application/json")
