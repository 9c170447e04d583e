"""What the capture API does not take: each refusal says which field, and leaves nothing behind."""

import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.capture_phone import LAT, LON, Phone, concern, fields, new_id, problem, rows

pytestmark = pytest.mark.usefixtures("squares")
START = "2026-02-10T19:00:00Z"
NOW_MS = int(datetime(2026, 2, 10, 19, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


@pytest.fixture(autouse=True)
def _nothing_stored(personas: dict[str, Any]) -> Iterator[None]:  # noqa: ARG001 (made before they are counted)
    """Whatever a test of this file sends, nothing of it may be left."""
    before = rows()
    yield
    assert rows() == before


def refusal(phone: Phone, path: str, body: object, status: int, **headers: str) -> set[str]:
    return fields(phone.put(path, body, **headers), status)


NOT_JSON = {
    "empty": (b"", "body"),
    "cut off": (b'{"started_at": ', "body"),
    "two values": (b"{} {}", "body"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "body"),
    "latin-1": ('{"team": "Café"}'.encode("latin-1"), "body"),
    "utf-16": ('{"team": "Cafe"}'.encode("utf-16"), "body"),
    "overlong utf-8": (b'{"team": "\xc0\xaf"}', "body"),
    "NaN": (b'{"participants": NaN}', "body"),
    "Infinity": (b'{"participants": Infinity}', "body"),
    "-Infinity": (b'{"participants": -Infinity}', "body"),
    "1e999": (b'{"participants": 1e999}', "body"),
    "a number over 2**53": (b'{"participants": 9007199254740993}', "body"),
    "5,000 digits": (b'{"participants": ' + b"9" * 5000 + b"}", "body"),
    "a member twice": (b'{"participants": 1, "participants": 1}', "participants"),
    "a member twice, deeper": (b'{"team": {"a": 1, "\\u0061": 2}}', "a"),
    "33 levels": (b'{"team": ' + b"[" * 32 + b"]" * 32 + b"}", "body"),
    "100,000 levels": (b"[" * 100_000, "body"),
    "a lone surrogate": (b'{"team": "\\ud83d"}', "team"),
    "a lone surrogate in a name": (b'{"\\udc00": 1}', "body"),
    "NUL": (b'{"team": "a\\u0000b"}', "team"),
    "a raw control character": (b'{"team": "a\x01b"}', "body"),
    "a list": (b"[]", "body"),
    "a text": (b'"text"', "body"),
    "null": (b"null", "body"),
    "a number": (b"7", "body"),
}


@pytest.mark.parametrize(("sent", "field"), NOT_JSON.values(), ids=NOT_JSON.keys())
@pytest.mark.parametrize("path", ["/walks/{}", "/concerns/{}", "/walks/{}/track/0"])
def test_what_is_not_strict_json_is_400(phone: Phone, sent: bytes, field: str, path: str) -> None:
    assert refusal(phone, path.format(new_id()), sent, 400) == {field}


def test_32_levels_are_read(phone: Phone) -> None:
    deep = b'{"team": ' + b"[" * 31 + b"]" * 31 + b"}"
    assert refusal(phone, f"/walks/{new_id()}", deep, 400) == {"started_at", "team"}


WALKS: list[tuple[dict[str, Any], int, set[str]]] = [
    ({}, 400, {"started_at"}),
    ({"started_at": START, "names": ["x"]}, 400, {"names"}),
    ({"started_at": START, "float": 1}, 400, {"float"}),
    ({"started_at": None}, 400, {"started_at"}),
    ({"started_at": NOW_MS}, 400, {"started_at"}),
    ({"started_at": "yesterday"}, 400, {"started_at"}),
    ({"started_at": "2026-02-10"}, 400, {"started_at"}),
    ({"started_at": "2026-02-10T19:00:00"}, 400, {"started_at"}),
    ({"started_at": "2026-02-30T19:00:00Z"}, 400, {"started_at"}),
    ({"started_at": "2026-W07-2T19:00:00Z"}, 400, {"started_at"}),
    ({"started_at": "٢٠٢٦-02-10T19:00:00Z"}, 400, {"started_at"}),
    ({"started_at": START + "\n"}, 400, {"started_at"}),
    ({"started_at": START, "participants": "2"}, 400, {"participants"}),
    ({"started_at": START, "participants": True}, 400, {"participants"}),
    ({"started_at": START, "participants": 2.5}, 400, {"participants"}),
    ({"started_at": START, "participants": ["Ann"]}, 400, {"participants"}),
    ({"started_at": START, "participants": -1}, 422, {"participants"}),
    ({"started_at": START, "participants": 1001}, 422, {"participants"}),
    ({"started_at": "2014-12-31T23:59:59Z"}, 422, {"started_at"}),
    ({"started_at": "0001-01-01T00:00:00+14:00"}, 422, {"started_at"}),
    ({"started_at": "9999-12-31T23:59:59-14:00"}, 422, {"started_at"}),
    ({"started_at": START, "ended_at": "2026-02-10T18:59:59Z"}, 422, {"ended_at"}),
    ({"started_at": START, "ended_at": "2026-02-10T19:30:00+01:00"}, 422, {"ended_at"}),
    ({"started_at": START, "team": "Peckham"}, 422, {"team"}),
    ({"started_at": START, "team": "No such team"}, 422, {"team"}),
]


@pytest.mark.parametrize(("sent", "status", "named"), WALKS)
def test_a_walk_that_is_refused(phone: Phone, sent: dict[str, Any], status: int, named: set[str]) -> None:
    assert refusal(phone, f"/walks/{new_id()}", sent, status) == named


def test_times_ahead(phone: Phone) -> None:
    ahead = (datetime.now(UTC) + timedelta(hours=49)).isoformat()
    assert refusal(phone, f"/walks/{new_id()}", {"started_at": ahead}, 422) == {"started_at"}
    assert refusal(phone, f"/concerns/{new_id()}", concern(recorded_at=ahead), 422) == {
        "properties.recorded_at"
    }


PROPERTIES: list[tuple[dict[str, Any], int, str]] = [
    ({"walk": None}, 400, "properties.walk"),
    ({"walk": "7"}, 400, "properties.walk"),
    ({"walk": "{0190d2c4-5b1a-7c3e-9f00-1a2b3c4d5e6f}"}, 400, "properties.walk"),
    ({"walk": "0190d2c45b1a7c3e9f001a2b3c4d5e6f"}, 400, "properties.walk"),
    ({"kind": 1}, 400, "properties.kind"),
    ({"kind": "crime"}, 422, "properties.kind"),
    ({"kind": "x" * 100_000}, 422, "properties.kind"),
    ({"severity": 5}, 400, "properties.severity"),
    ({"ward": "E05000001"}, 400, "properties.ward"),
    ({"feeling": "terrified"}, 422, "properties.feeling"),
    ({"feeling": ""}, 422, "properties.feeling"),
    ({"feeling": ["frightening"]}, 400, "properties.feeling"),
    ({"basis": "rumour"}, 422, "properties.basis"),
    ({"setting": "moon"}, 422, "properties.setting"),
    ({"position_method": "guess"}, 422, "properties.position_method"),
    ({"applies": "dark"}, 400, "properties.applies"),
    ({"applies": ["dusk"]}, 422, "properties.applies[0]"),
    ({"applies": ["dark", "dark"]}, 422, "properties.applies[1]"),
    ({"factors": "lighting"}, 400, "properties.factors"),
    ({"factors": [1]}, 400, "properties.factors[0]"),
    ({"factors": ["lighting", "ghosts"]}, 422, "properties.factors[1]"),
    ({"factors": ["lighting", "lighting"]}, 422, "properties.factors[1]"),
    ({"factors": [f"f{n}" for n in range(100_000)]}, 422, "properties.factors"),
    ({"note": 5}, 400, "properties.note"),
    ({"note": "x" * 4001}, 422, "properties.note"),
    ({"accuracy_m": "5"}, 400, "properties.accuracy_m"),
    ({"accuracy_m": False}, 400, "properties.accuracy_m"),
    ({"accuracy_m": -1}, 422, "properties.accuracy_m"),
    ({"recorded_at": "2014-12-31T23:59:59Z"}, 422, "properties.recorded_at"),
    ({"recorded_at": "2026-02-10T19:00:00"}, 400, "properties.recorded_at"),
]


@pytest.mark.parametrize(("said", "status", "field"), PROPERTIES)
def test_a_property_that_is_refused(phone: Phone, said: dict[str, Any], status: int, field: str) -> None:
    sent = concern()
    sent["properties"] |= said
    assert refusal(phone, f"/concerns/{new_id()}", sent, status) == {field}


def line(count: int, step: float) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [[LON, LAT + step * n] for n in range(count)]}


GEOMETRIES: list[tuple[object, int, str]] = [
    (None, 400, "geometry"),
    ([], 400, "geometry"),
    ({}, 400, "geometry.type"),
    ({"type": "point", "coordinates": [LON, LAT]}, 400, "geometry.type"),
    ({"type": "Polygon", "coordinates": []}, 422, "geometry.type"),
    ({"type": "Point"}, 400, "geometry.coordinates"),
    ({"type": "Point", "coordinates": []}, 400, "geometry.coordinates"),
    ({"type": "Point", "coordinates": [LON]}, 400, "geometry.coordinates"),
    ({"type": "Point", "coordinates": [LON, LAT, 0, 0]}, 400, "geometry.coordinates"),
    ({"type": "Point", "coordinates": [str(LON), LAT]}, 400, "geometry.coordinates[0]"),
    ({"type": "Point", "coordinates": [True, LAT]}, 400, "geometry.coordinates[0]"),
    ({"type": "Point", "coordinates": [LON, None]}, 400, "geometry.coordinates[1]"),
    ({"type": "Point", "coordinates": [LON, LAT], "crs": {}}, 400, "geometry.crs"),
    ({"type": "Point", "coordinates": [LAT, LON]}, 422, "geometry.coordinates"),
    ({"type": "Point", "coordinates": [2.35, 48.85]}, 422, "geometry.coordinates"),
    ({"type": "Point", "coordinates": [530_500, 175_500]}, 422, "geometry.coordinates"),
    ({"type": "Point", "coordinates": [1e300, -1e300]}, 422, "geometry.coordinates"),
    ({"type": "LineString", "coordinates": [[LON, LAT]]}, 400, "geometry.coordinates"),
    ({"type": "LineString", "coordinates": [[LON, LAT], [LON, LAT]]}, 422, "geometry.coordinates"),
    ({"type": "LineString", "coordinates": [[LON, LAT], [2.35, 48.85]]}, 422, "geometry.coordinates[1]"),
    (line(2001, 0.00001), 422, "geometry.coordinates"),
    (line(2, 0.046), 422, "geometry.coordinates"),  # 5.1 km
]


@pytest.mark.parametrize(("geometry", "status", "field"), GEOMETRIES)
def test_a_geometry_that_is_refused(phone: Phone, geometry: object, status: int, field: str) -> None:
    assert refusal(phone, f"/concerns/{new_id()}", concern() | {"geometry": geometry}, status) == {field}


def test_a_concern_is_a_feature_of_its_own_identifier(phone: Phone) -> None:
    one = new_id()
    assert refusal(phone, f"/concerns/{one}", concern() | {"type": "FeatureCollection"}, 400) == {"type"}
    assert refusal(phone, f"/concerns/{one}", concern() | {"id": new_id()}, 422) == {"id"}
    assert refusal(phone, f"/concerns/{one}", concern() | {"author": "x"}, 400) == {"author"}
    missing = refusal(phone, f"/concerns/{one}", {"type": "Feature", "geometry": {}, "properties": {}}, 400)
    assert missing == {"properties.walk", "properties.kind", "properties.recorded_at"}


FIX = [LON, LAT, NOW_MS, 5]
CHUNKS: list[tuple[object, int, str]] = [
    ({}, 400, "fixes"),
    ({"fixes": {}}, 400, "fixes"),
    ({"fixes": [FIX], "gap_before": 1}, 400, "gap_before"),
    ({"fixes": [FIX], "gap_before": "false"}, 400, "gap_before"),
    ({"fixes": [FIX], "gap_before": True, "gap_reason": 1}, 400, "gap_reason"),
    ({"fixes": [FIX], "gap_before": True, "gap_reason": ["paused"]}, 400, "gap_reason"),
    ({"fixes": [FIX], "gap_before": True, "gap_why": "paused"}, 400, "gap_why"),
    ({"fixes": [FIX], "gap_before": True, "gap_reason": "tired"}, 422, "gap_reason"),
    ({"fixes": [FIX], "gap_before": True, "gap_reason": ""}, 422, "gap_reason"),
    ({"fixes": [FIX], "gap_before": False, "gap_reason": "paused"}, 422, "gap_reason"),
    ({"fixes": [FIX], "gap_reason": "paused"}, 422, "gap_reason"),
    ({"fixes": [FIX[:3]]}, 400, "fixes[0]"),
    ({"fixes": [[*FIX, 1]]}, 400, "fixes[0]"),
    ({"fixes": [FIX, [None, LAT, NOW_MS, 5]]}, 400, "fixes[1]"),
    ({"fixes": [[LON, LAT, str(NOW_MS), 5]]}, 400, "fixes[0][2]"),
    ({"fixes": [[LON, LAT, True, 5]]}, 400, "fixes[0][2]"),
    ({"fixes": [[181, LAT, NOW_MS, 5]]}, 422, "fixes[0]"),
    ({"fixes": [[LON, 91, NOW_MS, 5]]}, 422, "fixes[0]"),
    ({"fixes": [[LON, LAT, NOW_MS // 1000, 5]]}, 422, "fixes[0]"),
    ({"fixes": [[LON, LAT, NOW_MS * 1000, 5]]}, 422, "fixes[0]"),
    ({"fixes": [[LON, LAT, NOW_MS, -5]]}, 422, "fixes[0]"),
    ({"fixes": [[LAT, LON, NOW_MS, 5]]}, 422, "fixes"),
    ({"fixes": [[LON, LAT, NOW_MS + n, 5] for n in range(2001)]}, 422, "fixes"),
]


@pytest.mark.parametrize(("sent", "status", "field"), CHUNKS)
def test_a_chunk_that_is_refused(phone: Phone, sent: object, status: int, field: str) -> None:
    assert refusal(phone, f"/walks/{new_id()}/track/0", sent, status) == {field}


def test_a_chunk_number_is_whole_and_can_be_kept(phone: Phone) -> None:
    for wrong in ("-1", "1.5", "one", "0x1"):
        problem(phone.put(f"/walks/{new_id()}/track/{wrong}", {"fixes": [FIX]}), 404)
    assert refusal(phone, f"/walks/{new_id()}/track/{2**31}", {"fixes": [FIX]}, 422) == {"chunk"}
    assert refusal(phone, f"/walks/{new_id()}/track/{10**30}", {"fixes": [FIX]}, 422) == {"chunk"}


def test_many_mistakes_are_told_in_a_short_answer(phone: Phone) -> None:
    answer = phone.put(f"/walks/{new_id()}/track/0", {"fixes": [["a"]] * 100_000})
    assert len(problem(answer, 400)["errors"]) == 20
    assert len(answer.data) < 5_000
    name = "x" * 1_000_000
    assert len(phone.put(f"/walks/{new_id()}", {name: 1}).data) < 5_000


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "", "json"]
)
def test_only_json_is_taken(phone: Phone, kind: str) -> None:
    problem(phone.put(f"/walks/{new_id()}", {"started_at": START}, Content_Type=kind), 415)


def test_other_charsets_and_encodings_are_not_taken(phone: Phone) -> None:
    sent = {"started_at": START}
    path = f"/walks/{new_id()}"
    problem(phone.put(path, sent, Content_Type="application/json; charset=utf-16"), 415)
    problem(phone.put(path, sent, Content_Encoding="br"), 415)
    problem(phone.put(path, sent, Content_Encoding="gzip, gzip"), 415)
    problem(phone.put(path, sent, Content_Encoding="gzip"), 400)
    problem(phone.put(path, gzip.compress(json.dumps(sent).encode())[:-6], Content_Encoding="gzip"), 400)


def test_over_two_megabytes_is_413_however_it_is_sent(phone: Phone) -> None:
    too_much = concern(note="x" * (2 * 1024 * 1024))
    path = f"/concerns/{new_id()}"
    problem(phone.put(path, too_much), 413)
    plain = json.dumps(too_much).encode()
    problem(phone.put(path, gzip.compress(plain), Content_Encoding="gzip"), 413)
    bomb = gzip.compress(b" " * 500_000_000, 1)
    problem(phone.put(path, bomb[: 2 * 1024 * 1024], Content_Encoding="gzip"), 413)
    problem(chunked(phone, path, plain), 413)


def chunked(phone: Phone, path: str, data: bytes, **headers: str) -> TestResponse:
    """Send a body whose length is not said beforehand, as a server passes it on."""
    sent = phone.personas["brixton_officer"].bearer | {"Transfer-Encoding": "chunked"} | headers
    return phone.client.put(
        f"/capture/api{path}",
        headers={"Content-Type": "application/json"} | sent,
        input_stream=io.BytesIO(data),
        environ_overrides={"wsgi.input_terminated": True},
    )


def test_a_body_of_unknown_length_is_not_taken_for_none(phone: Phone) -> None:
    assert fields(chunked(phone, f"/walks/{new_id()}", b"{}"), 400) == {"started_at"}
    # Sharing may come without a body; with one it has to be JSON.
    answer = chunked(phone, f"/concerns/{new_id()}/share", b"wording", **{"Content-Type": ""})
    problem(answer, 415)
