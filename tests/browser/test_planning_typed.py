"""What officers and councils type shows as text on every page of the planning room, whatever it is."""

from datetime import UTC, datetime

import pytest
import shapely
from playwright.sync_api import expect

from geoapp import db
from geoapp.actions import said_and_did, sharing
from spatial.crs import geometry_to_wgs84
from tests.browser.conftest import Visit
from tests.web import planning_world

NOW = datetime.now(UTC)
PERIOD = f"from={NOW:%Y}-01-01&to={NOW:%Y-%m}-28"
WARD = f"/planning/wards/E05000001?{PERIOD}"
PLACE = shapely.Point(530_500, 175_500)
ATTACK = (
    "</strong><script>alert(1)</script>\"><img src=x onerror='alert(2)'>`${alert(3)}` {{7*7}} ' &lt;b&gt;"
)
WORDING, DONE, NOTE = f"said {ATTACK}", f"did {ATTACK}", f"noted {ATTACK}"


@pytest.fixture(scope="module", autouse=True)
def world(squares, personas):  # noqa: ARG001 (the wards have to be there)
    by = planning_world.person(personas["brixton_officer"].email)
    desk = planning_world.person(personas["coordinator"].email)
    for n in range(3):
        walk = planning_world.walk(by, [(530_100, 175_500), (530_900, 175_500)], at=NOW)
        number = planning_world.concern(by, PLACE, walk_id=walk, at=NOW, factors=("lighting",), note=NOTE)
        with db.writing() as session:
            sharing.share(session, number, WORDING, by=by)
            said_and_did.step(session, number, said_and_did.NewStep("in_hand", f"{n} {DONE}"), by=desk)
            if not n:
                said_and_did.step(session, number, said_and_did.NewStep("done", DONE), by=desk)


@pytest.fixture(params=["analyst", "lambeth_planner"])
def seen(request, visit, personas):
    made = visit()
    made.ran = []
    made.page.on("dialog", lambda dialog: (made.ran.append(dialog.message), dialog.dismiss()))
    made.sign_in(personas[request.param].email)
    return made


def harmless(seen: Visit) -> None:
    """Nothing ran, nothing became an element, the note is nowhere, and the policy had nothing to refuse."""
    assert seen.ran == []
    assert seen.page.locator("img[src=x]").count() == 0
    assert "noted" not in seen.page.content()
    seen.assert_clean()


def test_a_ward_says_what_was_typed(seen):
    seen.open(WARD)
    said = seen.page.locator("section", has=seen.page.get_by_role("heading", name="You said, we did"))
    expect(said.get_by_text(WORDING).first).to_be_visible()
    expect(seen.page.locator("#done").get_by_text(DONE)).to_be_visible()
    harmless(seen)
    picture = seen.page.locator(".ward__inset img")
    picture.scroll_into_view_if_needed()
    seen.settle()
    assert picture.evaluate("each => each.complete && each.naturalWidth") == 332
    harmless(seen)


def test_single_concerns_near_by_say_what_was_typed(seen):
    seen.open(f"/planning/?layer=concerns&{PERIOD}")
    place = geometry_to_wgs84(PLACE)
    seen.page.evaluate(f"map_wards.setView([{place.y}, {place.x}], 16, {{animate: false}})")
    seen.settle()
    if seen.page.locator("#planning[data-points]").count():
        expect(seen.page.locator("[data-shared-found]").get_by_text(WORDING).first).to_be_attached()
    harmless(seen)


@pytest.mark.parametrize("path", [f"/planning/?{PERIOD}", "/planning/compare", "/planning/exports", "/map"])
def test_other_pages_have_nothing_of_it_that_runs(seen, path):
    seen.open(path)
    harmless(seen)
