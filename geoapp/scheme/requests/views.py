"""A participant's own pages. Whoever has the link is she: nothing else is asked, nothing is passed on."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from geoapp.access import public
from geoapp.actions import scheme_erasing, scheme_requests
from geoapp.config import Settings
from geoapp.db import Reach, reading, scheme_reading, scheme_writing
from geoapp.errors import STATUS, Conflict, FieldError, LamplightError, NotFound, Refused
from geoapp.jobs.post import mail_folder
from geoapp.language import LONDON
from geoapp.queries import joining, said_and_did
from geoapp.queries.ground import ground_sources
from geoapp.queries.scheme_request import SeenRequest
from geoapp.queries.scheme_request import see as seen_by
from geoapp.scheme.requests import inputs, present
from geoapp.scheme.said import PREFERRED

bp = Blueprint("requests", __name__, url_prefix="/requests", template_folder="templates")
_LONGEST = 100
_CAME_OF_IT = 20
_FIXED = frozenset({"confirmed", "changed"})


@bp.context_processor
def _site() -> dict[str, object]:
    return {"site_url": _settings().public_url, "keep_days": round(_settings().rules.retention_days)}


@bp.after_request
def _nobody_else(response: Response) -> Response:
    """Keep the link and what it shows between her and this service; the worker's own file is everybody's."""
    if request.endpoint != "requests.worker":
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@bp.get("/offline.js")
@public
def worker() -> Response:
    """Answer the script that keeps a confirmed page readable without a network, for these pages alone."""
    script = Path(current_app.static_folder or "") / "js/requests-worker.js"
    answer = make_response(script.read_bytes())
    answer.content_type = "text/javascript; charset=utf-8"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/<token>")
@public
def see(token: str) -> Response:
    """Show the request as it stands."""
    found = _seen(token)
    return _page(found)


@bp.get("/<token>/calendar.ics")
@public
def calendar(token: str) -> Response:
    """Answer the confirmed walk as a calendar file; NotFound while there is none."""
    found = _seen(token)
    if found.state not in _FIXED or found.walk is None or found.walk.meeting is None:
        raise NotFound("There is no confirmed walk to put into a calendar.")
    from geoapp.jobs.calendar import calendar_file  # noqa: PLC0415 (megabytes that most processes never need)

    answer = Response(calendar_file(found, _settings()), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="walk.ics"'
    return answer


@bp.get("/<token>/change")
@public
def change_page(token: str) -> Response:
    """Show how to ask for another time, to cancel, and to have everything erased."""
    return Response(_change(_seen(token)))


@bp.post("/<token>/agree")
@public
def agree(token: str) -> AnyResponse:
    """Say yes to the walk on offer, or to the change of a confirmed one."""
    return _step(token, lambda session: scheme_requests.agree(session, token))


@bp.post("/<token>/decline")
@public
def decline(token: str) -> AnyResponse:
    """Say no to the walk on offer, and stay on the list."""
    return _step(token, lambda session: scheme_requests.decline(session, token))


@bp.post("/<token>/change")
@public
def change(token: str) -> AnyResponse:
    """Ask for another time; the place is given back."""
    wish = inputs.wish(request.form)
    return _step(token, lambda session: scheme_requests.change(session, token, wish))


@bp.post("/<token>/cancel")
@public
def cancel(token: str) -> AnyResponse:
    """Take the request back; nobody asks why."""
    return _step(token, lambda session: scheme_requests.cancel(session, token))


@bp.post("/<token>/feedback")
@public
def feedback(token: str) -> AnyResponse:
    """Keep how the walk was, without her."""
    try:
        answers = inputs.answers(request.form)
    except Refused as error:
        answer = _page(_seen(token), error)
        answer.status_code = 422
        return answer
    return _step(token, lambda session: scheme_requests.give_feedback(session, token, answers))


@bp.post("/<token>/erase")
@public
def erase(token: str) -> str:
    """Erase all that is kept of her, and show the receipt; the link ends with it."""
    with scheme_writing(_reach(token)) as session:
        receipt = scheme_erasing.erase(session, token, mail=mail_folder(_settings()))
    return render_template("requests/erased.html", receipt=receipt)


def _step(token: str, act: Callable[[Session], None]) -> AnyResponse:
    """Do one step and lead back to the page; where it does not fit, show the page with what is wrong."""
    try:
        with scheme_writing(_reach(token)) as session:
            act(session)
    except (Conflict, Refused) as error:
        answer = _page(_seen(token), error)
        answer.status_code = STATUS[type(error)]
        return answer
    return redirect(url_for("requests.see", token=token), 303)


def _page(found: SeenRequest, error: LamplightError | None = None) -> Response:
    shown: dict[str, object] = {"map": None, "sun": None, "place": None, "ground": "", "came_of_it": []}
    walk = found.walk
    with reading() as connection:
        if walk and walk.meeting:
            meeting = walk.meeting
            shapes = joining.around(
                connection,
                meeting.lon,
                meeting.lat,
                half_width_m=present.HALF_WIDTH_M,
                half_height_m=present.HALF_HEIGHT_M,
            )
            shown |= {
                "map": present.meeting_map(shapes),
                "sun": present.sun(walk, meeting.lon, meeting.lat),
                "place": present.place_link(meeting),
                "ground": ", ".join(ground_sources(connection)),
            }
        if walk and found.state == "done":
            since = walk.starts_at.astimezone(LONDON).date()
            answers, _ = said_and_did.answers(connection, ward=walk.ward_code, most=_CAME_OF_IT)
            shown["came_of_it"] = [each for each in answers if each.happened_on >= since]
    by = scheme_requests.answer_by(found.created_at, _settings(), for_a_walk=_for_a_walk(found))
    page = Response(
        render_template(
            "requests/request.html",
            seen=found,
            answer_by=by,
            phone=_settings().scheme.phone,
            nobody_minutes=_settings().rules.nobody_minutes,
            preferred=PREFERRED,
            errors=error.errors or (FieldError("main", error.detail),) if error else (),
            sent=request.form,
            **shown,
        )
    )
    if walk and walk.meeting and found.state in _FIXED:
        # Until when the phone may keep this page to be read without a network: the end of the day after.
        until = (walk.ends_at or walk.starts_at) + timedelta(days=1)
        page.headers["X-Keep-Until"] = str(int(until.timestamp()))
    return page


def _for_a_walk(found: SeenRequest) -> bool:
    return found.walk is not None and not found.waiting


def _change(found: SeenRequest) -> str:
    return render_template("requests/change.html", seen=found, preferred=PREFERRED, errors=())


def _seen(token: str) -> SeenRequest:
    with scheme_reading(_reach(token)) as session:
        return seen_by(session, token, _settings().rules)


def _reach(token: str) -> Reach:
    if len(token) > _LONGEST or not token.isascii():
        raise NotFound("This link does not work (any more).")
    return scheme_requests.reach_of_token(token)


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found
