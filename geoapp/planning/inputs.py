"""The query string of the planning room, read once into frozen values; nothing here asks the database."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from geoapp.errors import FieldError, Malformed, malformed
from geoapp.queries.areas import LIGHTS

AREAS = ("ward", "hex200", "hex500")
KINDS = ("concern", "positive")
MEASURES = ("eb", "rate", "count")
SHOWN = ("maps", "change")
DRAWN = ("streets", "concerns", "walked")
LAYERS = (*AREAS, "surface", *DRAWN)
SORTS = ("verdict", "name", "rate", "km", "concerns")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_EARLIEST, _LATEST = 2000, 2200
_MOST_VALUES = 200
_MONTHS = ("3", "6", "12", "24")
_USUAL_MONTHS = 6

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """What was asked for, as far as it was said; None is whatever the answer holds by itself."""

    area: str = "ward"
    first: date | None = None
    last: date | None = None
    lights: tuple[str, ...] | None = None
    factors: tuple[str, ...] | None = None
    kind: str = "concern"
    boroughs: tuple[str, ...] | None = None
    edition: str | None = None


@dataclass(frozen=True)
class View:
    """How the page shows it: what the fill says, the order of the table's rows, and what else is drawn.

    `surface`: the surface instead of the areas' own fills; `drawn`: streets, concerns or walking by tiles of
    cells instead; `clusters`: circles of the scan over them; `tiles`: the configured tile source below;
    `every_row`: the table with all its rows, however many.
    """

    measure: str = "eb"
    sort: str = "verdict"
    descending: bool = False
    surface: bool = False
    clusters: bool = False
    drawn: str = ""
    tiles: bool = False
    every_row: bool = False

    @property
    def over(self) -> str:
        """Which layer lies over the areas' lines in the place of their fills; empty where these are seen."""
        return "surface" if self.surface else self.drawn


class _Wrong(ValueError):
    """The value of one parameter cannot be read; the message says what to put there."""


def figures(args: MultiDict[str, str]) -> Asked:
    """Return the selection that a data address states; Malformed names each parameter that is wrong."""
    return _read(args, _ASKED)[0]


def outlines(args: MultiDict[str, str]) -> tuple[Asked, bool]:
    """Return the selection of outlines.json, and whether coarse ones will do: with `detail=coarse`."""
    said = MultiDict(list(args.items(multi=True)))
    sent = said.poplist("detail")
    try:
        coarse = bool(sent) and _one_of(("fine", "coarse"))(sent) == "coarse"
    except _Wrong as wrong:
        error = FieldError("detail", str(wrong))
        raise Malformed("The address cannot be read: " + str(wrong), errors=(error,)) from wrong
    return figures(said), coarse


def page(args: MultiDict[str, str]) -> tuple[Asked, View]:
    """Return selection and view of a page's address. A form sends its empty fields too; they say nothing."""
    said = MultiDict([(name, value) for name, value in args.items(multi=True) if value.strip()])
    return _read(said, _ASKED | _VIEW)


def ward_page(args: MultiDict[str, str]) -> tuple[Asked, date | None, int]:
    """Return the selection of a ward's page, the day of a change in it, and the months around that.

    The form sends an empty day where none was put in.
    """
    said = MultiDict([(name, value) for name, value in args.items(multi=True) if value.strip()])
    own = {name: said.poplist(name) for name in ("changed", "months") if name in said}
    asked, _ = _read(said, _ASKED | _VIEW)
    errors, day, months = [], None, _USUAL_MONTHS
    try:
        day = _day(own["changed"]) if "changed" in own else None
    except _Wrong as wrong:
        errors.append(FieldError("changed", str(wrong)))
    try:
        months = int(_one_of(_MONTHS)(own["months"])) if "months" in own else months
    except _Wrong as wrong:
        errors.append(FieldError("months", str(wrong)))
    if errors:
        raise Malformed("The address cannot be read: " + errors[0].message, errors=tuple(errors))
    return asked, day, months


def compare_page(args: MultiDict[str, str]) -> tuple[Asked, tuple[Asked, Asked] | None, bool]:
    """Return the selection without periods, both periods if they were said, and whether change is shown."""
    said = MultiDict([(name, value) for name, value in args.items(multi=True) if value.strip()])
    sent = said.poplist("show")
    try:
        change = bool(sent) and _one_of(SHOWN)(sent) == "change"
    except _Wrong as wrong:
        error = FieldError("show", str(wrong))
        raise Malformed("The address cannot be read: " + str(wrong), errors=(error,)) from wrong
    rest = figures(MultiDict([(n, v) for n, v in said.items(multi=True) if n not in _TWO_PERIODS]))
    return rest, two_periods(said) if any(name in said for name in _TWO_PERIODS) else None, change


def two_periods(args: MultiDict[str, str]) -> tuple[Asked, Asked]:
    """Return one selection over both periods of a comparison; Malformed names what is wrong or missing."""
    if missing := [name for name in _TWO_PERIODS if name not in args]:
        errors = tuple(FieldError(name, "Say it: a day as YYYY-MM-DD.") for name in missing)
        raise Malformed("A comparison needs both periods: from, to, from2 and to2.", errors=errors)
    second = [(name, value) for name, value in args.items(multi=True) if name not in {"from", "to"}]
    again = MultiDict([(_SECOND.get(name, name), value) for name, value in second])
    first = MultiDict([(name, value) for name, value in args.items(multi=True) if name not in _SECOND])
    one = figures(first)
    try:
        return one, figures(again)
    except Malformed as wrong:
        named = {plain: name for name, plain in _SECOND.items()}
        errors = tuple(FieldError(named.get(each.field, each.field), each.message) for each in wrong.errors)
        raise Malformed(wrong.detail, errors=errors) from wrong


