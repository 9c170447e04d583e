"""The capture API as an officer's phone, a colleague, a stranger and an attacker meet it."""

import hashlib
import json
import uuid
from collections.abc import Callable

import pytest
import rfc8785
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

pytestmark = pytest.mark.usefixtures("squares")
AT = "2026-02-10T19:30:00Z"
# Easting 530500, northing 175500: the middle of ward A.
LON, LAT = -0.1219117, 51.4634437


def concern(walk: str, *, lon: float = LON, lat: float = LAT, **said: object) -> dict[str, object]:
    """A concern as a phone sends it."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"walk": walk, "kind": "concern", "recorded_at": AT, **said},
    }


@pytest.fixture
def phone(client: FlaskClient, personas: dict) -> Callable[..., TestResponse]:
    def send(
        method: str, path: str, body: object = None, *, who: str = "brixton_officer", **headers: str
    ) -> TestResponse:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = personas[who].bearer | {name.replace("_", "-"): value for name, value in headers.items()}
        kind = {"content_type": "application/json"} if data is not None else {}
        return client.open(f"/capture/api{path}", method=method, data=data, headers=sent, **kind)

    return send


def test_a_concern_before_its_walk_is_kept_and_can_be_repeated(phone: Callable[..., TestResponse]) -> None:
    walk, one = str(uuid.uuid4()), uuid.uuid4()
    sent = concern(walk, factors=["lighting"], note="The lamp by the gate is out")
    first = phone("PUT", f"/concerns/{one}", sent)
    assert first.status_code == 201, first.get_json()
    again = phone("PUT", f"/concerns/{one}", sent)
    assert again.status_code == 200
    assert again.headers["ETag"] == first.headers["ETag"]
    answer = first.get_json()["properties"]
    assert (answer["ward"], answer["borough"]) == ("E05000001", "E09000022")
    assert (answer["light"], answer["status"]) == ("dark", "raised")
    receipt = phone("GET", f"/walks/{walk}/receipt").get_json()
    assert receipt["concerns"] == [{"id": str(one), "hash": hashlib.sha256(rfc8785.dumps(sent)).hexdigest()}]
    later = phone("PUT", f"/walks/{walk}", {"started_at": "2026-02-10T19:00:00Z", "participants": 2})
    assert later.status_code == 201
