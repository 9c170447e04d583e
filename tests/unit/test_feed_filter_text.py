"""Filters that are made to break the parser are refused before it sees them."""

import json

import pytest

from geoapp.feed import filters

DEEP = {
    "brackets": "(" * 5_000 + "1=1" + ")" * 5_000,
    "brackets behind a backslash": r"ward_name='\' OR " + "(" * 5_000 + "1=1" + ")" * 5_000 + " AND kind='b'",
    "brackets between names": 'a"(" = 1 OR ' + "(" * 5_000 + "1=1" + ")" * 5_000,
    "minus": "easting = " + "-" * 5_000 + "1",
    "minus apart": "easting = " + "- " * 5_000 + "1",
    "minus behind a backslash": r"ward_name='\' OR 1 = " + "-" * 5_000 + "1 OR kind='b'",
    "minus between positions": "POINT(" + ",".join(["1 -1 -1 -1"] * 3) + ") = " + "-" * 3_000 + "1",
    "a chain in a position": "POINT(" + "1 " + "-1 " * 3_000 + ") = 1",
    "not": "NOT " * 3_000 + "true",
    "plus": "easting = " + "1+" * 5_000 + "1",
    "powers": "easting = " + "1^" * 5_000 + "1",
    "and": " AND ".join(["1=1"] * 1_500),
}


@pytest.mark.parametrize("name", DEEP)
def test_what_nests_without_end_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"nested|too many"):
        filters.read(DEEP[name], "cql2-text")


def test_deep_json_is_refused() -> None:
    for tree in ("[" * 200 + "]" * 200, '{"op":"not","args":[' * 100 + "true" + "]}" * 100, "[" * 100_000):
        with pytest.raises(ValueError, match=r"nested|not JSON"):
            filters.read(tree, "cql2-json")


@pytest.mark.parametrize(
    "text",
    [
        "S_INTERSECTS(geometry, POLYGON((" + ",".join(["-0.1 -51.4", "-0.2 -51.4"] * 300) + ",-0.1 -51.4)))",
        "kind IN (" + ",".join(["'a-b-c (not) d'"] * 200) + ")",
        " OR ".join(["kind = 'it''s (-)'"] * 200),
    ],
)
def test_long_lists_and_outlines_are_read(text: str) -> None:
    assert filters.read(text, "cql2-text")["op"] in {"s_intersects", "in", "or"}


def test_json_comes_back_as_the_same_tree() -> None:
    tree = {"op": "=", "args": [{"property": "kind"}, 'a"(\\']}
    assert filters.read(json.dumps(tree), "cql2-json") == tree
