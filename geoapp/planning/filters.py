"""The filters above the map, as form fields with what is chosen in them."""

from dataclasses import dataclass
from datetime import date

from geoapp.planning.address import PAGE, selection_query, view_query, with_query
from geoapp.planning.inputs import Asked, View
from geoapp.planning.selection import Chosen, Offered, last_day, months_before
from geoapp.planning.sentences import period_words
from geoapp.queries.areas import LIGHTS

_LIGHT_NAMES = {"day": "Day", "twilight": "Twilight", "dark": "Dark"}
_GROUP_NAMES = {"environment": "The place", "behaviour": "What people do"}
_MEASURES = (("eb", "Smoothed rate"), ("rate", "Per km"), ("count", "Count"))
_KEPT = {"sort", "layer", "clusters", "ground", "rows"}
_LAYERS = (
    ("ward", "Wards"),
    ("hex500", "Hexagons, 500 m"),
    ("hex200", "200 m"),
    ("surface", "Surface"),
    ("streets", "Streets"),
    ("concerns", "Density"),
    ("walked", "Walking"),
)
_MOST_MONTHS = 240
_QUARTER, _YEAR = 3, 12


@dataclass(frozen=True)
class Option:
    """One thing that can be chosen."""

    value: str
    text: str
    selected: bool = False


@dataclass(frozen=True)
class OptionGroup:
    """Options under a heading."""

    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Link:
    """An address and its words."""

    href: str
    text: str
    current: bool = False


@dataclass(frozen=True)
class Filters:
    """All fields of the form. `hidden` are choices that have no field of their own and are kept."""

    period: str
    first_months: tuple[Option, ...]
    last_months: tuple[Option, ...]
    presets: tuple[Link, ...]
    lights: tuple[Option, ...]
    factors: tuple[Option, ...]
    factor_groups: tuple[OptionGroup, ...]
    boroughs: tuple[Option, ...]
    measures: tuple[Option, ...]
    layers: tuple[Option, ...]
    hidden: tuple[tuple[str, str], ...]
    link: str
    count_set: int


def filters(
    chosen: Chosen, asked: Asked, view: View, there: Offered, today: date, *, streets: bool = True
) -> Filters:
    """Return the form as it stands for this selection and view; `streets`: whether there are any to draw."""
    query = selection_query(chosen, asked) + view_query(view)
    held = chosen.selection
    months = _months(chosen, there, today)
    hidden = [("area", held.area)] if held.area != "ward" else []
    hidden += [("kind", held.kind)] if held.kind != "concern" else []
    hidden += [("edition", asked.edition)] if asked.edition is not None else []
    hidden += [(name, value) for name, value in view_query(view) if name in _KEPT]
    return Filters(
        period=period_words(chosen),
        first_months=tuple(Option(m.isoformat(), f"{m:%B %Y}", m == held.first) for m in months),
        last_months=tuple(Option(last_day(m).isoformat(), f"{m:%B %Y}", m == held.last) for m in months),
        presets=_presets(query, chosen, there, today),
        lights=_lights(chosen),
        factors=_first_factors(asked, there),
        factor_groups=_factor_groups(asked, there),
        boroughs=_boroughs(chosen, asked, there),
        measures=tuple(Option(value, text, value == view.measure) for value, text in _MEASURES),
        layers=tuple(
            Option(value, text, value == (view.over or held.area))
            for value, text in _LAYERS
            if streets or value != "streets" or view.drawn == value
        ),
        hidden=tuple(hidden),
        link=with_query("", query, measure=view.measure),
        count_set=sum([held.lights != LIGHTS, asked.factors is not None, asked.boroughs is not None]),
    )


def grounds(view: View) -> tuple[Option, ...]:
    """Return what the map may lie on where a tile source is configured."""
    return (Option("own", "Our streets", not view.tiles), Option("tiles", "Tiles", view.tiles))


def _months(chosen: Chosen, there: Offered, today: date) -> list[date]:
    first = min(chosen.selection.first, there.months.first or chosen.selection.first)
    last = max(chosen.selection.last, there.months.last or chosen.selection.last, today.replace(day=1))
    count = (last.year - first.year) * _YEAR + last.month - first.month + 1
    months = {months_before(last, back) for back in range(min(count, _MOST_MONTHS))}
    return sorted(months | {chosen.selection.first, chosen.selection.last})


def _presets(query: list[tuple[str, str]], chosen: Chosen, there: Offered, today: date) -> tuple[Link, ...]:
    last = there.months.last_up_to or there.months.last or months_before(today.replace(day=1), 1)
    spans = [
        ("Last 12 months", months_before(last, _YEAR - 1), last),
        ("Last 3 months", months_before(last, _QUARTER - 1), last),
        (f"All of {last.year - 1}", date(last.year - 1, 1, 1), date(last.year - 1, 12, 1)),
    ]
    if there.months.first is not None and there.months.last is not None:
        spans.append(("Everything recorded", there.months.first, there.months.last))
    held = (chosen.selection.first, chosen.selection.last)
    return tuple(
        Link(
            with_query(PAGE, query, **{"from": first.isoformat(), "to": last_day(end).isoformat()}),
            text,
            held == (first, end),
        )
        for text, first, end in spans
    )


def _lights(chosen: Chosen) -> tuple[Option, ...]:
    held = chosen.selection.lights
    options = [Option("", "All", held == LIGHTS)]
    options += [Option(light, _LIGHT_NAMES[light], held == (light,)) for light in LIGHTS]
    if 1 < len(held) < len(LIGHTS):
        options.append(Option(",".join(held), " and ".join(_LIGHT_NAMES[each] for each in held), True))
    return tuple(options)


def _first_factors(asked: Asked, there: Offered) -> tuple[Option, ...]:
    options = [Option("", f"All {len(there.factors)} factors", asked.factors is None)]
    if asked.factors is not None and len(asked.factors) > 1:
        options.append(Option(",".join(asked.factors), f"{len(asked.factors)} chosen", True))
    return tuple(options)


def _factor_groups(asked: Asked, there: Offered) -> tuple[OptionGroup, ...]:
    def options(group: str) -> tuple[Option, ...]:
        whole = Option(group, f"{_GROUP_NAMES[group]}, all", asked.factors == (group,))
        of_it = (each for each in there.factors if each.group == group)
        return (whole, *(Option(each.code, each.label, asked.factors == (each.code,)) for each in of_it))

    return tuple(OptionGroup(text, options(group)) for group, text in _GROUP_NAMES.items())


def _boroughs(chosen: Chosen, asked: Asked, there: Offered) -> tuple[Option, ...]:
    count = len(there.boroughs)
    every = f"All {count} of yours" if chosen.partner else f"All {count} boroughs"
    if count == 1:
        every = there.boroughs[0].name
    options = [Option("", every, asked.boroughs is None)]
    if count > 1:
        options += [Option(each.code, each.name, asked.boroughs == (each.code,)) for each in there.boroughs]
    if asked.boroughs is not None and not any(option.selected for option in options):
        options.append(Option(",".join(asked.boroughs), f"{len(asked.boroughs)} chosen", True))
    return tuple(options)
