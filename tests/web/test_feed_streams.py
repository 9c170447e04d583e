"""Whole downloads over the real server, broken visibly, and read by the clients that councils have."""

import base64
import contextlib
import csv
import html
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pyogrio
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from geoapp.config import Settings
from tests.web.feed_live import PATIENCE_S, Live, connect, serving
from tests.web.feed_world import CONCERNS, World, build

MANY = 900
_WORDS = 3_990


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


@pytest.fixture(scope="module")
def live(world: World, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(world, settings, tmp_path_factory.mktemp("live")) as made:
        yield made


@pytest.fixture(scope="module")
def many(live: Live, world: World) -> int:
    """How many shared concerns of Southwark there are: more words than buffers on the way hold."""
    with psycopg.connect(_plain(live.database), options="-c search_path=lamplight,public") as connection:
        connection.execute(
            """INSERT INTO concern (id, team_id, walk_id, kind, geom, geom_bng, recorded_at, light, status,
                                    wording, body, body_hash)
               SELECT gen_random_uuid(), team_id, walk_id, kind, geom, geom_bng, recorded_at, light, 'shared',
                      repeat('🌙', %s) || n, body, body_hash
               FROM concern, generate_series(1, %s) n WHERE id = %s""",
            [_WORDS, MANY, world.shared["C"][0]],
        )
    return MANY + 6


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.mark.parametrize("form", ["geojson", "geojsonseq", "csv"])
def test_a_broken_download_is_never_ended_as_whole(live: Live, many: int, form: str) -> None:
    with contextlib.closing(connect(live.port, small=True)) as connection:
        connection.request("GET", f"{CONCERNS}?f={form}", headers={"X-API-Key": live.other_key})
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("Transfer-Encoding") == "chunked"
        begun = answer.read(50_000)
        assert len(begun) == 50_000
        with psycopg.connect(_plain(live.database), autocommit=True) as other:
            ended = other.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"
            ).fetchone()
        assert ended == (1,)
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            _read_on(answer)
        answer.close()
    with contextlib.closing(connect(live.port)) as again:  # and the service goes on
        again.request("GET", f"{CONCERNS}?f=json&limit=1", headers={"X-API-Key": live.other_key})
        assert json.loads(again.getresponse().read())["numberMatched"] == many


def _read_on(answer: http.client.HTTPResponse) -> None:
    while answer.read(1 << 20):
        pass


@pytest.mark.parametrize("form", ["geojson", "csv"])
def test_a_reader_that_leaves_gives_its_connection_back(live: Live, many: int, form: str) -> None:
    for _ in range(8):  # more than there are slots
        with contextlib.closing(connect(live.port, small=True)) as connection:
            connection.request("GET", f"{CONCERNS}?f={form}", headers={"X-API-Key": live.other_key})
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read(1000)
            answer.close()
        _until_nothing_is_read(live)
    assert many


def _until_nothing_is_read(live: Live) -> None:
    until = time.monotonic() + PATIENCE_S
    with psycopg.connect(_plain(live.database), autocommit=True) as other:
        while other.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND state <> 'idle' AND pid <> pg_backend_pid()"
        ).fetchone() != (0,):
            assert time.monotonic() < until
            time.sleep(0.05)


