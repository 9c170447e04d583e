"""The check of wordings: the same cases and the same rules in Python and in the browser's module."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapp import wording, wording_patterns, wording_words

TESTS = Path(__file__).resolve().parents[1]
MODULE = TESTS.parent / "static" / "js" / "wording.js"
CASES: list[dict[str, Any]] = json.loads((TESTS / "wording_cases.json").read_text(encoding="utf-8"))
# Reads texts, gives back what the module finds in each, and what it knows.
ASK = f"""
import {{ readFileSync }} from "node:fs";
const known = await import({json.dumps(MODULE.as_uri())});
const found = JSON.parse(readFileSync(0, "utf8")).map((text) => known.check(text).map((each) =>
  [each.kind, each.text, text.slice(each.start, each.end), each.advice]));
const lists = Object.fromEntries(Object.entries(known.LISTS).map(([name, list]) => [name, [...list]]));
const {{ PATTERNS: patterns, ADVICE: advice, WORD: word }} = known;
console.log(JSON.stringify({{ found, lists, patterns, advice, word }}));
"""


def browser(texts: list[str]) -> dict[str, Any]:
    """What the browser's module says, run by Node.js."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed: run make setup")
    ran = subprocess.run(
        [node, "--input-type=module", "--eval", ASK],
        input=json.dumps(texts),
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    )
    said: dict[str, Any] = json.loads(ran.stdout)
    return said


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    return browser([case["text"] for case in CASES])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40] or "nothing")
def test_what_is_pointed_out(case: dict[str, Any]) -> None:
    found = wording.check(case["text"])
    assert [[each.kind, each.text] for each in found] == case["found"]
    assert [case["text"][each.start : each.end] for each in found] == [each.text for each in found]
    assert all(each.advice for each in found)


def test_the_browser_points_out_the_same(said: dict[str, Any]) -> None:
    for case, found in zip(CASES, said["found"], strict=True):
        assert [each[:2] for each in found] == case["found"], case["text"]
        assert all(text == cut for _, text, cut, _ in found), case["text"]


def test_both_know_the_same(said: dict[str, Any]) -> None:
    assert [tuple(each) for each in said["patterns"]] == list(wording_patterns.PATTERNS)
    assert said["advice"] == wording_patterns.ADVICE
    assert said["word"] == wording.WORD
    for name, words in said["lists"].items():
        assert set(words) == getattr(wording_words, name), name


def test_every_kind_is_among_the_cases() -> None:
    assert {kind for case in CASES for kind, _ in case["found"]} == set(wording_patterns.ADVICE)


LINES = [part for case in CASES for part in case["text"].split()] + [
    ". ",
    ", ",
    "\n",
    "\u2019s",
    "-",
    "0",
    "A",
]


def test_both_agree_on_words_thrown_together() -> None:
    texts: list[str] = []
    for step in range(1, 60):
        texts.append(" ".join(LINES[(at * step * 7) % len(LINES)] for at in range(30)))
        texts.append("".join(LINES[(at * step * 11 + 3) % len(LINES)] for at in range(30)))
    found = browser(texts)["found"]
    for text, theirs in zip(texts, found, strict=True):
        assert [[each.kind, each.text] for each in wording.check(text)] == [each[:2] for each in theirs], text


@given(st.text(max_size=200))
def test_findings_are_in_order_and_apart(text: str) -> None:
    found = wording.check(text)
    ends = [0, *(each.end for each in found)]
    assert all(each.start >= end for each, end in zip(found, ends, strict=False))
    assert all(text[each.start : each.end] == each.text != "" for each in found)


@pytest.mark.parametrize(
    "piece", ["a", "1 ", ":", "A ", "0", "0 ", "born ", "born is ", "Mr ", "a.b-", "1 A ", "@a"]
)
def test_a_long_text_made_to_be_slow_is_not(piece: str) -> None:
    # Each pattern takes a bounded number of steps for each character; without that one of these takes hours.
    wording.check(piece * (4_000 // len(piece)))
