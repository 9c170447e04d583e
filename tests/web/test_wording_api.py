"""The check of wordings as phones and pages ask for it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.capture_phone import Phone, concern, fields, new_id, problem, rows

pytestmark = pytest.mark.usefixtures("squares")


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


def ask(phone: Phone, wording: object, **more: Any) -> Any:
    return phone("POST", "/wording", {"wording": wording}, **more)


def test_what_is_found_is_named_with_its_place_and_advice(phone: Phone) -> None:
    before = rows()
    answer = ask(phone, "Ask Priya on 07700 900123 \N{GRINNING FACE}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found = answer.get_json()["findings"]
    assert [(each["kind"], each["start"], each["end"], each["text"]) for each in found] == [
        ("name", 4, 9, "Priya"),
        ("phone", 13, 25, "07700 900123"),
    ]
    assert all(set(each) == {"kind", "start", "end", "text", "advice"} for each in found)
    assert rows() == before  # nothing of it is kept, not even that it was asked


def test_nothing_is_found_in_plain_words_and_in_none(phone: Phone) -> None:
    for wording in ("The lamp by the gate is out.", "", None):
        assert ask(phone, wording).get_json() == {"findings": []}


def test_what_is_no_wording_is_refused(phone: Phone) -> None:
    assert fields(ask(phone, 7), 400) == {"wording"}
    assert fields(ask(phone, "x" * 4001), 422) == {"wording"}
    problem(phone("POST", "/wording", b"wording=x", Content_Type="text/plain"), 415)
    problem(phone("POST", "/wording", {"wording": "x", "checked": True}), 400)


def test_only_those_who_share_ask(phone: Phone) -> None:
    for who, status in (("analyst", 403), ("lambeth_planner", 403), ("administrator", 403), (None, 401)):
        problem(ask(phone, "x", who=who), status)


def test_sharing_by_programs_keeps_its_contract(phone: Phone) -> None:
    """A script shares what it was told to: the check comes before, in the pages and by this address."""
    one = new_id()
    phone.put(f"/concerns/{one}", concern())
    assert phone.put(f"/concerns/{one}/share", {"wording": "By Victoria at 19:45"}).status_code == 201
