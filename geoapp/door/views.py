"""Signing in and out, and what everybody may know of how this works."""

import re
import threading
from datetime import timedelta
from urllib.parse import urlsplit

import flask_login
from flask import Blueprint, Response, current_app, redirect, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from geoapp import maps
from geoapp.access import Permission, Person, person_by_sign_in, person_or_none, public
from geoapp.actions import people
from geoapp.config import Settings
from geoapp.db import writing

bp = Blueprint("door", __name__, template_folder="templates")
_INSIDE = re.compile(r"/(?!/)[^\\\x00-\x20\x7f-\xa0\u2028\u2029]*")


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
    goal = _inside(request.form.get("next"))
    with writing() as db:
        account = people.count_try(db, email, request.remote_addr, settings.limits)
    # Outside of a transaction: the check is slow on purpose, and must not hold a connection meanwhile.
    if not people.password_fits(account, request.form.get("password", "")[:1000]):
        return _wrong(email, goal)
    with writing() as db:
        lasts = timedelta(hours=settings.rules.session_hours)
        secret = people.sign_in(db, account, email, lasts=lasts)
    person = person_by_sign_in(secret)
    if person is None:
        return _wrong(email, goal)
    _sign_out_here()
    session.permanent = True
    flask_login.login_user(person)
    if person.may(Permission.READ_FIGURES):
        threading.Thread(target=maps.warm_up, daemon=True).start()
    return redirect(goal or _home(person), 303)


def _wrong(email: str, goal: str) -> Response:
    message = "The address and the password do not go together. Try again."
    errors = [{"field": "password", "message": message}]
    page = render_template("login.html", next=goal, email=email, errors=errors)
    return Response(page, 401, headers={"WWW-Authenticate": 'Bearer realm="Lamplight"'})


@bp.post("/logout")
@public
def logout() -> AnyResponse:
    """Sign out, here and on the server."""
    _sign_out_here()
    return redirect("/", 303)


def _sign_out_here() -> None:
    """End the sign-in that this browser brought, on the server too, and begin its session anew."""
    person = person_or_none()
    if person is not None and person.sign_in:
        with writing() as db:
            people.sign_out(db, person.sign_in)
    session.clear()


def _home(person: Person | None) -> str:
    if person is None:
        return "/"
    if person.may(Permission.CAPTURE):
        return "/capture/"
    return "/planning/" if person.may(Permission.READ_FIGURES) else "/"


def _inside(address: str | None) -> str:
    """Return the path to go on to, only if it lies in this service.

    Browsers read a backslash as a slash and skip tabs and line ends, so that nothing with those is followed.
    """
    if not address or not _INSIDE.fullmatch(address):
        return ""
    parts = urlsplit(address)
    return "" if parts.scheme or parts.netloc else address
