"""Pages for tidying up after a walk, on phone or desktop: the walks, one walk, its track from another app."""

from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from geoapp.access import Permission, Person, current_person, needs
from geoapp.actions import audit, sharing
from geoapp.capture import gpx_upload, tidy_present
from geoapp.capture.fields import uuid
from geoapp.db import reading, writing
from geoapp.errors import STATUS, Malformed, NotFound, Refused, TooLarge
from geoapp.queries.safety_audits import safety_audits
from geoapp.queries.team_walks import working_extent
from geoapp.queries.walk_pins import TidyWalk, tidy_walks, walk_pins, walk_track

bp = Blueprint("tidy", __name__, template_folder="templates", url_prefix="/walks")
_PAGE = 30
_SAID = {
    "saved": "The pin is saved.",
    "removed": "The pin is removed.",
    "shared": "Shared with the council.",
    "withdrawn": "No longer shared with the council.",
    "crime": "Marked as a possible crime. Nothing has been reported by this.",
    "no-crime": "The mark is taken off.",
    "track": "The track is added to the walk.",
    "same-track": "This track was there already. Nothing changed.",
    "audit": "The stop is kept.",
}


@bp.get("")
@needs(Permission.CAPTURE)
def walks() -> str:
    """List the team's walks, newest first, a page at a time."""
    with reading() as connection:
        team = current_person().team_id
        found = tidy_walks(connection, team, before=_before(request.args.get("before")), most=_PAGE + 1)
    shown = found[:_PAGE]
    later = f"{shown[-1].at.isoformat()}_{shown[-1].id}" if len(found) > _PAGE else None
    return render_template(
        "capture/tidy/walks.html", walks=[tidy_present.walk(each) for each in shown], later=later
    )


@bp.get("/<uuid:walk_id>")
@needs(Permission.CAPTURE)
def walk(walk_id: UUID) -> str:
    """Show a walk with its pins and track; that notes and track were read is written down."""
    return page(walk_id, said=_SAID.get(request.args.get("said", ""), ""))


def page(walk_id: UUID, *, said: str = "", errors: list[dict[str, str]] | None = None) -> str:
    """Return the page of a walk with a sentence on what was done, or with what went wrong."""
    person = current_person()
    with writing() as session:
        found = own_walk(session, walk_id, person)
        pins = walk_pins(session, walk_id, person.team_id)
        track = walk_track(session, walk_id)
        audits = safety_audits(session, person.team_id, walk=walk_id)
        extent = working_extent(session, person.team_id)
        _note_reading(session, walk_id, person, notes=sum(1 for each in pins if each.note), track=bool(track))
    every = request.args.get("show") == "all" or not found.to_tidy
    return render_template(
        "capture/tidy/walk.html",
        walk=tidy_present.walk(found),
        pins=[tidy_present.pin(each) for each in pins if every or each.todo],
        every=every,
        track=tidy_present.track(track),
        audits=[tidy_present.safety_audit(each) for each in audits],
        map_data=tidy_present.map_data(pins, track, extent),
        said=said,
        errors=errors or [],
    )


@bp.post("/<uuid:walk_id>/share")
@needs(Permission.CAPTURE)
def share_all(walk_id: UUID) -> AnyResponse:
    """Share every pin of the walk that needs no checking, without any words."""
    person = current_person()
    with writing() as session:
        own_walk(session, walk_id, person)
        sharing.share_ready(session, walk_id, by=person)
    return back(walk_id, "shared", show="all")


@bp.post("/<uuid:walk_id>/track")
@needs(Permission.CAPTURE)
def add_track(walk_id: UUID) -> AnyResponse:
    """Add the track of a GPX file to the walk; the same file again changes nothing."""
    person = current_person()
    with reading() as connection:
        if not tidy_walks(connection, person.team_id, one=walk_id):
            raise NotFound("There is no such walk.")
    try:
        added = gpx_upload.add(request, walk_id, by=person, settings=current_app.config["SETTINGS"])
    except (Malformed, Refused, TooLarge) as error:
        errors = [{"field": "track-file", "message": error.detail}]
        return Response(page(walk_id, errors=errors), STATUS[type(error)])
    return back(walk_id, "track" if added else "same-track")


def own_walk(session: Session, walk_id: UUID, person: Person) -> TidyWalk:
    """Return the walk of this person's team; NotFound for any other."""
    found = tidy_walks(session, person.team_id, one=walk_id)
    if not found:
        raise NotFound("There is no such walk.")
    return found[0]


def back(walk_id: UUID, said: str, *, pin: UUID | None = None, show: str | None = None) -> AnyResponse:
    """Answer with the way back to the walk, where what was done is said."""
    part = f"p-{pin}" if pin else None
    goal = url_for("capture.tidy.walk", walk_id=walk_id, said=said, show=show, _anchor=part)
    return redirect(goal, 303)


def _note_reading(session: Session, walk_id: UUID, person: Person, *, notes: int, track: bool) -> None:
    subject = f"walk {walk_id}"
    if notes:
        audit.note(session, actor=person.email, action="notes read", subject=subject, detail={"notes": notes})
    if track:
        audit.note(session, actor=person.email, action="track read", subject=subject)


def _before(sent: str | None) -> tuple[datetime, UUID] | None:
    """Return the time and identifier that a page begins after; NotFound for what no page gave out."""
    if not sent:
        return None
    at, _, identifier = sent.partition("_")
    try:
        moment = datetime.fromisoformat(at).astimezone(UTC)
        return moment, uuid("before", identifier)
    except (ValueError, OverflowError, Malformed) as error:
        raise NotFound("There is no such page of walks.") from error
