"""What officers send, made into frozen and valid values; past this point nobody checks them again."""

import hashlib
from typing import Any
from uuid import UUID

from flask import Request, current_app
from pydantic import Field

from geoapp.actions.concerns import NewConcern
from geoapp.actions.photos import NewPhoto
from geoapp.actions.repeatable import Sent
from geoapp.actions.tracks import NewChunk
from geoapp.actions.walks import NewWalk
from geoapp.capture.fields import Number, Strict, Whole, moment, quote, read, span, uuid
from geoapp.capture.pictures import redrawn
from geoapp.config import Limits
from geoapp.errors import Malformed, NotFound, malformed, refused
from geoapp.wire import Body, has_body, if_match, json_body, read_bytes
from spatial.crs import within_great_britain
from spatial.geometry import MalformedGeometry, RefusedGeometry, parse_geojson

_FIX_NUMBERS = 4
_CHOICES = {
    "kind": ("concern", "positive"),
    "feeling": ("frightening", "uncomfortable", "acceptable", "comfortable"),
    "basis": ("seen_on_walk", "experienced_here", "felt_here", "heard_from_others"),
    "setting": ("quiet_street", "busy_place", "park", "transport_hub", "other"),
    "position_method": ("gps", "moved", "map"),
}
_LIGHTS = ("day", "twilight", "dark")
_GAP_REASONS = ("hidden", "paused", "no_position", "poor_accuracy", "restarted")
_LAST_CHUNK = 2**31 - 1
_MOST_FACTORS = 100


class _Walk(Strict):
    started_at: str
    ended_at: str | None = None
    participants: Whole | None = None
    team: str | None = None


class _Chunk(Strict):
    fixes: list[list[Number | None]]
    gap_before: bool = False
    gap_reason: str | None = None


class _Properties(Strict):
    walk: str
    kind: str
    recorded_at: str
    factors: list[str] = Field(default_factory=list)
    feeling: str | None = None
    applies: list[str] = Field(default_factory=list)
    basis: str | None = None
    setting: str | None = None
    note: str | None = None
    accuracy_m: Number | None = None
    position_method: str | None = None


class _Concern(Strict):
    type: str
    geometry: dict[str, Any]
    properties: _Properties
    id: str | None = None
    bbox: list[Number] | None = None


class _Share(Strict):
    wording: str | None = None


def walk(request: Request) -> NewWalk:
    """Return the walk that the request states."""
    body = json_body(request)
    sent = read(_Walk, body)
    limits = _limits()
    started = moment("started_at", sent.started_at, limits)
    ended = None if sent.ended_at is None else moment("ended_at", sent.ended_at, limits)
    if ended is not None and ended < started:
        raise refused("ended_at", "The end is before the start. Check both times.")
    if sent.participants is not None and not 0 <= sent.participants <= 1000:  # noqa: PLR2004 (as the database has it)
        raise refused("participants", "participants is how many women walked along: a number from 0 to 1000.")
    return NewWalk(started, ended, sent.participants, sent.team, _sent(body, request))


def chunk(request: Request, number: int) -> NewChunk:
    """Return the part of a track that the request holds."""
    body = json_body(request)
    sent = read(_Chunk, body)
    limits = _limits()
    if number > _LAST_CHUNK:
        raise refused("chunk", f"Chunks are numbered from 0 to {_LAST_CHUNK}.")
    if len(sent.fixes) > limits.chunk_fixes:
        raise refused(
            "fixes", f"A chunk holds at most {limits.chunk_fixes:,} fixes. Send the rest as further chunks."
        )
    if sent.gap_reason is not None:
        _check_gap(sent.gap_reason, sent.gap_before)
    earliest, latest = (end.timestamp() * 1000 for end in span(limits))
    for place, fix in enumerate(sent.fixes):
        _check_fix(f"fixes[{place}]", fix, earliest, latest)
    inside = within_great_britain([fix[0] for fix in sent.fixes], [fix[1] for fix in sent.fixes])  # type: ignore[arg-type]
    if sent.fixes and not inside.any():
        raise refused(
            "fixes", "All of these fixes are outside Great Britain. Check that longitude comes first."
        )
    return NewChunk(_sent(body, request))


def _check_gap(reason: str, gap_before: bool) -> None:
    if reason not in _GAP_REASONS:
        raise refused("gap_reason", f"{quote(reason)} is not one of {', '.join(_GAP_REASONS)}.")
    if not gap_before:
        raise refused("gap_reason", "A reason is for a gap. Send gap_before as true, or no reason.")


def _check_fix(field: str, fix: list[float | None], earliest: float, latest: float) -> None:
    if len(fix) != _FIX_NUMBERS or any(number is None for number in fix[:3]):
        raise malformed(field, "A fix is [longitude, latitude, epoch milliseconds, accuracy in metres].")
    lon, lat, when, accuracy = fix
    if not (-180 <= (lon or 0) <= 180 and -90 <= (lat or 0) <= 90):  # noqa: PLR2004 (degrees)
        raise refused(field, "Longitude is from -180 to 180 and latitude from -90 to 90, longitude first.")
    if not earliest <= (when or 0) <= latest:
        raise refused(field, "The time is too long ago or too far ahead. Times are milliseconds since 1970.")
    if accuracy is not None and accuracy < 0:
        raise refused(field, "The accuracy is negative. It is a radius in metres.")


