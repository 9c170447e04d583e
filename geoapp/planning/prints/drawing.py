"""Areas of an answer as a vector drawing: fills, states, marks and names as on the map of the screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geoapp.planning.classes import MIDDLE, class_of, group_of, round_breaks
from geoapp.planning.figures import AreaFigure, Scale
from geoapp.planning.prints import palette, svg
from geoapp.planning.prints.frame import Degrees, Frame
from geoapp.queries.boundaries import BoroughOutline
from geoapp.queries.print_ground import GroundShape
from spatial.rates import Verdict

_ROUND = 0.3
_BEYOND = 40.0
_LETTER, _LINE, _WIDEST = 7.2, 16.0, 118.0
_LONGEST = 24
_ROOM_FOR_NAME = 6000.0
_BAR_STEPS_M = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
_PATCH = {"never": 3, "not_shown": 2, "thin": 1, "none": 0}


@dataclass(frozen=True)
class Bands:
    """A picture that lies over the fills: a data: address, and its bounds in degrees."""

    address: str
    bounds: Degrees


@dataclass(frozen=True)
class Drawn:
    """What the drawing is of. `selected` is outlined and named whatever its verdict.

    `density` is concerns or km, for areas that bear no verdict: filled between `limits`. `hatched`: wards
    under `bands`, which say nothing by themselves. `lines` are outlines and verdicts of wards, drawn over it
    all as lines alone.
    """

    areas: Sequence[AreaFigure]
    scale: Scale
    measure: str = "eb"
    names: bool = True
    selected: str | None = None
    boroughs: Sequence[BoroughOutline] = ()
    in_answer: frozenset[str] | None = None
    ground: Sequence[GroundShape] = ()
    density: str = ""
    limits: tuple[float, ...] = ()
    hatched: bool = False
    bands: Bands | None = None
    lines: Sequence[tuple[str, str]] = ()

    @property
    def bears_verdicts(self) -> bool:
        """Whether fills, outlines and marks say what is clear of chance."""
        return self.measure != "count" and not self.density and not self.hatched


def draw(what: Drawn, frame: Frame) -> str:
    """Return the drawing as SVG elements on a sheet of the frame's size."""
    view = shapely.box(-_BEYOND, -_BEYOND, frame.width + _BEYOND, frame.height + _BEYOND)
    placed = _placed([area.outline for area in what.areas], frame)
    seen = [(area, shape) for area, shape in zip(what.areas, placed, strict=True) if shape.intersects(view)]
    seen = [(area, shapely.clip_by_rect(shape, *view.bounds)) for area, shape in seen]
    lines = list(zip(what.boroughs, _placed([b.outline for b in what.boroughs], frame), strict=True))
    outside = [
        (b, s)
        for b, s in lines
        if what.in_answer is not None and b.code not in what.in_answer and s.intersects(view)
    ]
    inside = [s for b, s in lines if what.in_answer is None or b.code in what.in_answer]
    parts = [f'<rect width="{frame.width:g}" height="{frame.height:g}" fill="{palette.NEIGHBOUR}"/>']
    parts += [
        svg.path(_path(shape), fill=palette.NEIGHBOUR, stroke=palette.NEIGHBOUR_LINE) for _, shape in outside
    ]
    parts += [_ground(each, frame) for each in what.ground]
    parts += _fills(seen, what)
    parts += _over(what, frame)
    parts += [svg.path(_path(each), stroke=palette.BOROUGH_LINE, width=1.5) for each in inside]
    parts += _selected(seen, what)
    parts += _marks(seen, what, frame)
    covered = shapely.union_all([shape for _, shape in seen])
    parts += _neighbour_names(outside, covered, frame)
    parts.append(_scale_bar(frame))
    return "".join(parts)


def fill_name(area: AreaFigure, what: Drawn) -> str:
    """Return never, not_shown, thin, none, or the name of a fill."""
    state = group_of(area)
    if what.density:
        return _density_fill(area.km if what.density == "km" else area.concerns, what.limits)
    if what.hatched:
        return state if state in {"never", "not_shown"} else "thin"
    if state in {"never", "not_shown"} or area.concerns == 0:
        return "none" if area.concerns == 0 and state not in _PATCH else state
    if what.measure == "count":
        breaks = count_breaks(what.areas)
        return f"count-{1 + sum(1 for each in breaks if (area.concerns or 0) >= each)}"
    if state == "thin":
        return state
    value = area.rate if what.measure == "rate" else area.eb_rate
    step = class_of(value, what.scale) if what.scale.breaks else MIDDLE
    return f"{'clear' if _is_clear(area) else 'chance'}-{step}"


