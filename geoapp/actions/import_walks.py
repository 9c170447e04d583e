"""Storing a recorded track as a walk: the same chunks that a phone would have sent, once."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
import rfc8785
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.actions import audit, tracks
from geoapp.actions.imports import IMPORTED_TEAM
from geoapp.actions.people import team_id
from geoapp.actions.repeatable import hold
from geoapp.config import Limits, Rules
from geoapp.errors import NotFound, Refused
from geoapp.model import Person, Track, TrackChunk, Walk
from spatial.tracks import Chunk, CleanTrack

# Walks of a file that name none must get the same identifiers every time it is imported.
_OF_FILES = UUID("6f1c3b1e-5d0a-5c8e-9c1f-4b7a2f6f5a03")


@dataclass(frozen=True)
class Keeper:
    """Whose walk it becomes: a team, and an officer where one is named."""

    team: int
    officer: UUID | None


@dataclass(frozen=True)
class StoredTrack:
    """What a walk has now; `added` is False when all of it was there before."""

    walk: UUID
    added: bool
    km: float
    minutes: float


def keeper(session: Session, officer: str | None) -> Keeper:
    """Return the officer with this address and their team, or the team of imports without an officer."""
    if officer is None:
        return Keeper(team_id(session, IMPORTED_TEAM), None)
    person = session.scalars(select(Person).where(Person.email == officer.strip().lower())).one_or_none()
    if person is None:
        raise NotFound(f"Nobody has the address {officer}. Create them: geoapp users create {officer} …")
    return Keeper(person.team_id, person.id)


def walk_of_file(content_hash: bytes, number: int, start: datetime | None) -> UUID:
    """Return the identifier of the walk that the file's track with this number becomes."""
    laid = "" if start is None else f" {start.astimezone(UTC).isoformat()}"
    return uuid.uuid5(_OF_FILES, f"{content_hash.hex()} {number}{laid}")


def in_time(chunks: Sequence[Chunk], limits: Limits) -> tuple[tuple[Chunk, ...], int]:
    """Return the chunks without fixes before 2015 or too far ahead, and how many fixes that left out."""
    earliest = datetime(limits.earliest_year, 1, 1, tzinfo=UTC).timestamp() * 1000
    latest = (datetime.now(UTC) + timedelta(hours=limits.ahead_hours)).timestamp() * 1000
    kept: list[Chunk] = []
    lost, gap = 0, False
    for chunk in chunks:
        inside = (chunk.fixes[:, 2] >= earliest) & (chunk.fixes[:, 2] <= latest)
        lost += int((~inside).sum())
        gap = gap or chunk.gap_before
        if inside.any():
            kept.append(Chunk(chunk.number, chunk.fixes[inside], gap))
            gap = False
    return tuple(kept), lost


def add_walk(
    session: Session,
    walk_id: UUID,
    chunks: Sequence[Chunk],
    cleaned: CleanTrack,
    *,
    by: str,
    whose: Keeper,
    rules: Rules,
) -> StoredTrack:
    """Store a walk of its own from the times of its track.

    Refused when it is stored by another team.
    """
    started, ended = _span(cleaned)
    body = rfc8785.dumps({"ended_at": _text(ended), "started_at": _text(started)})
    hold(session, "walk", walk_id)
    walk = session.get(Walk, walk_id)
    if walk is None:
        walk = Walk(
            id=walk_id, team_id=whose.team, officer_id=whose.officer, started_at=started, ended_at=ended
        )
        walk.body, walk.body_hash = body.decode(), sha256(body).digest()
        session.add(walk)
        session.flush()
    return _add_chunks(session, walk, chunks, by=by, whose=whose, rules=rules)


