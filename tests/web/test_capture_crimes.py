"""Marks of a possible crime by the capture API: repeatable, of the own team, in no answer but its receipt."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.capture_phone import AT, Phone, concern, fields, new_id, problem, rows

pytestmark = pytest.mark.usefixtures("squares")
# SHA-256 of the two bytes {}, as any tool says it.
NOTHING_SAID = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


@pytest.fixture
def raised(phone: Phone) -> tuple[str, str]:
    """A walk and a concern of it."""
    walk, one = new_id(), new_id()
    phone.put(f"/walks/{walk}", {"started_at": AT})
    assert phone.put(f"/concerns/{one}", concern(walk)).status_code == 201
    return walk, one


def marks() -> int:
    return rows("crime_mark")["crime_mark"]


def test_it_repeats_like_any_other_write(phone: Phone, raised: tuple[str, str]) -> None:
    walk, one = raised
    path, before = f"/concerns/{one}/crime", rows("crime_mark", "audit")
    problem(phone.put(path, {}, If_Match='"none"'), 412)
    first = phone.put(path, {})
    assert (first.status_code, first.get_json()) == (201, {"concern": one, "hash": NOTHING_SAID})
    tag = first.headers["ETag"]
    assert tag == f'"{NOTHING_SAID[:40]}"'
    for again in (phone.put(path, {}), phone.put(path, None), phone.put(path, {}, If_Match=tag)):
        assert (again.status_code, again.headers["ETag"]) == (200, tag)
    # As API.md has it: a stale tag is passed over where the stored body already equals the sent one.
    assert phone.put(path, {}, If_Match='"old"').status_code == 200
    assert rows("crime_mark", "audit") == {name: count + 1 for name, count in before.items()}
    assert phone.get(f"/walks/{walk}/receipt").get_json()["crimes"] == [
        {"concern": one, "hash": NOTHING_SAID}
    ]
    for _ in range(2):
        assert phone("DELETE", path).status_code == 204
    assert phone.get(f"/walks/{walk}/receipt").get_json()["crimes"] == []
    assert phone.put(path, {}).status_code == 201


@pytest.mark.parametrize("body", [{"note": "She saw him"}, {"marked": True}, [], "yes", None, 1])
def test_a_mark_says_nothing_more(phone: Phone, raised: tuple[str, str], body: object) -> None:
    before = rows("crime_mark", "audit")
    sent = b"null" if body is None else body
    found = fields(phone.put(f"/concerns/{raised[1]}/crime", sent), 400)
    assert found == set(body if isinstance(body, dict) else ["body"])
    assert rows("crime_mark", "audit") == before


def test_it_needs_its_concern_and_its_team(phone: Phone, raised: tuple[str, str]) -> None:
    path, before = f"/concerns/{raised[1]}/crime", rows("crime_mark", "audit")
    for method in ("PUT", "DELETE"):
        problem(phone(method, f"/concerns/{new_id()}/crime"), 404)
        problem(phone(method, path, who="peckham_officer"), 404)
        for who, status in (("analyst", 403), ("lambeth_planner", 403), ("administrator", 403), (None, 401)):
            problem(phone(method, path, who=who), status)
    assert rows("crime_mark", "audit") == before
    assert phone.put(path, {}, who="coordinator").status_code == 201


def test_it_goes_with_its_concern(phone: Phone, raised: tuple[str, str]) -> None:
    path, before = f"/concerns/{raised[1]}", marks()
    assert phone.put(f"{path}/crime", {}).status_code == 201
    assert marks() == before + 1
    phone("DELETE", path)
    assert marks() == before
    problem(phone.put(f"{path}/crime", {}), 410)
    problem(phone("DELETE", f"{path}/crime"), 410)


def test_a_browser_needs_its_csrf_token(
    raised: tuple[str, str], signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("brixton_officer")
    path = f"/capture/api/concerns/{raised[1]}/crime"
    for method in ("PUT", "DELETE"):
        problem(browser.open(path, method=method), 400)
    token = browser.get("/capture/me").get_json()["csrf"]
    assert browser.put(path, headers={"X-CSRF-Token": token}).status_code == 201
    assert browser.delete(path, headers={"X-CSRF-Token": token}).status_code == 204
