"""A phone that talks to the capture API for a persona, and bodies as it sends them."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from geoapp import db

AT = "2026-02-10T19:30:00Z"
# Easting 530500, northing 175500: the middle of ward A of the squares, E05000001.
LON, LAT = -0.1219117, 51.4634437
# Tables that a write through the API fills.
FILLED = ("walk", "track_chunk", "track", "concern", "concern_factor", "photo", "status_event", "audit")


def new_id() -> str:
    """An identifier that nobody has."""
    return str(uuid.uuid4())


def concern(walk: str | None = None, *, lon: float = LON, lat: float = LAT, **said: object) -> dict[str, Any]:
    """A concern at a point of ward A."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"walk": walk or new_id(), "kind": "concern", "recorded_at": AT, **said},
    }


def rows(*tables: str) -> dict[str, int]:
    """How many rows there are, of all that the API fills."""
    with db.reading() as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608 (constants)
            for name in tables or FILLED
        }


@dataclass
class Phone:
    """Sends requests as `brixton_officer`, or as who is named."""

    client: FlaskClient
    personas: dict[str, Any]

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        who: str | None = "brixton_officer",
        **headers: str,
    ) -> TestResponse:
        """Send a request: bytes as they are, anything else as JSON; `If_Match` stands for If-Match."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who is not None:
            sent = self.personas[who].bearer | sent
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return self.client.open(f"/capture/api{path}", method=method, data=data, headers=sent)

    def put(
        self, path: str, body: object, *, who: str | None = "brixton_officer", **headers: str
    ) -> TestResponse:
        """PUT a body."""
        return self("PUT", path, body, who=who, **headers)

    def get(self, path: str, *, who: str | None = "brixton_officer") -> TestResponse:
        """GET an address."""
        return self("GET", path, who=who)


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """Check that the answer is a problem+json of this status, and return it."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    said: dict[str, Any] = answer.get_json()
    assert {"type", "title", "status", "detail"} <= set(said)
    assert said["status"] == status
    assert said["title"]
    assert said["detail"]
    for each in said.get("errors", []):
        assert set(each) == {"field", "message"}
        assert each["field"]
        assert each["message"]
    return said


def fields(answer: TestResponse, status: int) -> set[str]:
    """Return which fields a problem names."""
    return {each["field"] for each in problem(answer, status).get("errors", [])}
