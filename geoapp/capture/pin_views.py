"""Pages of one pin: change it, remove it, mark it as a possible crime, share it with the council."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from geoapp.access import Permission, Person, current_person, needs
from geoapp.actions import audit, concerns, crimes, sharing
from geoapp.actions.repeatable import tag
from geoapp.capture import inputs, listing, pin_form, tidy_present
from geoapp.capture.tidy_views import back, own_walk
from geoapp.db import writing
from geoapp.errors import STATUS, Conflict, FieldError, Gone, Malformed, NotFound, Refused, Stale
from geoapp.queries.concern import removed_by
from geoapp.queries.team_walks import working_extent
from geoapp.queries.walk_concerns import factors_in_use
from geoapp.queries.walk_pins import WalkPin, walk_pins
from geoapp.wording import Finding, check

bp = Blueprint(
    "pin", __name__, template_folder="templates", url_prefix="/walks/<uuid:walk_id>/pins/<uuid:pin_id>"
)


@bp.get("")
@needs(Permission.CAPTURE)
def show(walk_id: UUID, pin_id: UUID) -> str:
    """Show the form of a pin; that its note was read is written down."""
    return _form(walk_id, pin_id)


@bp.post("")
@needs(Permission.CAPTURE)
def save(walk_id: UUID, pin_id: UUID) -> AnyResponse:
    """Store what was typed, if the pin is still the one that the form was made from; else show both sides."""
    person = current_person()
    typed = pin_form.typed_values(request.form)
    stored = _pin(walk_id, pin_id, person)
    try:
        new = inputs.concern_of(pin_form.body(typed, stored), pin_id, _tags("tag"))
        with writing() as session:
            concerns.put(session, pin_id, new, by=person)
    except (Malformed, Refused, Stale) as error:
        stale = isinstance(error, Stale)
        page = _form(walk_id, pin_id, typed=typed, errors=() if stale else error.errors, stale=stale)
        return Response(page, STATUS[type(error)])
    return back(walk_id, "saved", pin=pin_id, show="all")


@bp.get("/remove")
@needs(Permission.CAPTURE)
def ask_remove(walk_id: UUID, pin_id: UUID) -> str:
    """Ask before a pin is removed for good."""
    pin = _pin(walk_id, pin_id, current_person())
    return render_template("capture/tidy/remove.html", walk_id=walk_id, pin=tidy_present.pin(pin))


@bp.post("/remove")
@needs(Permission.CAPTURE)
def remove(walk_id: UUID, pin_id: UUID) -> AnyResponse:
    """Remove a pin with all that hangs on it; sent twice, it is removed once."""
    person = current_person()
    with writing() as session:
        own_walk(session, walk_id, person)
        if walk_pins(session, walk_id, person.team_id, one=pin_id):
            concerns.remove(session, pin_id, by=person)
    return back(walk_id, "removed", show="all")


@bp.post("/crime")
@needs(Permission.CAPTURE)
def crime(walk_id: UUID, pin_id: UUID) -> AnyResponse:
    """Mark a pin as a possible crime, or take the mark off; the mark stays inside the force."""
    person = current_person()
    _pin(walk_id, pin_id, person)
    marked = request.form.get("marked") == "yes"
    with writing() as session:
        if marked:
            crimes.mark(session, pin_id, by=person)
        else:
            crimes.unmark(session, pin_id, by=person)
    return back(walk_id, "crime" if marked else "no-crime", pin=pin_id, show="all")


@bp.get("/share")
@needs(Permission.CAPTURE)
def ask_share(walk_id: UUID, pin_id: UUID) -> str:
    """Show what the council would see, and take the words that go with it."""
    pin = _pin(walk_id, pin_id, current_person())
    return _share_page(walk_id, pin, pin.wording or "", looked_at=True)


@bp.post("/share")
@needs(Permission.CAPTURE)
def share(walk_id: UUID, pin_id: UUID) -> AnyResponse:
    """Share a pin with words, once what could tell who somebody is was pointed out."""
    person = current_person()
    pin = _pin(walk_id, pin_id, person)
    wording = request.form.get("wording", "").replace("\r\n", "\n").strip()
    findings = check(wording)
    if not _settled(findings):
        return Response(_share_page(walk_id, pin, wording), STATUS[Refused])
    try:
        inputs.check_wording(wording)
        with writing() as session:
            sharing.share(session, pin_id, wording or None, by=person, tags=_sharing_tags())
    except (Refused, Conflict, Stale) as error:
        return Response(_share_page(walk_id, pin, wording, problem=error.detail), STATUS[type(error)])
    return back(walk_id, "shared", pin=pin_id, show="all")


@bp.post("/switch")
@needs(Permission.CAPTURE)
def switch(walk_id: UUID, pin_id: UUID) -> AnyResponse:
    """Turn sharing on without words, or off; what should be read first goes to the page for that."""
    person = current_person()
    pin = _pin(walk_id, pin_id, person)
    on = request.form.get("to") == "on"
    shown = tidy_present.pin(pin)
    if on and not shown["shared"]:
        if shown["check_first"]:
            return redirect(url_for("capture.pin.ask_share", walk_id=walk_id, pin_id=pin_id), 303)
        with writing() as session:
            sharing.share(session, pin_id, None, by=person)
    elif not on:
        with writing() as session:
            sharing.take_back(session, pin_id, by=person)
    return back(walk_id, "shared" if on else "withdrawn", pin=pin_id, show="all")


def _pin(walk_id: UUID, pin_id: UUID, person: Person) -> WalkPin:
    """Return a pin of this person's team; Gone when the team removed it, NotFound for any other."""
    with writing() as session:
        own_walk(session, walk_id, person)
        found = walk_pins(session, walk_id, person.team_id, one=pin_id)
        if not found:
            if removed_by(session, pin_id, person.team_id):
                raise Gone("This pin was removed.")
            raise NotFound("There is no such pin.")
    return found[0]


