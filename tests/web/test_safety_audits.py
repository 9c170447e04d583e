"""Safety audits of a stop: repeatable like other writes, kept apart from concerns, never leaving the team."""

import hashlib
from typing import Any

import pytest
import rfc8785
from flask.testing import FlaskClient
from sqlalchemy import text

from geoapp import db
from geoapp.capture.rubric import BY_VERSION, PARAMETERS, VERSION
from tests.web.capture_phone import AT, LAT, LON, Phone, fields, new_id, problem, rows

pytestmark = pytest.mark.usefixtures("squares")


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


def stop(walk: str | None = None, **said: object) -> dict[str, Any]:
    """A stop in ward A that was rated in two of the eight."""
    return {
        "walk": walk or new_id(),
        "rubric": "stop-1",
        "recorded_at": AT,
        "geometry": {"type": "Point", "coordinates": [LON, LAT]},
        "scores": {"lighting": 1, "people": 0},
    } | said


def test_the_rubric_has_the_eight_published_parameters_from_0_to_3() -> None:
    assert [each.code for each in BY_VERSION[VERSION]] == [
        "lighting",
        "openness",
        "visibility",
        "people",
        "security",
        "walk_path",
        "public_transport",
        "gender_usage",
    ]
    assert all(len(set(each.levels)) == 4 for each in PARAMETERS)


def test_it_repeats_like_any_other_write(phone: Phone) -> None:
    path, one = f"/audits/{new_id()}", stop()
    first = phone.put(path, one)
    assert first.status_code == 201
    # 19:30 in February in London is long after the end of twilight.
    assert first.get_json() == one | {"id": path.rsplit("/", 1)[1], "light": "dark"}
    assert phone.put(path, one).status_code == 200
    other = one | {"scores": {"lighting": 3}}
    problem(phone.put(path, other), 409)
    problem(phone.put(path, other, If_Match='"old"'), 412)
    changed = phone.put(path, other, If_Match=first.headers["ETag"])
    assert changed.status_code == 200
    assert phone.get(path).get_json()["scores"] == {"lighting": 3}
    assert phone.get(path).headers["ETag"] == changed.headers["ETag"]


def test_it_is_in_no_figure_and_no_concern(phone: Phone) -> None:
    def counted() -> list[tuple[Any, ...]]:
        with db.reading() as connection:
            tables = ("concern", "concern_area", "exposure", "figure_total", "figure_concern", "figure_walk")
            return [tuple(connection.execute(text(f"SELECT count(*) FROM {name}")).one()) for name in tables]  # noqa: S608 (constants)

    walk = new_id()
    phone.put(f"/walks/{walk}", {"started_at": AT})
    before, kept = counted(), rows("safety_audit", "safety_audit_score")
    assert phone.put(f"/audits/{new_id()}", stop(walk)).status_code == 201
    assert counted() == before
    after = rows("safety_audit", "safety_audit_score")
    assert {name: after[name] - kept[name] for name in after} == {"safety_audit": 1, "safety_audit_score": 2}
    receipt = phone.get(f"/walks/{walk}/receipt").get_json()
    assert (receipt["concerns"], receipt["chunks"], receipt["photos"]) == ([], [], [])


@pytest.mark.parametrize(
    ("said", "status", "field"),
    [
        ({"rubric": "stop-0"}, 422, "rubric"),
        ({"scores": {}}, 422, "scores"),
        ({"scores": {"comfort": 1}}, 422, "scores"),
        ({"scores": {"lighting": 4}}, 422, "scores.lighting"),
        ({"scores": {"lighting": -1}}, 422, "scores.lighting"),
        ({"scores": {"lighting": 1.5}}, 400, "scores.lighting"),
        ({"scores": {"lighting": "1"}}, 400, "scores.lighting"),
        ({"scores": {"lighting": True}}, 400, "scores.lighting"),
        ({"scores": [1]}, 400, "scores"),
        ({"geometry": {"type": "Point", "coordinates": [2.35, 48.85]}}, 422, "geometry.coordinates"),
        (
            {"geometry": {"type": "LineString", "coordinates": [[LON, LAT], [LON, LAT + 0.001]]}},
            422,
            "geometry",
        ),
        ({"recorded_at": "2014-01-01T00:00:00Z"}, 422, "recorded_at"),
        ({"walk": "7"}, 400, "walk"),
        ({"accuracy_m": -1}, 422, "accuracy_m"),
        ({"note": "She lives here"}, 400, "note"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_kept(
    phone: Phone, said: dict[str, object], status: int, field: str
) -> None:
    before = rows("safety_audit", "safety_audit_score", "audit", "walk")
    found = fields(phone.put(f"/audits/{new_id()}", stop(**said)), status)
    assert len(found) == 1
    assert found.pop().startswith(field)
    assert rows("safety_audit", "safety_audit_score", "audit", "walk") == before


def test_it_belongs_to_its_team(phone: Phone) -> None:
    walk, path = new_id(), f"/audits/{new_id()}"
    assert phone.put(path, stop(walk)).status_code == 201
    problem(phone.get(path, who="peckham_officer"), 404)
    problem(phone.put(path, stop(), who="peckham_officer"), 404)
    problem(phone.put(f"/audits/{new_id()}", stop(walk), who="peckham_officer"), 404)
    assert phone.get(path, who="coordinator").status_code == 200
    for who, status in (("analyst", 403), ("lambeth_planner", 403), ("administrator", 403), (None, 401)):
        problem(phone.get(path, who=who), status)
    problem(phone.get(f"/audits/{new_id()}"), 404)


def test_the_receipt_has_it_by_its_hash(phone: Phone) -> None:
    walk, one = new_id(), new_id()
    sent = stop(walk, accuracy_m=6.5)
    assert phone.put(f"/audits/{one}", sent).status_code == 201  # before its walk
    phone.put(f"/walks/{walk}", {"started_at": AT})
    hashed = hashlib.sha256(rfc8785.dumps(sent)).hexdigest()
    assert phone.get(f"/walks/{walk}/receipt").get_json()["audits"] == [{"id": one, "hash": hashed}]
    problem(phone.get(f"/walks/{walk}/receipt", who="peckham_officer"), 404)


def test_removed_it_stays_removed(phone: Phone) -> None:
    walk, one, never = new_id(), new_id(), new_id()
    sent = stop(walk)
    tag = phone.put(f"/audits/{one}", sent).headers["ETag"]
    kept = rows("safety_audit", "safety_audit_score")
    for path in (f"/audits/{one}", f"/audits/{one}", f"/audits/{never}"):
        assert phone("DELETE", path).status_code == 204
    assert rows("safety_audit", "safety_audit_score") == {
        "safety_audit": kept["safety_audit"] - 1,
        "safety_audit_score": kept["safety_audit_score"] - 2,
    }
    for path in (f"/audits/{one}", f"/audits/{never}"):
        problem(phone.put(path, sent), 410)
        problem(phone.put(path, sent, If_Match=tag), 410)
        problem(phone.get(path), 410)
        problem(phone.get(path, who="peckham_officer"), 404)
    assert phone.get(f"/walks/{walk}/receipt").get_json()["audits"] == []


def test_another_team_removes_nothing_of_it(phone: Phone) -> None:
    walk, one = new_id(), new_id()
    phone.put(f"/audits/{one}", stop(walk))
    assert phone("DELETE", f"/audits/{one}", who="peckham_officer").status_code == 204
    assert phone.get(f"/audits/{one}").status_code == 200
    assert phone.put(f"/audits/{one}", stop(walk)).status_code == 200
