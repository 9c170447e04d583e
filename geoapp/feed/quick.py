"""Plain readings with a key, answered before the rest of the application is woken up.

What nightly scripts and desktop programs ask again and again, a page of a collection or of a box, or one
feature, needs neither session nor form nor template. Such requests (`plain.py`) are answered here, together
where several wait: each from one snapshot, and written down like every reading before it is told. Whatever is
not plain, and whatever goes wrong, is left to the application behind, which gives the same answers and says
what is wrong.
"""

import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from flask import Flask

from geoapp import counts, logs
from geoapp.access import FeedReader
from geoapp.actions import readings
from geoapp.config import Settings
from geoapp.db import reading_feed_quickly
from geoapp.errors import LamplightError
from geoapp.feed import disclosure, limits, plain, unchanged
from geoapp.feed import told as told_of
from geoapp.feed.kept_answers import KeptAnswers, Place, Query
from geoapp.feed.limits import Allowance
from geoapp.feed.plain import Asked, Wanted
from geoapp.feed.told import FULL, KNOWN, Headers, Told
from geoapp.pages import secure_headers
from geoapp.queries import feed_quick
from geoapp.queries.feed_quick import Now

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EXTENSION = "lamplight-quick-reads"
log = structlog.get_logger()
_VARY = ("Vary", "Accept, Authorization, X-API-Key, Cookie, Accept-Encoding")
_CACHE = ("Cache-Control", "private, no-cache")
# A larger page, and a box whose content has to be looked for, would let others wait.
_MOST_LIGHT = 1_000
_MOST_FULL = 1_000


