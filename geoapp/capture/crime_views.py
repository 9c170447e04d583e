"""Marks of a possible crime by the capture API: `/capture/api/concerns/{id}/crime`, which can be repeated.

A mark says nothing but that it is there, so its body is `{}` or empty, and no body can differ from it.
Nothing is reported by it, and no answer but the receipt of the own team names it.
"""

from uuid import UUID

from flask import Blueprint, Request, Response, request

from geoapp.access import Permission, current_person, needs
from geoapp.actions import crimes
from geoapp.capture import present
from geoapp.capture.fields import Strict, read
from geoapp.db import writing
from geoapp.wire import has_body, if_match, json_body

bp = Blueprint("crimes", __name__, url_prefix="/api")


class _Mark(Strict):
    pass


@bp.put("/concerns/<uuid:concern_id>/crime")
@needs(Permission.CAPTURE)
def put_crime(concern_id: UUID) -> Response:
    """Mark a concern of the own team as a possible crime."""
    _nothing_said(request)
    with writing() as session:
        outcome = crimes.mark(session, concern_id, by=current_person(), tags=if_match(request))
    return present.crime_mark(concern_id, crimes.mark_of().hash, outcome)


@bp.delete("/concerns/<uuid:concern_id>/crime")
@needs(Permission.CAPTURE)
def delete_crime(concern_id: UUID) -> Response:
    """Take the mark off again; without one nothing changes."""
    with writing() as session:
        crimes.unmark(session, concern_id, by=current_person())
    return Response(status=204)


def _nothing_said(incoming: Request) -> None:
    """Pass without a body or with an empty object; Malformed names any member."""
    if has_body(incoming):
        read(_Mark, json_body(incoming))
