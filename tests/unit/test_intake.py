"""A request that arrives in pieces: when it is whole, and what is not waited for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapp.cli.intake import Intake, State

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PUT = b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n7;name=x\r\n" + b"\r\n0\r\n\r\n" + b"\r\n0\r\n\r\n"
)
TRAILERS = b"PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nChecked: yes\r\n\r\n"


def intake() -> Intake:
    return Intake(most_head=1000, most_body=100)


@pytest.mark.parametrize("whole", [GET, PUT, CHUNKED, TRAILERS])
def test_it_is_whole_at_its_last_byte_and_not_before(whole: bytes) -> None:
    one = intake()
    states = [one.feed(whole[at : at + 1]) for at in range(len(whole))]
    assert State.READY not in states[:-1]
    assert states[-1] is State.READY
    assert one.take() == whole


@given(st.sampled_from([GET, PUT, CHUNKED, TRAILERS]), st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_however_it_is_cut_it_comes_out_as_it_was(whole: bytes, cuts: list[int]) -> None:
    one = intake()
    rest = whole
    for cut in cuts:
        one.feed(rest[:cut])
        rest = rest[cut:]
    assert one.feed(rest) is State.READY
    assert one.take() == whole


def test_what_was_sent_behind_it_stays_with_it() -> None:
    one = intake()
    assert one.feed(PUT + GET[:9]) is State.READY
    assert one.take() == PUT + GET[:9]
    assert one.feed(GET[:9]) is State.HEAD
    assert one.feed(GET[9:]) is State.READY


def test_empty_lines_before_a_request_are_passed_over() -> None:
    one = intake()
    assert one.feed(b"\r\n\r\n" + GET) is State.READY
    assert one.take() == GET


def test_a_body_that_will_be_refused_is_not_waited_for() -> None:
    assert intake().feed(b"PUT /a HTTP/1.1\r\nContent-Length: 101\r\n\r\n") is State.READY
    chunked = intake()
    chunked.feed(b"PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n")
    assert chunked.feed(b"a" * 90) is State.BODY
    assert chunked.feed(b"a" * 20) is State.READY


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length: +5",
        b"Content-Length: 5x",
        b"Content-Length : 5",
    ],
)
def test_framing_that_has_two_meanings_goes_to_the_parser_at_once(framing: bytes) -> None:
    assert intake().feed(b"PUT /a HTTP/1.1\r\n" + framing + b"\r\n\r\n") is State.READY


def test_a_chunk_that_is_none_goes_to_the_parser_at_once() -> None:
    head = b"PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert intake().feed(head + b"zz\r\n") is State.READY


def test_a_head_without_end_is_too_long() -> None:
    one = intake()
    assert one.feed(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 150) is State.HEAD
    assert one.feed(b"A: b\r\n" * 50) is State.TOO_LONG


def test_a_client_that_asks_before_its_body_is_answered_once() -> None:
    one = intake()
    head = b"PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    assert one.feed(head) is State.BODY
    assert one.expects_continue
    assert one.feed(b"hello") is State.READY
    assert one.take() == b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
