"""The capture API: walks, tracks, concerns. Every write is a PUT that can be repeated."""

from uuid import UUID

from flask import Blueprint, Response, current_app, request

from geoapp.access import Permission, current_person, needs
from geoapp.actions import audit, concerns, sharing, tracks, walks
from geoapp.capture import inputs, present
from geoapp.db import reading, writing
from geoapp.errors import NotFound
from geoapp.queries.concern import StoredConcern, stored_concern
from geoapp.queries.walk import StoredWalk, receipt, stored_walk

bp = Blueprint("api", __name__, url_prefix="/api")


@bp.put("/walks/<uuid:walk_id>")
@needs(Permission.CAPTURE)
def put_walk(walk_id: UUID) -> Response:
    """Record a walk, or change it with If-Match."""
    new = inputs.walk(request)
    with writing() as session:
        outcome = walks.put(session, walk_id, new, by=current_person())
        stored = _walk(stored_walk(session, walk_id, current_person().team_id))
    return present.walk(stored, outcome)


@bp.get("/walks/<uuid:walk_id>")
@needs(Permission.CAPTURE)
def get_walk(walk_id: UUID) -> Response:
    """Show a walk of the own team."""
    with reading() as connection:
        stored = _walk(stored_walk(connection, walk_id, current_person().team_id))
    return present.walk(stored)


@bp.get("/walks/<uuid:walk_id>/receipt")
@needs(Permission.CAPTURE)
def get_receipt(walk_id: UUID) -> Response:
    """Show what of a walk was received."""
    with reading() as connection:
        _known(stored_walk(connection, walk_id, current_person().team_id))
        found = receipt(connection, walk_id)
    return present.receipt(found)


@bp.put("/walks/<uuid:walk_id>/track/<int:chunk>")
@needs(Permission.CAPTURE)
def put_chunk(walk_id: UUID, chunk: int) -> Response:
    """Keep a part of a walk's track."""
    new = inputs.chunk(request)
    rules = current_app.config["SETTINGS"].rules
    with writing() as session:
        outcome = tracks.put(session, walk_id, chunk, new, by=current_person(), rules=rules)
    return present.chunk(chunk, new.sent.hash, outcome)


@bp.put("/concerns/<uuid:concern_id>")
@needs(Permission.CAPTURE)
def put_concern(concern_id: UUID) -> Response:
    """Raise a concern, or change it with If-Match."""
    new = inputs.concern(request, concern_id)
    with writing() as session:
        outcome = concerns.put(session, concern_id, new, by=current_person())
        stored = _concern(stored_concern(session, concern_id, current_person().team_id))
    return present.concern(stored, outcome)


@bp.get("/concerns/<uuid:concern_id>")
@needs(Permission.CAPTURE)
def get_concern(concern_id: UUID) -> Response:
    """Show a concern of the own team with its note; that it was read is written down."""
    person = current_person()
    with writing() as session:
        stored = _concern(stored_concern(session, concern_id, person.team_id))
        audit.note(session, actor=person.email, action="note read", subject=f"concern {concern_id}")
    return present.concern(stored)


@bp.delete("/concerns/<uuid:concern_id>")
@needs(Permission.CAPTURE)
def delete_concern(concern_id: UUID) -> Response:
    """Remove a concern; its identifier is not used again."""
    with writing() as session:
        concerns.remove(session, concern_id, by=current_person())
    return Response(status=204)


@bp.put("/concerns/<uuid:concern_id>/share")
@needs(Permission.CAPTURE)
def put_share(concern_id: UUID) -> Response:
    """Let the council see a concern, with the reviewed wording."""
    wording = inputs.wording(request)
    with writing() as session:
        sharing.share(session, concern_id, wording, by=current_person())
        stored = _concern(stored_concern(session, concern_id, current_person().team_id))
    return present.shared(stored)


@bp.delete("/concerns/<uuid:concern_id>/share")
@needs(Permission.CAPTURE)
def delete_share(concern_id: UUID) -> Response:
    """Take a concern back from the council."""
    with writing() as session:
        sharing.take_back(session, concern_id, by=current_person())
    return Response(status=204)


def _walk(found: StoredWalk | None) -> StoredWalk:
    if found is None or found.body is None:
        raise NotFound("There is no such walk.")
    return found


def _known(found: StoredWalk | None) -> None:
    """Pass a walk of which only a pin or a chunk has arrived, too: its receipt is wanted all the same."""
    if found is None:
        raise NotFound("There is no such walk.")


def _concern(found: StoredConcern | None) -> StoredConcern:
    if found is None:
        raise NotFound("There is no such concern.")
    return found
