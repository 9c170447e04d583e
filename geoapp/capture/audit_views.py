"""Safety audits by the capture API: `/capture/api/audits/{id}`, a PUT that can be repeated."""

from uuid import UUID

from flask import Blueprint, Response, request

from geoapp.access import Permission, current_person, needs
from geoapp.actions import safety_audits
from geoapp.actions.repeatable import Outcome
from geoapp.capture import audit_inputs, present
from geoapp.db import reading, writing
from geoapp.errors import Gone, NotFound
from geoapp.queries import safety_audits as stored_audits
from geoapp.wire import if_match, json_body

bp = Blueprint("audits", __name__, url_prefix="/api")


@bp.put("/audits/<uuid:audit_id>")
@needs(Permission.CAPTURE)
def put_audit(audit_id: UUID) -> Response:
    """Keep a safety audit, or change it with If-Match."""
    new = audit_inputs.safety_audit(json_body(request), if_match(request))
    person = current_person()
    with writing() as session:
        outcome = safety_audits.put(session, audit_id, new, by=person)
        stored = stored_audits.safety_audits(session, person.team_id, one=audit_id)
    return present.safety_audit(stored[0], outcome)


@bp.get("/audits/<uuid:audit_id>")
@needs(Permission.CAPTURE)
def get_audit(audit_id: UUID) -> Response:
    """Show a safety audit of the own team."""
    team = current_person().team_id
    with reading() as connection:
        if stored_audits.removed_by(connection, audit_id, team):
            raise Gone("This stop was removed.")
        stored = stored_audits.safety_audits(connection, team, one=audit_id)
    if not stored:
        raise NotFound("There is no such audit.")
    return present.safety_audit(stored[0], Outcome.UNCHANGED)


@bp.delete("/audits/<uuid:audit_id>")
@needs(Permission.CAPTURE)
def delete_audit(audit_id: UUID) -> Response:
    """Remove a safety audit; its identifier is not used again."""
    with writing() as session:
        safety_audits.remove(session, audit_id, by=current_person())
    return Response(status=204)
