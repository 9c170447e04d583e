"""The picture of each layer shows what the screen shows of it: its fills, its limits, its words."""

import io

import pytest
from PIL import Image

from geoapp.planning.prints import picture
from tests.web import planning_world

QUERY = "from=2026-02-01&to=2026-02-28"
COUNT = {(0xE3, 0xEE, 0xF0), (0xB4, 0xD2, 0xD6), (0x7D, 0xB0, 0xB7), (0x3F, 0x86, 0x8F)}
HATCH = (0xFB, 0xFA, 0xF7)


@pytest.fixture(scope="module", autouse=True)
def world(squares, personas):  # noqa: ARG001 (the wards have to be there)
    planning_world.fill(personas["brixton_officer"].email)


@pytest.fixture(params=["analyst", "lambeth_planner"])
def asked(request, client, personas):
    def get(path: str):
        answer = client.get(
            f"/planning/{path}&{QUERY}", headers=personas[request.param].bearer, buffered=True
        )
        assert answer.status_code == 200, path
        return answer

    return get


def drawn(answer) -> Image.Image:
    return Image.open(io.BytesIO(answer.data))


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    """The colours of the map itself that fill more than a few pixels, without the legend under it."""
    part = image.convert("RGB").crop((64, 300, image.width - 64, image.height - 420))
    return {colour for count, colour in part.getcolors(1 << 24) if count > 200}


@pytest.mark.parametrize("layer", ["walked", "concerns"])
def test_density_is_drawn_in_hexagons_by_the_limits_of_the_screen(asked, layer):
    image = drawn(asked(f"picture.png?layer={layer}"))
    summary = asked("data/density.json?").get_json()
    wards = drawn(asked("picture.png?"))
    found = colours(image) & COUNT
    if layer == "walked" or summary["hex200"]["concerns"]:
        assert found
    assert not colours(wards) & COUNT
    words = {
        "walked": "The map shows kilometres walked in hexagons",
        "concerns": "The map counts in hexagons",
    }
    assert words[layer] in image.text["Description"]
    # What the caption counts stays that of the wards, on the screen and here.
    assert wards.text["Lamplight"] == image.text["Lamplight"]


def test_the_surface_is_drawn_over_hatching(asked):
    image = drawn(asked("picture.png?layer=surface"))
    assert "Ratio of concern density to walked density" in image.text["Description"]
    assert not colours(image) & COUNT
    assert HATCH in colours(image)


@pytest.mark.parametrize("layer", ["walked", "concerns"])
def test_legend_and_note_say_the_numbers_of_the_screen(client, personas, monkeypatch, layer):
    made = []
    true = picture.build

    def kept(*args: object):
        made.append(true(*args))
        return made[0]

    monkeypatch.setattr(picture, "build", kept)
    bearer = personas["analyst"].bearer
    assert client.get(f"/planning/picture.png?layer={layer}&{QUERY}", headers=bearer, buffered=True).data
    summary = client.get(f"/planning/data/density.json?{QUERY}", headers=bearer).get_json()["hex200"]
    limits = [f"{each:g}" for each in summary["km_breaks" if layer == "walked" else "breaks"]]
    (seen,) = made
    assert seen.breaks == (
        f"under {limits[0]}",
        f"{limits[0]} to {limits[1]}",
        f"{limits[1]} to {limits[2]}",
        f"{limits[2]} +",
    )
    whole = (
        f"{summary['km']:.1f} km" if layer == "walked" else f"{summary['concerns']:.1f}".removesuffix(".0")
    )
    assert seen.note == f"{summary['shown']} hexagons of 200 m, {whole} in all."
    assert "marks" not in [kind for kind, _ in seen.states], "density bears no verdict"