def add_to_walk(
    session: Session,
    walk_id: UUID,
    chunks: Sequence[Chunk],
    cleaned: CleanTrack,
    *,
    by: str,
    officer: str | None,
    rules: Rules,
    first_chunk: int = 0,
) -> StoredTrack:
    """Store a track on a walk that is recorded, or will be: without it, it begins and ends with the track.

    Its chunks are numbered after those that are there, and from `first_chunk` on.
    Refused when it is not of the team of the officer named (None: any team), or was recorded at that time.
    """
    whose = None if officer is None else keeper(session, officer)
    hold(session, "walk", walk_id)
    walk = session.get(Walk, walk_id)
    if walk is None:
        whose = whose or keeper(session, None)
        walk = Walk(id=walk_id, team_id=whose.team, officer_id=whose.officer)
        session.add(walk)
    if walk.started_at is None:
        walk.started_at, walk.ended_at = _span(cleaned)
    session.flush()
    return _add_chunks(session, walk, chunks, by=by, whose=whose, rules=rules, first_chunk=first_chunk)


def _add_chunks(
    session: Session,
    walk: Walk,
    chunks: Sequence[Chunk],
    *,
    by: str,
    whose: Keeper | None,
    rules: Rules,
    first_chunk: int = 0,
) -> StoredTrack:
    if whose is not None and walk.team_id != whose.team:
        raise Refused(f"The walk {walk.id} is another team's. Name one of its officers with --officer.")
    bodies = [_body(chunk) for chunk in chunks]
    hashes = [sha256(body).digest() for body in bodies]
    stored = session.scalars(select(TrackChunk.body_hash).where(TrackChunk.walk_id == walk.id)).all()
    missing = [at for at, hashed in enumerate(hashes) if hashed not in stored]
    if missing:
        _refuse_same_time(session, walk.id, chunks)
        highest = session.scalar(select(func.max(TrackChunk.chunk)).where(TrackChunk.walk_id == walk.id))
        first = first_chunk if highest is None else max(first_chunk, highest + 1)
        for place, at in enumerate(missing):
            session.add(
                TrackChunk(
                    walk_id=walk.id, chunk=first + place, body=bodies[at].decode(), body_hash=hashes[at]
                )
            )
        session.flush()
        tracks.rebuild(session, walk.id, rules)
        audit.note(
            session,
            actor=by,
            action="walk imported",
            subject=f"walk {walk.id}",
            detail={"chunks": len(missing)},
        )
    track = session.get(Track, walk.id)
    metres, minutes = (track.metres, track.minutes) if track is not None else (0.0, 0.0)
    return StoredTrack(walk.id, bool(missing), metres / 1000, minutes)


def _refuse_same_time(session: Session, walk_id: UUID, chunks: Sequence[Chunk]) -> None:
    """Refuse a track that was walked while another of the walk was recorded: its metres would count twice."""
    bodies = session.scalars(select(TrackChunk.body).where(TrackChunk.walk_id == walk_id)).all()
    times = [fix[2] for body in bodies for fix in json.loads(body)["fixes"]]
    if not times:
        return
    new = np.concatenate([chunk.fixes[:, 2] for chunk in chunks])
    if new.min() <= max(times) and new.max() >= min(times):
        start, end = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (min(times), max(times)))
        raise Refused(
            f"The walk {walk_id} has a track from {start:%Y-%m-%d %H:%M} to {end:%H:%M} UTC already, and "
            "this one was recorded at the same time: its metres would count twice."
        )


def _body(chunk: Chunk) -> bytes:
    """Return the chunk as the capture API stores it: canonical JSON."""
    fixes: list[Any] = [
        [lon, lat, round(t_ms), None if accuracy != accuracy else accuracy]  # noqa: PLR0124 (nan is unknown)
        for lon, lat, t_ms, accuracy in chunk.fixes.tolist()
    ]
    return rfc8785.dumps({"fixes": fixes, "gap_before": chunk.gap_before})


def _span(cleaned: CleanTrack) -> tuple[datetime, datetime]:
    times = (cleaned.started_ms or 0, cleaned.ended_ms or 0)
    started, ended = (datetime.fromtimestamp(ms / 1000, UTC) for ms in times)
    return started, ended


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