def frame(
    args: MultiDict[str, str], *, widest: float
) -> tuple[tuple[float, float, float, float], MultiDict[str, str]]:
    """Return `bbox` as west, south, east, north in degrees, and the other parameters.

    Malformed unless it is four numbers, the right way round, within Europe's north-west, `widest` at most.
    """
    sent = args.getlist("bbox")
    rest = MultiDict([(name, value) for name, value in args.items(multi=True) if name != "bbox"])
    try:
        west, south, east, north = (float(each) for each in sent[0].split(","))
    except (IndexError, ValueError) as error:
        raise malformed("bbox", "Put west,south,east,north here, in degrees.") from error
    right_way = -20 <= west < east <= 20 and 40 <= south < north <= 70  # noqa: PLR2004 (degrees around Britain)
    if len(sent) > 1 or not right_way:
        raise malformed("bbox", "Put west,south,east,north here, in degrees, once.")
    if max(east - west, north - south) > widest:
        raise malformed("bbox", f"A frame is at most {widest:g} degrees wide and high here. Zoom in.")
    return (west, south, east, north), rest


def _read(args: MultiDict[str, str], known: Mapping[str, "_Field"]) -> tuple[Asked, View]:
    errors: list[FieldError] = []
    values: dict[str, object] = {}
    for name, sent in args.lists():
        field = known.get(name)
        if field is None:
            message = f"There is no such parameter. Use {', '.join(known)}."
            errors.append(FieldError(name[:80], message))
            continue
        try:
            values[field.target] = field.parse(sent)
        except _Wrong as wrong:
            errors.append(FieldError(name, str(wrong)))
    first, last = values.get("first"), values.get("last")
    if isinstance(first, date) and isinstance(last, date) and first > last:
        errors.append(
            FieldError("to", "The period ends before it begins. Put a day on or after 'from' here.")
        )
    if errors:
        raise Malformed("The address cannot be read: " + errors[0].message, errors=tuple(errors))
    sort = str(values.pop("sort", "verdict"))
    layer = values.pop("layer", None)
    if layer is not None:
        values["area"] = layer if layer in AREAS else "ward"
    view = View(
        measure=str(values.pop("measure", "eb")),
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        surface=layer == "surface",
        clusters=values.pop("clusters", "off") == "on",
        drawn=str(layer) if layer in DRAWN else "",
        tiles=values.pop("ground", "own") == "tiles",
        every_row=values.pop("rows", "") == "all",
    )
    return Asked(**values), view  # type: ignore[arg-type]  # each field's parser gives its own type


@dataclass(frozen=True)
class _Field:
    """Where a parameter goes, and how its values are read."""

    target: str
    parse: Callable[[list[str]], object]


def _once(sent: list[str]) -> str:
    if len(sent) > 1:
        raise _Wrong("It is there more than once. Send it once.")
    return sent[0]


def _month(sent: list[str]) -> date:
    return _day(sent).replace(day=1)


def _day(sent: list[str]) -> date:
    text = _once(sent)
    wrong = _Wrong("Put a day here as YYYY-MM-DD, such as 2025-04-01.")
    if not (text.isascii() and _DAY.fullmatch(text)):
        raise wrong
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise wrong from error
    if not _EARLIEST <= day.year <= _LATEST:
        raise _Wrong(f"Put a day between the years {_EARLIEST} and {_LATEST} here.")
    return day


def _one_of(allowed: tuple[str, ...]) -> Callable[[list[str]], str]:
    def parse(sent: list[str]) -> str:
        value = _once(sent)
        if value not in allowed:
            raise _Wrong(f"Use one of {', '.join(allowed)}.")
        return value

    return parse


def _list(sent: list[str]) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(each for one in sent for each in one.split(",")))
    if len(values) > _MOST_VALUES or not all(value.isascii() and _CODE.fullmatch(value) for value in values):
        raise _Wrong("Put codes here, with a comma between them.")
    return values


def _lights(sent: list[str]) -> tuple[str, ...]:
    values = _list(sent)
    if not set(values) <= set(LIGHTS):
        raise _Wrong(f"Use {', '.join(LIGHTS)}, with a comma between them.")
    return tuple(light for light in LIGHTS if light in values)


def _edition(sent: list[str]) -> str:
    value = _once(sent)
    if not value.strip() or len(value) > 80 or not value.isprintable():  # noqa: PLR2004 (as the database has it)
        raise _Wrong("Put the name of an edition of boundaries here.")
    return value


_ASKED = {
    "area": _Field("area", _one_of(AREAS)),
    "from": _Field("first", _month),
    "to": _Field("last", _month),
    "light": _Field("lights", _lights),
    "factor": _Field("factors", _list),
    "kind": _Field("kind", _one_of(KINDS)),
    "borough": _Field("boroughs", _list),
    "edition": _Field("edition", _edition),
}
_SECOND = {"from2": "from", "to2": "to"}
_TWO_PERIODS = ("from", "to", "from2", "to2")
_VIEW = {
    "measure": _Field("measure", _one_of(MEASURES)),
    # A form sends one name for what the map shows; of areas it says the same as 'area'.
    "layer": _Field("layer", _one_of(LAYERS)),
    "clusters": _Field("clusters", _one_of(("on", "off"))),
    "ground": _Field("ground", _one_of(("own", "tiles"))),
    "rows": _Field("rows", _one_of(("all",))),
    "sort": _Field("sort", _one_of(SORTS + tuple("-" + each for each in SORTS))),
}
