"""The desk: which concerns wait for an answer, who looks after them, and what the public will read."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from geoapp.access import Permission, current_person, needs
from geoapp.actions import said_and_did
from geoapp.actions.answering import FOLLOWS
from geoapp.db import reading, writing
from geoapp.errors import LamplightError, NotFound
from geoapp.queries import answer_desk
from geoapp.scheme.answers import inputs

bp = Blueprint("answers", __name__, url_prefix="/coordinate/answers", template_folder="templates")
_PAGE = 50
_WORDS = {"shared": "Shared", "in_hand": "In hand", "done": "Done", "no_action": "No action"}


@bp.get("/")
@needs(Permission.ANSWER)
def desk() -> str:
    """List shared concerns, newest first."""
    query = inputs.desk_query(request.args)
    with reading() as connection:
        found = answer_desk.desk(
            connection, ward=query.ward, status=query.status, after=query.after, most=_PAGE + 1
        )
    more = f"{found[_PAGE - 1].recorded_at.isoformat()}_{found[_PAGE - 1].id}" if len(found) > _PAGE else ""
    return render_template(
        "answers/desk.html", concerns=found[:_PAGE], query=query, more=more, status_words=_WORDS
    )


@bp.get("/<uuid:concern_id>")
@needs(Permission.ANSWER)
def concern(concern_id: UUID) -> str:
    """Show one concern with its steps and the words for the public."""
    return _page(concern_id)


@bp.post("/<uuid:concern_id>/owner")
@needs(Permission.ANSWER)
def set_owner(concern_id: UUID) -> tuple[str, int] | Response:
    """Set who looks after it."""
    return _done(concern_id, "owner")


@bp.post("/<uuid:concern_id>/step")
@needs(Permission.ANSWER)
def step(concern_id: UUID) -> tuple[str, int] | Response:
    """Take it one step on."""
    return _done(concern_id, "step")


@bp.post("/<uuid:concern_id>/words")
@needs(Permission.ANSWER)
def write(concern_id: UUID) -> tuple[str, int] | Response:
    """Keep words for the public, to be read over."""
    return _done(concern_id, "words")


@bp.post("/words/<int:answer_id>/review")
@needs(Permission.ANSWER)
def review(answer_id: int) -> Response:
    """Let the public read them."""
    with writing() as session:
        concern_id = said_and_did.review(session, answer_id, by=current_person())
    return redirect(url_for("answers.concern", concern_id=concern_id), 303)


@bp.post("/words/<int:answer_id>/withdraw")
@needs(Permission.ANSWER)
def withdraw(answer_id: int) -> Response:
    """Take them from the public."""
    with writing() as session:
        concern_id = said_and_did.withdraw(session, answer_id, by=current_person())
    return redirect(url_for("answers.concern", concern_id=concern_id), 303)


def _done(concern_id: UUID, what: str) -> tuple[str, int] | Response:
    """Do what a form asks for; where its words are refused, show them again with what is wrong."""
    by = current_person()
    try:
        if what == "owner":
            owner = inputs.owner(request.form)
            with writing() as session:
                said_and_did.set_owner(session, concern_id, owner, by=by)
        elif what == "step":
            new_step = inputs.step(request.form)
            with writing() as session:
                said_and_did.step(session, concern_id, new_step, by=by)
        else:
            new_answer = inputs.answer(request.form)
            with writing() as session:
                said_and_did.write(session, concern_id, new_answer, by=by)
    except NotFound:
        raise
    except LamplightError as error:
        if not error.errors:
            raise
        return _page(concern_id, error), 422
    return redirect(url_for("answers.concern", concern_id=concern_id), 303)


def _page(concern_id: UUID, error: LamplightError | None = None) -> str:
    with reading() as connection:
        found = answer_desk.desk_concern(connection, concern_id)
        if found is None:
            raise NotFound("There is no such shared concern.")
        steps = answer_desk.desk_steps(connection, concern_id)
        words = answer_desk.desk_words(connection, concern_id)
    return render_template(
        "answers/concern.html",
        concern=found,
        steps=steps,
        words=words,
        next=FOLLOWS[found.status],
        errors=error.errors if error else (),
        sent=request.form,
        status_words=_WORDS,
    )
