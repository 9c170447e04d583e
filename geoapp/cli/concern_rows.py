"""From the rows of a file to concerns: what a cell may say, and what a row is called."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import numpy as np
import rfc8785
from shapely import LineString, Point

from geoapp.actions.imports import ImportedConcern
from geoapp.cli.concern_columns import BadRow, Columns
from geoapp.config import Limits
from spatial.light import LIGHTS, lights_along
from spatial.point_files import FileRow
from spatial.point_places import GeoJson, Given, Grid, LonLat, Places, Wkt, locate

# Identifiers made from a file's own ids and from the content of rows without one must stay what they are.
_OF_FILE_IDS = UUID("6f1c3b1e-5d0a-5c8e-9c1f-4b7a2f6f5a01")
_OF_CONTENT = UUID("6f1c3b1e-5d0a-5c8e-9c1f-4b7a2f6f5a02")
_LONDON = ZoneInfo("Europe/London")
_NOON = 12
_PAIRS = (("longitude", "latitude", LonLat), ("easting", "northing", Grid))
_CHOICES = {
    "kind": ("concern", "positive"),
    "feeling": ("frightening", "uncomfortable", "acceptable", "comfortable"),
    "basis": ("seen_on_walk", "experienced_here", "felt_here", "heard_from_others"),
    "setting": ("quiet_street", "busy_place", "park", "transport_hub", "other"),
}
_LIGHTS = tuple(light.value for light in LIGHTS)
_MONTH = re.compile(r"\d{4}-\d{2}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Said:
    """A row as read: where, when, and the properties it states; `given_id` is the file's own identifier."""

    row: FileRow
    given: Given
    recorded_at: datetime
    time_taken: bool
    given_id: str
    kind: str
    factors: tuple[str, ...]
    feeling: str | None
    applies: tuple[str, ...]
    basis: str | None
    setting: str | None
    note: str | None
    walk: UUID | None


def read_row(row: FileRow, columns: Columns, factors: frozenset[str], limits: Limits) -> Said:
    """Return what the row says; BadRow names the first column that cannot be read."""
    if row.problem is not None:
        raise BadRow(row.problem)
    recorded_at, time_taken = _when(row, columns, limits)
    choice = {name: _choice(row, columns, name) for name in _CHOICES}
    note = columns.cell(row, "note") or None
    if note is not None and len(note) > limits.note_characters:
        raise BadRow(
            f"{columns.name('note')}: has {len(note):,} characters; "
            f"at most {limits.note_characters:,} are kept"
        )
    return Said(
        row=row,
        given=_where(row, columns),
        recorded_at=recorded_at,
        time_taken=time_taken,
        given_id=columns.cell(row, "id"),
        kind=choice["kind"] or "concern",
        factors=_several(row, columns, "factors", factors),
        feeling=choice["feeling"],
        applies=_several(row, columns, "applies", _LIGHTS),
        basis=choice["basis"],
        setting=choice["setting"],
        note=note,
        walk=_walk(row, columns),
    )


def _where(row: FileRow, columns: Columns) -> Given:
    """Return the place: of the geometry, else of the first pair of columns that is filled in, else WKT."""
    if row.geometry is not None:
        return GeoJson(row.geometry)
    half = None
    for first, second, kind in _PAIRS:
        texts = columns.cell(row, first), columns.cell(row, second)
        if all(texts):
            return kind(_number(columns.name(first), texts[0]), _number(columns.name(second), texts[1]))
        if any(texts):
            half = half or columns.name(second if texts[0] else first)
    wkt = columns.cell(row, "wkt")
    if wkt:
        return Wkt(wkt)
    raise BadRow(f"{half}: is empty" if half else "has no place")


def _number(column: str, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        why = "write a decimal point, without parting thousands" if "," in text else "it has to be finite"
        short = text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004 (for one line of a report)
        raise BadRow(f"{column}: '{short}' is not a number; {why}")
    number = float(text)
    if not isfinite(number):
        raise BadRow(f"{column}: is far too large for a place")
    return number


def _when(row: FileRow, columns: Columns, limits: Limits) -> tuple[datetime, bool]:
    """Return the time in UTC, and whether noon in London was taken for a mere day or month."""
    ours = "recorded_at" if columns.cell(row, "recorded_at") else "month"
    text, column = columns.cell(row, ours), columns.name(ours)
    if not text:
        raise BadRow(
            f"{columns.name('recorded_at' if 'recorded_at' in columns.theirs else 'month')}: is empty"
        )
    try:
        taken = True
        if _MONTH.fullmatch(text):
            moment = datetime.fromisoformat(f"{text}-01").replace(hour=_NOON, tzinfo=_LONDON)
        elif _DAY.fullmatch(text):
            day = datetime.fromisoformat(text)
            moment = day.replace(day=1 if ours == "month" else day.day, hour=_NOON, tzinfo=_LONDON)
        else:
            taken = False
            moment = datetime.fromisoformat(text.replace("/", "-"))
            moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=_LONDON)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        example = "2026-03" if ours == "month" else "2026-03-30T21:14:05Z"
        raise BadRow(f"{column}: '{text[:40]}' is not a time such as {example}") from error
    earliest = datetime(limits.earliest_year, 1, 1, tzinfo=UTC)
    if not earliest <= moment <= datetime.now(UTC) + timedelta(hours=limits.ahead_hours):
        raise BadRow(f"{column}: {text[:40]} is before {limits.earliest_year} or too far ahead")
    return moment, taken


