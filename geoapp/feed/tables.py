"""A page of features as a table for people: the columns of each collection, and cells in plain words."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from geoapp import words
from geoapp.feed.collections import COLLECTIONS, Collection

_LONDON = ZoneInfo("Europe/London")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "concerns": ("id", "Factors", "Feeling", "Light", "Status", "Ward", "Date"),
    "concern_routes": ("id", "Factors", "Feeling", "Light", "Status", "Ward", "Date"),
    "wards": ("id", "Ward", "Borough", "Edition", "Counts from"),
    "ward_figures": ("id", "Ward", "Period", "Concerns", "Walks", "Kilometres walked"),
    "actions": ("id", "Ward", "You said", "We did", "Status", "Date"),
    "walks": ("id", "Walk", "Ward", "When", "Step-free", "Places left"),
}
# Why a collection may be empty, and what comes next; where nothing is said, an empty page says only that.
WHEN_EMPTY: Mapping[str, str] = {
    "ward_figures": "Figures are here from the first release on. There is none yet.",
    "actions": "Nothing has been answered yet. Answers are here once somebody has read them over.",
    "walks": "No walks are planned just now. New ones are here as soon as they are open.",
}
_CODES = frozenset(
    code
    for each in COLLECTIONS.values()
    for schema in each.properties.values()
    for code in schema.get("enum", ())
    if code is not None
)


def cells_of(shown: Collection, said: Mapping[str, Any], labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return the cells of a feature's properties, beside the identifier that stands first."""
    if shown.keyed:
        return _concern(said, labels)
    return {"wards": _ward, "ward_figures": _figure, "actions": _action, "walks": _walk}[shown.name](said)


def in_words(value: object, labels: Mapping[str, str]) -> str:
    """Return a value in plain words: a factor by its label, other codes without their underscores."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        first, *others = [labels.get(each, each.replace("_", " ")) for each in value] or [""]
        return ", ".join([first, *(each[:1].lower() + each[1:] for each in others)])
    text = str(value)
    return text.replace("_", " ") if text in _CODES else text


def _concern(said: Mapping[str, Any], labels: Mapping[str, str]) -> tuple[str, ...]:
    return (
        in_words(said["factors"], labels),
        in_words(said["feeling"], labels),
        said["light"],
        in_words(said["status"], labels),
        said["ward_name"],
        said["date"],
    )


def _ward(said: Mapping[str, Any]) -> tuple[str, ...]:
    borough = said["borough_name"] or said["borough_code"] or ""
    return said["ward_name"], borough, said["edition"], said["valid_from"] or "the beginning"


def _figure(said: Mapping[str, Any]) -> tuple[str, ...]:
    first, last = (date.fromisoformat(said[name]) for name in ("period_start", "period_end"))
    hidden = "Not shown, too few"
    counted = [
        hidden if said[name] is None else f"{said[name]:,.1f}".removesuffix(".0")
        for name in ("concerns", "walks", "km")
    ]
    return (
        said["ward_name"],
        f"{words.day_month_year(first)} to {words.day_month_year(last)}",
        *counted,
    )


def _action(said: Mapping[str, Any]) -> tuple[str, ...]:
    return said["ward_name"], said["you_said"], said["answer"], in_words(said["status"], {}), said["date"]


def _walk(said: Mapping[str, Any]) -> tuple[str, ...]:
    starts = datetime.fromisoformat(said["starts_at"]).astimezone(_LONDON)
    ends = said["ends_at"] and datetime.fromisoformat(said["ends_at"]).astimezone(_LONDON)
    when = f"{words.day_month_year(starts)}, {starts:%H:%M}" + (f" to {ends:%H:%M}" if ends else "")
    left = words.number(said["places_left"]) if said["places_left"] else "Full"
    return said["title"], said["ward_name"], when, in_words(said["step_free"], {}), left