@dataclass(frozen=True)
class Answer:
    """An answer as it is sent, and by which name it is counted."""

    endpoint: str
    status: str
    headers: Headers
    parts: tuple[bytes, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of a request: an answer, or none where the application has to say why; how it was counted."""

    answer: Answer | None = None
    allowance: Allowance | None = None


class QuickReads:
    """Stands before the application; passes on everything but plain readings with a key."""

    def __init__(self, app: Flask, application: "WSGIApplication", kept: KeptAnswers | None = None) -> None:
        """Answer by the settings of `app`, and leave the rest to `application`."""
        self._application = application
        self.settings: Settings = app.config["SETTINGS"]
        self._limiter: limits.Limiter = app.extensions[limits.EXTENSION]
        self.kept = kept or KeptAnswers()
        # Boxes that were seen to hold more than a page.
        self._full: dict[tuple[str, Query], None] = {}
        # A large page takes tens of megabytes while it is made: a process makes one at a time.
        self._one_large = Lock()
        app.extensions[EXTENSION] = self

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as WSGI wants it."""
        began = time.perf_counter()
        answer = self._answer_or_none(environ)
        if answer is None:
            return self._application(environ, start_response)
        tally([(answer, time.perf_counter() - began)])
        start_response(answer.status, answer.headers)
        return answer.parts

    def _answer_or_none(self, environ: "WSGIEnvironment") -> Answer | None:
        try:
            asked = plain.asked(environ, self.settings)
        except (ValueError, LamplightError):  # the application says it in its own words
            return None
        if asked is None:
            return None
        [outcome] = self.answers([asked])
        if outcome.allowance is not None:
            environ[limits.COUNTED] = outcome.allowance
        return outcome.answer

    def is_light(self, wanted: Wanted) -> bool:
        """Whether others may wait for it: neither a large page nor a box to be looked through."""
        asked = wanted.selection
        if wanted.identifiers or self.kept.has_some(wanted.path, wanted.query):
            return True
        if asked.limit > _MOST_LIGHT:
            return False
        return asked.box is None or (asked.beside is None and (wanted.path, wanted.query) not in self._full)

    def answers(self, asked: Sequence[Asked], *, light: bool = False) -> list[Outcome]:
        """Return what came of each, all of them read together and written down together.

        With `light`, what turns out to be large gets no answer: a box that holds much, or a large page that
        was kept and has changed.
        """
        if not asked:
            return []
        try:
            large = not light and any(each.wanted.selection.limit > _MOST_LIGHT for each in asked)
            # Who waits for its turn holds no connection; who answers for many has one of its own.
            with (
                self._one_large if large else nullcontext(),
                reading_feed_quickly(reserved=light) as connection,
            ):
                told = self._tell(connection, asked, light=light)
            outcomes = [self._counted(each, what) for each, what in zip(asked, told, strict=True)]
            self._write_down(asked, told, outcomes)
        except (psycopg.Error, LamplightError):  # the application says it in its own words
            return [Outcome()] * len(asked)
        except Exception as error:
            log.error("quick readings failed", exc_info=error)  # noqa: TRY400 (its places, never its message)
            return [Outcome()] * len(asked)
        return outcomes

    def _tell(
        self, connection: psycopg.Connection[Any], asked: Sequence[Asked], *, light: bool
    ) -> list[Told | None]:
        told: list[Told | None] = [None] * len(asked)
        single = [place for place, each in enumerate(asked) if each.wanted.identifiers]
        if single:
            found = feed_quick.items(connection, [_one(asked[place]) for place in single])
            for number, place in enumerate(single):
                told[place] = told_of.feature(asked[place], found.get(number))
        pages = [place for place, each in enumerate(asked) if not each.wanted.identifiers]
        states = self._states(connection, [asked[place] for place in pages])
        small = []
        for place in pages:
            told[place] = self._known(asked[place], states, light=light)
            if told[place] is None and _is_small(asked[place].wanted):
                small.append(place)
            elif told[place] is None:
                told[place] = self._page(connection, asked[place], light=light)
        if small:
            wanted = [(*_state_of(asked[place]), asked[place].wanted.selection) for place in small]
            read = feed_quick.pages(connection, wanted)
            for number, place in enumerate(small):
                told[place] = self._told(asked[place], read.get(number))
        return told

    def _states(
        self, connection: psycopg.Connection[Any], pages: Sequence[Asked]
    ) -> dict[tuple[bytes, str], Now] | None:
        """Return the state of what may be there already, at the reader's or here; None if nothing is."""
        known = [each for each in pages if each.caller.known is not None or self.kept.has(_place(each))]
        wanted = list(dict.fromkeys(map(_state_of, known)))
        return feed_quick.states(connection, wanted) if wanted else None

    def _known(
        self, asked: Asked, states: dict[tuple[bytes, str], Now] | None, *, light: bool
    ) -> Told | None:
        """Return the page that is there already, at the reader's or here, if nothing has changed."""
        now = None if states is None else states.get(_state_of(asked))
        if now is None:
            return None
        tag = _tag(asked, now)
        if asked.caller.known is not None and unchanged.is_known(asked.caller.known, tag):
            return Told(KNOWN, [("ETag", f'W/"{tag}"')], (), now.holder, 0)
        if light and asked.caller.way is not None and asked.wanted.selection.limit > _MOST_LIGHT:
            return None  # to pack it would let others wait
        kept = self.kept.get(_place(asked), tag)
        return None if kept is None else told_of.of_page(asked, kept, now.holder)

    def _page(self, connection: psycopg.Connection[Any], asked: Asked, *, light: bool) -> Told | None:
        """Return a page that is large or of a box, put together now."""
        wanted = asked.wanted
        if light and wanted.selection.limit > _MOST_LIGHT:
            return None
        key, name = _state_of(asked)
        try:
            found = feed_quick.page(connection, key, name, wanted.selection, light=light)
        except feed_quick.TooMuch:
            self._full[wanted.path, wanted.query] = None
            while len(self._full) > _MOST_FULL:
                self._full.pop(next(iter(self._full)), None)
            return None
        return self._told(asked, found)

    def _told(self, asked: Asked, found: feed_quick.Reading | None) -> Told | None:
        if found is None:
            return None
        tag = _tag(asked, Now(found.holder, found.state))
        kept = told_of.page(asked, found, tag, self.settings.secret_key)
        self.kept.offer(_place(asked), kept)
        return told_of.of_page(asked, kept, found.holder)

    def _counted(self, asked: Asked, told: Told | None) -> Outcome:
        """Return the answer with all its headers, if the reader may have one more."""
        if told is None:
            return Outcome()
        whose = limits.of_key(told.holder.key_id)
        allowance = self._limiter.take(whose, self.settings.limits.feed_requests_key)
        if not allowance.within:
            return Outcome(None, allowance)
        secure = secure_headers(secrets.token_urlsafe(16), over_tls=asked.caller.over_tls)
        headers = [*told.headers, _VARY, _CACHE, *allowance.headers(), *secure]
        endpoint = "feed.item" if asked.wanted.identifiers else "feed.items"
        return Outcome(Answer(endpoint, told.status, headers, told.parts), allowance)

    def _write_down(
        self, asked: Sequence[Asked], told: Sequence[Told | None], outcomes: Sequence[Outcome]
    ) -> None:
        """Keep that keys were used, and what was told; if that cannot be kept, nothing is told."""
        entries = []
        for each, what, outcome in zip(asked, told, outcomes, strict=True):
            if what is None or outcome.answer is None:
                continue
            holder = what.holder
            reader = FeedReader(holder.name, holder.boroughs, holder.key_id, holder.may_write)
            disclosure.touch(reader)
            if what.status == FULL:
                wanted = each.wanted
                place = {"path": wanted.path, "selection": dict(wanted.query)}
                actor = f"key {holder.name}"
                entries.append(
                    disclosure.entry(actor, reader, wanted.collection, what.features, **place)  # type: ignore[arg-type]
                )
        readings.keep(*entries)


def tally(answers: Sequence[tuple[Answer, float]]) -> None:
    """Log and count answers, each of which took so many seconds."""
    said = [(answer.endpoint, "GET", int(answer.status[:3]), lasted) for answer, lasted in answers]
    logs.answered_together(said)
    counts.observe_together(said)


def _is_small(wanted: Wanted) -> bool:
    return wanted.selection.box is None and wanted.selection.limit <= _MOST_LIGHT


def _one(asked: Asked) -> tuple[bytes, str, Sequence[str]]:
    return asked.caller.key_hash, asked.wanted.collection.name, asked.wanted.identifiers


def _state_of(asked: Asked) -> tuple[bytes, str]:
    return asked.caller.key_hash, asked.wanted.collection.name


def _place(asked: Asked) -> Place:
    wanted, caller = asked.wanted, asked.caller
    return wanted.path, wanted.query, caller.key_hash, caller.root


def _tag(asked: Asked, now: Now) -> str:
    wanted = asked.wanted
    return unchanged.tag_of(wanted.path, asked.caller.root, wanted.query, now.holder.boroughs, now.state)
