"""Tidying up and sharing by forms, as they work without scripts."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from geoapp import db
from tests.web.capture_phone import AT, LAT, LON, Phone, concern, new_id, rows

pytestmark = pytest.mark.usefixtures("squares")
HOSTILE = "<script>alert(1)</script> {{ 7*7 }}"


@pytest.fixture
def phone(client: FlaskClient, personas: dict[str, Any]) -> Phone:
    return Phone(client, personas)


def words(answer: TestResponse) -> str:
    """What a page says, without its elements."""
    return re.sub(r"(<[^>]*>|\s)+", " ", answer.get_data(as_text=True).split("<main", 1)[-1])[:1500]


@dataclass
class Desk:
    """A browser without scripts: opens pages and sends their forms."""

    browser: FlaskClient

    def open(self, path: str, status: int = 200) -> str:
        answer = self.browser.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == status, words(answer)
        return answer.get_data(as_text=True)

    def send(self, page: str, path: str, status: int = 303, **fields: Any) -> TestResponse:
        token = page.split('name="csrf_token" value="')[1].split('"', maxsplit=1)[0]
        sent = {"csrf_token": token} | fields
        answer = self.browser.post(path, data=sent, headers={"Accept": "text/html"})
        assert answer.status_code == status, words(answer)
        return answer


@pytest.fixture
def desk(signed_in: Callable[[str], FlaskClient]) -> Desk:
    return Desk(signed_in("brixton_officer"))


def walk_with(phone: Phone, *pins: dict[str, Any]) -> tuple[str, list[str]]:
    """A walk with these pins; its identifier and theirs, in the order they were raised."""
    walk = new_id()
    assert (
        phone.put(f"/walks/{walk}", {"started_at": AT, "ended_at": "2026-02-10T20:26:00Z"}).status_code == 201
    )
    made = []
    for minute, said in enumerate(pins, start=1):
        made.append(new_id())
        body = concern(walk, recorded_at=f"2026-02-10T19:{minute:02}:17Z")
        body["properties"] |= said
        assert phone.put(f"/concerns/{made[-1]}", body).status_code == 201
    return walk, made


LAMP = {"feeling": "uncomfortable", "factors": ["lighting"], "accuracy_m": 8, "position_method": "gps"}
FOLLOWED = {"feeling": "frightening", "factors": ["followed", "lighting"]}
GOOD = {"kind": "positive", "factors": ["sightlines"]}


def form_of(page: str) -> dict[str, Any]:
    """What the form of a pin holds as it was shown: its single values and what is ticked."""
    found: dict[str, Any] = {"factors": [], "applies": [], "kind": "", "feeling": ""}
    for element in re.findall(r"<input[^>]*>", page):
        said = dict(re.findall(r'([a-z-]+)="([^"]*)"', element))
        name, value = said.get("name", ""), said.get("value", "")
        if name in {"factors", "applies"} and " checked" in element:
            found[name].append(value)
        elif (name in {"kind", "feeling"} and " checked" in element) or name in {"tag", "recorded", "place"}:
            found[name] = value
    found["note"] = re.search(r'<textarea[^>]*name="note"[^>]*>([^<]*)', page)[1]  # type: ignore[index]
    return found


def stored(phone: Phone, pin: str) -> dict[str, Any]:
    answer = phone.get(f"/concerns/{pin}")
    assert answer.status_code == 200
    said: dict[str, Any] = answer.get_json()
    return said


def test_the_list_says_how_far_each_walk_is(phone: Phone, desk: Desk) -> None:
    _, pins = walk_with(phone, LAMP, {"accuracy_m": 48}, FOLLOWED)
    phone.put(f"/concerns/{pins[0]}/share", {})
    page = desk.open("/capture/walks")
    first = page.split('<li class="card tidy-walk">')[1]
    assert "10 February 2026, 19:30 to 20:26" in first
    assert "2 to tidy up" in first
    assert "1 of 3 shared" in first
    assert "3 pins" in first


def test_walks_come_a_page_at_a_time_each_once(phone: Phone, desk: Desk) -> None:
    made = []
    for number in range(35):
        made.append(new_id())
        phone.put(f"/walks/{made[-1]}", {"started_at": f"2020-01-01T{number // 6:02}:{number % 6}0:00Z"})
    seen: list[str] = []
    address = "/capture/walks"
    while address:
        page = desk.open(address)
        seen += re.findall(r'href="/capture/walks/([0-9a-f-]{36})"', page)
        later = re.search(r'href="(/capture/walks\?before=[^"]+)"', page)
        address = later[1].replace("&amp;", "&") if later else ""
    assert [walk for walk in seen if walk in made] == made[::-1]
    assert len(seen) == len(set(seen))
    for wrong in ("x", "2020-01-01T00:00:00+00:00_x", "9999-99-99_", f"0001-01-01T00:00+23:00_{new_id()}"):
        desk.open(f"/capture/walks?before={wrong.replace('+', '%2B')}", 404)


def test_a_walk_shows_what_is_left_and_all(phone: Phone, desk: Desk) -> None:
    walk, pins = walk_with(phone, LAMP, {"accuracy_m": 48, "note": HOSTILE}, FOLLOWED, GOOD)
    track = {
        "fixes": [[LON, LAT + n * 0.00001, 1770751800000 + n * 1000, 5] for n in range(60)],
        "gap_before": False,
    }
    later = {
        "fixes": [[LON, LAT + n * 0.00001, 1770751980000 + n * 1000, 5] for n in range(60)],
        "gap_before": True,
        "gap_reason": "hidden",
    }
    phone.put(f"/walks/{walk}/track/0", track)
    phone.put(f"/walks/{walk}/track/1", later)
    left = desk.open(f"/capture/walks/{walk}")
    assert [pin for pin in pins if f'id="p-{pin}"' in left] == pins[1:3]
    assert "To tidy up (2)" in left
    for words in ("Add feeling", "Add factors", "Check the place", "Check the wording"):
        assert left.count(f"<span>{words}") == 1, words
    assert HOSTILE not in left
    assert "&lt;script&gt;" in left
    # 59 s walked twice, with 121 s between the last fix of one and the first of the other.
    assert "2 min" in left
    assert "1 gap" in left
    assert "2 min: screen off or another app open" in left
    every = desk.open(f"/capture/walks/{walk}?show=all")
    assert all(f'id="p-{pin}"' in every for pin in pins)
    data = json.loads(re.search(r'id="tidy-data"[^>]*>(.*?)</script>', every, re.DOTALL)[1])  # type: ignore[index]
    assert [each["number"] for each in data["pins"]] == [1, 2, 3, 4]
    assert len(data["track"]["coordinates"]) == 2


def test_reading_notes_and_track_is_written_down(phone: Phone, desk: Desk) -> None:
    walk, pins = walk_with(phone, LAMP | {"note": "by the gate"})
    phone.put(
        f"/walks/{walk}/track/0",
        {
            "fixes": [[LON, LAT + n * 0.00001, 1770751800000 + n * 1000, 5] for n in range(9)],
            "gap_before": False,
        },
    )
    desk.open(f"/capture/walks/{walk}")
    desk.open(f"/capture/walks/{walk}/pins/{pins[0]}")
    with db.reading() as connection:
        asked = text("SELECT action FROM audit WHERE subject IN (:walk, :pin) ORDER BY id DESC LIMIT 3")
        found = (
            connection.execute(asked, {"walk": f"walk {walk}", "pin": f"concern {pins[0]}"}).scalars().all()
        )
    assert found == ["note read", "track read", "notes read"]


def test_a_form_sent_as_it_was_shown_changes_nothing(phone: Phone, desk: Desk) -> None:
    exact = LAMP | {
        "note": 'by the "gate"',
        "applies": ["dark", "day"],
        "basis": "felt_here",
        "setting": "park",
    }
    walk, (pin,) = walk_with(phone, exact)
    before = stored(phone, pin)
    path = f"/capture/walks/{walk}/pins/{pin}"
    page = desk.open(path)
    sent = form_of(page) | {"basis": "felt_here", "setting": "park", "note": 'by the "gate"'}
    desk.send(page, path, **sent)
    after = stored(phone, pin)
    assert set(after["properties"].pop("applies")) == set(before["properties"].pop("applies"))
    assert after == before  # to the second, to the metre, and with its accuracy


def test_a_pin_is_changed_and_moved(phone: Phone, desk: Desk) -> None:
    walk, (pin,) = walk_with(phone, LAMP)
    path = f"/capture/walks/{walk}/pins/{pin}"
    page = desk.open(path)
    moved = {
        "place": "-0.1200000; 51.4640000",
        "feeling": "frightening",
        "factors": ["lighting", "isolation"],
    }
    answer = desk.send(page, path, **(form_of(page) | moved | {"recorded": "2026-07-01T21:10", "note": ""}))
    assert answer.headers["Location"] == f"/capture/walks/{walk}?said=saved&show=all#p-{pin}"
    said = stored(phone, pin)
    assert said["geometry"] == {"type": "Point", "coordinates": [-0.12, 51.464]}
    assert said["properties"]["position_method"] == "moved"
    assert "accuracy_m" not in said["properties"]
    assert said["properties"]["feeling"] == "frightening"
    assert set(said["properties"]["factors"]) == {"lighting", "isolation"}
    assert said["properties"]["recorded_at"] == "2026-07-01T20:10:00Z"  # summer time in London


def test_a_stretch_keeps_its_line_or_gets_another(phone: Phone, desk: Desk) -> None:
    walk = new_id()
    pin = new_id()
    body = concern(walk)
    body["geometry"] = {"type": "LineString", "coordinates": [[LON, LAT], [LON + 0.001, LAT]]}
    phone.put(f"/concerns/{pin}", body)
    path = f"/capture/walks/{walk}/pins/{pin}"
    page = desk.open(path)
    lines = f"{LON}, {LAT}\r\n{LON + 0.001} {LAT}\r\n\r\n{LON + 0.001},{LAT + 0.001}"
    desk.send(page, path, **(form_of(page) | {"place": lines}))
    assert stored(phone, pin)["geometry"]["coordinates"] == [
        [LON, LAT],
        [LON + 0.001, LAT],
        [LON + 0.001, LAT + 0.001],
    ]


@pytest.mark.parametrize(
    ("typed", "status", "part"),
    [
        ({"place": "here"}, 400, "#place-group"),
        ({"place": "nan, nan"}, 400, "#"),
        ({"place": ""}, 400, "#place-group"),
        ({"place": "2.35, 48.85"}, 422, "#place-group"),
        ({"recorded": "yesterday"}, 400, "#recorded"),
        ({"recorded": "2014-01-01T10:00"}, 422, "#recorded"),
        ({"factors": ["ghosts"]}, 422, "#factors-group"),
        ({"kind": "crime"}, 422, "#feeling-group"),
        ({"note": "x" * 4001}, 422, "#note"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(
    phone: Phone, desk: Desk, typed: dict[str, Any], status: int, part: str
) -> None:
    walk, (pin,) = walk_with(phone, LAMP)
    before = stored(phone, pin)
    path = f"/capture/walks/{walk}/pins/{pin}"
    page = desk.open(path)
    answer = desk.send(page, path, status, **(form_of(page) | {"note": HOSTILE} | typed)).get_data(
        as_text=True
    )
    assert "It is not saved yet" in answer
    assert f'href="{part}' in answer
    assert HOSTILE not in answer
    assert stored(phone, pin) == before


def test_a_conflict_shows_both_sides_and_either_can_be_kept(phone: Phone, desk: Desk) -> None:
    walk, (pin,) = walk_with(phone, LAMP)
    path = f"/capture/walks/{walk}/pins/{pin}"
    page = desk.open(path)
    mine = form_of(page) | {"feeling": "frightening", "note": "mine"}
    theirs = stored(phone, pin)
    theirs = {name: theirs[name] for name in ("type", "geometry", "properties")}
    for added in ("ward", "borough", "light", "status"):
        del theirs["properties"][added]
    theirs["properties"]["feeling"] = "acceptable"
    tag = phone.get(f"/concerns/{pin}").headers["ETag"]
    assert phone.put(f"/concerns/{pin}", theirs, If_Match=tag).status_code == 200
    answer = desk.send(page, path, 412, **mine).get_data(as_text=True)
    assert "Somebody changed this pin while you had it open" in answer
    row = answer.split('<th scope="row">How does it feel here?</th>')[1].split("</tr>")[0]
    assert re.findall(r"<td>([^<]*)</td>", row) == ["Acceptable", "Frightening"]
    assert stored(phone, pin)["properties"]["feeling"] == "acceptable"
    desk.send(answer, path, **(form_of(answer) | {"feeling": "frightening", "note": "mine"}))
    assert stored(phone, pin)["properties"]["note"] == "mine"
    for tag in ("", "*", '"x"'):
        desk.send(page, path, 412, **(mine | {"tag": tag, "note": "later"}))
    assert stored(phone, pin)["properties"]["note"] == "mine"


def test_a_pin_is_removed_after_it_was_asked_once(phone: Phone, desk: Desk) -> None:
    walk, (pin, other) = walk_with(phone, LAMP, GOOD)
    path = f"/capture/walks/{walk}/pins/{pin}/remove"
    page = desk.open(path)
    assert "Remove pin 1?" in page
    assert stored(phone, pin)
    for _ in range(2):
        desk.send(page, path)
    assert phone.get(f"/concerns/{pin}").status_code == 410
    assert stored(phone, other)
    desk.open(f"/capture/walks/{walk}/pins/{pin}", 410)


def marks() -> int:
    return rows("crime_mark")["crime_mark"]


def test_a_mark_of_a_crime_stays_inside(phone: Phone, desk: Desk, client: FlaskClient, personas: Any) -> None:
    walk, (pin,) = walk_with(phone, LAMP)
    path = f"/capture/walks/{walk}/pins/{pin}"
    page = desk.open(path)
    assert "call 999" in page
    assert "101" in page
    before = marks()
    for _ in range(2):
        desk.send(page, f"{path}/crime", marked="yes")
    assert marks() == before + 1
    assert "May be a crime" in desk.open(f"/capture/walks/{walk}?show=all")
    assert "Share the one" not in desk.open(f"/capture/walks/{walk}?show=all")
    phone.put(f"/concerns/{pin}/share", {"wording": "The lamp is out"})
    feed = client.get("/feed/collections/concerns/items?f=json", headers=personas["lambeth_planner"].bearer)
    assert "The lamp is out" in feed.get_data(as_text=True)
    assert "crime" not in feed.get_data(as_text=True)
    assert "crime" not in phone.get(f"/concerns/{pin}").get_data(as_text=True)
    with db.feed_reading(("E09000022",)) as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text("SELECT * FROM crime_mark"))
    desk.send(page, f"{path}/crime", marked="no")
    assert marks() == before
    desk.send(page, f"{path}/crime", marked="yes")
    phone("DELETE", f"/concerns/{pin}")
    assert marks() == before


def test_one_tap_shares_what_needs_no_checking_and_nothing_else(phone: Phone, desk: Desk) -> None:
    walk, pins = walk_with(
        phone,
        LAMP | {"note": "Ring Ana on 07700 900123"},
        GOOD,
        FOLLOWED,
        {"feeling": "uncomfortable"},  # no factor: nobody would know what it is about
        LAMP | {"accuracy_m": 41},
        LAMP,
        LAMP | {"accuracy_m": 40},
    )
    desk.send(
        desk.open(f"/capture/walks/{walk}"), f"/capture/walks/{walk}/pins/{pins[5]}/crime", marked="yes"
    )
    page = desk.open(f"/capture/walks/{walk}")
    assert "Share all 3 environment pins that need no checking" in page
    for _ in range(2):
        desk.send(page, f"/capture/walks/{walk}/share")
    assert [stored(phone, pin)["properties"]["status"] for pin in pins] == [
        "shared",
        "shared",
        "raised",
        "raised",
        "raised",
        "raised",
        "shared",
    ]
    with db.reading() as connection:
        asked = text("SELECT DISTINCT wording FROM concern WHERE id = ANY (CAST(:ids AS uuid[]))")
        assert connection.execute(asked, {"ids": pins}).scalars().all() == [None]


def test_words_with_findings_are_pointed_out_before_they_leave(phone: Phone, desk: Desk) -> None:
    walk, (pin,) = walk_with(phone, FOLLOWED)
    path = f"/capture/walks/{walk}/pins/{pin}"
    # What people do is not shared by a switch alone.
    goes = desk.send(desk.open(path), f"{path}/switch", to="on").headers["Location"]
    assert goes == f"{path}/share"
    page = desk.open(goes)
    assert "What the council may read" in page
    assert stored(phone, pin)["properties"]["status"] == "raised"
    said = "Ask Priya, 07700 900123"
    answer = desk.send(page, f"{path}/share", 422, wording=said).get_data(as_text=True)
    assert re.findall(r"<mark>([^<]*)</mark>", answer) == ["Priya", "07700 900123"]
    assert said in answer
    assert stored(phone, pin)["properties"]["status"] == "raised"
    desk.send(answer, f"{path}/share", wording="The lamp by the gate is out")
    assert stored(phone, pin)["properties"]["status"] == "shared"
    desk.send(page, f"{path}/share", 409, wording="Another")  # from a page that did not know of the sharing
    again = desk.open(f"{path}/share")
    tag = again.split('name="tag" value="')[1].split('"')[0]
    desk.send(again, f"{path}/share", wording="By May the lamp is out", tag=tag)
    desk.send(again, f"{path}/share", 412, wording="Third", tag=tag)
    latest = desk.open(f"{path}/share")
    tag = latest.split('name="tag" value="')[1].split('"')[0]
    # Only what was pointed out can be let go, and not other words in its place.
    for pointed_out in ("", "Priya", "Priya, 07700 900123"):
        tried = {"wording": said, "tag": tag, "checked": "yes", "pointed_out": pointed_out}
        desk.send(latest, f"{path}/share", 422, **tried)
    told = {"wording": said, "tag": tag, "pointed_out": "Priya\r\n07700 900123"}
    desk.send(latest, f"{path}/share", 422, **told)
    desk.send(latest, f"{path}/share", **told, checked="yes")  # the officer decides
    desk.send(latest, f"{path}/share", 422, wording="x" * 4001)
    desk.send(latest, f"{path}/switch", to="off")
    assert stored(phone, pin)["properties"]["status"] == "raised"


def test_a_switch_shares_and_takes_back(phone: Phone, desk: Desk) -> None:
    walk, (pin,) = walk_with(phone, GOOD)
    page = desk.open(f"/capture/walks/{walk}?show=all")
    for to, status in (("on", "shared"), ("on", "shared"), ("off", "raised"), ("off", "raised")):
        desk.send(page, f"/capture/walks/{walk}/pins/{pin}/switch", to=to)
        assert stored(phone, pin)["properties"]["status"] == status


def gpx(*points: tuple[float, float, str], times: bool = True) -> bytes:
    made = "".join(
        f'<trkpt lat="{lat}" lon="{lon}">{f"<time>{at}</time>" if times else ""}</trkpt>'
        for lon, lat, at in points
    )
    begun = '<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><trk><trkseg>'
    return f"{begun}{made}</trkseg></trk></gpx>".encode()


WALKED = [(LON, LAT + n * 0.0001, f"2026-02-10T19:{40 + n // 6:02}:{n % 6}0Z") for n in range(30)]


def upload(desk: Desk, walk: str, data: bytes, status: int = 303, **fields: str) -> str:
    page = desk.open(f"/capture/walks/{walk}")
    file = (io.BytesIO(data), "evening.gpx")
    return desk.send(page, f"/capture/walks/{walk}/track", status, file=file, **fields).get_data(as_text=True)


def test_a_gpx_track_is_added_once(phone: Phone, desk: Desk) -> None:
    walk, _ = walk_with(phone)
    upload(desk, walk, gpx(*WALKED))
    first = phone.get(f"/walks/{walk}").get_json()
    # 29 steps of 0.0001 degrees of latitude: 11.13 m each.
    assert first["metres"] == pytest.approx(29 * 11.13, rel=0.01)
    assert first["minutes"] == pytest.approx(290 / 60)
    chunks = phone.get(f"/walks/{walk}/receipt").get_json()["chunks"]
    upload(desk, walk, gpx(*WALKED))
    assert phone.get(f"/walks/{walk}").get_json() == first
    assert phone.get(f"/walks/{walk}/receipt").get_json()["chunks"] == chunks
    # A chunk that was still on the phone finds its number free.
    late = {
        "fixes": [[LON, LAT, 1770751800000, 5], [LON, LAT + 0.0001, 1770751810000, 5]],
        "gap_before": False,
    }
    assert phone.put(f"/walks/{walk}/track/0", late).status_code == 201
    assert "was recorded at the same time" not in upload(desk, walk, gpx(*WALKED))
    again = [(lon, lat, at.replace(":40:00Z", ":40:01Z")) for lon, lat, at in WALKED]
    assert "count twice" in upload(desk, walk, gpx(*again), 422)


def test_a_gpx_without_times_needs_a_start(phone: Phone, desk: Desk) -> None:
    walk, _ = walk_with(phone)
    plain = gpx(*WALKED, times=False)
    assert "give the time at which the walk started" in upload(desk, walk, plain, 422)
    assert "Write the time" in upload(desk, walk, plain, 400, start="soon")
    upload(desk, walk, plain, start="2026-02-10T19:30")
    # Laid at 1.3 m/s.
    said = phone.get(f"/walks/{walk}").get_json()
    assert said["minutes"] * 60 * 1.3 == pytest.approx(said["metres"], rel=0.01)


XXE = b'<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx><trk><name>&x;</name></trk></gpx>'
BOMB = (
    b'<!DOCTYPE gpx [<!ENTITY a "' + b"x" * 100 + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (99 + n, (b"&%c;" % (98 + n if n else 97)) * 50) for n in range(6))
    + b"]><gpx><trk><name>&h;</name></trk></gpx>"
)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (XXE, 422),
        (BOMB, 422),
        (b"<gpx><trk>", 422),
        (b"\xff\xfe\x00", 422),
        (b"<svg/>", 422),
        (b"PK\x03\x04", 422),
        (gpx((2.35, 48.85, "2026-02-10T19:40:00Z"), (2.35, 48.86, "2026-02-10T19:50:00Z")), 422),
        (gpx((LON, LAT, "1999-02-10T19:40:00Z"), (LON, LAT + 0.001, "1999-02-10T19:41:00Z")), 422),
        (gpx((LON, LAT, "2026-02-10T19:40:00Z")), 422),
        (b"<gpx>" + b" " * (10 * 1024 * 1024) + b"</gpx>", 422),
        (b"<gpx>" + b"<trk>" * 20_000 + b"</trk>" * 20_000 + b"</gpx>", 422),
    ],
    ids=[
        "nothing",
        "xxe",
        "bomb",
        "half",
        "noise",
        "svg",
        "zip",
        "paris",
        "1999",
        "one",
        "large",
        "deep",
    ],
)
def test_a_hostile_track_is_refused_and_nothing_kept(
    phone: Phone, desk: Desk, data: bytes, status: int
) -> None:
    walk, _ = walk_with(phone)
    page = desk.open(f"/capture/walks/{walk}")
    before = rows()
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    parts = (b"; name=csrf_token\r\n\r\n" + token.encode(), b"; name=file; filename=walk.gpx\r\n\r\n" + data)
    whole = (
        b"".join(b"--x\r\nContent-Disposition: form-data" + part + b"\r\n" for part in parts) + b"--x--\r\n"
    )
    got = desk.browser.post(
        f"/capture/walks/{walk}/track",
        data=whole,
        content_type="multipart/form-data; boundary=x",
        headers={"Accept": "text/html"},
    )
    assert got.status_code == status, words(got)
    answer = got.get_data(as_text=True)
    assert "root:" not in answer
    after = rows()
    assert {name: after[name] for name in ("track_chunk", "track")} == {
        name: before[name] for name in ("track_chunk", "track")
    }


def test_a_form_larger_than_any_file_is_not_read(desk: Desk) -> None:
    whole = (
        b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\n"
        + bytes(11 * 1024 * 1024)
        + b"\r\n--x--\r\n"
    )
    address = f"/capture/walks/{new_id()}/track"
    answer = desk.browser.post(address, data=whole, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


def test_a_stop_is_rated_by_form(phone: Phone, desk: Desk) -> None:
    walk, _ = walk_with(phone)
    address = desk.browser.get(f"/capture/walks/{walk}/audits/new").headers["Location"]
    page = desk.open(address)
    assert page.count("<fieldset") == 9
    said = {
        "lighting": "1",
        "people": "0",
        "openness": "",
        "place": f"{LON}, {LAT}",
        "recorded": "2026-02-10T19:40",
    }
    wrong = desk.send(page, address, 400, **(said | {"place": "here"})).get_data(as_text=True)
    assert "It is not kept yet" in wrong
    assert re.search(r'name="lighting"[^>]*value="1" checked', wrong)
    for _ in range(2):
        desk.send(page, address, **said)
    shown = desk.open(f"/capture/walks/{walk}")
    assert "2 of 8 rated" in shown
    assert "Some light, but faces cannot be made out" in shown
    again = desk.open(address)
    tag = again.split('name="tag" value="')[1].split('"')[0]
    desk.send(again, address, **(said | {"tag": tag, "people": "3"}))
    kept = phone.get(f"/audits/{address.rsplit('/', 1)[1]}").get_json()
    assert kept["scores"] == {"lighting": 1, "people": 3}
    desk.send(again, address, 412, **(said | {"tag": tag, "people": "2"}))
    desk.send(again, address, 422, **(said | {"tag": tag, "people": "", "lighting": ""}))


def test_other_teams_and_roles_see_nothing(phone: Phone, signed_in: Callable[[str], FlaskClient]) -> None:
    walk, (pin,) = walk_with(phone, LAMP)
    peckham = Desk(signed_in("peckham_officer"))
    page = peckham.open("/capture/walks")
    assert walk not in page
    own = f"/capture/walks/{walk}"
    for path in (own, f"{own}/pins/{pin}", f"{own}/pins/{pin}/remove", f"{own}/pins/{pin}/share"):
        peckham.open(path, 404)
    peckham.open(f"{own}/audits/{new_id()}", 404)
    token_page = peckham.open("/login")
    for path in (
        "/share",
        "/track",
        f"/pins/{pin}",
        f"/pins/{pin}/remove",
        f"/pins/{pin}/crime",
        f"/pins/{pin}/switch",
    ):
        peckham.send(token_page, own + path, 404, to="on", marked="yes")
    assert stored(phone, pin)["properties"]["status"] == "raised"
    other, (_theirs,) = walk_with(phone, GOOD)
    Desk(signed_in("brixton_officer")).open(f"/capture/walks/{other}/pins/{pin}", 404)  # of another walk
    for who in ("analyst", "lambeth_planner", "administrator"):
        Desk(signed_in(who)).open(own, 403)


def test_a_form_of_another_site_does_nothing(phone: Phone, desk: Desk) -> None:
    walk, (pin,) = walk_with(phone, GOOD)
    for path in ("/share", f"/pins/{pin}/switch", f"/pins/{pin}/remove", f"/pins/{pin}/crime"):
        answer = desk.browser.post(f"/capture/walks/{walk}{path}", data={"to": "on", "marked": "yes"})
        assert answer.status_code == 400
    assert stored(phone, pin)["properties"]["status"] == "raised"
