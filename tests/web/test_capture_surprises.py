"""Bodies that nobody thought of: never our mistake, and nothing is kept unless the answer says so."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.capture_phone import Phone, concern, new_id, problem, rows

pytestmark = pytest.mark.usefixtures("squares")


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
# Bodies that are right but for one part, so that the search gets past the first check.
NEARLY = st.builds(
    lambda where, what: _with(concern(), where, what),
    st.sampled_from(
        ["type", "geometry", "properties", "id", "bbox", "geometry.type", "geometry.coordinates"]
        + [
            f"properties.{n}"
            for n in ("walk", "kind", "recorded_at", "factors", "feeling", "applies", "note")
        ]
    ),
    JSON,
)


def _with(body: dict[str, Any], where: str, what: object) -> dict[str, Any]:
    *path, last = where.split(".")
    inside = body
    for name in path:
        inside = inside[name]
    inside[last] = what
    return body


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=JSON | NEARLY,
    kind=st.sampled_from(["/walks/{}", "/concerns/{}", "/walks/{}/track/0", "/concerns/{}/share"]),
)
def test_whatever_comes_is_never_our_mistake(phone: Phone, body: object, kind: str) -> None:
    before = rows()
    identifier = new_id()
    answer = phone.put(kind.format(identifier), json.dumps(body).encode())
    if answer.status_code == 201:
        assert rows()["concern"] == before["concern"] + 1
        return
    problem(answer, answer.status_code)
    assert 400 <= answer.status_code < 500
    assert rows() == before


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    data=st.binary(max_size=200), kind=st.sampled_from(["/walks/{}", "/concerns/{}", "/concerns/{}/photo"])
)
def test_whatever_bytes_come_are_refused(phone: Phone, data: bytes, kind: str) -> None:
    answer = phone.put(kind.format(new_id()), data)
    assert problem(answer, answer.status_code)["status"] in {400, 415, 422}
