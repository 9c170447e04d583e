"""Single statements asked of PostgreSQL as libpq does it, for what is asked thousands of times a second.

A statement is prepared once on each connection; values go as text, and what comes back stays bytes.
Everything else goes through the driver's cursors or through SQLAlchemy.
"""

import select
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg import pq

Row = tuple[Any, ...]  # of bytes, None for NULL
# A statement with %s for each value, and the values as PostgreSQL reads them.
Question = tuple[str, Sequence[str]]
_DONE = frozenset({pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK})
_names: WeakKeyDictionary[psycopg.Connection[Any], dict[str, bytes]] = WeakKeyDictionary()


def ask(connection: psycopg.Connection[Any], *questions: Question) -> list[list[Row]]:
    """Return the rows of each statement, in text form, NULL as None.

    They go to the server together, each is a transaction of its own. psycopg.Error when one fails or the
    connection is lost; the others may have been carried out. The connection has to commit by itself, and is
    not to be used again after an error.
    """
    named = [(_name(connection, statement), values) for statement, values in questions]
    results = _results(
        connection.pgconn, [(name, [each.encode() for each in values]) for name, values in named]
    )
    return [_rows(each) for each in results]


def _name(connection: psycopg.Connection[Any], statement: str) -> bytes:
    """Return by what name the statement is prepared on this connection."""
    names = _names.setdefault(connection, {})
    if statement not in names:
        name = f"direct_{len(names)}".encode()
        first, *others = statement.split("%s")
        numbered = first + "".join(f"${place}{each}" for place, each in enumerate(others, 1))
        _rows(connection.pgconn.prepare(name, numbered.encode()))
        names[statement] = name
    return names[statement]


def _results(
    pgconn: "pq.abc.PGconn", asked: Sequence[tuple[bytes, Sequence[bytes]]]
) -> list["pq.abc.PGresult"]:
    if len(asked) == 1:
        return [pgconn.exec_prepared(*asked[0])]
    pgconn.enter_pipeline_mode()
    for name, values in asked:
        pgconn.send_query_prepared(name, values)
        pgconn.pipeline_sync()
    _flush(pgconn)
    results = [_next(pgconn) for _ in asked]
    pgconn.exit_pipeline_mode()
    return results


def _flush(pgconn: "pq.abc.PGconn") -> None:
    """Send all; take what comes meanwhile, or server and client would wait for each other."""
    while pgconn.flush():
        ready = select.poll()
        ready.register(pgconn.socket, select.POLLIN | select.POLLOUT)
        if any(what & ~select.POLLOUT for _, what in ready.poll()):
            pgconn.consume_input()


def _next(pgconn: "pq.abc.PGconn") -> "pq.abc.PGresult":
    """Return the result of the next statement, after which a nothing and a mark follow."""
    result, nothing, mark = pgconn.get_result(), pgconn.get_result(), pgconn.get_result()
    if result is None or nothing is not None or mark is None or mark.status != pq.ExecStatus.PIPELINE_SYNC:
        raise psycopg.OperationalError("the connection was lost")
    return result


def _rows(result: "pq.abc.PGresult") -> list[Row]:
    if result.status not in _DONE:
        raise _error(result)
    get, columns = result.get_value, range(result.nfields)
    return [tuple([get(row, column) for column in columns]) for row in range(result.ntuples)]


def _error(result: "pq.abc.PGresult") -> psycopg.Error:
    """Return what went wrong by its kind; the server's message may repeat values."""
    state = result.error_field(pq.DiagnosticField.SQLSTATE)
    if state is None:
        return psycopg.OperationalError("the connection was lost")
    try:
        kind = psycopg.errors.lookup(state.decode())
    except KeyError:
        kind = psycopg.DatabaseError
    return kind(f"the statement failed: {state.decode()}")
