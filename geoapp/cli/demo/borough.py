"""Two invented boroughs in the sea off the coast of Kent: wards, streets, parks, water, stations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geoapp.cli.demo import plan
from geoapp.cli.demo.ground import longest
from geoapp.cli.demo.plan import StreetClass
from geoapp.cli.demo.streets import Network, Street, build_town
from geoapp.cli.demo.wards import build_wards
from spatial.crs import geometries_to_wgs84

_Shape = TypeVar("_Shape", bound=BaseGeometry)

Layer = Literal["street", "railway", "river", "park", "water", "station", "land"]

EDITION: Final = "Demo wards"
"""A name for the one edition of these boundaries."""


@dataclass(frozen=True)
class DemoAuthority:
    """A borough: a code of the shape of a GSS code with a letter that no office gives out, and its name."""

    code: str
    name: str


@dataclass(frozen=True, eq=False)
class DemoWard:
    """A ward with its boundary in British National Grid (EPSG:27700) and in WGS84."""

    code: str
    name: str
    borough_code: str
    borough_name: str
    bng: Polygon
    wgs84: Polygon


@dataclass(frozen=True, eq=False)
class DemoPlace:
    """A named park or station in British National Grid."""

    name: str
    bng: Polygon | Point


@dataclass(frozen=True, eq=False)
class DemoBorough:
    """The whole invented place; geometry is British National Grid, to a millimetre, unless it says WGS84."""

    seed: int
    authorities: tuple[DemoAuthority, ...]
    wards: tuple[DemoWard, ...]
    streets: tuple[Street, ...]
    network: Network
    parks: tuple[DemoPlace, ...]
    stations: tuple[DemoPlace, ...]
    water: Polygon
    land: Polygon


@dataclass(frozen=True, eq=False)
class BasemapFeature:
    """One thing to draw under the maps: `geom` is WGS84, `class_` a finer kind within the layer."""

    layer: Layer
    class_: str
    name: str | None
    geom: BaseGeometry


def make_borough(seed: int = 2026) -> DemoBorough:
    """Return the demo boroughs Lanthorn (20 wards) and Tallowgate (4), the same to the last digit for a seed.

    Wards are a valid coverage with shared vertices. The network is connected.
    """
    town = build_town(np.random.default_rng(seed))
    shapes = build_wards(town.blocks, town.strong, town.river)
    outlines = [_placed(shape.shape) for shape in shapes]
    around = geometries_to_wgs84(np.array(outlines, dtype=object))
    authorities = tuple(DemoAuthority(code, name) for code, name in plan.BOROUGHS)
    wards = tuple(
        DemoWard(
            code=f"X05{number:06d}",
            name=shape.name,
            borough_code=authorities[shape.borough].code,
            borough_name=authorities[shape.borough].name,
            bng=bng,
            wgs84=wgs84,
        )
        for number, (shape, bng, wgs84) in enumerate(zip(shapes, outlines, around, strict=True), start=1)
    )
    return DemoBorough(
        seed=seed,
        authorities=authorities,
        wards=wards,
        streets=(
            *(_placed_street(street) for street in town.streets),
            Street(plan.RAILWAY_NAME, "railway", _placed(town.railway)),
            Street(
                plan.RIVER_NAME, "river", _placed(longest(town.river.intersection(town.land.buffer(4.0))))
            ),
        ),
        network=_placed_network(town.network),
        parks=tuple(DemoPlace(name, _placed(park)) for name, park in sorted(town.parks.items())),
        stations=tuple(_station(name, place, town.railway) for name, place in plan.STATIONS),
        water=_placed(town.water),
        land=_placed(town.land),
    )


def basemap_features(borough: DemoBorough) -> tuple[BasemapFeature, ...]:
    """Return everything to draw under a map, in drawing order: land, parks, water, lines, stations. WGS84."""
    layers, geoms = [], []
    for layer, class_, name, geom in _drawn(borough):
        layers.append((layer, class_, name))
        geoms.append(geom)
    moved = geometries_to_wgs84(np.array(geoms, dtype=object))
    return tuple(
        BasemapFeature(layer, class_, name, geom)
        for (layer, class_, name), geom in zip(layers, moved, strict=True)
    )


def _drawn(borough: DemoBorough) -> Iterator[tuple[Layer, str, str | None, BaseGeometry]]:
    yield "land", "land", None, borough.land
    for park in borough.parks:
        yield "park", "park", park.name, park.bng
    yield "water", "river", plan.RIVER_NAME, borough.water
    layer_of: dict[StreetClass, Layer] = {"railway": "railway", "river": "river"}
    for street in sorted(borough.streets, key=lambda one: _ORDER.index(one.class_)):
        yield layer_of.get(street.class_, "street"), street.class_, street.name, street.line
    for station in borough.stations:
        yield "station", "station", station.name, station.bng


_ORDER: Final[tuple[StreetClass, ...]] = ("river", "path", "street", "main", "railway")


def _to_grid(coordinates: plan.Points) -> plan.Points:
    moved: plan.Points = np.round(coordinates + np.array(plan.ORIGIN), 3)
    return moved


def _placed(shape: _Shape) -> _Shape:
    moved: _Shape = shapely.transform(shape, _to_grid)
    return moved


def _placed_street(street: Street) -> Street:
    return Street(street.name, street.class_, _placed(street.line), street.park, street.close)


def _placed_network(network: Network) -> Network:
    lines = shapely.transform(network.lines, _to_grid)
    return Network(_to_grid(network.nodes), network.ends, lines, shapely.length(lines), network.street)


def _station(name: str, near: tuple[float, float], railway: LineString) -> DemoPlace:
    return DemoPlace(name, _placed(railway.interpolate(railway.project(Point(near)))))