def _density_fill(value: float | None, limits: tuple[float, ...]) -> str:
    if value is None:
        return "not_shown"
    return f"count-{1 + sum(1 for each in limits if value >= each)}" if value else "none"


def count_breaks(areas: Sequence[AreaFigure]) -> tuple[float, float, float]:
    """Return round limits between four classes of counts; they belong to one answer alone."""
    return round_breaks(max((area.concerns or 0.0 for area in areas), default=0.0))


def _is_clear(area: AreaFigure) -> bool:
    return area.verdict in {Verdict.HIGHER, Verdict.LOWER}


def _placed(outlines: Sequence[str], frame: Frame) -> list[BaseGeometry]:
    """Return outlines in px, rounded off together, so that neighbours keep one line between them."""
    if not outlines:
        return []
    shapes = shapely.transform(shapely.from_geojson(np.array(outlines, dtype=object)), frame.place)
    return cast("list[BaseGeometry]", list(shapely.coverage_simplify(shapes, _ROUND)))


def _fills(seen: Sequence[tuple[AreaFigure, BaseGeometry]], what: Drawn) -> list[str]:
    by_fill: dict[str, list[BaseGeometry]] = {}
    clear: list[str] = []
    for area, shape in seen:
        name = fill_name(area, what)
        if _is_clear(area) and what.bears_verdicts:
            colour = palette.FILLS.get(name, palette.WHITE)
            clear.append(svg.path(_path(shape), fill=colour, stroke=palette.INK, width=1.6))
        else:
            by_fill.setdefault(name, []).append(shape)
    order = sorted(by_fill, key=lambda name: (_PATCH.get(name, -1), name))
    return [_patch(name, by_fill[name]) for name in order] + clear


def _patch(name: str, shapes: list[BaseGeometry]) -> str:
    d = "".join(_path(each) for each in shapes)
    west, north, east, south = shapely.total_bounds(np.array(shapes, dtype=object)).tolist()
    thin = svg.path(d, stroke=palette.LINE2)
    match name:
        case "never":
            inset = "".join(_path(each.buffer(-1.2)) for each in shapes)
            return svg.path(d, fill=palette.NEVER) + svg.path(
                inset, stroke=palette.INK3, width=1.4, dash="5 4"
            )
        case "not_shown":
            dots = palette.dots(d, (west, north, east, south), "dots")
            return svg.path(d, fill=palette.THIN_GROUND) + dots + thin
        case "thin":
            hatch = palette.hatch(d, (west, north, east, south), "hatch")
            return svg.path(d, fill=palette.THIN_GROUND) + hatch + thin
        case "none":
            return svg.path(d, fill=palette.WHITE, stroke=palette.LINE2)
    return svg.path(d, fill=palette.FILLS[name], stroke=palette.WHITE, width=1.1)


def _over(what: Drawn, frame: Frame) -> list[str]:
    """Return what lies over the fills: the bands of a surface, and lines of wards."""
    made = []
    if what.bands is not None:
        west, south, east, north = what.bands.bounds
        (left, top), (right, bottom) = frame.place(np.array([[west, north], [east, south]])).tolist()
        made.append(
            f'<image x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
            f' preserveAspectRatio="none" image-rendering="pixelated" href="{what.bands.address}"/>'
        )
    for shape, (_, verdict) in zip(_placed([each for each, _ in what.lines], frame), what.lines, strict=True):
        never = verdict == Verdict.NEVER_WALKED
        colour, width, dash = (palette.INK3, 1.4, "5 4") if never else (palette.BOROUGH_LINE, 0.8, "")
        made.append(svg.path(_path(shape), stroke=colour, width=width, dash=dash))
    return made


def _selected(seen: Sequence[tuple[AreaFigure, BaseGeometry]], what: Drawn) -> list[str]:
    shapes = [shape for area, shape in seen if area.code == what.selected]
    return [
        svg.path(_path(shape), stroke=colour, width=width)
        for shape in shapes
        for colour, width in ((palette.WHITE, 7), (palette.INK, 3.4))
    ]


