"""Outlines for the screen where the kept ones cross or touch themselves, as whole steps can make them."""

import json

import pytest

from geoapp.planning import outlines
from geoapp.queries.boundaries import WardSketch

CROSSED = [(0, 5_100_000), (40_000, 5_130_000), (40_000, 5_100_000), (0, 5_130_000)]
SQUARE = [(40_000, 5_100_000), (80_000, 5_100_000), (80_000, 5_130_000), (40_000, 5_130_000)]
SPIKED = [(0, 5_130_000), (40_000, 5_130_000), (40_000, 5_150_000), (40_000, 5_130_000), (20_000, 5_130_001)]


def sketched(code: str, borough: str, ring: list[tuple[int, int]]) -> WardSketch:
    """A ward as the table has it: steps from corner to corner."""
    before = [(0, 0), *ring[:-1]]
    steps = [
        each - last for at, was in zip(ring, before, strict=True) for each, last in zip(at, was, strict=True)
    ]
    return WardSketch(code, borough, json.dumps([[steps]]))


KEPT = (sketched("E1", "A", CROSSED), sketched("E2", "A", SQUARE), sketched("E3", "B", SPIKED))


@pytest.mark.parametrize("coarse", [False, True])
def test_wards_that_cross_themselves_are_drawn_all_the_same(coarse: bool) -> None:
    body, tag = outlines._wards(KEPT, coarse)
    assert list(json.loads(body)["wards"]) == ["E1", "E2", "E3"]
    assert tag


def test_boroughs_of_such_wards_are_what_there_is_of_them() -> None:
    body, _ = outlines._boroughs(KEPT, (("A", "Aye"),))
    found = {each["code"]: each for each in json.loads(body)["boroughs"]}
    assert (found["A"]["name"], found["B"]["name"]) == ("Aye", "B")
    assert found["A"]["polygons"]
