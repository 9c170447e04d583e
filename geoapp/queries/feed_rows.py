"""Rows of the feed as the driver gives them: text stays bytes, because it is only passed on."""

from collections.abc import Iterator
from typing import Any

from psycopg import Cursor
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format
from sqlalchemy import Connection, Executable

_TEXT = 25


class _AsItIs(Loader):
    """Gives what the database sent, without decoding it."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        """Return the bytes."""
        return bytes(data)


def first_row(connection: Connection, asked: Executable, bound: dict[str, object]) -> tuple[Any, ...]:
    """Return the first row of a statement within the connection's transaction; texts are bytes of UTF-8."""
    return cursor_of(connection, asked, bound).fetchone() or ()


def cursor_of(connection: Connection, asked: Executable, bound: dict[str, object]) -> Cursor[Any]:
    """Return the driver's cursor on a statement's rows; the transaction and its read-only mode are the connection's."""
    compiled = asked.compile(dialect=connection.dialect)  # type: ignore[attr-defined]  # every statement of ours has it
    driver = connection.connection.driver_connection
    cursor = driver.cursor(binary=True)  # type: ignore[union-attr]  # psycopg's own connection
    cursor.adapters.register_loader(_TEXT, _AsItIs)
    cursor.execute(compiled.string, compiled.construct_params(bound))
    return cursor  # type: ignore[no-any-return]


def stream(connection: Connection, asked: Executable, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Give the rows of a statement in groups of a size, read from a cursor of the server; texts are bytes."""
    compiled = asked.compile(dialect=connection.dialect)  # type: ignore[attr-defined]  # every statement of ours has it
    driver = connection.connection.driver_connection
    with driver.cursor(name="feed_export") as cursor:  # type: ignore[union-attr]  # psycopg's own connection
        cursor.adapters.register_loader(_TEXT, _AsItIs)
        cursor.execute(compiled.string, compiled.construct_params(), binary=True)
        while group := cursor.fetchmany(size):
            yield group
