"""A pin as a form carries it, and back: what is typed becomes the body that a phone would send."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from geoapp.errors import malformed
from geoapp.queries.walk_pins import WalkPin
from geoapp.wire import Body, parse_body

_LONDON = ZoneInfo("Europe/London")
_PLACES = 7
_PAIR = re.compile(r"\s*([^\s,;]{1,30})\s*[,;\s]\s*([^\s,;]{1,30})\s*")
_MOST_LINES = 2_000
_DEPTH = 32


def stored_values(pin: WalkPin) -> dict[str, Any]:
    """Return the fields of a stored pin as the form shows them."""
    return {
        "kind": pin.kind,
        "feeling": pin.feeling or "",
        "factors": sorted(pin.codes),
        "applies": sorted(pin.applies),
        "basis": pin.basis or "",
        "setting": pin.setting or "",
        "note": pin.note or "",
        "recorded": f"{pin.recorded_at.astimezone(_LONDON):%Y-%m-%dT%H:%M}",
        "place": place_text(json.loads(pin.place)["coordinates"]),
    }


def typed_values(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the fields as they were typed; a place of one position comes in two fields."""
    single = ("kind", "feeling", "basis", "setting", "recorded")
    place = form.get("place", "")
    if form.get("longitude", "") or form.get("latitude", ""):
        place = f"{form.get('longitude', '').strip()}, {form.get('latitude', '').strip()}"
    return {name: form.get(name, "").strip() for name in single} | {
        "factors": sorted(set(form.getlist("factors"))),
        "applies": sorted(set(form.getlist("applies"))),
        "note": form.get("note", "").replace("\r\n", "\n").strip(),
        "place": "\n".join(line.strip() for line in place.strip().splitlines()),
    }


def place_text(coordinates: list[Any]) -> str:
    """Return positions as they are typed: longitude, latitude, one position a line."""
    positions = coordinates if isinstance(coordinates[0], list) else [coordinates]
    return "\n".join(f"{lon:.{_PLACES}f}, {lat:.{_PLACES}f}" for lon, lat, *_ in positions)


def body(typed: Mapping[str, Any], pin: WalkPin) -> Body:
    """Return the stored body with what was typed put in; Malformed for what is no number or no time.

    A time that was not touched stays to the second, a place to the last decimal; another place was moved, and
    has no accuracy.
    """
    feature = json.loads(pin.body)
    shown = stored_values(pin)
    said = feature["properties"]
    for name in ("kind", "feeling", "factors", "applies", "basis", "setting", "note"):
        said.pop(name, None)
        if typed[name]:
            said[name] = typed[name]
    if typed["recorded"] != shown["recorded"]:
        said["recorded_at"] = moment(typed["recorded"], "properties.recorded_at")
    if typed["place"] != shown["place"]:
        feature["geometry"] = geometry(typed["place"], json.loads(pin.place)["type"])
        said["position_method"] = "moved"
        said.pop("accuracy_m", None)
        feature.pop("bbox", None)
    return parse_body(json.dumps(feature).encode(), _DEPTH)


def moment(typed: str, field: str) -> str:
    """Return a local time of London as the capture API takes it; Malformed for no time."""
    try:
        found = datetime.fromisoformat(typed)
        found = found.replace(tzinfo=found.tzinfo or _LONDON).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise malformed(field, "Write the time as 2026-03-30T21:14.") from error
    return found.isoformat().replace("+00:00", "Z")


def geometry(typed: str, kind: str) -> dict[str, Any]:
    """Return typed positions as a GeoJSON Point or LineString; Malformed for what is none."""
    positions = [_position(line) for line in typed.splitlines()[: _MOST_LINES + 1] if line.strip()]
    if kind == "Point":
        if len(positions) != 1:
            raise malformed("geometry", "A place has one position: longitude, latitude.")
        return {"type": "Point", "coordinates": positions[0]}
    return {"type": "LineString", "coordinates": positions}


def _position(line: str) -> list[float]:
    pair = _PAIR.fullmatch(line)
    try:
        return [float(each) for each in pair.groups()] if pair else _no_position()
    except ValueError:
        return _no_position()


def _no_position() -> NoReturn:
    raise malformed("geometry", "Write a position as longitude, latitude: -0.1219, 51.4634.")
