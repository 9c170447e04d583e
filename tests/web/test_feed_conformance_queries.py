"""The abstract tests of Part 3 (19-079r2: filters) and Part 5 (23-058: schemas, sorting), strictly.

For every queryable of every collection, of whichever kind; what is compared with is worked out from the
features.
"""

import json
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.feed_public_world import PUBLIC, build_public
from tests.web.feed_world import LAMBETH, World, build

pytestmark = pytest.mark.usefixtures("squares", "world")
NAMES = ("concerns", "concern_routes", *PUBLIC)
ROLES = {"id", "primary-instant", "primary-interval-start", "primary-interval-end", "primary-geometry"}
COMPUTED = {"easting", "northing", "geometry"}


@pytest.fixture(scope="module")
def world(app: Flask, squares: str, personas: dict) -> World:  # noqa: ARG001 (the wards have to be there)
    made = build(app.test_client(), personas["brixton_officer"].bearer)
    build_public(figures=True)
    return made


class Collection:
    """A collection as a reader with a key has it."""

    def __init__(self, client: FlaskClient, headers: dict[str, str], name: str) -> None:
        self._client, self._headers, self.base = client, headers, f"/feed/collections/{name}"
        self.features = self.get("/items")["features"]

    def get(self, rest: str, **asked: object) -> dict[str, Any]:
        answer = self._client.get(
            self.base + rest, query_string=asked or None, headers=self._headers, buffered=True
        )
        assert answer.status_code == 200, (rest, asked, answer.get_data(as_text=True))
        found: dict[str, Any] = answer.get_json()
        return found

    def ids(self, condition: str) -> list[str]:
        said = self.get("/items", filter=condition)
        assert said["numberMatched"] == said["numberReturned"]
        return [each["id"] for each in said["features"]]

    def those(self, fits: Any) -> list[str]:
        return [each["id"] for each in self.features if fits(each["properties"])]

    def refused(self, **asked: object) -> bool:
        answer = self._client.get(f"{self.base}/items", query_string=asked, headers=self._headers)
        return answer.status_code == 400 and answer.mimetype == "application/problem+json"


@pytest.fixture(params=NAMES)
def found(request: pytest.FixtureRequest, client: FlaskClient, world: World) -> Collection:
    return Collection(client, world.key(LAMBETH), request.param)


