"""Addresses of the planning room: what was chosen, and how it is shown, in one order."""

from urllib.parse import urlencode

from geoapp.planning.inputs import Asked, View
from geoapp.planning.selection import Chosen, last_day
from geoapp.queries.areas import LIGHTS

PAGE = "/planning/"


def selection_query(chosen: Chosen, asked: Asked) -> list[tuple[str, str]]:
    """Return the parameters that state a selection whole: the period as it really is, filters where set."""
    held = chosen.selection
    pairs = [
        ("area", held.area),
        ("from", held.first.isoformat()),
        ("to", last_day(held.last).isoformat()),
    ]
    if held.lights != LIGHTS:
        pairs.append(("light", ",".join(held.lights)))
    if asked.factors is not None:
        pairs.append(("factor", ",".join(asked.factors)))
    if held.kind != "concern":
        pairs.append(("kind", held.kind))
    if asked.boroughs is not None:
        pairs.append(("borough", ",".join(asked.boroughs)))
    if asked.edition is not None:
        pairs.append(("edition", asked.edition))
    return pairs


def view_query(view: View) -> list[tuple[str, str]]:
    """Return the parameters that state a view, as far as it is not the usual one."""
    pairs = [] if view.measure == "eb" else [("measure", view.measure)]
    if view.sort != "verdict":
        pairs.append(("sort", ("-" if view.descending else "") + view.sort))
    if view.over:
        pairs.append(("layer", view.over))
    if view.clusters:
        pairs.append(("clusters", "on"))
    if view.tiles:
        pairs.append(("ground", "tiles"))
    if view.every_row:
        pairs.append(("rows", "all"))
    return pairs


def with_query(path: str, pairs: list[tuple[str, str]], **changes: str | None) -> str:
    """Return an address with some parameters replaced, or taken out where the change is None."""
    kept = [(name, changes.pop(name) if name in changes else value) for name, value in pairs]
    kept += list(changes.items())
    return path + "?" + urlencode([(n, v) for n, v in kept if v is not None], safe=",")
