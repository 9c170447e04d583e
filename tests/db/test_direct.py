"""Statements asked through libpq: what comes back, what goes wrong, and that nobody waits for ever."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from geoapp.config import Settings
from geoapp.direct import ask


def opened(settings: Settings) -> psycopg.Connection[Any]:
    url = make_url(str(settings.database_owner_url)).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


@pytest.fixture
def connection(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with opened(settings) as made:
        yield made


def test_rows_are_texts_as_bytes_and_none(connection: psycopg.Connection[Any]) -> None:
    asked = "SELECT %s::text, n, NULL::text, n = 2 FROM generate_series(1, 2) n WHERE n < %s::integer"
    for word in ("a 'quote', a \\ and a % and 'é'", ""):
        assert ask(connection, (asked, (word, "9"))) == [
            [(word.encode(), b"1", None, b"f"), (word.encode(), b"2", None, b"t")]
        ]
    assert ask(connection, (asked, ("x", "0"))) == [[]]


def test_a_statement_is_prepared_once(connection: psycopg.Connection[Any]) -> None:
    for number in range(5):
        assert ask(connection, ("SELECT %s::integer + 1", (str(number),))) == [[(b"%d" % (number + 1),)]]
    prepared = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'direct%'"
    assert connection.execute(prepared).fetchone() == (1,)


def test_those_that_go_together_are_transactions_of_their_own(connection: psycopg.Connection[Any]) -> None:
    now = "SELECT txid_current()"
    [[(first,)], [(second,)], [(third,)]] = ask(connection, (now, ()), (now, ()), (now, ()))
    assert len({first, second, third}) == 3


def test_what_fails_is_said_by_its_kind_and_without_its_values(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE TEMP TABLE kept (n integer PRIMARY KEY)")
    keep = "INSERT INTO kept VALUES (%s::integer)"
    with pytest.raises(psycopg.errors.InvalidTextRepresentation) as failed:
        ask(connection, (keep, ("her note",)))
    assert "her note" not in str(failed.value)
    with pytest.raises(psycopg.errors.UniqueViolation):
        ask(connection, (keep, ("1",)), (keep, ("1",)), (keep, ("2",)))
    # Each is carried out for itself, and the connection is in no transaction and no pipeline.
    assert connection.execute("SELECT n FROM kept ORDER BY n").fetchall() == [(1,), (2,)]
    with pytest.raises(psycopg.errors.SyntaxError):
        ask(connection, ("SELEKT 1", ()))
    assert ask(connection, ("SELECT 1", ())) == [[(b"1",)]]


@pytest.mark.parametrize("together", [1, 2, 3])
def test_a_lost_connection_is_said_and_nobody_waits(settings: Settings, together: int) -> None:
    connection = opened(settings)
    question = ("SELECT count(*) FROM generate_series(1, 3)", ())
    assert ask(connection, *[question] * together) == [[(b"3",)]] * together
    with opened(settings) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        ask(connection, *[question] * together)
    connection.close()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_connection_lost_between_two_of_them_is_said(settings: Settings, place: int) -> None:
    connection = opened(settings)
    questions = [("SELECT 1", ())] * 3
    questions[place] = ("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(10)", ())
    with pytest.raises(psycopg.OperationalError):
        ask(connection, *questions)
    connection.close()


def test_much_goes_both_ways_at_once(connection: psycopg.Connection[Any]) -> None:
    """More than the buffers of a socket hold, so that both sides have to read while they write."""
    much = "x" * 8_000_000
    rows = ask(connection, *[("SELECT %s::text", (much,))] * 4)
    assert rows == [[(much.encode(),)]] * 4
