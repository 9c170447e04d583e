"""The feed as pages."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.feed_world import LAMBETH, World, build, raise_concern, sender

pytestmark = pytest.mark.usefixtures("squares", "world")
SignIn = Callable[[str], FlaskClient]
CONCERNS = "/feed/collections/concerns/items"
ATTACK = "</script><script>alert(1)</script>{{ 7*7 }}"


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    return build(app.test_client(), personas["brixton_officer"].bearer)


def test_a_stranger_sees_wards_and_where_to_use_a_key(client: FlaskClient, world: World) -> None:
    page = client.get("/feed/?f=html").get_data(as_text=True)
    assert "Have a key? Use it in your GIS, not here." in page
    assert "/feed/collections/wards?f=html" in page
    assert "/feed/collections/concerns?f=html" not in page
    assert not any(one in page for each in world.shared.values() for one in each)


def test_a_planner_sees_her_sign_in_counts_and_the_first_page(signed_in: SignIn, world: World) -> None:
    page = signed_in("lambeth_planner").get("/feed/?f=html").get_data(as_text=True)
    assert "Lambeth, exact places, reviewed wording" in page
    assert "1 to 6 of 6, newest first." in page
    assert all(one in page for ward in "AB" for one in world.shared[ward])


def test_a_key_s_holder_sees_its_name_and_last_use_and_never_the_key(
    client: FlaskClient, world: World
) -> None:
    headers = {"X-API-Key": world.keys[LAMBETH], "Accept": "text/html"}
    client.get(CONCERNS, headers=headers)
    page = client.get("/feed/", headers=headers).get_data(as_text=True)
    assert f"{LAMBETH} GIS nightly" in page
    assert "Today, " in page
    assert world.keys[LAMBETH] not in page
    assert world.keys[LAMBETH][4:] not in page


def test_older_and_newer_lead_through_the_pages(signed_in: SignIn) -> None:
    browser = signed_in("lambeth_planner")
    first = browser.get(f"{CONCERNS}?f=html&limit=4").get_data(as_text=True)
    assert "1 to 4 of 6" in first
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = browser.get(older).get_data(as_text=True)
    assert "5 to 6 of 6" in second
    newer = second.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "1 to 4 of 6" in browser.get(newer).get_data(as_text=True)


def test_words_of_people_are_text_on_every_page(
    app: Flask, signed_in: SignIn, personas: dict, world: World
) -> None:
    send = sender(app.test_client(), personas["brixton_officer"].bearer)
    one = raise_concern(send, world.walk, -0.12279, 51.4634365, wording=ATTACK)
    browser = signed_in("lambeth_planner")
    for path in (f"{CONCERNS}/{one}?f=html", f"{CONCERNS}?f=html", "/feed/?f=html"):
        page = browser.get(path).get_data(as_text=True)
        assert "<script>alert" not in page
        assert " style=" not in page
    assert "&lt;/script&gt;" in browser.get(f"{CONCERNS}/{one}?f=html").get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/feed/api", "/feed/conformance", "/feed/collections", "/feed/collections/wards", CONCERNS]
)
def test_a_browser_gets_a_page_with_its_other_form_in_the_head(signed_in: SignIn, path: str) -> None:
    answer = signed_in("lambeth_planner").get(path, headers={"Accept": "text/html"})
    assert answer.content_type.startswith("text/html")
    assert '<link rel="alternate"' in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_stranger_s_browser_is_led_to_the_sign_in(client: FlaskClient) -> None:
    answer = client.get(CONCERNS, headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=/feed/")


def test_the_form_narrows_without_scripts_and_keeps_the_rest(signed_in: SignIn, world: World) -> None:
    browser = signed_in("lambeth_planner")
    page = browser.get(f"{CONCERNS}?f=html&limit=3&status=shared").get_data(as_text=True)
    assert '<form class="filters" method="get" action="/feed/collections/concerns/items"' in page
    assert '<input type="hidden" name="limit" value="3">' in page
    assert '<option value="shared" selected>' in page
    sent = browser.get(f"{CONCERNS}?f=html&limit=3&kind=&status=shared&ward_code=E05000002&datetime=")
    assert sent.status_code == 303
    assert sent.location.endswith("?f=html&limit=3&status=shared&ward_code=E05000002")
    narrowed = browser.get(sent.location).get_data(as_text=True)
    assert "1 to 3 of 3" in narrowed
    assert world.shared["B"][0] in narrowed
    assert world.shared["A"][0] not in narrowed
    assert browser.get(f"{CONCERNS}?f=json&kind=").status_code == 400


def test_pages_lead_to_every_format(signed_in: SignIn) -> None:
    browser = signed_in("lambeth_planner")
    page = browser.get(f"{CONCERNS}?f=html&limit=4&kind=concern").get_data(as_text=True)
    line = page.split('class="feed__formats"')[1].split("</p>")[0]
    for form in ("json", "geojsonseq", "jsonfg", "csv", "gpkg", "fgb", "parquet"):
        assert f"items?limit=4&amp;kind=concern&amp;f={form}" in line
    described = browser.get("/feed/collections/concerns?f=html").get_data(as_text=True)
    assert "items?f=gpkg" in described.split("All of it as")[1]
