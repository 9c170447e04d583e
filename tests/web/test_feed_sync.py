"""`geoapp feed sync`: a GeoPackage that is in step after every run, whatever happened in between."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.serving import make_server

from geoapp import db
from geoapp.cli import feed_copy, main
from tests.web.feed_world import (
    CONCERNS,
    LAMBETH,
    MIDDLES,
    SOUTHWARK,
    World,
    build,
    getter,
    raise_concern,
    sender,
)

pytestmark = pytest.mark.usefixtures("squares", "world")


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/feed/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def officer(app: Flask, personas: dict):
    return sender(app.test_client(), personas["brixton_officer"].bearer)


class Sync:
    """The command, with a key in the environment."""

    def __init__(self, address: str, key: str, file: Path) -> None:
        self.address, self.key, self.file = address, key, file

    def run(self, *more: str) -> Result:
        runner = CliRunner(env={"LAMPLIGHT_FEED_KEY": self.key})
        return runner.invoke(main, ["feed", "sync", self.address, str(self.file), "--json", *more])

    def __call__(self, *more: str) -> dict[str, dict]:
        done = self.run(*more)
        assert done.exit_code == 0, done.output
        assert self.key not in done.output
        return {each["collection"]: each for each in json.loads(done.stdout)["collections"]}

    def copy(self) -> dict[str, dict[str, Any]]:
        _, _, _, columns = pyogrio.raw.read(self.file, layer="concerns", columns=["id", "wording", "factors"])
        return {
            one: {"wording": said, "factors": json.loads(f)} for one, f, said in zip(*columns, strict=True)
        }


@pytest.fixture
def sync(address: str, world: World, tmp_path: Path) -> Sync:
    return Sync(address, world.keys[LAMBETH], tmp_path / "concerns.gpkg")


@pytest.fixture
def expected(client: FlaskClient, world: World):
    def now() -> dict[str, dict[str, Any]]:
        found = getter(client, world.key(LAMBETH))(f"{CONCERNS}?limit=10000").get_json()["features"]
        kept = ("wording", "factors")
        return {each["id"]: {name: each["properties"][name] for name in kept} for each in found}

    return now


def test_the_first_run_copies_and_the_second_changes_nothing(sync: Sync, expected: Any) -> None:
    first = sync("--page", "2")
    assert (first["concerns"]["upserted"], first["concerns"]["features"]) == (6, 6)
    assert first["concern_routes"]["features"] == 1
    assert sync.copy() == expected()
    second = sync()
    assert {each["upserted"] + each["removed"] for each in second.values()} == {0}
    assert sync.copy() == expected()


def test_gdal_reads_places_and_types(sync: Sync) -> None:
    sync()
    layers = {name: kind for name, kind in pyogrio.list_layers(sync.file) if kind is not None}
    assert layers == {"concerns": "Point", "concern_routes": "LineString"}
    info = pyogrio.read_info(sync.file, layer="concerns", force_total_bounds=True)
    assert (info["crs"], info["features"], info["geometry_type"]) == ("EPSG:4326", 6, "Point")
    west, south, east, north = info["total_bounds"]
    assert (west, south) == pytest.approx((MIDDLES["A"][0], MIDDLES["B"][1]), abs=1e-7)
    assert (east, north) == pytest.approx((MIDDLES["B"][0] + 2e-4, MIDDLES["A"][1]), abs=1e-7)
    assert dict(zip(info["fields"], info["ogr_types"], strict=True))["date"] == "OFTDate"


def test_each_run_brings_what_happened(sync: Sync, expected: Any, officer: Any, world: World) -> None:
    sync()
    one = raise_concern(officer, world.walk, *MIDDLES["A"], wording="New here")
    assert sync()["concerns"]["upserted"] == 1
    assert sync.copy()[one] == {"wording": "New here", "factors": ["followed", "lighting"]}
    officer("DELETE", f"/concerns/{one}", None)
    done = sync()["concerns"]
    assert (done["upserted"], done["removed"]) == (0, 1)
    assert sync.copy() == expected()


def test_a_run_that_breaks_off_goes_on_where_it_was(
    sync: Sync, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, pages = feed_copy.Copy._store, []

    def breaks(self: feed_copy.Copy, collection: str, page: feed_copy.Page) -> None:
        store(self, collection, page)
        pages.append(len(page.upserts))
        if len(pages) == 3:
            raise KeyboardInterrupt  # rows of the third page are written, and not committed

    monkeypatch.setattr(feed_copy.Copy, "_store", breaks)
    assert sync.run("--page", "2").exit_code != 0
    assert len(sync.copy()) == 4
    monkeypatch.undo()
    assert sync("--page", "2")["concerns"]["upserted"] == 2
    assert sync.copy() == expected()


def test_an_ended_cursor_reads_the_full_set_anew(
    sync: Sync, expected: Any, officer: Any, world: World
) -> None:
    gone = raise_concern(officer, world.walk, *MIDDLES["A"], wording="Going")
    sync()
    officer("DELETE", f"/concerns/{gone}", None)
    with db.writing() as session:
        session.execute(text("SELECT prune_feed_log(0)"))
    done = sync()["concerns"]
    assert (done["refilled"], done["removed"], done["features"]) == (True, 1, 6)
    assert sync.copy() == expected()
    assert not sync()["concerns"]["refilled"]


def test_another_key_of_other_boroughs_replaces_what_was_there(sync: Sync, world: World) -> None:
    sync()
    before = set(sync.copy())
    sync.key = world.keys[SOUTHWARK]
    assert sync()["concerns"]["refilled"]
    assert len(sync.copy()) == 6
    assert not before & set(sync.copy())


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ftp://x/feed", "begins with https://"),
        ("nonsense", "begins with https://"),
        ("http://feed.example/feed/", "Use https://"),
        ("https://u:p@feed.example/feed/", "Keep the key out of the address"),
        ("https://feed.example/feed/?key=llk_x", "Keep the key out of the address"),
    ],
)
def test_addresses_that_would_give_the_key_away_are_refused(sync: Sync, address: str, says: str) -> None:
    sync.address = address
    done = sync.run()
    assert done.exit_code == 1
    assert says in done.output
    assert not sync.file.exists()


def test_a_wrong_key_and_no_key_are_said_in_words(sync: Sync) -> None:
    sync.key = "llk_" + "x" * 43
    done = sync.run()
    assert done.exit_code == 1
    assert "This key is not valid" in done.output
    sync.key = ""
    assert "There is no key" in sync.run().output


def test_a_file_of_something_else_is_left_alone(sync: Sync) -> None:
    sync.file.write_bytes(b"not a database" * 100)
    assert "is not a GeoPackage" in sync.run().output
    assert sync.file.read_bytes() == b"not a database" * 100
    sync.file.unlink()
    with sqlite3.connect(sync.file) as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    assert "was not made by feed sync" in sync.run().output


def test_a_file_of_another_feed_is_left_alone(sync: Sync) -> None:
    sync()
    with sqlite3.connect(sync.file) as changed:
        changed.execute("UPDATE lamplight_sync SET address = 'https://elsewhere.example/feed'")
    changed.close()
    done = sync.run()
    assert done.exit_code == 1
    assert "is kept in step with https://elsewhere.example/feed" in done.output


@pytest.mark.parametrize(
    "body", ["[]", "{}", '{"features": [{}], "cursor": "x", "more": false}', '{"features": 1}']
)
def test_what_is_no_page_is_refused(body: str) -> None:
    with pytest.raises(feed_copy.CopyError, match="not with changes"):
        feed_copy.page_of(json.loads(body))
