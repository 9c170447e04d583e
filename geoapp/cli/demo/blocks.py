"""Streets grown into the plan: faces between main roads, split again and again down to blocks."""

# ruff: noqa: PLR2004 - each number is a chance or a measure of this drawing, used once and read in its place

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from geoapp.cli.demo.plan import PARKS, Points, StreetClass

LONG_SIDE_M: Final = 290.0
SHORT_SIDE_M: Final = 134.0
MILLIMETRES: Final = 3
_CENTRE: Final = np.array([2800.0, 1900.0])
_THIN_M: Final = 45.0


@dataclass(frozen=True, eq=False)
class Grown:
    """A line that growing added: `points` in plan metres, `close` for a cul-de-sac."""

    class_: StreetClass
    points: Points
    park: str | None = None
    close: bool = False


@dataclass(frozen=True, eq=False)
class Growth:
    """Everything grown inside the faces: lines, and park outlines by name."""

    lines: tuple[Grown, ...]
    parks: dict[str, Polygon]


def grow(faces: list[Polygon], rng: np.random.Generator) -> Growth:
    """Split every face into blocks of about 60 to 120 by 130 to 260 m; keep the planned parks whole.

    Line ends lie on a line of the face that they were grown in, rounded to a millimetre.
    """
    lines: list[Grown] = []
    parks: dict[str, Polygon] = {}
    waiting = [shapely.get_coordinates(face.exterior)[:-1] for face in faces]
    while waiting:
        ring = waiting.pop()
        park = _planned_park(ring, parks)
        if park is not None:
            name, outline = park
            parks[name] = outline
            lines.extend(_park_paths(name, outline, rng))
            continue
        cut = _cut(ring, rng)
        if cut is None:
            lines.extend(_closes(ring, rng))
            continue
        curve, left, right = cut
        lines.append(Grown("street", curve))
        waiting.extend((left, right))
    return Growth(tuple(lines), parks)


def _planned_park(ring: Points, taken: dict[str, Polygon]) -> tuple[str, Polygon] | None:
    for name, inside, area in PARKS:
        if name in taken:
            continue
        outline = Polygon(ring)
        if outline.area <= 1.45 * area and outline.contains(shapely.Point(inside)):
            _, _, long_m, short_m = _sides(ring)
            if long_m < 2.0 * short_m or outline.area < 0.85 * area:
                return name, outline
    return None


def _sides(ring: Points) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float]:
    """Return the centre, the unit vector of the long side, and both sides (m) of the tightest rectangle."""
    box = shapely.get_coordinates(shapely.oriented_envelope(Polygon(ring)))
    one, two = box[1] - box[0], box[2] - box[1]
    first, second = float(np.hypot(*one)), float(np.hypot(*two))
    centre = box[:4].mean(axis=0)
    if first >= second:
        return centre, one / first, first, second
    return centre, two / second, second, first


def _cut(ring: Points, rng: np.random.Generator) -> tuple[Points, Points, Points] | None:
    centre, along, long_m, short_m = _sides(ring)
    far = float(np.clip(np.hypot(*(centre - _CENTRE)) / 2600.0, 0.0, 1.0))
    size = 0.86 + 0.36 * far
    across_need, along_need = long_m / (LONG_SIDE_M * size), short_m / (SHORT_SIDE_M * size)
    area = float(Polygon(ring).area)
    if max(across_need, along_need) <= 1.0 or area < 5_500.0 or short_m < _THIN_M:
        return None
    if area < 52_000.0 and rng.random() < 0.05 + 0.13 * far:
        return None  # estates, schools and works keep larger blocks
    normal = np.array([-along[1], along[0]])
    if across_need >= along_need or long_m > 2.6 * short_m:
        direction, shift = normal, along * long_m
    else:
        direction, shift = along, normal * short_m
    for attempt in range(4):
        turn = rng.normal(0.0, 0.05)
        turned = direction * np.cos(turn) + np.array([-direction[1], direction[0]]) * np.sin(turn)
        wander = 0.07 + 0.04 * attempt
        found = _split(ring, centre + shift * rng.uniform(-wander, wander), turned, 1.0 - 0.5 * attempt, rng)
        if found is not None:
            return found
    return None


def _split(
    ring: Points, through: Points, direction: Points, bend: float, rng: np.random.Generator
) -> tuple[Points, Points, Points] | None:
    """Return the street and both halves of the ring, or None where a street so bent would leave it."""
    crossing = _crossings(ring, through, direction)
    if crossing is None:
        return None
    (i, start), (j, end) = crossing
    curve = _bent(start, end, rng, max(0.0, bend))
    if i > j:
        i, j, curve = j, i, curve[::-1]
    one = np.vstack([ring[: i + 1], curve, ring[j + 1 :]])
    other = np.vstack([curve[::-1], ring[i + 1 : j + 1]])
    one, other = _distinct(one), _distinct(other)
    if len(one) < 3 or len(other) < 3 or not (Polygon(one).is_valid and Polygon(other).is_valid):
        return None
    return curve, one, other


