"""A collection's features as columns: which there are, of what kind, and their values out of GeoJSON text."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapp.feed.collections import Collection
from spatial.crs import to_bng_or_nan

LIST_SEPARATOR = ";"


@dataclass(frozen=True)
class Column:
    """A property as a column; `kind` is text, date, moment, integer, number, boolean or list (of texts)."""

    name: str
    kind: str


@dataclass(frozen=True)
class Layer:
    """A table of features: name, type of geometries, columns, and whether some may have no place."""

    name: str
    geometry: str
    columns: tuple[Column, ...]
    placeless: bool = False


def layer(shown: Collection, wanted: Sequence[str] | None = None) -> Layer:
    """Return a collection as a table with all properties in their order, or with those that are wanted."""
    names = [name for name in shown.properties if wanted is None or name in wanted]
    columns = tuple(Column(name, _kind(shown.properties[name])) for name in names)
    return Layer(shown.name, shown.geometry, columns, shown.placeless)


def _kind(schema: Mapping[str, Any]) -> str:
    if schema["type"] == "array":
        return "list"
    if schema["type"] in {"integer", "number", "boolean"}:
        return str(schema["type"])
    return {"date": "date", "date-time": "moment"}.get(schema.get("format", ""), "text")


@dataclass(frozen=True)
class Part:
    """Some features in order: their properties, and their geometries in WGS84 with longitude first."""

    properties: Sequence[Mapping[str, Any]]
    geometries: NDArray[np.object_]


def part(texts: Sequence[bytes]) -> Part:
    """Return features as values; coordinates are those of the text, digit by digit."""
    read = [json.loads(text) for text in texts]
    return Part([each["properties"] for each in read], geometries([each["geometry"] for each in read]))


def geometries(members: Sequence[Mapping[str, Any] | None]) -> NDArray[np.object_]:
    """Return GeoJSON geometries, digit by digit."""
    made = np.empty(len(members), dtype=object)
    points = {n: each["coordinates"] for n, each in enumerate(members) if each and each["type"] == "Point"}
    if points:
        made[list(points)] = shapely.points(list(points.values()))
    for n, member in enumerate(members):
        if member is not None and member["type"] != "Point":
            made[n] = shapely.from_geojson(json.dumps(member))
    return made


def value(column: Column, said: Mapping[str, Any], *, flat: bool) -> object:
    """Return a property as its column holds it; `flat` writes a list as one text."""
    found = said.get(column.name)
    if found is None:
        return None
    if column.kind == "date":
        return date.fromisoformat(found)
    if column.kind == "moment":
        return datetime.fromisoformat(found)
    if column.kind == "list" and flat:
        return LIST_SEPARATOR.join(found)
    return found


def to_bng(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return geometries of WGS84 in British National Grid metres by OSTN15, to a millimetre.

    ValueError for what lies outside Great Britain.
    """

    def transform(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        eastings, northings = to_bng_or_nan(lonlat[:, 0], lonlat[:, 1])
        moved = np.column_stack([eastings, northings])
        if np.isnan(moved).any():
            raise ValueError("a feature lies outside Great Britain")
        return moved

    return shapely.transform(geometries, transform)
