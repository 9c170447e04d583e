"""The feed's public collections in Chromium, as somebody sees them who is not signed in."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visit
from tests.web.feed_public_world import PUBLIC, PublicWorld, build_public

pytestmark = pytest.mark.usefixtures("squares", "world")


@pytest.fixture(scope="module")
def world(squares: str, personas: dict) -> PublicWorld:  # noqa: ARG001 (the wards have to be there)
    return build_public(figures=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_clean_accessible_and_as_wide_as_the_screen(
    visit: Callable[..., Visit], world: PublicWorld, width: int
) -> None:
    made = visit(width=width)
    paths = [f"/feed/collections/{name}{rest}" for name in PUBLIC for rest in ("", "/items?f=html")]
    paths += [f"/feed/collections/walks/items/{one}?f=html" for one in (world.walks[0], world.placeless)]
    for path in ["/feed/", "/feed/collections", *paths]:
        made.open(path)
        made.assert_clean()
        made.assert_accessible()
        assert made.page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_map_shows_wards_and_no_meeting_point(visit: Callable[..., Visit], world: PublicWorld) -> None:
    made = visit(width=1280)
    made.open("/feed/collections/walks/items?f=html")
    page = made.page
    assert page.locator("[data-feed-rows] tbody tr").count() == len(world.walks) == 4
    assert page.locator("path.feed__ward").count() == 3  # one of them lies nowhere
    assert page.locator("path.feed__mark").count() == 0
    page.locator("[data-feed-rows] a").nth(3).focus()
    assert page.locator("tr.is-lit").count() == 1
