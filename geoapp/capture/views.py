"""The capture API: walks, tracks, concerns, photos. Every write is a PUT that can be repeated."""

from uuid import UUID

from flask import Blueprint, Response, current_app, request

from geoapp.access import Permission, Person, current_person, needs
from geoapp.actions import audit, concerns, photos, sharing, tracks, walks
from geoapp.capture import inputs, present
from geoapp.db import reading, writing
from geoapp.errors import Gone, NotFound
from geoapp.queries.concern import StoredConcern, StoredPhoto, removed_by, stored_concern, stored_photo
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
@needs(Permission.READ_NOTES)
def get_walk(walk_id: UUID) -> Response:
    """Show a walk; that it was read is written down."""
    person = current_person()
    with writing() as session:
        stored = _walk(stored_walk(session, walk_id, _team_read_by(person)))
        audit.note(session, actor=person.email, action="walk read", subject=f"walk {walk_id}")
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
    new = inputs.chunk(request, chunk)
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
@needs(Permission.READ_NOTES)
def get_concern(concern_id: UUID) -> Response:
    """Show a concern with its note; that it was read is written down."""
    person = current_person()
    with writing() as session:
        _not_removed(removed_by(session, concern_id, person.team_id))
        stored = _concern(stored_concern(session, concern_id, _team_read_by(person)))
        audit.note(session, actor=person.email, action="note read", subject=f"concern {concern_id}")
    return present.concern(stored)


@bp.delete("/concerns/<uuid:concern_id>")
@needs(Permission.CAPTURE)
def delete_concern(concern_id: UUID) -> Response:
    """Remove a concern; its identifier is not used again."""
    with writing() as session:
        concerns.remove(session, concern_id, by=current_person())
    return Response(status=204)


@bp.put("/concerns/<uuid:concern_id>/photo")
@needs(Permission.CAPTURE)
def put_photo(concern_id: UUID) -> Response:
    """Keep the photo of a concern, or replace it with If-Match."""
    new = inputs.photo(request)
    with writing() as session:
        outcome = photos.put(session, concern_id, new, by=current_person())
    return present.photo_kept(new.sent.hash, new.width, new.height, outcome)


@bp.get("/concerns/<uuid:concern_id>/photo")
@needs(Permission.READ_NOTES)
def get_photo(concern_id: UUID) -> Response:
    """Show the photo of a concern; that it was seen is written down."""
    person = current_person()
    with writing() as session:
        _not_removed(removed_by(session, concern_id, person.team_id))
        stored = _photo(stored_photo(session, concern_id, _team_read_by(person)))
        audit.note(session, actor=person.email, action="photo seen", subject=f"concern {concern_id}")
    return present.photo(stored)


@bp.put("/concerns/<uuid:concern_id>/share")
@needs(Permission.CAPTURE)
def put_share(concern_id: UUID) -> Response:
    """Let the council see a concern, with the reviewed wording."""
    wording, tags = inputs.wording(request), inputs.tags(request)
    with writing() as session:
        outcome = sharing.share(session, concern_id, wording, by=current_person(), tags=tags)
        stored = _concern(stored_concern(session, concern_id, current_person().team_id))
    return present.shared(stored, sharing.sharing_of(wording).hash, outcome)


@bp.delete("/concerns/<uuid:concern_id>/share")
@needs(Permission.CAPTURE)
def delete_share(concern_id: UUID) -> Response:
    """Take a concern back from the council."""
    with writing() as session:
        sharing.take_back(session, concern_id, by=current_person())
    return Response(status=204)


def _team_read_by(person: Person) -> int | None:
    """Return the one team whose notes this person reads, None when it is every team's."""
    return None if person.may(Permission.READ_EVERY_TEAM) else person.team_id


def _walk(found: StoredWalk | None) -> StoredWalk:
    if found is None or found.body is None:
        raise NotFound("There is no such walk.")
    return found


def _known(found: StoredWalk | None) -> None:
    """Pass a walk of which only a pin or a chunk has arrived, too: its receipt is wanted all the same."""
    if found is None:
        raise NotFound("There is no such walk.")


def _not_removed(removed: bool) -> None:
    if removed:
        raise Gone("This concern was removed.")


def _concern(found: StoredConcern | None) -> StoredConcern:
    if found is None:
        raise NotFound("There is no such concern.")
    return found


def _photo(found: StoredPhoto | None) -> StoredPhoto:
    if found is None:
        raise NotFound("There is no such photo.")
    return found
