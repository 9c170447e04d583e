"""Concerns of two boroughs, some shared, with marker texts in all that must never leave to a council."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from geoapp import db
from geoapp.actions import keys

Get = Callable[..., TestResponse]
CONCERNS, ROUTES, WARDS = (
    f"/feed/collections/{name}/items" for name in ("concerns", "concern_routes", "wards")
)
LAMBETH, SOUTHWARK = "E09000022", "E09000028"
# Near the middles of the square wards A and B of Lambeth, C and D of Southwark; sides are a kilometre.
MIDDLES = {
    "A": (-0.1227900, 51.4634365),
    "B": (-0.1084031, 51.4632052),
    "C": (-0.1224214, 51.4724233),
    "D": (-0.1080315, 51.4721920),
}
NOTE, MISSED = "MARKER-NOTE-7f3a", "MARKER-UNSHARED-81cc"
RECORDED = "2026-02-10T19:47:13.123Z"
MARKERS = (NOTE, MISSED, "19:47", "47:13", "brixton_officer", "Brixton", "PATROL-CAR", "1770752833")


@dataclass
class World:
    """What is there: identifiers by ward, and keys by borough."""

    shared: dict[str, list[str]] = field(default_factory=dict)
    unshared: list[str] = field(default_factory=list)
    routes: list[str] = field(default_factory=list)
    walk: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    key_ids: dict[str, uuid.UUID] = field(default_factory=dict)

    def key(self, borough: str) -> dict[str, str]:
        """Headers of a council's program."""
        return {"Authorization": f"Bearer {self.keys[borough]}"}


def build(client: FlaskClient, bearer: dict[str, str]) -> World:
    """Record a walk with its track, three shared concerns a ward, one route, and one that was not shared."""
    world = World(walk=str(uuid.uuid4()))
    send = _Sender(client, bearer)
    send("PUT", f"/walks/{world.walk}", {"started_at": "2026-02-10T19:30:00Z", "participants": 2})
    lon, lat = MIDDLES["A"]
    fixes = [[lon + n * 1e-5, lat, 1770752833123 + n * 10_000, 5.0] for n in range(9)]
    send("PUT", f"/walks/{world.walk}/track/0", {"fixes": fixes, "gap_before": False})
    for ward, (lon, lat) in MIDDLES.items():
        world.shared[ward] = [
            raise_concern(send, world.walk, lon + n * 1e-4, lat, wording=f"Words for ward {ward}, {n}")
            for n in range(3)
        ]
    lon, lat = MIDDLES["A"]
    world.unshared.append(raise_concern(send, world.walk, lon, lat, wording=None, note=MISSED))
    line = {"type": "LineString", "coordinates": [[lon, lat], [lon + 0.001, lat], [lon + 0.001, lat + 0.001]]}
    world.routes.append(raise_concern(send, world.walk, lon, lat, wording="A dark stretch", geometry=line))
    with db.writing() as session:
        for borough in (LAMBETH, SOUTHWARK):
            new = keys.create(session, f"{borough} GIS nightly", [borough], by="tests")
            world.keys[borough], world.key_ids[borough] = new.secret, new.id
    return world


class _Sender:
    def __init__(self, client: FlaskClient, bearer: dict[str, str]) -> None:
        self._client, self._bearer = client, bearer

    def __call__(self, method: str, path: str, body: object) -> None:
        answer = self._client.open(
            f"/capture/api{path}",
            method=method,
            data=json.dumps(body),
            content_type="application/json",
            headers=self._bearer,
        )
        assert answer.status_code < 300, answer.get_data(as_text=True)


def raise_concern(
    send: _Sender,
    walk: str,
    lon: float,
    lat: float,
    *,
    wording: str | None,
    note: str = NOTE,
    geometry: dict | None = None,
) -> str:
    """Raise a concern with a note, share it when there is wording for it, and return its identifier."""
    identifier = str(uuid.uuid4())
    properties = {
        "walk": walk,
        "kind": "concern",
        "recorded_at": RECORDED,
        "factors": ["lighting", "followed"],
        "feeling": "frightening",
        "applies": ["dark"],
        "basis": "felt_here",
        "setting": "park",
        "note": f"{note} PATROL-CAR",
        "accuracy_m": 4.25,
    }
    place = geometry or {"type": "Point", "coordinates": [lon, lat]}
    body = {"type": "Feature", "geometry": place, "properties": properties}
    send("PUT", f"/concerns/{identifier}", body)
    if wording is not None:
        send("PUT", f"/concerns/{identifier}/share", {"wording": wording})
    return identifier


sender = _Sender


def getter(client: FlaskClient, key: dict[str, str]) -> Get:
    """Return a program that reads with a key; headers are given as X_Name="value"."""

    def get(path: str, **headers: str) -> TestResponse:
        return client.get(
            path, headers=key | {name.replace("_", "-"): said for name, said in headers.items()}
        )

    return get


def ids(answer: TestResponse) -> list[str]:
    """Return the identifiers of an answer's features in order."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [feature["id"] for feature in answer.get_json()["features"]]


def relation(answer: TestResponse, name: str) -> str | None:
    """Return where an answer's link of this relation leads."""
    return next((link["href"] for link in answer.get_json()["links"] if link["rel"] == name), None)
