"""Views of downloads that take long: asked for, looked at while they are made, and fetched."""

import json
from datetime import UTC
from urllib.parse import parse_qsl
from uuid import UUID

from flask import Response, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from geoapp.access import Permission, current_person, needs
from geoapp.actions import exports as actions
from geoapp.db import reading, writing
from geoapp.errors import Gone, NotFound
from geoapp.planning import exports, inputs
from geoapp.planning.filters import filters
from geoapp.planning.inputs import Asked, View
from geoapp.planning.selection import choose, offered
from geoapp.planning.views import bp, reader
from geoapp.queries.exports import ExportState, export, exports_of

_LOOK_AGAIN_S = 3


@bp.get("/exports")
@needs(Permission.READ_FIGURES)
def export_list() -> str:
    """Show what can be made for the selection, and what this person has had made."""
    asked, _ = inputs.page(request.args)
    who = reader()
    with reading() as connection:
        there = offered(connection, who)
        chosen = choose(connection, asked, who, there)
        form = filters(chosen, asked, View(), there, who.today)
        mine = exports_of(connection, who.person.id)
    kept = [
        (name, value) for name, value in parse_qsl(form.link.lstrip("?")) if name not in {"area", "borough"}
    ]
    return render_template("planning/exports.html", form=form, kept=kept, exports=mine, shown=None)


@bp.post("/exports")
@needs(Permission.READ_FIGURES)
def ask_for_export() -> AnyResponse:
    """Have the briefings of a borough made, and go to where they will be."""
    asked, who = _asked(), reader()
    with reading() as connection:
        wanted = exports.wanted(connection, asked, who)
    with writing() as session:
        export_id = actions.ask(session, wanted, person_id=who.person.id, email=who.person.email)
    return redirect(f"/planning/exports/{export_id}", 303)


@bp.get("/exports/<uuid:export_id>")
@needs(Permission.READ_FIGURES)
def export_page(export_id: UUID) -> Response:
    """Show how far it is, as a page or as JSON."""
    found = _mine(export_id)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        made = Response(status=200, content_type="application/json")
        made.set_data(_json(found))
    else:
        made = Response(render_template("planning/exports.html", shown=found, form=None, kept=(), exports=()))
    made.vary.add("Accept")
    return _look_again(made, found)


@bp.get("/exports/<uuid:export_id>/file")
@needs(Permission.READ_FIGURES)
def export_file(export_id: UUID) -> Response:
    """Give the file; 202 and when to come back while it is being made, 410 where it could not be."""
    found = _mine(export_id)
    if found.unfinished:
        return _look_again(Response(_json(found), 202, content_type="application/json"), found)
    if found.status == "failed":
        raise Gone("This download could not be made. Ask for it again.")
    with reading() as connection:
        body = exports.whole_file(connection, found)
    made = Response(body, content_type="application/zip")
    name = f"lamplight-briefings-{found.created_at:%Y-%m-%d}.zip"
    made.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    made.headers["Cache-Control"] = "no-store"
    return made


def _asked() -> Asked:
    form = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    return inputs.page(MultiDict(form))[0]


def _mine(export_id: UUID) -> ExportState:
    """Return a download of the person asking; somebody else's is as little there as one that is not."""
    with reading() as connection:
        found = export(connection, export_id)
    if found is None or found.person_id != current_person().id:
        raise NotFound("There is no such download, or its day is over. Ask for it again.")
    return found


def _json(found: ExportState) -> str:
    said = {
        "status": found.status,
        "title": found.title,
        "done": found.done,
        "total": len(found.codes),
        "expires": found.expires_at.astimezone(UTC).isoformat(timespec="seconds"),
        "file": f"/planning/exports/{found.id}/file" if found.status == "ready" else None,
    }
    return json.dumps(said) + "\n"


def _look_again(made: Response, found: ExportState) -> Response:
    made.headers["Cache-Control"] = "no-store"
    if found.unfinished:
        made.headers["Retry-After"] = str(_LOOK_AGAIN_S)
    return made