def _form(
    walk_id: UUID,
    pin_id: UUID,
    *,
    typed: Mapping[str, Any] | None = None,
    errors: tuple[FieldError, ...] = (),
    stale: bool = False,
) -> str:
    person = current_person()
    pin = _pin(walk_id, pin_id, person)
    with writing() as session:
        if pin.note:
            audit.note(session, actor=person.email, action="note read", subject=f"concern {pin_id}")
        factors = factors_in_use(session)
        extent = working_extent(session, person.team_id)
    values = typed or pin_form.stored_values(pin)
    labels = {each.code: each.label for each in factors}
    sides = tidy_present.differences(pin_form.stored_values(pin), values, labels) if stale else []
    # After a conflict the form is about the pin as it is now: saving it again keeps this side knowingly.
    carried = tidy_present.pin_tag(pin) if stale or typed is None else request.form.get("tag", "")
    return render_template(
        "capture/tidy/pin.html",
        walk_id=walk_id,
        pin=tidy_present.pin(pin),
        values=values,
        made_from=carried,
        stale=stale,
        sides=sides,
        errors=[{"field": _field_of(each.field), "message": each.message} for each in errors],
        environment=listing.factor_choices(factors, "environment"),
        behaviour=listing.factor_choices(factors, "behaviour"),
        feelings=listing.choices(listing.FEELINGS),
        lights=listing.choices(listing.LIGHTS),
        bases=listing.choices(listing.BASES),
        settings=listing.choices(listing.SETTINGS),
        map_data=tidy_present.map_data([pin], None, extent)
        | {"route": json.loads(pin.place)["type"] != "Point"},
    )


def _field_of(field: str) -> str:
    """Return the part of the form that an error of the capture API is about."""
    name = field.removeprefix("properties.").split("[")[0].split(".")[0]
    known = {"recorded_at": "recorded", "note": "note", "geometry": "place-group", "factors": "factors-group"}
    return known.get(name, "feeling-group")


def _share_page(
    walk_id: UUID, pin: WalkPin, wording: str, *, looked_at: bool = False, problem: str = ""
) -> str:
    findings = check(wording)
    return render_template(
        "capture/tidy/share.html",
        walk_id=walk_id,
        pin=tidy_present.pin(pin),
        wording=wording,
        pointed_out="\n".join(each.text for each in findings),
        findings=[{"kind": each.kind, "text": each.text, "advice": each.advice} for each in findings],
        refused=bool(findings) and not looked_at and not problem,
        problem=problem,
        made_from=tag(sharing.sharing_of(pin.wording).hash).strip('"') if pin.status != "raised" else "",
    )


def _settled(findings: Sequence[Finding]) -> bool:
    """Whether nothing was found, or all of it was pointed out before and the officer says that it may go."""
    pointed_out = set(request.form.get("pointed_out", "").replace("\r\n", "\n").split("\n"))
    told = request.form.get("checked") == "yes" and all(each.text in pointed_out for each in findings)
    return told or not findings


def _tags(name: str) -> frozenset[str]:
    """Return the entity tag that a form was made from; one that no pin has when there is none."""
    return frozenset({f'"{request.form.get(name, "")[:64]}"'})


def _sharing_tags() -> frozenset[str] | None:
    return _tags("tag") if request.form.get("tag") else None