def literal(said: dict[str, Any], value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    kinds = {"date": "DATE('{}')", "date-time": "TIMESTAMP('{}')"}
    return kinds.get(said.get("format", ""), "'{}'").format(str(value).replace("'", "''"))


def kind_of(said: dict[str, Any]) -> str:
    kinds = said.get("type", "")
    return str(kinds if isinstance(kinds, str) else kinds[0])


def test_the_documents_are_schemas_with_roles(found: Collection) -> None:
    for what in ("queryables", "sortables", "schema"):
        said = found.get(f"/{what}")
        assert said["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert said["$id"].endswith(f"{found.base}/{what}")
        assert said["type"] == "object"
        jsonschema_rs.meta.validate(said)
        for name, each in said["properties"].items():
            assert each["title"], name
            assert ("type" in each) != each.get("format", "").startswith("geometry-"), name
    assert found.get("/queryables")["additionalProperties"] is False
    roles = [
        each["x-ogc-role"] for each in found.get("/schema")["properties"].values() if "x-ogc-role" in each
    ]
    assert len(roles) == len(set(roles))
    assert {"id", "primary-geometry"} <= set(roles) <= ROLES
    numbers = [
        each["x-ogc-propertySeq"]
        for each in found.get("/schema")["properties"].values()
        if "x-ogc-propertySeq" in each
    ]
    assert numbers == sorted(set(numbers))


def test_every_comparison_of_every_queryable(found: Collection) -> None:
    """Equal, unequal and nothing make up the whole; orders agree with the values themselves."""
    for name, said in found.get("/queryables")["properties"].items():
        if name in COMPUTED or kind_of(said) == "array":
            continue
        values = sorted({each["properties"][name] for each in found.features} - {None})
        nothing = found.those(lambda one, name=name: one[name] is None)
        assert found.ids(f"{name} IS NULL") == nothing
        assert len(found.ids(f"{name} IS NOT NULL")) == len(found.features) - len(nothing)
        for value in values[:3]:
            written = literal(said, value)
            same = found.those(lambda one, name=name, value=value: one[name] == value)
            other = found.those(lambda one, name=name, value=value: one[name] not in {None, value})
            assert found.ids(f"{name} = {written}") == same, written
            assert found.ids(f"{name} <> {written}") == other
            assert found.ids(f"NOT ({name} = {written})") == other
            assert found.ids(f"{name} IN ({written})") == same
            assert found.ids(f"{name} = {name} AND {name} = {written}") == same
            if kind_of(said) in {"integer", "number"} or said.get("format") in {"date", "date-time"}:
                below = found.those(
                    lambda one, name=name, value=value: one[name] is not None and one[name] < value
                )
                assert found.ids(f"{name} < {written}") == below
                assert sorted(found.ids(f"{name} <= {written}")) == sorted(below + same)
                assert len(found.ids(f"{name} > {written} OR {name} <= {written}")) == len(same) + len(other)
                assert found.ids(f"{name} BETWEEN {written} AND {written}") == same


def test_every_queryable_is_a_parameter(found: Collection) -> None:
    for name in found.get("/queryables")["properties"]:
        if name in COMPUTED:
            continue
        for each in found.features[:2]:
            value = each["properties"][name]
            if value is None or value == []:
                continue
            one = value[0] if isinstance(value, list) else value
            asked = ("true" if value else "false") if isinstance(value, bool) else one
            expected = found.those(
                lambda said, name=name, one=one: (
                    said[name] is not None
                    and (one in said[name] if isinstance(said[name], list) else said[name] == one)
                )
            )
            shown = [got["id"] for got in found.get("/items", **{name: asked})["features"]]
            assert shown == expected, (name, asked)


def test_texts_know_patterns_case_and_accents(found: Collection) -> None:
    name = "ward_name"
    word = found.features[0]["properties"][name]
    same = found.those(lambda one: one[name] == word)
    assert found.ids(f"{name} LIKE '{word[:-1]}_'") == found.those(lambda one: one[name][:-1] == word[:-1])
    assert found.ids(f"CASEI({name}) = CASEI('{word.upper()}')") == same
    accented = word.replace("a", "á").replace("A", "Â")
    assert found.ids(f"ACCENTI({name}) = ACCENTI('{accented}')") == same
    assert found.ids(f"CASEI({name}) LIKE casei('{word[:2].swapcase()}%')") == found.those(
        lambda one: one[name].startswith(word[:2])
    )


def test_places_and_json_say_the_same_as_bbox(found: Collection) -> None:
    box = "-0.1240,51.4620,-0.1215,51.4650"
    expected = [each["id"] for each in found.get("/items", bbox=box)["features"]]
    assert found.ids(f"S_INTERSECTS(geometry, BBOX({box}))") == expected
    placed = [each["id"] for each in found.features if each["geometry"] is not None]
    assert found.ids(f"S_DISJOINT(geometry, BBOX({box}))") == [
        each for each in placed if each not in expected
    ]
    edges = [float(each) for each in box.split(",")]
    tree = json.dumps({"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": edges}]})
    said = found.get("/items", **{"filter": tree, "filter-lang": "cql2-json"})
    assert [each["id"] for each in said["features"]] == expected


def test_everything_can_be_ordered(found: Collection) -> None:
    for name in found.get("/sortables")["properties"]:
        if name in COMPUTED:
            continue
        up = [each["properties"][name] for each in found.get("/items", sortby=name)["features"]]
        down = [each["properties"][name] for each in found.get("/items", sortby=f"-{name}")["features"]]
        there = [each for each in up if each is not None]
        nothing = [None] * (len(up) - len(there))
        if all(isinstance(each, str) for each in there) and name in {"title", "you_said", "answer"}:
            assert sorted(map(str, up)) == sorted(map(str, down))  # words go by the rules of a language
            continue
        assert up == sorted(there) + nothing, name
        assert down == sorted(there, reverse=True) + nothing, name
    assert found.refused(sortby="geometry")
    assert found.refused(sortby="no_such")


def test_what_is_no_filter_is_refused(found: Collection) -> None:
    for wrong in (
        "no_such = 1",
        "id",
        "1",
        "id =",
        "geometry = 1",
        "no_function(id)",
        "id = 1 AND",
        "ward_code > 5",
    ):
        assert found.refused(filter=wrong), wrong
    assert found.refused(**{"filter": "id = 'x'", "filter-lang": "cql2-json"})
    assert found.refused(
        **{"filter": '{"op":"=","args":[{"property":"no_such"},1]}', "filter-lang": "cql2-json"}
    )
