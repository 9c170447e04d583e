"""What coordinators send: a walk from its form, filters, choices."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from werkzeug.datastructures import MultiDict

from geoapp.actions.scheme_contact import PREFERRED
from geoapp.actions.scheme_walks import WalkForm
from geoapp.errors import FieldError, Refused, malformed
from geoapp.jobs.when import LONDON

_UNWRITTEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_MOST = {
    "title": 120,
    "details": 1000,
    "meeting_words": 300,
    "getting_there": 1000,
    "officer_first_name": 40,
    "officer_number": 40,
    "word": 40,
}
_LON, _LAT = (-9.0, 3.0), (49.0, 61.5)
_MOST_PLACES, _MOST_KM = 50, 50


@dataclass(frozen=True)
class Filters:
    """Which requests to list: of a ward, of those who can at a time of PREFERRED."""

    ward: str | None
    time: str | None


def filters(sent: Mapping[str, str]) -> Filters:
    """Return the filters of the address; what is unknown filters nothing."""
    wanted = sent.get("time", "")
    ward = sent.get("ward", "")
    plain = ward if re.fullmatch(r"[A-Za-z0-9_:-]{1,40}", ward) else None
    return Filters(plain, wanted if wanted in PREFERRED else None)


def identifier(sent: Mapping[str, str], field: str) -> UUID:
    """Return an identifier of the form; Malformed when it is none."""
    try:
        return UUID(sent.get(field, ""))
    except ValueError as error:
        raise malformed(field, "Choose one from the list.") from error


def identifiers(sent: "MultiDict[str, str]", field: str) -> frozenset[UUID]:
    """Return all identifiers that were ticked."""
    return frozenset(identifier({field: each}, field) for each in sent.getlist(field))


def walk(sent: Mapping[str, str]) -> WalkForm:
    """Return a walk from its form, times in London; Refused names every field that is not right."""
    wrong: list[FieldError] = []
    words = {name: _words(sent, name, wrong) for name in _MOST}
    if not words["title"]:
        wrong.append(FieldError("title", "Give the walk a title, such as the park or the two ends."))
    starts_at, ends_at = _times(sent, wrong)
    kind = sent.get("kind", "group")
    if kind not in {"group", "one_to_one"}:
        wrong.append(FieldError("kind", "Choose an open group or one to one."))
    places = 1 if kind == "one_to_one" else _places(sent, wrong)
    length_m = _length(sent, wrong)
    point = _point(sent, wrong)
    officer = sent.get("officer_id", "")
    if wrong or starts_at is None:
        raise Refused(wrong[0].message, errors=tuple(wrong))
    return WalkForm(
        title=words["title"],
        ward_code=sent.get("ward_code", ""),
        starts_at=starts_at,
        ends_at=ends_at,
        step_free=sent.get("step_free") == "yes",
        kind=kind,
        places=places,
        length_m=length_m,
        details=words["details"],
        meeting_point=point,
        meeting_words=words["meeting_words"] or None,
        getting_there=words["getting_there"],
        officer_id=identifier(sent, "officer_id") if officer else None,
        officer_first_name=words["officer_first_name"] or None,
        officer_number=words["officer_number"],
        word=words["word"],
        listed=sent.get("listed") == "yes",
    )


def _words(sent: Mapping[str, str], name: str, wrong: list[FieldError]) -> str:
    words = _UNWRITTEN.sub(" ", sent.get(name, "")).strip()
    if name != "details" and name != "getting_there":  # noqa: PLR1714 (two names read best as two)
        words = " ".join(words.split())
    if len(words) > _MOST[name]:
        wrong.append(FieldError(name, f"This has at most {_MOST[name]:,} characters. Shorten it."))
    return words


def _times(sent: Mapping[str, str], wrong: list[FieldError]) -> tuple[datetime | None, datetime | None]:
    try:
        day = date.fromisoformat(sent.get("day", ""))
    except ValueError:
        wrong.append(FieldError("day", "Give the day of the walk."))
        return None, None
    start = _moment(day, sent.get("start", ""), "start", wrong)
    end = _moment(day, sent.get("end", ""), "end", wrong) if sent.get("end") else None
    if start is None and not sent.get("start"):
        wrong.append(FieldError("start", "Give the time at which the walk begins."))
    if start is not None and end is not None and end <= start:
        wrong.append(FieldError("end", "The end is before the start. Check both times."))
    return start, end


def _moment(day: date, sent: str, field: str, wrong: list[FieldError]) -> datetime | None:
    """Return a time of that day in London; the hour that is skipped in spring is refused."""
    if not sent:
        return None
    try:
        local = datetime.combine(day, time.fromisoformat(sent).replace(tzinfo=None), tzinfo=LONDON)
    except ValueError:
        wrong.append(FieldError(field, "Give a time such as 18:30."))
        return None
    moment = local.astimezone(UTC)
    if moment.astimezone(LONDON).replace(tzinfo=None) != local.replace(tzinfo=None):
        wrong.append(FieldError(field, "The clocks go forward then: this time does not exist on that day."))
        return None
    return moment


def _places(sent: Mapping[str, str], wrong: list[FieldError]) -> int:
    text = sent.get("places", "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= _MOST_PLACES:  # noqa: PLR2004 (no longer number is read)
        return int(text)
    wrong.append(FieldError("places", f"Give a number of places from 1 to {_MOST_PLACES}."))
    return 1


def _length(sent: Mapping[str, str], wrong: list[FieldError]) -> int | None:
    if not sent.get("length_km", "").strip():
        return None
    km = _number(sent["length_km"])
    if km is None or not 0 < km <= _MOST_KM:
        wrong.append(FieldError("length_km", f"Give the length in kilometres, at most {_MOST_KM}."))
        return None
    return max(1, round(km * 1000))


def _point(sent: Mapping[str, str], wrong: list[FieldError]) -> tuple[float, float] | None:
    lon, lat = sent.get("lon", "").strip(), sent.get("lat", "").strip()
    if not lon and not lat:
        return None
    found = _number(lon), _number(lat)
    if found[0] is None or found[1] is None:
        wrong.append(FieldError("lat", "Give both coordinates in degrees, or click on the map."))
        return None
    if not (_LON[0] <= found[0] <= _LON[1] and _LAT[0] <= found[1] <= _LAT[1]):
        wrong.append(FieldError("lat", "This place is outside Great Britain. Latitude comes first."))
        return None
    return round(found[0], 7), round(found[1], 7)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
