"""Features and collections of them, written as GeoJSON by RFC 7946."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Final, TypeAlias
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Members: TypeAlias = Mapping[str, object]
_BATCH: Final = 500  # features whose coordinates are rounded in one call; also the size of a streamed piece

# RFC 7946 section 7.1: these mean something of their own; section 4 took crs away.
_RESERVED_IN_COLLECTION: Final = frozenset(
    {"type", "features", "crs", "coordinates", "geometry", "geometries", "properties"}
)
_RESERVED_IN_FEATURE: Final = frozenset(
    {"type", "id", "geometry", "properties", "crs", "coordinates", "geometries", "features"}
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing on the map: WGS84 geometry and named properties.

    `geometry` is a shapely geometry, None, or a GeoJSON geometry that is ready and written as it stands.
    `id` None leaves the member out. `members` are foreign members beside the four of GeoJSON.
    """

    id: str | int | None
    geometry: BaseGeometry | Members | None
    properties: Members | None
    members: Members = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FeatureCollection:
    """Features in order, and foreign members.

    The features may be a generator, which is consumed once and never held whole. The members are written
    after the features, so that what is counted on the way can still be said.
    """

    features: Iterable[Feature]
    members: Members = field(default_factory=dict)


def to_json(thing: Feature | FeatureCollection, *, decimals: int = 7) -> bytes:
    """Return a feature or a collection as UTF-8 GeoJSON (RFC 7946).

    Two-dimensional, outer rings anticlockwise, coordinates rounded to `decimals` (7 is about a centimetre),
    no crs member. Properties may hold what JSON has, dates, UUIDs and numpy numbers. Raises ValueError that
    names the feature for NaN, Infinity, text that is not Unicode and reserved members, TypeError for others.
    """
    if isinstance(thing, Feature):
        return _feature_texts([thing], decimals)[0].encode()
    return b"".join(iter_json(thing, decimals=decimals))


def iter_json(collection: FeatureCollection, *, decimals: int = 7) -> Iterator[bytes]:
    """Yield the same bytes as `to_json` in pieces of some hundred features, for a streamed answer.

    Raises like `to_json`, but after the pieces before have gone out.
    """
    start = '{"type":"FeatureCollection","features":['
    features = iter(collection.features)
    while batch := list(islice(features, _BATCH)):
        yield (start + ",".join(_feature_texts(batch, decimals))).encode()
        start = ","
    opening = start if start != "," else ""
    foreign = _foreign(collection.members, _RESERVED_IN_COLLECTION, "the collection")
    yield f"{opening}]{foreign}}}".encode()


def _feature_texts(batch: list[Feature], decimals: int) -> list[str]:
    shapes = [item.geometry if isinstance(item.geometry, BaseGeometry) else None for item in batch]
    written = _geometry_texts(shapes, [item.id for item in batch], decimals)
    return [_feature_text(item, text) for item, text in zip(batch, written, strict=True)]


def _feature_text(item: Feature, geometry_text: str | None) -> str:
    what = f"feature {item.id!r}"
    if geometry_text is None:
        if isinstance(item.geometry, Mapping) and "crs" in item.geometry:
            raise ValueError(f"The geometry of {what} has a crs member, which GeoJSON no longer has.")
        geometry_text = _dumps(item.geometry, what)
    identifier = "" if item.id is None else f'"id":{_dumps(item.id, what)},'
    properties = _dumps(item.properties, what)
    foreign = _foreign(item.members, _RESERVED_IN_FEATURE, what)
    return f'{{"type":"Feature",{identifier}"geometry":{geometry_text},"properties":{properties}{foreign}}}'


def _geometry_texts(
    shapes: list[BaseGeometry | None], ids: list[str | int | None], decimals: int
) -> list[str | None]:
    """Write all shapes of a batch at once; None stays None."""
    geoms = np.empty(len(shapes), dtype=object)
    geoms[:] = shapes

    def rounded(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.round(coordinates, decimals) + 0.0  # the sum turns -0.0 into 0.0

    coordinates, owners = shapely.get_coordinates(geoms, return_index=True)
    finite = np.isfinite(coordinates).all(axis=1)
    if not finite.all():
        culprit = ids[int(owners[np.argmin(finite)])]
        raise ValueError(f"The geometry of feature {culprit!r} has a coordinate that is not finite.")
    ready = shapely.transform(shapely.orient_polygons(geoms), rounded, include_z=False)
    texts: list[str | None] = shapely.to_geojson(ready).tolist()
    return texts


def _foreign(members: Members, reserved: frozenset[str], what: str) -> str:
    if taken := sorted(reserved.intersection(members)):
        raise ValueError(f"The member {taken[0]!r} of {what} has a meaning of its own in GeoJSON. Rename it.")
    return "".join(f",{_dumps(name, what)}:{_dumps(value, what)}" for name, value in members.items())


def _dumps(value: object, what: str) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
        text.encode()
    except ValueError as cause:
        raise ValueError(f"A value of {what} cannot be written as JSON: {cause}") from cause
    return text


def _plain(value: object) -> object:
    """Turn what json does not know but a property may hold into what it knows."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"A {type(value).__name__} has no form in JSON. Say how it is written.")
