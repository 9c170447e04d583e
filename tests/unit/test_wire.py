"""Strict JSON, canonical hashes and preconditions, without a request."""

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from geoapp.actions.repeatable import Outcome, Sent, decide, tag
from geoapp.errors import Conflict, Malformed, Stale
from geoapp.wire import if_match, parse_body

# RFC 8785, section 3.2.2 and 3.2.3: its example input and the bytes that are to come of it.
EXAMPLE = rb"""{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"""
CANONICAL = (
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
)


def test_the_example_of_rfc_8785() -> None:
    body = parse_body(EXAMPLE, 32)
    assert body.text == CANONICAL
    assert body.hash == hashlib.sha256(CANONICAL.encode()).digest()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner)
    ),
    max_leaves=20,
)


@given(value=JSON, indent=st.sampled_from([None, 0, 3]), escaped=st.booleans())
def test_however_it_is_written_the_same_value_has_the_same_hash(
    value: Any,
    indent: int | None,
    escaped: bool,
) -> None:
    written = json.dumps(value, indent=indent, ensure_ascii=escaped).encode()
    assert parse_body(written, 32).hash == hashlib.sha256(rfc8785.dumps(value)).digest()


@given(st.binary(max_size=100) | st.text().map(lambda text: text.encode(errors="surrogatepass")))
def test_any_bytes_are_json_or_malformed(data: bytes) -> None:
    try:
        body = parse_body(data, 32)
    except Malformed as error:
        said = error
    else:
        assert json.loads(data) == body.value
        return
    assert said.errors
    assert len(said.detail) < 300


def test_depth_counts_objects_and_lists() -> None:
    assert parse_body(b"[" * 32 + b"]" * 32, 32)
    with pytest.raises(Malformed, match="32 levels"):
        parse_body(b'{"a":' * 33 + b"1" + b"}" * 33, 32)
    with pytest.raises(Malformed, match="32 levels"):
        parse_body(b"[" * 1_000_000, 32)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b'{"a": {"b": ["\\ud800"]}}', "a.b"),
        (b'{"a": 1, "a": 2}', "a"),
        (b'[{"x\\u0000": 1}]', "body"),
        (b'{"a": 1e400}', "body"),
        (b"9007199254740993", "body"),
        (b"1" * 10_000, "body"),
        (b"nan", "body"),
        (b"{'a': 1}", "body"),
        (b'{"a": 01}', "body"),
        (b'{"a": 1,}', "body"),
        (b"\xff", "body"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_body(data, 32)
    assert [each.field for each in caught.value.errors] == [field]


def headers(value: str | None) -> Request:
    return Request(EnvironBuilder(headers={} if value is None else {"If-Match": value}).get_environ())


def test_if_match_keeps_strong_tags_alone() -> None:
    assert if_match(headers(None)) is None
    assert if_match(headers('"a"')) == {'"a"'}
    assert if_match(headers('"a", W/"b" ,"c"')) == {'"a"', '"c"'}
    assert if_match(headers('W/"b"')) == frozenset()
    assert if_match(headers("*")) == {"*"}


def sent(text: str, *tags: str) -> Sent:
    return Sent(text, hashlib.sha256(text.encode()).digest(), frozenset(tags) if tags else None)


def test_what_a_put_does() -> None:
    one, two = sent("1"), sent("2")
    assert decide(None, one) is Outcome.CREATED
    assert decide(one.hash, one) is Outcome.UNCHANGED
    assert decide(one.hash, sent("1", '"stale"')) is Outcome.UNCHANGED
    assert decide(one.hash, sent("2", tag(one.hash))) is Outcome.CHANGED
    assert decide(one.hash, sent("2", "*")) is Outcome.CHANGED
    with pytest.raises(Conflict):
        decide(one.hash, two)
    with pytest.raises(Stale):
        decide(one.hash, sent("2", tag(two.hash)))
    with pytest.raises(Stale):
        decide(None, sent("1", "*"))
