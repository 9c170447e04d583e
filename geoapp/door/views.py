"""The start page, signing in and out."""

from datetime import timedelta
from urllib.parse import urlsplit

import flask_login
from flask import Blueprint, Response, current_app, redirect, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from geoapp.access import Permission, Person, person_by_sign_in, person_or_none, public
from geoapp.actions import people
from geoapp.config import Settings
from geoapp.db import writing

bp = Blueprint("door", __name__, template_folder="templates")


@bp.get("/")
@public
def start() -> str:
    """Show what this is and where to go."""
    return render_template("start.html", home=_home(person_or_none()))


@bp.get("/privacy")
@public
def privacy() -> str:
    """Say what is kept and who sees it."""
    return render_template("privacy.html")


@bp.get("/accessibility")
@public
def accessibility() -> str:
    """Say what works for whom, and what to do when something does not."""
    return render_template("accessibility.html")


@bp.get("/login")
@public
def login() -> str:
    """Show the sign-in form."""
    return render_template("login.html", next=_inside(request.args.get("next")), email="", errors=[])


@bp.post("/login")
@public
def sign_in() -> AnyResponse:
    """Sign in by form; after too many failures 429, the same for unknown accounts."""
    settings: Settings = current_app.config["SETTINGS"]
    email = request.form.get("email", "").strip()[:254]
    with writing() as db:
        people.check_tries(db, email, request.remote_addr, settings.limits)
        lasts = timedelta(hours=settings.rules.session_hours)
        secret = people.sign_in(db, email, request.form.get("password", "")[:1000], lasts=lasts)
        if secret is None:
            people.count_failure(db, email, request.remote_addr)
    goal = _inside(request.form.get("next"))
    person = person_by_sign_in(secret) if secret else None
    if person is None:
        errors = [
            {"field": "password", "message": "The address and the password do not go together. Try again."}
        ]
        return Response(render_template("login.html", next=goal, email=email, errors=errors), 401)
    session.clear()
    session.permanent = True
    flask_login.login_user(person)
    return redirect(goal or _home(person), 303)


@bp.post("/logout")
@public
def logout() -> AnyResponse:
    """Sign out, here and on the server."""
    person = person_or_none()
    if person is not None and person.sign_in:
        with writing() as db:
            people.sign_out(db, person.sign_in)
    session.clear()
    return redirect("/", 303)


def _home(person: Person | None) -> str:
    if person is None:
        return "/"
    if person.may(Permission.CAPTURE):
        return "/capture/"
    return "/planning/" if person.may(Permission.READ_FIGURES) else "/"


def _inside(address: str | None) -> str:
    """Return the path to go on to, only if it lies in this service."""
    if not address or "\\" in address:
        return ""
    parts = urlsplit(address)
    inside = (
        not parts.scheme and not parts.netloc and parts.path.startswith("/") and not address.startswith("//")
    )
    return address if inside else ""
