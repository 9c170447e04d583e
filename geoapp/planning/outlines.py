"""Wards and boroughs as the screen draws them: each border once, in whole steps, without any figure.

Outlines are public; a borough that is not the reader's is drawn as ground around her own.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from math import cos, radians

import numpy as np
import shapely
from sqlalchemy import Connection

from geoapp.planning.inputs import Asked
from geoapp.planning.selection import Reader, choose, offered
from geoapp.queries.boundaries import WardSketch, borough_names, ward_sketches
from spatial.borders import Borders, Corner, borders, steps

_PER_DEGREE = 100_000
_COARSE_PER_DEGREE = 10_000
_METRES_PER_DEGREE = 111_320.0
# An answer fills about 800 px: of its length this part is half of one.
_HALF_A_PIXEL = 1 / 1500
# As near as the sketches themselves: nothing to gain below.
_SKETCHED_M = 10.0

Polygons = list[list[list[Corner]]]
Packed = tuple[str, str]


def wards(connection: Connection, asked: Asked, reader: Reader, *, coarse: bool) -> Packed:
    """Return the wards of the selection as JSON text, and its tag.

    `coarse` is for the first look at many wards: good to half a pixel where the whole answer is on the
    screen. `metres` says how far lines may be off; where few wards are near enough, they are the fine ones.
    """
    chosen = choose(connection, asked, reader, offered(connection, reader)).selection
    return _wards(tuple(ward_sketches(connection, chosen.edition_id, chosen.boroughs)), coarse)


def around(connection: Connection, asked: Asked, reader: Reader) -> Packed:
    """Return the boroughs beside those of the selection as JSON text, and its tag: none where it has all."""
    chosen = choose(connection, asked, reader, offered(connection, reader)).selection
    if chosen.boroughs is None:
        return _boroughs((), ())
    others = [
        each
        for each in ward_sketches(connection, chosen.edition_id, None)
        if each.borough is not None and each.borough not in chosen.boroughs
    ]
    return _boroughs(tuple(others), tuple(sorted(borough_names(connection).items())))


@lru_cache(maxsize=8)
def _wards(sketches: tuple[WardSketch, ...], coarse: bool) -> Packed:
    shapes = [_corners(each.shape) for each in sketches]
    per_degree, metres = _PER_DEGREE, _SKETCHED_M
    wanted = _length_m(shapes) * _HALF_A_PIXEL
    if coarse and wanted > _SKETCHED_M:
        shapes, per_degree, metres = _coarser(shapes, wanted), _COARSE_PER_DEGREE, wanted
    found = borders([ring for polygons in shapes for rings in polygons for ring in rings])
    names = sorted({each.borough for each in sketches if each.borough is not None})
    walks = iter(found.walks)
    return _text(
        {
            "per_degree": per_degree,
            "metres": round(metres, 1),
            "lines": steps(found.lines),
            "boroughs": names,
            "wards": {
                each.code: [
                    None if each.borough is None else names.index(each.borough),
                    _walked(polygons, walks),
                ]
                for each, polygons in zip(sketches, shapes, strict=True)
            },
        }
    )


@lru_cache(maxsize=8)
def _boroughs(sketches: tuple[WardSketch, ...], names: tuple[tuple[str, str], ...]) -> Packed:
    by_code: dict[str, list[shapely.Polygon]] = {}
    for each in sketches:
        by_code.setdefault(each.borough or "", []).extend(_polygons(_corners(each.shape)))
    named = dict(names)
    shapes = [_whole(_together(polygons)) for polygons in by_code.values()]
    found: Borders = borders([ring for polygons in shapes for rings in polygons for ring in rings])
    walks = iter(found.walks)
    return _text(
        {
            "per_degree": _PER_DEGREE,
            "lines": steps(found.lines),
            "boroughs": [
                {"code": code, "name": named.get(code, code), "polygons": _walked(polygons, walks)}
                for code, polygons in zip(by_code, shapes, strict=True)
            ],
        }
    )


def _text(said: dict[str, object]) -> Packed:
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n"
    return body, hashlib.sha256(body.encode()).hexdigest()[:32]


def _walked(polygons: Polygons, walks: Iterator[tuple[int, ...]]) -> list[list[list[int]]]:
    """Return the polygons with the next walks in the place of their rings."""
    return [[list(next(walks)) for _ in rings] for rings in polygons]


def _corners(shape: str) -> Polygons:
    """Return the rings of a sketch, as the column `ward_sketch.shape` has them, corner by corner."""
    return [
        [[(x, y) for x, y in np.array(ring).reshape(-1, 2).cumsum(axis=0).tolist()] for ring in rings]
        for rings in json.loads(shape)
    ]


def _polygons(polygons: Polygons) -> list[shapely.Polygon]:
    return [shapely.Polygon(rings[0], rings[1:]) for rings in polygons]


def _together(polygons: list[shapely.Polygon]) -> shapely.Geometry:
    """Return the polygons as one shape. In whole steps one may touch itself, which a union refuses."""
    whole = shapely.union_all(shapely.make_valid(polygons))
    parts = shapely.get_parts(shapely.get_parts(whole))
    polygonal = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return shapely.MultiPolygon(polygonal.tolist())


def _length_m(shapes: list[Polygons]) -> float:
    """Return the longer side of the box around all, in metres; 0 without any."""
    outer = [np.array(rings[0]) for polygons in shapes for rings in polygons]
    if not outer:
        return 0.0
    every = np.concatenate(outer)
    (west, south), (east, north) = every.min(axis=0), every.max(axis=0)
    wide = (east - west) * cos(radians(float(south + north) / 2 / _PER_DEGREE))
    return float(max(wide, north - south)) / _PER_DEGREE * _METRES_PER_DEGREE


def _coarser(shapes: list[Polygons], metres: float) -> list[Polygons]:
    """Return the shapes simplified together (Visvalingam and Whyatt 1993, by GEOS), in coarser steps.

    A degree of longitude is drawn together for it, so that the tolerance is the same each way.
    """
    narrow = cos(radians(shapes[0][0][0][0][1] / _PER_DEGREE))
    squeeze = np.array([narrow, 1.0])
    whole = np.array([shapely.multipolygons(_polygons(each)) for each in shapes], dtype=object)
    narrowed = shapely.transform(whole, lambda at: at * squeeze)
    try:
        drawn = shapely.coverage_simplify(narrowed, metres / _METRES_PER_DEGREE * _PER_DEGREE)
    except shapely.errors.GEOSException:
        drawn = narrowed  # a shape that crosses itself in whole steps: heavier lines are better than none
    # A ward smaller than the tolerance keeps its own shape.
    back = shapely.transform(np.where(shapely.is_empty(drawn), narrowed, drawn), lambda at: at / squeeze)
    return [_whole(each, _PER_DEGREE // _COARSE_PER_DEGREE) for each in back]


def _whole(shape: shapely.Geometry, step: int = 1) -> Polygons:
    """Return rings in whole steps, without corners that fall on the one before and without the last again."""
    return [
        [_ring(ring, step) for ring in (polygon.exterior, *polygon.interiors)]
        for polygon in shapely.get_parts(shape)
    ]


def _ring(ring: shapely.LinearRing, step: int) -> list[Corner]:
    at = np.round(shapely.get_coordinates(ring)[:-1] / step).astype(np.int64)
    moved = np.any(at != np.roll(at, 1, axis=0), axis=1)
    kept = at[moved] if moved.any() else at[:1]
    return [(x, y) for x, y in kept.tolist()]
