"""A participant's browser without scripts, that reads pages and sends their forms; and walks to join."""

import html
import re
import uuid
from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient

from geoapp.access import Person
from geoapp.actions import scheme_matching, scheme_walks
from geoapp.db import Reach, scheme_writing
from tests.scheme_world import WALK

DANA = {
    "first_name": "Dana",
    "email": "dana@post.example",
    "phone": "07700 900123",
    "access_needs": "I use a stick",
    "ease": "not at the back",
    "adult": "yes",
}


def publish(by: Person, **changed: Any) -> uuid.UUID:
    """Publish the walk of the scheme's tests, changed as said; its identifier."""
    walk_id = uuid.uuid4()
    with scheme_writing(Reach.team(by.team_id)) as session:
        scheme_walks.publish(session, walk_id, replace(WALK, **changed), by=by)
    return walk_id


def confirm(by: Person, request_id: uuid.UUID) -> None:
    """Confirm a request as a coordinator."""
    with scheme_writing(Reach.team(by.team_id)) as session:
        scheme_matching.confirm(session, request_id, by=by)


def offer(by: Person, request_id: uuid.UUID, walk_id: uuid.UUID) -> None:
    """Offer a walk as a coordinator."""
    with scheme_writing(Reach.team(by.team_id)) as session:
        scheme_matching.offer(session, request_id, walk_id, by=by)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    found = re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def send(browser: FlaskClient, page: str, action: str, **fields: Any) -> Any:
    """Open `page`, fill the form that goes to `action`, and send it."""
    shown = browser.get(page, headers={"Accept": "text/html"}).get_data(as_text=True)
    assert f'action="{action}"' in shown
    return browser.post(action, data=hidden(shown) | fields, headers={"Accept": "text/html"})


def ask(browser: FlaskClient, walk_id: uuid.UUID | None, **changed: Any) -> Any:
    """Ask to join as Dana, by the form; the answer."""
    path = f"/walks/{walk_id}/ask" if walk_id else "/walks/ask"
    return send(browser, path, path, **(DANA | changed))


def link(answer: Any) -> str:
    """The personal link that an answer leads to."""
    assert answer.status_code == 303, answer.get_data(as_text=True)
    path: str = answer.headers["Location"]
    assert re.fullmatch(r"/requests/[A-Za-z0-9_-]{43}", path)
    return path
