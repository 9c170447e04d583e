"""Entries of readings in the audit log: each is on the disk before its reader is told anything.

A change writes its entry in its own transaction. A reading has none, and there are many of them: what several
readers wait for is written by the first of them for all. Two statements go to the database together:

1. The entries are written in a transaction that does not wait for the disk, so that the chain, which only one
   can make longer at a time, is free again at once.
2. Then a message that nobody reads is written to PostgreSQL's log and waited for. The log is flushed in
   order: what came before the message is on the disk, too.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

import psycopg

from geoapp.db import writing, writing_quickly
from geoapp.direct import ask

_WRITE = """
WITH now_or_soon AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO audit (actor, action, subject, detail)
SELECT e ->> 'actor', e ->> 'action', e ->> 'subject', e -> 'detail'
FROM now_or_soon, jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS t (e, place) ORDER BY t.place
"""
_FLUSH = "SELECT set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'lamplight', '')"

T = TypeVar("T")
Entry = Mapping[str, object]


@dataclass
class _Waiting(Generic[T]):
    """What somebody waits for, and what came of it."""

    wanted: T
    done: bool = False
    error: Exception | None = None


class Together(Generic[T]):
    """Does for a group what each of many threads wants: whoever comes while it is done waits for the next."""

    def __init__(self, do: Callable[[Sequence[T]], None]) -> None:
        """Do it with this, for all of a group or for none."""
        self._do = do
        self._lock, self._turn = Lock(), Lock()
        self._waiting: list[_Waiting[T]] = []

    def wait_for(self, wanted: T) -> None:
        """Return once it is done; what doing it raised is raised to everybody of the group."""
        mine = _Waiting(wanted)
        with self._lock:
            self._waiting.append(mine)
        with self._turn:
            if not mine.done and mine.error is None:
                self._do_all()
        if mine.error is not None:
            raise mine.error

    def _do_all(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting, []
        try:
            self._do([each.wanted for each in group])
        except BaseException as error:
            told = error if isinstance(error, Exception) else RuntimeError("stopped while writing")
            for each in group:
                each.error = told
            if told is not error:
                raise
        else:
            for each in group:
                each.done = True


def keep(*entries: Entry) -> None:
    """Return once entries of actor, action, subject and detail are stored for good; DatabaseAway if not."""
    if entries:
        _kept.wait_for(entries)


def _keep(groups: Sequence[Sequence[Entry]]) -> None:
    entries = json.dumps([entry for group in groups for entry in group])
    try:
        with writing_quickly() as connection:
            ask(connection, (_WRITE, (entries,)), (_FLUSH, ()))
    except psycopg.Error:  # it may have gone stale; the ordinary way opens another, or says what is wrong
        with writing() as session:
            session.connection().exec_driver_sql(_WRITE, (entries,))
        with writing() as session:
            session.connection().exec_driver_sql(_FLUSH, ())


_kept: Together[Sequence[Entry]] = Together(_keep)
