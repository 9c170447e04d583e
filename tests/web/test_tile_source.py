"""The configured tile source: what leaves to it, what may come back, and for how long that is kept."""

import os
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from geoapp import create_app
from geoapp.config import SettingsError, Tiles, read_settings
from geoapp.ground import tiles

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


class Source(ThreadingHTTPServer):
    """A tile source on loopback that keeps what it was asked, and answers as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answer: tuple[int, dict[str, str], bytes] = (200, {"Content-Type": "image/png"}, PNG)
        self.drip_s = 0.0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/quiet/{{z}}/{{x}}/{{y}}.png?key=k1"


class _Handler(BaseHTTPRequestHandler):
    server: Source

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for at in range(0, len(body), 4) if self.server.drip_s else [0]:
            try:
                self.wfile.write(body[at : at + 4] if self.server.drip_s else body)
            except OSError:
                return
            time.sleep(self.server.drip_s)

    def log_message(self, *_arguments: object) -> None:
        """Keep requests out of the tests' output."""


@pytest.fixture
def source():
    made = Source()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def get(opened, personas, source, tmp_path):
    settings = replace(
        opened,
        var=tmp_path,
        tile_source=source.address,
        tiles=Tiles(seconds=1.0, bytes=2000, cache_hours=1.0),
    )
    client = create_app(settings).test_client()

    def asked(path: str, who: str | None = "lambeth_planner", **headers: str):
        bearer = personas[who].bearer if who else {}
        return client.get(f"/ground/tiles/{path}", headers=bearer | headers)

    return asked


def test_a_tile_is_fetched_by_this_server_with_nothing_of_the_readers(get, source):
    answer = get(
        "14/8186/5451", **{"X-Forwarded-For": "203.0.113.9", "Cookie": "a=b", "Referer": "http://x/"}
    )
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PNG, "image/png")
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    [(path, headers)] = source.asked
    assert path == "/quiet/14/8186/5451.png?key=k1"
    assert set(headers) == {"Accept-Encoding", "Host", "User-Agent", "Accept", "Connection"}
    assert headers["User-Agent"] == "Lamplight"


def test_a_tile_is_kept_for_its_time_and_given_past_it_while_the_source_is_away(get, source, tmp_path):
    for _ in range(3):
        assert get("3/4/2").status_code == 200
    assert len(source.asked) == 1
    [kept] = [file for file in (tmp_path / "tiles").rglob("*") if file.is_file()]
    assert "key" not in str(kept)
    os.utime(kept, (time.time() - 7200,) * 2)
    source.answer = (500, {"Content-Type": "text/plain"}, b"no")
    old = get("3/4/2")
    assert (old.status_code, old.data) == (200, PNG)
    assert old.headers["Cache-Control"] == "private, max-age=0"
    assert len(source.asked) == 2
    fresh = PNG + b" of today"
    source.answer = (200, {"Content-Type": "image/png"}, fresh)
    assert get("3/4/2").data == fresh


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((200, {"Content-Type": "text/html"}, b"<script>alert(1)</script>"), 503),
        ((200, {"Content-Type": "image/png"}, b"<script>alert(1)</script>"), 503),
        ((200, {"Content-Type": "image/svg+xml"}, b"<svg onload='alert(1)'/>"), 503),
        ((200, {"Content-Type": "image/png"}, PNG + b"x" * 4000), 503),
        ((302, {"Location": "http://127.0.0.1:1/secret"}, b""), 503),
        ((500, {}, b""), 503),
        ((404, {}, b""), 404),
        ((204, {"Content-Type": "image/png"}, b""), 503),
    ],
)
def test_what_is_no_tile_is_neither_given_nor_kept(get, source, tmp_path, answer, status):
    source.answer = answer
    made = get("5/15/10")
    assert made.status_code == status
    assert b"alert" not in made.data
    assert b"k1" not in made.data, "the address may hold a key"
    assert ("Retry-After" in made.headers) == (status == 503)
    assert [file for file in (tmp_path / "tiles").rglob("*") if file.is_file()] == []
    assert len(source.asked) == 1


def test_a_redirect_back_to_the_source_is_not_followed_either(get, source):
    source.answer = (301, {"Location": "/quiet/0/0/0.png"}, b"")
    assert get("1/0/0").status_code == 503
    assert len(source.asked) == 1


def test_a_slow_source_is_given_up(get, source):
    source.answer, source.drip_s = (200, {"Content-Type": "image/png"}, PNG * 20), 0.3
    begun = time.monotonic()
    assert get("2/1/1").status_code == 503
    assert time.monotonic() - begun < 10


def test_only_who_may_read_figures_and_only_tiles_there_are(get, source):
    assert get("3/4/2", who=None).status_code == 401
    assert get("3/4/2", who="administrator").status_code == 403
    for path in ("20/0/0", "1/2/0", "1/0/2", "-1/0/0", "a/0/0", "1/0/0/../../x", "99999999999999999999/0/0"):
        assert get(path).status_code == 404, path
    assert source.asked == []


def test_without_a_source_there_are_no_tiles_and_no_choice(client, personas):
    bearer = personas["lambeth_planner"].bearer
    assert client.get("/ground/tiles/1/0/0", headers=bearer).status_code == 404
    assert 'name="ground"' not in client.get("/planning/", headers=bearer).text


def test_with_a_source_the_map_offers_it_and_names_it(opened, personas, source):
    settings = replace(opened, tile_source=source.address, tile_attribution="<b>Tiles</b> & co")
    client = create_app(settings).test_client()
    page = client.get("/planning/?ground=tiles", headers=personas["lambeth_planner"].bearer).text
    assert 'data-tiles-source="&lt;b&gt;Tiles&lt;/b&gt; &amp; co"' in page
    assert "k1" not in page
    assert "ground=tiles" in page.split('id="view"')[1][:600]


def test_the_oldest_go_first_where_there_is_no_room(opened, tmp_path):
    settings = replace(opened, var=tmp_path, tiles=Tiles(cache_mb=1))
    folder = tmp_path / "tiles" / "s" / "1" / "1"
    folder.mkdir(parents=True)
    for n in range(4):
        (folder / str(n)).write_bytes(PNG + bytes(400_000))
        os.utime(folder / str(n), (1000 + n,) * 2)
    assert tiles.trim(settings) == 2
    assert sorted(file.name for file in folder.iterdir()) == ["2", "3"]


@pytest.mark.parametrize(
    "source",
    [
        "ftp://tiles.example/{z}/{x}/{y}",
        "file:///etc/{z}{x}{y}",
        "https://{z}.example/{x}/{y}",
        "tiles/{z}/{x}/{y}",
        "https://user:secret@tiles.example/{z}/{x}/{y}",
        "https://tiles.example/{z}/{x}.png",
        "https://[tiles/{z}/{x}/{y}",
        "https://tiles.example/ {z}/{x}/{y}",
    ],
)
def test_a_source_that_cannot_be_one_is_refused_at_the_start(source):
    with pytest.raises(SettingsError) as refused:
        read_settings({"TILE_SOURCE": source, "SECRET_KEY": "k" * 40})
    assert "TILE_SOURCE" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_source_does_not_stand_in_what_is_printed_of_the_settings():
    said = read_settings({"TILE_SOURCE": "https://t.example/{z}/{x}/{y}?key=k1", "SECRET_KEY": "k" * 40})
    assert said.tile_source == "https://t.example/{z}/{x}/{y}?key=k1"
    assert "k1" not in repr(said)
