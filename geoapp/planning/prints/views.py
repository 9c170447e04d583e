"""Views of the prints: the map as a picture, and the briefing of a ward."""

from collections.abc import Callable

from flask import Response, request
from sqlalchemy import Connection

from geoapp.access import Permission, needs
from geoapp.db import reading
from geoapp.planning import inputs, present
from geoapp.planning.inputs import Asked, View
from geoapp.planning.selection import Reader, choose, offered
from geoapp.planning.views import bp, reader, tagged
from geoapp.queries.choices import data_version

Built = Callable[[Connection, Asked, View, Reader], Callable[[], bytes]]


@bp.get("/picture.png")
@needs(Permission.READ_FIGURES)
def picture_png() -> Response:
    """Answer the map as seen: the page's address with another path."""

    def built(connection: Connection, asked: Asked, view: View, who: Reader) -> Callable[[], bytes]:
        from geoapp.planning.prints import picture  # noqa: PLC0415 (a start must not wait for what sets prints)

        made = picture.build(connection, asked, view, who)
        return lambda: picture.render(made)

    return _print("image/png", "png", built)


@bp.get("/briefing/<code>.pdf")
@needs(Permission.READ_FIGURES)
def briefing_pdf(code: str) -> Response:
    """Answer two sheets about a ward, to be taken to a meeting."""

    def built(connection: Connection, asked: Asked, _view: View, who: Reader) -> Callable[[], bytes]:
        from geoapp.planning.prints import briefing  # noqa: PLC0415 (likewise)

        made = briefing.build(connection, code, asked, who)
        return lambda: briefing.render(made)

    return _print("application/pdf", "pdf", built, of=code)


def _print(kind: str, ending: str, built: Built, *, of: str = "") -> Response:
    """Answer a print, or that it still stands; it is set when the database is free again."""
    asked, view = inputs.page(request.args)
    who = reader()
    with reading() as connection:
        chosen = choose(connection, asked, who, offered(connection, who))
        what = f"{ending} {of} {view!r} {who.today.isoformat()}"
        tag = present.etag(data_version(connection), chosen, who.rules, what)
        finish = None if request.if_none_match.contains_weak(tag) else built(connection, asked, view, who)
    if finish is None:
        return tagged(Response(), tag, weak=True)
    made = Response(finish(), content_type=kind)
    name = present.file_name(chosen, ending)
    if of:
        name = name.replace("-ward-", f"-{of}-", 1)
    made.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return tagged(made, tag, weak=True)
