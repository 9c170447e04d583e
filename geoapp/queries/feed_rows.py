"""Rows of the feed as the driver gives them: text stays bytes, because it is only passed on."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import Cursor
from psycopg.pq import Format
from psycopg.types.string import ByteaBinaryLoader
from sqlalchemy import ClauseElement, Compiled, Connection, Dialect, TextClause
from sqlalchemy.exc import DBAPIError

_TEXT = 25  # given as bytea is, which the driver does not decode


def texts_as_bytes(connection: psycopg.Connection[Any]) -> None:
    """Let a connection of the driver give texts as bytes of UTF-8 from now on."""
    if connection.adapters.get_loader(_TEXT, Format.BINARY) is not ByteaBinaryLoader:
        connection.adapters.register_loader(_TEXT, ByteaBinaryLoader)


def first_row(connection: Connection, asked: ClauseElement, bound: dict[str, object]) -> tuple[Any, ...]:
    """Return the first row of a statement within the connection's transaction; texts are bytes of UTF-8."""
    return cursor_of(connection, asked, bound).fetchone() or ()


def all_rows(connection: Connection, asked: ClauseElement, bound: dict[str, object]) -> list[tuple[Any, ...]]:
    """Return all rows of a statement within the connection's transaction; texts are bytes of UTF-8."""
    return cursor_of(connection, asked, bound).fetchall()


def _compiled(asked: ClauseElement, dialect: Dialect) -> Compiled:
    """Return a statement as the driver takes it; those that are read from files are compiled once."""
    return _of_file(asked, dialect) if isinstance(asked, TextClause) else asked.compile(dialect=dialect)


@lru_cache(maxsize=64)
def _of_file(asked: TextClause, dialect: Dialect) -> Compiled:
    return asked.compile(dialect=dialect)


def cursor_of(connection: Connection, asked: ClauseElement, bound: dict[str, object]) -> Cursor[Any]:
    """Return the driver's cursor on a statement's rows, within the connection's transaction."""
    compiled = _compiled(asked, connection.dialect)
    driver = connection.connection.driver_connection
    cursor = driver.cursor(binary=True)  # type: ignore[union-attr]  # psycopg's own connection
    cursor.adapters.register_loader(_TEXT, ByteaBinaryLoader)
    with as_the_engine_says():
        cursor.execute(compiled.string, compiled.construct_params(bound))
    return cursor  # type: ignore[no-any-return]


@contextmanager
def as_the_engine_says() -> Iterator[None]:
    """Turn the driver's errors into those of the engine, which the transaction around knows."""
    try:
        yield
    except psycopg.Error as error:
        raise DBAPIError.instance("", {}, error, psycopg.Error, hide_parameters=True) from error


def stream(connection: Connection, asked: ClauseElement, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Give the rows of a statement in groups of a size, read from a cursor of the server; texts are bytes."""
    compiled = _compiled(asked, connection.dialect)
    driver = connection.connection.driver_connection
    with as_the_engine_says(), driver.cursor(name="feed_export") as cursor:  # type: ignore[union-attr]  # psycopg's own
        cursor.adapters.register_loader(_TEXT, ByteaBinaryLoader)
        cursor.execute(compiled.string, compiled.construct_params(), binary=True)
        while group := cursor.fetchmany(size):
            yield group
