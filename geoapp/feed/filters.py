"""Filters in CQL2 (OGC 21-065r2): text or JSON to a tree that is safe to walk, then to a condition."""

import json
import re
from typing import Any

from cql2 import ParseError, ValidationError, parse_json, parse_text
from sqlalchemy import ColumnElement

from geoapp.feed import places
from geoapp.queries.feed_crs import Crs, Place
from geoapp.queries.feed_filter import Translation
from geoapp.queries.feed_sources import Source

# The parser follows nesting with the machine's own stack, which ends the process when it is used up: what
# nests is counted before it is parsed.
_DEEPEST, _MOST_OPERATORS, _MOST_JOINED = 32, 40, 500
# As the grammar has it: a quote within is doubled, and a backslash is only a backslash.
_TEXTS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", re.DOTALL)
_NUMBER = r"[-+]?[0-9][0-9.eE+-]*"
_POSITION = re.compile(rf"(?<=[(,])\s*{_NUMBER}(?:\s+{_NUMBER}){{1,3}}\s*(?=[,)])")
_OPERATOR = re.compile(r"[-+*/^%]|\b(?:not|div)\b", re.IGNORECASE)
_JOINED = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)


def read(text: str, language: str) -> Any:  # noqa: ANN401 (a JSON value)
    """Return the expression as the JSON tree of CQL2; ValueError says why it cannot be read."""
    try:
        if language == "cql2-json":
            tree = json.loads(text, parse_constant=_no_constant)
            _refuse_deep(_depth_of(tree))
            return parse_json(json.dumps(tree)).to_json()
        bare = _TEXTS.sub("''", text)
        _refuse_deep(_depth(bare))
        bare = _POSITION.sub("", bare)
        if len(_OPERATOR.findall(bare)) > _MOST_OPERATORS or len(_JOINED.findall(bare)) > _MOST_JOINED:
            raise ValueError("It has too many operators.")
        return parse_text(text).to_json()
    except json.JSONDecodeError as error:
        raise ValueError(f"It is not JSON: {error.msg}, column {error.colno}.") from None
    except (ParseError, ValidationError) as error:
        at = re.search(r"--> \d+:(\d+)", str(error))
        raise ValueError(f"It is not {language}{f', column {at[1]}' if at else ''}.") from None
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None


def condition(source: Source, tree: Any, system: Crs) -> tuple[ColumnElement[bool], tuple[Place, ...]]:  # noqa: ANN401 (a JSON value)
    """Return the condition for a tree, and places that every feature touches for which it is true.

    ValueError for names that are no queryables, functions that are not allowed, and kinds that do not
    compare.
    """
    made = Translation(source, lambda said: _geometry(said, system), bng=system is Crs.BNG)
    return made.condition(tree), made.near(tree)


def _geometry(said: Any, system: Crs) -> Place:  # noqa: ANN401 (a JSON value)
    if "bbox" in said:
        edges = said["bbox"]
        if len(edges) not in {4, 6} or not all(isinstance(each, int | float) for each in edges):
            raise ValueError("A box in it needs 4 or 6 numbers.")
        flat = edges if len(edges) == 4 else [*edges[:2], *edges[3:5]]  # noqa: PLR2004 (corners without heights)
        return places.box(flat, system)
    return places.geometry(said, system)


def _refuse_deep(depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError(f"It is nested over {_DEEPEST} levels.")


def _depth_of(tree: object) -> int:
    """Return how deep lists and objects are nested, without nesting calls as deep."""
    level, depth = [tree], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return depth


def _depth(bare: str) -> int:
    deepest = level = 0
    for each in bare:
        if each in "([{":
            level += 1
            deepest = max(deepest, level)
        elif each in ")]}":
            level -= 1
    return deepest


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number.")