def _marks(seen: Sequence[tuple[AreaFigure, BaseGeometry]], what: Drawn, frame: Frame) -> list[str]:
    """Return triangles, zeros and names; a name that would touch another one is left out."""
    sheet = shapely.box(0, 0, frame.width, frame.height)
    # The scale bar's place is taken before any name.
    taken: list[BaseGeometry] = [shapely.box(frame.width - 190, frame.height - 36, frame.width, frame.height)]
    made: list[str] = []

    def urgency(pair: tuple[AreaFigure, BaseGeometry]) -> tuple[bool, bool, float]:
        area, _ = pair
        return area.code != what.selected, not _is_clear(area), 2.0 if area.q_value is None else area.q_value

    for area, shape in sorted(seen, key=urgency):
        clear = _is_clear(area) and what.bears_verdicts
        zero = area.concerns == 0 and bool(area.km) and not what.density and not what.hatched
        chosen = area.code == what.selected
        within = shape.intersection(sheet)
        if not (clear or chosen or zero) or within.is_empty or within.area < shape.area / 4:
            continue
        x, y = _anchor(within)
        if zero and what.names:
            made.append(_words("0", x + (16 if clear else 0), y + 4))
        if clear:
            made.append(palette.triangle(area.verdict.value, x, y - 2, 0.9 if what.names else 0.5))
        if what.names and (clear or chosen):
            made += _name(area.name, (x, y), taken, frame, always=chosen)
    return made


def _name(
    name: str, at: tuple[float, float], taken: list[BaseGeometry], frame: Frame, *, always: bool
) -> list[str]:
    """Return a name under a point, and note its box in `taken`; nothing where there is no room."""
    rows = wrapped(name)
    half = max(len(row) for row in rows) * _LETTER / 2
    x, y = min(max(at[0], half + 4), frame.width - half - 4), at[1]
    box = shapely.box(x - half, y + 8, x + half, y + 10 + len(rows) * _LINE)
    if not always and any(box.intersects(each) for each in taken):
        return []
    taken.append(box)
    return [_words(row, x, y + 21 + i * _LINE) for i, row in enumerate(rows)]


def _anchor(shape: BaseGeometry) -> tuple[float, float]:
    largest = max(getattr(shape, "geoms", [shape]), key=lambda part: part.area)
    point = largest.centroid if largest.contains(largest.centroid) else largest.representative_point()
    return point.x, point.y


def wrapped(name: str) -> list[str]:
    """Return a name in one line, or in two or more where it is long."""
    words = [word[i : i + _LONGEST] for word in name.split() for i in range(0, len(word), _LONGEST)] or [""]
    count = -(-len(name) * _LETTER // _WIDEST)
    target = len(name) / count if count else len(name)
    rows = [words[0]]
    for word in words[1:]:
        joined = f"{rows[-1]} {word}"
        if len(joined) <= target + len(word) / 2:
            rows[-1] = joined
        else:
            rows.append(word)
    return rows


def _words(words: str, x: float, y: float) -> str:
    return svg.text(words, x, y, palette.INK, weight=600, halo=3)


def _neighbour_names(
    outside: Sequence[tuple[BoroughOutline, BaseGeometry]], covered: BaseGeometry, frame: Frame
) -> list[str]:
    sheet = shapely.box(8, 8, frame.width - 120, frame.height - 8)
    made = []
    for borough, shape in outside:
        free = shape.intersection(sheet).difference(covered)
        if free.area < _ROOM_FOR_NAME:
            continue
        x, y = _anchor(free)
        half = len(borough.name) * _LETTER / 2
        if shapely.box(x - half, y - 12, x + half, y + 6).within(sheet.difference(covered)):
            made.append(svg.text(borough.name, x, y, palette.INK2))
    return made


def _scale_bar(frame: Frame) -> str:
    length = max((each for each in _BAR_STEPS_M if each <= 110 * frame.metres), default=_BAR_STEPS_M[0])
    px = length / frame.metres
    words = f"{length // 1000} km" if length >= 1000 else f"{length} m"  # noqa: PLR2004 (metres in a kilometre)
    east, y = frame.width - 62, frame.height - 18
    bar = f"M{east - px:.1f} {y - 6}V{y}H{east:.1f}V{y - 6}"
    line = svg.path(bar, stroke=palette.WHITE, width=4.5) + svg.path(bar, stroke=palette.INK, width=1.6)
    return line + _words(words, east + 30, y + 1)


def _ground(each: GroundShape, frame: Frame) -> str:
    shape = shapely.transform(shapely.from_wkb(each.shape), frame.place)
    if each.layer == "river":
        return svg.path(_path(shape), stroke=palette.WATER, width=3)
    colour = {"land": palette.LAND, "park": palette.PARK}.get(each.layer, palette.WATER)
    return svg.path(_path(shape), fill=colour)


def _path(shape: BaseGeometry) -> str:
    """Return the rings and lines of a geometry as SVG path data, to a tenth of a px."""
    made = []
    for part in getattr(shape, "geoms", [shape]):
        if hasattr(part, "geoms"):
            made.append(_path(part))
            continue
        if part.is_empty or part.geom_type == "Point":
            continue
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            points = "L".join(f"{x:.1f} {y:.1f}" for x, y in shapely.get_coordinates(ring))
            made.append(f"M{points}" + ("Z" if part.geom_type == "Polygon" else ""))
    return "".join(made)