def _choice(row: FileRow, columns: Columns, ours: str) -> str | None:
    value = columns.cell(row, ours).casefold()
    if value and value not in _CHOICES[ours]:
        raise BadRow(f"{columns.name(ours)}: '{value[:40]}' is not one of {', '.join(_CHOICES[ours])}")
    return value or None


def _several(row: FileRow, columns: Columns, ours: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the values parted by semicolons, each once."""
    values = [part.strip().casefold() for part in columns.cell(row, ours).split(";")]
    for value in values:
        if value and value not in known:
            some = f"one of {', '.join(known)}" if ours == "applies" else "one of the scheme's factors"
            raise BadRow(f"{columns.name(ours)}: '{value[:40]}' is not {some}")
    return tuple(dict.fromkeys(value for value in values if value))


def _walk(row: FileRow, columns: Columns) -> UUID | None:
    text = columns.cell(row, "walk")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise BadRow(f"{columns.name('walk')}: '{text[:40]}' is not a UUID") from error


class Naming:
    """Gives each concern of one file its identifier, the same ones every time the file is read."""

    def __init__(self) -> None:
        """Begin with a file of which nothing has been read."""
        self._times: Counter[bytes] = Counter()

    def name(self, given_id: str, content: bytes) -> UUID:
        """Return a UUID as it stands, one made of any other id, or of content and its occurrence number."""
        if not given_id:
            self._times[content] += 1
            return uuid5(_OF_CONTENT, f"{content.hex()} {self._times[content]}")
        try:
            return UUID(given_id)
        except ValueError:
            return uuid5(_OF_FILE_IDS, given_id)


def make_concerns(
    batch: Sequence[Said], naming: Naming, limits: Limits
) -> tuple[list[tuple[Said, ImportedConcern]], list[tuple[Said, str]]]:
    """Return the concerns that the rows stand for, and those whose place is refused, with the reason."""
    places = locate(
        [said.given for said in batch], max_vertices=limits.route_vertices, max_length_m=limits.route_length_m
    )
    refused = [(said, why) for said, why in zip(batch, places.reasons, strict=True) if why is not None]
    good = [at for at, why in enumerate(places.reasons) if why is None]
    lights = _lights(batch, places, good)
    made = []
    for at, light in zip(good, lights, strict=True):
        said = batch[at]
        body = rfc8785.dumps(_feature(said, places.wgs84[at]))
        hashed = hashlib.sha256(body).digest()
        concern = ImportedConcern(
            id=naming.name(said.given_id, hashed),
            place=places.wgs84[at],
            place_bng=places.bng[at],
            recorded_at=said.recorded_at,
            light=light,
            kind=said.kind,
            body=body.decode(),
            hash=hashed,
            factors=said.factors,
            feeling=said.feeling,
            applies=said.applies,
            basis=said.basis,
            setting=said.setting,
            note=said.note,
            walk=said.walk,
        )
        made.append((said, concern))
    return made, refused


def _lights(batch: Sequence[Said], places: Places, good: list[int]) -> list[str]:
    starts = np.array([places.wgs84[at].coords[0][:2] for at in good], dtype=float).reshape(-1, 2)
    t_ms = np.array([round(batch[at].recorded_at.timestamp() * 1000) for at in good], dtype=np.int64)
    return [LIGHTS[code].value for code in lights_along(starts[:, 0], starts[:, 1], t_ms).tolist()]


def _feature(said: Said, place: Point | LineString) -> dict[str, Any]:
    """Return the GeoJSON Feature by which a phone would have raised the same concern."""
    properties = {
        "kind": said.kind,
        "recorded_at": said.recorded_at.isoformat().replace("+00:00", "Z"),
        "walk": str(said.walk) if said.walk else None,
        "factors": list(said.factors),
        "feeling": said.feeling,
        "applies": list(said.applies),
        "basis": said.basis,
        "setting": said.setting,
        "note": said.note,
    }
    coordinates = [list(xy) for xy in place.coords]
    is_point = len(coordinates) == 1
    return {
        "type": "Feature",
        "geometry": {
            "type": "Point" if is_point else "LineString",
            "coordinates": coordinates[0] if is_point else coordinates,
        },
        "properties": {name: value for name, value in properties.items() if value},
    }