def concern(request: Request, concern_id: UUID) -> NewConcern:
    """Return the concern that the request holds as a GeoJSON Feature."""
    return concern_of(json_body(request), concern_id, if_match(request))


def concern_of(body: Body, concern_id: UUID, tags: frozenset[str] | None) -> NewConcern:
    """Return the concern that a body holds as a GeoJSON Feature, sent for these entity tags."""
    sent = read(_Concern, body)
    if sent.type != "Feature":
        raise malformed("type", 'A concern is a GeoJSON Feature: "type": "Feature".')
    if sent.id is not None and uuid("id", sent.id) != concern_id:
        raise refused("id", "The id in the body is not the one in the address.")
    limits = _limits()
    said = sent.properties
    for name, choices in _CHOICES.items():
        value = getattr(said, name)
        if value is not None and value not in choices:
            raise refused(f"properties.{name}", f"{quote(value)} is not one of {', '.join(choices)}.")
    _check_list("factors", said.factors, None)
    _check_list("applies", said.applies, _LIGHTS)
    if said.note is not None and len(said.note) > limits.note_characters:
        raise refused(
            "properties.note", f"A note has at most {limits.note_characters:,} characters. Shorten it."
        )
    if said.accuracy_m is not None and said.accuracy_m < 0:
        raise refused("properties.accuracy_m", "The accuracy is negative. It is a radius in metres.")
    return NewConcern(
        place=_place(sent.geometry, limits),
        kind=said.kind,
        recorded_at=moment("properties.recorded_at", said.recorded_at, limits),
        sent=Sent(body.text, body.hash, tags),
        walk=uuid("properties.walk", said.walk),
        factors=tuple(said.factors),
        feeling=said.feeling,
        applies=tuple(said.applies),
        basis=said.basis,
        setting=said.setting,
        note=said.note,
        accuracy_m=said.accuracy_m,
        position_method=said.position_method,
    )


def photo(request: Request) -> NewPhoto:
    """Return the photo that the request holds, drawn anew; what kind it is, its bytes say."""
    limits = _limits()
    # At the pace that other bodies have to keep, a photo is given longer in proportion to its limit.
    seconds = limits.body_seconds * limits.photo_bytes / limits.body_bytes
    data = read_bytes(request, limits.photo_bytes, seconds)
    if not data:
        raise malformed("body", "There is no picture in the request. Send its bytes.")
    picture = redrawn(data, most_pixels=limits.photo_pixels)
    sent = Sent("", hashlib.sha256(data).digest(), if_match(request))
    return NewPhoto(picture.jpeg, picture.width, picture.height, sent)


def tags(request: Request) -> frozenset[str] | None:
    """Return the entity tags that a change was made from, None without any."""
    return if_match(request)


def wording(request: Request) -> str | None:
    """Return the reviewed words that leave the force, or None for none."""
    if not has_body(request):
        return None
    said = read(_Share, json_body(request)).wording
    check_wording(said or "")
    return said if said is not None and said.strip() else None


def check_wording(said: str) -> None:
    """Refuse words for the council that are too long, or that cannot be kept as text."""
    limits = _limits()
    if len(said) > limits.note_characters:
        raise refused(
            "wording", f"The wording has at most {limits.note_characters:,} characters. Shorten it."
        )
    if "\0" in said:
        raise refused("wording", "The wording holds a character that cannot be kept. Type it again.")


def asked_walk(request: Request) -> UUID | None:
    """Return the walk that the page was asked for in its address; NotFound when it is no identifier."""
    asked = request.args.get("walk")
    if not asked:
        return None
    try:
        return uuid("walk", asked)
    except Malformed as error:
        raise NotFound("There is no such walk.") from error


def _place(geometry: dict[str, Any], limits: Limits) -> Any:  # noqa: ANN401 (Point or LineString)
    try:
        return parse_geojson(geometry, max_vertices=limits.route_vertices, max_length_m=limits.route_length_m)
    except MalformedGeometry as error:
        raise malformed(error.path, str(error)) from error
    except RefusedGeometry as error:
        raise refused(error.path, str(error)) from error


def _check_list(name: str, values: list[str], choices: tuple[str, ...] | None) -> None:
    if len(values) > _MOST_FACTORS:
        raise refused(f"properties.{name}", f"At most {_MOST_FACTORS} can be taken. Send fewer.")
    for place, value in enumerate(values):
        field = f"properties.{name}[{place}]"
        if value in values[:place]:
            raise refused(field, f"{quote(value)} is there twice. Send each once.")
        if choices is not None and value not in choices:
            raise refused(field, f"{quote(value)} is not one of {', '.join(choices)}.")


def _sent(body: Body, request: Request) -> Sent:
    return Sent(body.text, body.hash, if_match(request))


def _limits() -> Limits:
    limits: Limits = current_app.config["SETTINGS"].limits
    return limits
