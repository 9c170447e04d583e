"""Recording a walk's track: raw chunks as they came, and the cleaned track made from them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from geoalchemy2 import WKBElement
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit
from geoapp.actions.cells import outline_cells
from geoapp.actions.repeatable import Outcome, Sent, decide, hold
from geoapp.actions.walks import announced
from geoapp.config import Rules
from geoapp.model import Track, TrackChunk
from spatial.crs import BNG, WGS84
from spatial.tracks import Chunk, CleanTrack, Piece, clean

_MULTILINE_M, _LINE_M, _HAS_SRID, _LITTLE_ENDIAN = 0x40000005, 0x40000002, 0x20000000, b"\x01"


@dataclass(frozen=True)
class NewChunk:
    """A part of a walk's fixes as sent."""

    sent: Sent


def put(session: Session, walk_id: UUID, number: int, new: NewChunk, *, by: Person, rules: Rules) -> Outcome:
    """Store a chunk and make the walk's cleaned track anew; NotFound when the walk is another team's.

    Cleaning reads all chunks of the walk: an hour of fixes takes tens of milliseconds.
    """
    hold(session, "walk", walk_id)
    announced(session, walk_id, by=by)
    stored = session.get(TrackChunk, (walk_id, number))
    outcome = decide(stored.body_hash if stored else None, new.sent)
    if outcome is Outcome.UNCHANGED:
        return outcome
    if stored is None:
        stored = TrackChunk(walk_id=walk_id, chunk=number)
        session.add(stored)
    stored.body = new.sent.text
    stored.body_hash = new.sent.hash
    session.flush()
    rebuild(session, walk_id, rules)
    audit.note(
        session,
        actor=by.email,
        action=f"track {outcome.value}",
        subject=f"walk {walk_id}",
        detail={"chunk": number},
    )
    return outcome


def rebuild(session: Session, walk_id: UUID, rules: Rules) -> None:
    """Make the cleaned track of a walk from its raw chunks; exposure follows by trigger."""
    chunks = session.execute(
        select(TrackChunk.chunk, TrackChunk.body)
        .where(TrackChunk.walk_id == walk_id)
        .order_by(TrackChunk.chunk)
    )
    cleaned = cleaned_track([read_chunk(number, body) for number, body in chunks], rules)
    lines = [piece for piece in cleaned.pieces if len(piece.lon) > 1]
    if not lines:
        session.execute(delete(Track).where(Track.walk_id == walk_id))
        return
    track = session.get(Track, walk_id)
    if track is None:
        track = Track(walk_id=walk_id)
        session.add(track)
    track.geom, track.geom_bng = geometry(lines, WGS84), geometry(lines, BNG)
    track.light = [int(code) for code in cleaned.segments().light]
    track.metres, track.minutes = float(cleaned.metres), float(cleaned.minutes)
    track.dropped = dict(cleaned.dropped)
    session.flush()
    outline_cells(session)


def cleaned_track(chunks: Sequence[Chunk], rules: Rules) -> CleanTrack:
    """Return the track cleaned by the installation's rules."""
    return clean(
        chunks,
        max_accuracy_m=rules.fix_accuracy_m,
        max_speed_mps=rules.fix_speed_mps,
        gap_after_s=rules.fix_gap_s,
    )


def read_chunk(number: int, body: str) -> Chunk:
    """Return a stored chunk as arrays; an accuracy of null is unknown."""
    stored = json.loads(body)
    fixes = np.array([[np.nan if v is None else v for v in fix] for fix in stored["fixes"]], dtype=np.float64)
    return Chunk(number=number, fixes=fixes.reshape(-1, 4), gap_before=bool(stored.get("gap_before", False)))


def geometry(pieces: Sequence[Piece], crs: int) -> WKBElement:
    """Return pieces as a MultiLineStringM in WGS84 or British National Grid, M in epoch milliseconds."""
    out = bytearray(_LITTLE_ENDIAN)
    out += np.array([_MULTILINE_M | _HAS_SRID, crs, len(pieces)], dtype="<u4").tobytes()
    for piece in pieces:
        x, y = (piece.lon, piece.lat) if crs == WGS84 else (piece.easting, piece.northing)
        out += _LITTLE_ENDIAN + np.array([_LINE_M, len(x)], dtype="<u4").tobytes()
        out += np.column_stack([x, y, piece.t_ms]).astype("<f8").tobytes()
    return WKBElement(bytes(out), srid=crs, extended=True)
