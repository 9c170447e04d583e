"""Packed answers: to whom, of what, and that they say the same."""

import gzip

import pytest

from tests.web import planning_world

AREAS = "/planning/data/areas.json?from=2026-02-01&to=2026-02-28"
PACKED = {"Accept-Encoding": "gzip, br"}


@pytest.fixture(scope="module", autouse=True)
def world(squares, personas):  # noqa: ARG001 (the wards have to be there)
    planning_world.fill(personas["brixton_officer"].email)


@pytest.mark.parametrize("path", [AREAS, "/static/css/tokens.css", "/map"])
def test_who_takes_it_gets_the_same_in_fewer_bytes(client, personas, path):
    bearer = personas["analyst"].bearer
    plain = client.get(path, headers=bearer, buffered=True)
    packed = client.get(path, headers=bearer | PACKED, buffered=True)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    if path != "/map":  # a page has a nonce of its own each time
        assert gzip.decompress(packed.data) == plain.data


def test_a_packed_answer_is_asked_for_again_only_when_it_changed(client, personas):
    bearer = personas["analyst"].bearer
    for path in (AREAS, "/static/css/tokens.css"):
        tag = client.get(path, headers=bearer | PACKED, buffered=True).headers["ETag"]
        again = client.get(path, headers=bearer | PACKED | {"If-None-Match": tag}, buffered=True)
        assert again.status_code == 304, path
        assert again.data == b""


def test_lengths_of_the_same_page_differ(client):
    lengths = {len(client.get("/map", headers=PACKED).data) for _ in range(8)}
    assert len(lengths) > 1


def test_refusals_feeds_and_who_does_not_take_it_are_left_as_they_are(client, personas):
    bearer = personas["analyst"].bearer
    for path, headers in (
        (AREAS, {"Accept-Encoding": "gzip;q=0"}),
        (AREAS + "&no=such", PACKED),
        ("/feed/", PACKED),
        ("/static/img/icon-192.png", PACKED),
        ("/healthz", PACKED),
    ):
        answer = client.get(path, headers=bearer | headers, buffered=True)
        assert "Content-Encoding" not in answer.headers, path
