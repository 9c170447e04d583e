"""Every write is a PUT that can be repeated: 201, 200, 409, 410, 412, by the sentences of the contract."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from flask import Flask
from flask.testing import FlaskClient

from tests.web.capture_phone import LAT, LON, Phone, concern, new_id, problem, rows

pytestmark = pytest.mark.usefixtures("squares")
START = "2026-02-10T19:00:00Z"
START_MS = int(datetime(2026, 2, 10, 19, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


def fixes(count: int, *, first: int = 0) -> list[list[float]]:
    """A walk northwards from the middle of ward A, about 1.1 m a second, a fix each 10 s."""
    return [[LON, LAT + 0.0001 * n, START_MS + 10_000 * n, 5] for n in range(first, first + count)]


Case = tuple[str, dict[str, Any], dict[str, Any]]


def a_walk() -> Case:
    return (
        f"/walks/{new_id()}",
        {"started_at": START, "participants": 2},
        {"started_at": START, "participants": 3},
    )


def a_chunk() -> Case:
    return (
        f"/walks/{new_id()}/track/0",
        {"fixes": fixes(3), "gap_before": False},
        {"fixes": fixes(4), "gap_before": False},
    )


def a_concern() -> Case:
    walk = new_id()
    return (
        f"/concerns/{new_id()}",
        concern(walk, note="one"),
        concern(walk, note="two", factors=["lighting"]),
    )


MAKERS = pytest.mark.parametrize("make", [a_walk, a_chunk, a_concern])


@MAKERS
def test_first_201_same_200_other_409_with_the_tag_200_and_stale_412(
    phone: Phone, make: Callable[[], Case]
) -> None:
    path, one, two = make()
    first = phone.put(path, one)
    assert first.status_code == 201
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    assert tag.endswith('"')
    again = phone.put(path, one)
    assert (again.status_code, again.headers["ETag"]) == (200, tag)
    problem(phone.put(path, two), 409)
    changed = phone.put(path, two, If_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    problem(phone.put(path, one, If_Match=tag), 412)
    assert phone.put(path, two).status_code == 200


@MAKERS
def test_what_if_match_means(phone: Phone, make: Callable[[], Case]) -> None:
    path, one, two = make()
    problem(phone.put(path, one, If_Match='"nothing-here"'), 412)
    problem(phone.put(path, one, If_Match="*"), 412)
    tag = phone.put(path, one).headers["ETag"]
    before = rows()
    problem(phone.put(path, two, If_Match=f"W/{tag}"), 412)
    problem(phone.put(path, two, If_Match=tag.strip('"')), 412)
    problem(phone.put(path, two, If_Match=""), 412)
    assert rows() == before
    # Stale, but what is stored is what was sent.
    assert phone.put(path, one, If_Match='"stale"').status_code == 200
    assert phone.put(path, two, If_Match=f'"stale", W/{tag}, {tag}').status_code == 200
    assert phone.put(path, one, If_Match="*").status_code == 200


def test_equal_as_json_values_is_the_same(phone: Phone) -> None:
    walk, one = new_id(), new_id()
    sent = concern(walk, accuracy_m=5, note="Café")
    assert phone.put(f"/concerns/{one}", sent).status_code == 201
    turned = {"properties": dict(reversed(sent["properties"].items())), "geometry": sent["geometry"]}
    turned["type"] = "Feature"
    raw = json.dumps(turned, indent=3).replace(": 5,", ": 5.0e0,").encode()
    assert b"5.0e0" in raw
    assert b"\\u00e9" in raw
    assert phone.put(f"/concerns/{one}", raw).status_code == 200
    path = f"/walks/{new_id()}"
    assert phone.put(path, {"started_at": START, "participants": 2}).status_code == 201
    assert phone.put(path, b'{"participants": 2.0, "started_at": "2026-02-10T19:00:00Z"}').status_code == 200


def test_a_member_left_out_is_not_the_same_as_null(phone: Phone) -> None:
    walk, path = new_id(), f"/concerns/{new_id()}"
    assert phone.put(path, concern(walk)).status_code == 201
    problem(phone.put(path, concern(walk, note=None)), 409)


@pytest.mark.parametrize("equal", [True, False])
def test_eight_at_once_make_exactly_one(app: Flask, personas: dict[str, Any], equal: bool) -> None:
    walk, path = new_id(), f"/concerns/{new_id()}"

    def send(number: int) -> int:
        phone = Phone(app.test_client(), personas)
        return phone.put(path, concern(walk, note="same" if equal else f"number {number}")).status_code

    before = rows()
    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(send, range(8)))
    assert answers == ([200] * 7 + [201] if equal else [201] + [409] * 7)
    after = rows()
    assert (after["concern"] - before["concern"], after["status_event"] - before["status_event"]) == (1, 1)
    assert after["audit"] - before["audit"] == 1


def test_concerns_and_chunks_and_the_walk_at_once(app: Flask, personas: dict[str, Any]) -> None:
    walk = new_id()
    ids = [new_id() for _ in range(4)]
    sends: list[tuple[str, dict[str, Any]]] = [(f"/concerns/{each}", concern(walk)) for each in ids]
    sends += [(f"/walks/{walk}/track/{n}", {"fixes": fixes(3, first=3 * n)}) for n in range(3)]
    sends += [(f"/walks/{walk}", {"started_at": START})]
    # A concern under the identifier of the walk: two things with one name must not wait for each other.
    sends += [(f"/concerns/{walk}", concern(walk))]

    def send(one: tuple[str, dict[str, Any]]) -> int:
        return Phone(app.test_client(), personas).put(*one).status_code

    with ThreadPoolExecutor(9) as pool:
        assert set(pool.map(send, sends)) == {201}
    receipt = Phone(app.test_client(), personas).get(f"/walks/{walk}/receipt").get_json()
    assert {each["id"] for each in receipt["concerns"]} == {*ids, walk}
    assert [each["chunk"] for each in receipt["chunks"]] == [0, 1, 2]


def test_removing_is_204_however_often_and_keeps_the_identifier(phone: Phone) -> None:
    walk, one, never = new_id(), new_id(), new_id()
    sent = concern(walk, factors=["lighting", "followed"])
    assert phone.put(f"/concerns/{one}", sent).status_code == 201
    tag = phone.get(f"/concerns/{one}").headers["ETag"]
    for _ in range(2):
        gone = phone("DELETE", f"/concerns/{one}")
        assert (gone.status_code, gone.data) == (204, b"")
    problem(phone.put(f"/concerns/{one}", sent), 410)
    problem(phone.put(f"/concerns/{one}", concern(walk), If_Match=tag), 410)
    problem(phone.get(f"/concerns/{one}"), 410)
    problem(phone.put(f"/concerns/{one}/share", {}), 410)
    problem(phone.get(f"/concerns/{one}/photo"), 410)
    assert phone.get(f"/walks/{walk}/receipt").get_json()["concerns"] == []
    assert phone("DELETE", f"/concerns/{never}").status_code == 204
    problem(phone.put(f"/concerns/{never}", sent), 410)


def hashed(sent: object) -> str:
    return hashlib.sha256(rfc8785.dumps(sent)).hexdigest()  # type: ignore[arg-type]  # JSON values


def test_the_receipt_has_what_was_sent_and_not_what_was_removed(phone: Phone) -> None:
    walk = new_id()
    kept = {new_id(): concern(walk, note=f"number {n}", factors=["lighting"]) for n in range(3)}
    chunks = {n: {"fixes": fixes(2, first=2 * n), "gap_before": n == 1} for n in (11, 1, 2)}
    for one, sent in kept.items():
        assert phone.put(f"/concerns/{one}", sent).status_code == 201
    for number, sent in chunks.items():
        assert phone.put(f"/walks/{walk}/track/{number}", sent).status_code == 201
    removed = kept.popitem()[0]
    phone("DELETE", f"/concerns/{removed}")

    receipt = phone.get(f"/walks/{walk}/receipt").get_json()
    assert receipt == {
        "concerns": [{"id": one, "hash": hashed(kept[one])} for one in sorted(kept)],
        "chunks": [{"chunk": number, "hash": hashed(chunks[number])} for number in (1, 2, 11)],
        "photos": [],
        "audits": [],
        "crimes": [],
    }


def test_why_there_is_a_gap_is_part_of_what_was_sent(phone: Phone) -> None:
    walk = new_id()
    path = f"/walks/{walk}/track/0"
    plain = {"fixes": fixes(3), "gap_before": True}
    said = plain | {"gap_reason": "poor_accuracy"}
    assert phone.put(path, said).status_code == 201
    assert phone.put(path, dict(reversed(said.items()))).status_code == 200
    problem(phone.put(path, plain), 409)
    receipt = phone.get(f"/walks/{walk}/receipt").get_json()
    assert receipt["chunks"] == [{"chunk": 0, "hash": hashed(said)}]


def test_chunks_out_of_order_make_the_same_track(phone: Phone) -> None:
    chunks = [{"fixes": fixes(5, first=5 * n), "gap_before": n == 3} for n in range(5)]
    measured = []
    for order in ([0, 1, 2, 3, 4], [4, 1, 3, 0, 2]):
        walk = new_id()
        for number in order:
            assert phone.put(f"/walks/{walk}/track/{number}", chunks[number]).status_code == 201
        assert phone.put(f"/walks/{walk}", {"started_at": START}).status_code == 201
        got = phone.get(f"/walks/{walk}").get_json()
        measured.append((got["metres"], got["minutes"]))
    assert measured[0] == measured[1]
    # Two pieces, of 15 and of 10 fixes: 14 and 9 steps of 10 s and 0.0001 degrees northwards, 11.13 m each.
    metres, minutes = measured[0]
    assert minutes == pytest.approx(23 * 10 / 60)
    assert metres == pytest.approx(23 * 11.127, rel=1e-3)


def test_a_walk_that_has_only_been_announced_is_not_there_but_has_a_receipt(phone: Phone) -> None:
    walk = new_id()
    assert phone.put(f"/concerns/{new_id()}", concern(walk)).status_code == 201
    problem(phone.get(f"/walks/{walk}"), 404)
    assert len(phone.get(f"/walks/{walk}/receipt").get_json()["concerns"]) == 1
    problem(phone.get(f"/walks/{new_id()}/receipt"), 404)
    assert phone.put(f"/walks/{walk}", {"started_at": START}).status_code == 201


def test_sharing_repeats_like_any_other_write(phone: Phone) -> None:
    path = f"/concerns/{new_id()}"
    problem(phone.put(f"{path}/share", {"wording": "The lamp is out"}), 404)
    problem(phone("DELETE", f"{path}/share"), 404)
    phone.put(path, concern())
    first = phone.put(f"{path}/share", {"wording": "The lamp is out"})
    assert first.status_code == 201
    assert (first.get_json()["status"], first.get_json()["wording"]) == ("shared", "The lamp is out")
    assert phone.get(path).get_json()["properties"]["status"] == "shared"
    assert phone.put(f"{path}/share", {"wording": "The lamp is out"}).status_code == 200
    problem(phone.put(f"{path}/share", {"wording": "It is dark"}), 409)
    changed = phone.put(f"{path}/share", {"wording": "It is dark"}, If_Match=first.headers["ETag"])
    assert (changed.status_code, changed.get_json()["wording"]) == (200, "It is dark")
    for _ in range(2):
        assert phone("DELETE", f"{path}/share").status_code == 204
    assert phone.get(path).get_json()["properties"]["status"] == "raised"
    assert phone("PUT", f"{path}/share").status_code == 201
    assert phone.put(f"{path}/share", {}).status_code == 200
    assert phone.put(f"{path}/share", {"wording": " "}).status_code == 200
    problem(phone.put(f"{path}/share", {"wording": "x" * 4001}), 422)
    problem(phone.put(f"{path}/share", b'{"wording": "x"}', Content_Type="text/plain"), 415)


def test_a_change_keeps_what_was_shared_and_replaces_the_factors(phone: Phone) -> None:
    walk, path = new_id(), f"/concerns/{new_id()}"
    tag = phone.put(path, concern(walk, factors=["lighting", "followed"])).headers["ETag"]
    phone.put(f"{path}/share", {"wording": "Dark"})
    after = phone.put(path, concern(walk, factors=["vegetation"]), If_Match=tag).get_json()
    assert after["properties"]["factors"] == ["vegetation"]
    assert after["properties"]["status"] == "shared"
    before = rows("concern_factor")
    phone("DELETE", path)
    assert before["concern_factor"] - rows("concern_factor")["concern_factor"] == 1
