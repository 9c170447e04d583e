"""A track that another app recorded, added to a walk from its page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Request

from geoapp.access import Person
from geoapp.actions import import_walks
from geoapp.actions.tracks import cleaned_track
from geoapp.config import Settings
from geoapp.db import writing
from geoapp.errors import Refused, malformed, refused
from spatial.gpx import RefusedGpx, read_gpx
from spatial.tracks import Chunk

_LONDON = ZoneInfo("Europe/London")
# Phones number their own chunks from 0, and one that is still on the phone must find its number free.
FIRST_CHUNK: Final = 1_000_000


def add(request: Request, walk_id: UUID, *, by: Person, settings: Settings) -> bool:
    """Add the tracks of the uploaded `file` to a walk of the person's team; whether anything is new.

    For a file without times `start` says when the walk began, in London's time. Refused, with the reason in
    plain words, when the file is no GPX that can be walked, or was walked while the walk was recorded.
    """
    data = _read(request, settings.limits.gpx_bytes)
    try:
        tracks = read_gpx(data, start=_start(request), max_bytes=settings.limits.gpx_bytes)
    except RefusedGpx as error:
        raise refused("file", error.reason) from error
    every = [chunk for track in tracks for chunk in track.chunks]
    renumbered = [replace(chunk, number=number) for number, chunk in enumerate(every)]
    chunks, out_of_time = import_walks.in_time(renumbered, settings.limits)
    _check(chunks, out_of_time)
    cleaned = cleaned_track(chunks, settings.rules)
    if not any(len(piece.lon) > 1 for piece in cleaned.pieces):
        why = ", ".join(f"{count:,} {reason}" for reason, count in cleaned.dropped.items() if count)
        raise refused("file", f"No two points of it make a line ({why or 'too far apart in time'}).")
    with writing() as session:
        stored = import_walks.add_to_walk(
            session,
            walk_id,
            chunks,
            cleaned,
            by=by.email,
            officer=by.email,
            rules=settings.rules,
            first_chunk=FIRST_CHUNK,
        )
    return stored.added


def _read(request: Request, most: int) -> bytes:
    """Return the uploaded file, one byte over `most` at the most, so that it can be told to be too large."""
    sent = request.files.get("file")
    data = sent.stream.read(most + 1) if sent else b""
    for every in request.files.values():
        every.close()
    if not data:
        raise malformed("file", "Choose a GPX file.")
    return data


def _check(chunks: Sequence[Chunk], out_of_time: int) -> None:
    if chunks:
        return
    if out_of_time:
        raise Refused(
            "The times of this file are before 2015 or too far ahead. Check the clock of its device."
        )
    raise Refused("No point of this file has a time: say when the walk started.")


def _start(request: Request) -> datetime | None:
    typed = request.form.get("start", "").strip()
    if not typed:
        return None
    try:
        found = datetime.fromisoformat(typed)
    except ValueError as error:
        raise malformed("start", "Write the time as 2026-03-30T21:14.") from error
    return found.replace(tzinfo=found.tzinfo or _LONDON)