def test_http_1_0_has_no_chunks_and_so_gets_a_length(live: Live, many: int) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=PATIENCE_S) as plain:
        plain.sendall(f"GET {CONCERNS}?f=csv HTTP/1.0\r\nX-API-Key: {live.other_key}\r\n\r\n".encode())
        said = b"".join(iter(lambda: plain.recv(1 << 16), b""))
    head, _, body = said.partition(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    assert int(length.split(b":")[1]) == len(body)
    assert len(list(csv.DictReader(body.decode().splitlines()))) == many


def _run(live: Live, *command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        env={**os.environ, "LAMPLIGHT_KEY": live.key, "GDAL_HTTP_USERPWD": f":{live.key}", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL's commands are not installed")
@pytest.mark.parametrize(("layer", "count"), [("concerns", 6), ("concern_routes", 1), ("wards", 4)])
def test_ogrinfo_counts_and_reads_the_same(live: Live, layer: str, count: int, tmp_path: Path) -> None:
    told = _run(live, "ogrinfo", "-ro", "-so", f"OAPIF:{live.root}/feed/", layer)
    assert f"Feature Count: {count}" in told
    file = tmp_path / "read.geojson"
    options = ["-lco", "COORDINATE_PRECISION=7"]
    _run(live, "ogr2ogr", "-f", "GeoJSON", *options, str(file), f"OAPIF:{live.root}/feed/", layer)
    read = {
        each["properties"].get("id", each.get("id")): each
        for each in json.loads(file.read_text())["features"]
    }
    own = {each["id"]: each for each in live.features(f"{layer}/items?f=json&limit=1000")}
    assert set(read) == set(own)
    if layer == "concerns":
        assert all(read[name]["geometry"] == own[name]["geometry"] for name in own)


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL's commands are not installed")
@pytest.mark.parametrize(
    ("tab", "interpreter", "proof"),
    [
        ("gdal-line", "bash", "concerns.gpkg"),
        ("gdal-grid-line", "bash", "concerns_bng.gpkg"),
        ("whole-line", "bash", "lamplight-concerns-*.gpkg"),
        ("python-lines", sys.executable, ""),
        ("python-whole-lines", sys.executable, ""),
        ("curl-line", "bash", '"numberReturned":6'),
        ("try", "bash", "Feature Count: 4"),
    ],
)
def test_the_commands_of_the_landing_page_work(
    live: Live, tmp_path: Path, tab: str, interpreter: str, proof: str
) -> None:
    with contextlib.closing(connect(live.port)) as asking:
        asking.request("GET", "/feed/?f=html", headers={"X-API-Key": live.key})
        page = asking.getresponse().read().decode()
    command = html.unescape(page.split(f'id="{tab}"')[1].split(">", 1)[1].split("</pre>")[0])
    if interpreter != "bash":
        command += (
            "\nprint(len(concerns), concerns.crs.to_epsg() in (4326, None), sorted(concerns['status'])[0])"
        )
        proof = "6 True shared"
    done = subprocess.run(
        [interpreter, "-c", command],
        env={**os.environ, "LAMPLIGHT_KEY": live.key},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    if proof.endswith("gpkg"):
        [file] = tmp_path.glob(proof)
        assert pyogrio.read_info(file)["features"] == 6
        assert pyogrio.read_info(file)["crs"] == ("EPSG:27700" if "bng" in proof else "EPSG:4326")
    else:
        assert proof in done.stdout


def test_owslib_finds_reads_and_pages(live: Live) -> None:
    script = """
import json, sys
from owslib.ogcapi.features import Features
root, key = sys.argv[1:]
feed = Features(root + "/feed/", headers={"X-API-Key": key})
first = feed.collection_items("concerns", limit=4)
box = feed.collection_items("concerns", bbox=[-0.125, 51.46, -0.118, 51.466], limit=10)
one = feed.collection_item("concerns", first["features"][0]["id"])
print(json.dumps({"names": feed.feature_collections(), "conformance": feed.conformance()["conformsTo"],
    "first": first["numberReturned"], "all": first["numberMatched"], "box": box["numberMatched"],
    "one": one["id"] == first["features"][0]["id"], "paths": len(feed.api()["paths"]),
    "described": feed.collection("wards")["id"]}))
"""
    told = json.loads(_run(live, sys.executable, "-W", "ignore", "-c", script, live.root, live.key))
    assert {"concerns", "concern_routes", "wards"} <= set(told["names"])
    assert (told["first"], told["all"], told["box"], told["one"]) == (4, 6, 3, True)
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in told["conformance"]
    assert told["paths"] > 4
    assert told["described"] == "wards"


def test_what_qgis_asks_for_is_answered(live: Live) -> None:
    """The requests of its provider: landing page, definition, collections, items by box, next links."""
    headers = {"Authorization": _basic(live.key), "Accept": "application/geo+json, application/json"}
    with contextlib.closing(connect(live.port)) as asking:

        def get(path: str, **more: str) -> Any:
            asking.request("GET", path, headers=headers | more)
            answer = asking.getresponse()
            body = answer.read()
            assert answer.status == 200, (path, body)
            return json.loads(body)

        landing = get("/feed/", Accept="application/json")
        links = {link["rel"]: link["href"].removeprefix(live.root) for link in landing["links"]}
        openapi = get(links["service-desc"], Accept="application/vnd.oai.openapi+json;version=3.0")
        limit = next(
            each
            for each in openapi["paths"]["/collections/concerns/items"]["get"]["parameters"]
            if each["name"] == "limit"
        )
        assert limit["schema"]["maximum"] == 10_000
        names = [each["id"] for each in get(links["data"], Accept="application/json")["collections"]]
        assert names[:2] == ["concerns", "concern_routes"]
        seen, path = [], f"{CONCERNS}?limit=2&bbox=-0.2,51.4,0,51.5"
        while path:
            page = get(path)
            seen += [each["id"] for each in page["features"]]
            turn = {link["rel"]: link["href"] for link in page["links"]}
            path = turn.get("next", "").removeprefix(live.root)
        assert len(seen) == len(set(seen)) == 6


def _basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"qgis:{key}".encode()).decode()
