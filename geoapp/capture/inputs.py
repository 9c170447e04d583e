"""What officers send, made into frozen and valid values; past this point nobody checks them again."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

from flask import Request, current_app
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geoapp.actions.concerns import NewConcern
from geoapp.actions.repeatable import Sent
from geoapp.actions.tracks import NewChunk
from geoapp.actions.walks import NewWalk
from geoapp.config import Limits
from geoapp.errors import FieldError, Malformed, malformed, refused
from geoapp.wire import Body, if_match, json_body
from spatial.crs import within_great_britain
from spatial.geometry import MalformedGeometry, RefusedGeometry, parse_geojson

M = TypeVar("M", bound=BaseModel)
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
_FIX_NUMBERS = 4
_CHOICES = {
    "kind": ("concern", "positive"),
    "feeling": ("frightening", "uncomfortable", "acceptable", "comfortable"),
    "basis": ("seen_on_walk", "experienced_here", "felt_here", "heard_from_others"),
    "setting": ("quiet_street", "busy_place", "park", "transport_hub", "other"),
    "position_method": ("gps", "moved", "map"),
}
_LIGHTS = ("day", "twilight", "dark")


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Walk(_Strict):
    started_at: str
    ended_at: str | None = None
    participants: int | None = None
    team: str | None = None


class _Chunk(_Strict):
    fixes: list[list[Number | None]]
    gap_before: bool = False


class _Properties(_Strict):
    walk: str
    kind: str
    recorded_at: str
    factors: list[str] = []
    feeling: str | None = None
    applies: list[str] = []
    basis: str | None = None
    setting: str | None = None
    note: str | None = None
    accuracy_m: Number | None = None
    position_method: str | None = None


class _Concern(_Strict):
    type: str
    geometry: dict[str, Any]
    properties: _Properties
    id: str | None = None
    bbox: list[Number] | None = None


class _Share(_Strict):
    wording: str | None = None


def walk(request: Request) -> NewWalk:
    """Return the walk that the request states."""
    body = json_body(request)
    sent = _read(_Walk, body)
    started = _moment("started_at", sent.started_at)
    ended = None if sent.ended_at is None else _moment("ended_at", sent.ended_at)
    if ended is not None and ended < started:
        raise refused("ended_at", "The end is before the start. Check both times.")
    if sent.participants is not None and not 0 <= sent.participants <= 1000:  # noqa: PLR2004 (as the database has it)
        raise refused("participants", "participants is how many women walked along: a number from 0 to 1000.")
    return NewWalk(started, ended, sent.participants, sent.team, _sent(body, request))


def chunk(request: Request) -> NewChunk:
    """Return the part of a track that the request holds."""
    body = json_body(request)
    sent = _read(_Chunk, body)
    limits = _limits()
    if len(sent.fixes) > limits.chunk_fixes:
        raise refused(
            "fixes", f"A chunk holds at most {limits.chunk_fixes:,} fixes. Send the rest as further chunks."
        )
    earliest, latest = (moment.timestamp() * 1000 for moment in _span(limits))
    for place, fix in enumerate(sent.fixes):
        _check_fix(f"fixes[{place}]", fix, earliest, latest)
    inside = within_great_britain([fix[0] for fix in sent.fixes], [fix[1] for fix in sent.fixes])  # type: ignore[arg-type]
    if sent.fixes and not inside.any():
        raise refused(
            "fixes", "All of these fixes are outside Great Britain. Check that longitude comes first."
        )
    return NewChunk(_sent(body, request))


def _check_fix(field: str, fix: list[float | None], earliest: float, latest: float) -> None:
    if len(fix) != _FIX_NUMBERS or any(number is None for number in fix[:3]):
        raise malformed(field, "A fix is [longitude, latitude, epoch milliseconds, accuracy in metres].")
    lon, lat, when, accuracy = fix
    if not (-180 <= (lon or 0) <= 180 and -90 <= (lat or 0) <= 90):  # noqa: PLR2004 (degrees)
        raise refused(field, "Longitude is from -180 to 180 and latitude from -90 to 90, longitude first.")
    if not earliest <= (when or 0) <= latest:
        raise refused(field, "The time is before 2015 or too far ahead. Times are milliseconds since 1970.")
    if accuracy is not None and accuracy < 0:
        raise refused(field, "The accuracy is negative. It is a radius in metres.")


def concern(request: Request, concern_id: UUID) -> NewConcern:
    """Return the concern that the request holds as a GeoJSON Feature."""
    body = json_body(request)
    sent = _read(_Concern, body)
    if sent.type != "Feature":
        raise malformed("type", 'A concern is a GeoJSON Feature: "type": "Feature".')
    if sent.id is not None and _uuid("id", sent.id) != concern_id:
        raise refused("id", "The id in the body is not the one in the address.")
    limits = _limits()
    said = sent.properties
    for name, choices in _CHOICES.items():
        value = getattr(said, name)
        if value is not None and value not in choices:
            raise refused(f"properties.{name}", f"{value!r} is not one of {', '.join(choices)}.")
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
        recorded_at=_moment("properties.recorded_at", said.recorded_at),
        sent=_sent(body, request),
        walk=_uuid("properties.walk", said.walk),
        factors=tuple(said.factors),
        feeling=said.feeling,
        applies=tuple(said.applies),
        basis=said.basis,
        setting=said.setting,
        note=said.note,
        accuracy_m=said.accuracy_m,
        position_method=said.position_method,
    )


def wording(request: Request) -> str | None:
    """Return the reviewed words that leave the force, or None for none."""
    if not request.content_length and not request.mimetype:
        return None
    said = _read(_Share, json_body(request)).wording
    limits = _limits()
    if said is not None and len(said) > limits.note_characters:
        raise refused(
            "wording", f"The wording has at most {limits.note_characters:,} characters. Shorten it."
        )
    return said or None


def _place(geometry: dict[str, Any], limits: Limits) -> Any:  # noqa: ANN401 (Point or LineString)
    try:
        return parse_geojson(geometry, max_vertices=limits.route_vertices, max_length_m=limits.route_length_m)
    except MalformedGeometry as error:
        raise malformed(error.path, str(error)) from error
    except RefusedGeometry as error:
        raise refused(error.path, str(error)) from error


def _check_list(name: str, values: list[str], choices: tuple[str, ...] | None) -> None:
    for place, value in enumerate(values):
        if value in values[:place]:
            raise refused(f"properties.{name}[{place}]", f"{value!r} is there twice. Send each once.")
        if choices is not None and value not in choices:
            raise refused(f"properties.{name}[{place}]", f"{value!r} is not one of {', '.join(choices)}.")


def _read(model: type[M], body: Body) -> M:
    """Return the body as the model; Malformed names every field that is missing, unknown or of a wrong type."""
    try:
        return model.model_validate(body.value)
    except ValidationError as error:
        found = tuple(FieldError(_path(each["loc"]), _words(each)) for each in error.errors())
        first = found[0]
        detail = f"{first.field}: {first.message}" if first.field else first.message
        raise Malformed(detail, errors=found) from error


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part not in {"float", "nullable"}:
            path += f".{part}" if path else part
    return path or "body"


def _words(error: Any) -> str:  # noqa: ANN401 (pydantic's own dictionary)
    match error["type"]:
        case "missing":
            return "It is missing. Send it."
        case "extra_forbidden":
            return "It is not known here. Leave it out."
        case _:
            return f"{error['msg']}."


def _sent(body: Body, request: Request) -> Sent:
    return Sent(body.text, body.hash, if_match(request))


def _uuid(field: str, value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise malformed(field, "It is not a UUID.") from error


def _moment(field: str, value: str) -> datetime:
    """Return a time with its zone, if it lies between 2015 and shortly ahead of now."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise malformed(field, "It is not a time such as 2026-03-30T21:14:05Z.") from error
    if moment.tzinfo is None or "T" not in value.upper():
        raise malformed(field, "A time needs its zone, as in 2026-03-30T21:14:05Z.")
    earliest, latest = _span(_limits())
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise refused(field, "The time is out of range.") from error
    if not earliest <= moment <= latest:
        raise refused(field, "The time is before 2015 or too far ahead. Check the clock of the phone.")
    return moment


def _span(limits: Limits) -> tuple[datetime, datetime]:
    earliest = datetime(limits.earliest_year, 1, 1, tzinfo=UTC)
    return earliest, datetime.now(UTC) + timedelta(hours=limits.ahead_hours)


def _limits() -> Limits:
    limits: Limits = current_app.config["SETTINGS"].limits
    return limits