def _crossings(
    ring: Points, through: Points, direction: Points
) -> tuple[tuple[int, Points], tuple[int, Points]] | None:
    """Return where the line crosses the ring, the longest stretch inside it: (edge, point) twice."""
    offset = ring - through
    side = direction[0] * offset[:, 1] - direction[1] * offset[:, 0]
    following = np.roll(side, -1)
    edges = np.flatnonzero((side > 0.0) != (following > 0.0))
    if len(edges) < 2:
        return None
    part = side[edges] / (side[edges] - following[edges])
    after = np.roll(ring, -1, axis=0)[edges]
    points = ring[edges] + part[:, None] * (after - ring[edges])
    order = np.argsort((points - through) @ direction)
    place = ((points - through) @ direction)[order]
    widest = 2 * int(np.argmax(place[1::2] - place[0::2]))
    i, j = order[widest], order[widest + 1]
    return (int(edges[i]), _tidy(ring, int(edges[i]), points[i])), (
        int(edges[j]),
        _tidy(ring, int(edges[j]), points[j]),
    )


def _tidy(ring: Points, edge: int, point: Points) -> Points:
    """Use the vertex itself where the crossing is within four metres of one: no stubs between junctions."""
    for vertex in (ring[edge], ring[(edge + 1) % len(ring)]):
        if np.hypot(*(vertex - point)) < 4.0:
            own: Points = vertex
            return own
    return np.round(point, MILLIMETRES)


def _bent(start: Points, end: Points, rng: np.random.Generator, bend: float = 1.0) -> Points:
    length = float(np.hypot(*(end - start)))
    t = np.linspace(0.0, 1.0, max(2, round(length / 16.0)))[:, None]
    normal = np.array([start[1] - end[1], end[0] - start[0]]) / max(length, 1e-9)
    calm = bend * min(1.0, length / 400.0)  # short terraces run straight
    bow = float(np.clip(rng.normal(0.0, 0.05), -0.1, 0.1)) * length * calm
    sway = float(np.clip(rng.normal(0.0, 0.018), -0.04, 0.04)) * length * calm
    curve = start + t * (end - start) + (bow * np.sin(np.pi * t) + sway * np.sin(2 * np.pi * t)) * normal
    curve[0], curve[-1] = start, end
    return np.round(curve, MILLIMETRES)


def _distinct(ring: Points) -> Points:
    keep = np.any(np.roll(ring, 1, axis=0) != ring, axis=1)
    kept: Points = ring[keep]
    return kept


def _closes(ring: Points, rng: np.random.Generator) -> list[Grown]:
    """Return cul-de-sacs for a block with room for them, each from a street into the middle."""
    block = Polygon(ring)
    centre, along, long_m, short_m = _sides(ring)
    room = block.area / 26_000.0
    if short_m < 88.0 or rng.random() > min(0.9, 0.45 * room):
        return []
    closes = []
    normal = np.array([-along[1], along[0]])
    for _ in range(min(3, max(1, round(room)))):
        through = centre + along * long_m * rng.uniform(-0.33, 0.33)
        crossing = _crossings(ring, through, normal if rng.random() < 0.5 else -normal)
        if crossing is None:
            continue
        start, far_side = crossing[0][1], crossing[1][1]
        reach = start + (far_side - start) * rng.uniform(0.42, 0.62)
        line = _bent(start, np.round(reach, MILLIMETRES), rng)
        if rng.random() < 0.35:
            hook = along * rng.choice([-1.0, 1.0]) * rng.uniform(22.0, 48.0)
            line = np.vstack([line, np.round(line[-1] + hook, MILLIMETRES)])
        if shapely.LineString(line[1:] if len(line) > 2 else line).within(block.buffer(-14.0)) or (
            shapely.LineString(line).within(block.buffer(0.01)) and len(line) <= 3
        ):
            closes.append(Grown("street", line, close=True))
    return closes


def _park_paths(name: str, outline: Polygon, rng: np.random.Generator) -> list[Grown]:
    """Return a park's paths: from gates around it to a middle ring, and a loop some way inside."""
    ring = outline.exterior
    middle = shapely.get_coordinates(outline.point_on_surface())[0]
    if outline.contains(outline.centroid):
        middle = shapely.get_coordinates(outline.centroid)[0]
    inset = 0.11 * outline.area**0.5
    rounded = outline.buffer(-2.2 * inset).buffer(1.2 * inset).simplify(0.4)
    loop = shapely.get_coordinates(max(shapely.get_parts(rounded), key=lambda part: part.area).exterior)
    paths = [np.round(loop, MILLIMETRES)]
    gates = 5 + int(outline.area > 100_000.0)
    turn = rng.random()
    for gate in range(gates):
        at = ((gate + turn + rng.uniform(-0.2, 0.2)) / gates) % 1.0
        start = np.round(shapely.get_coordinates(ring.interpolate(at, normalized=True))[0], MILLIMETRES)
        paths.append(_bent(start, np.round(middle, MILLIMETRES), rng))
    return [Grown("path", path, park=name) for path in paths if len(path) >= 2]
