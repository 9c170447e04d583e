"""Colours and signs of the printed map: those of the screen's style sheet, by the same names."""

from geoapp.planning.prints import svg

INK, INK2, INK3 = "#17212b", "#46525e", "#5c6873"
LINE, LINE2, WHITE = "#dad7cf", "#7d868e", "#ffffff"
LAND, NEIGHBOUR, NEIGHBOUR_LINE, WATER, PARK = "#ecebe5", "#e7e6df", "#d3d1c8", "#c6d8e0", "#dfe4d6"
BOROUGH_LINE = "#46525e"
NEVER, THIN_GROUND, THIN_LINE, DOT = "#f7f6f2", "#fbfaf7", "#858d94", "#7d868e"
BAR = "#4c9599"
FILLS = {
    "clear-1": "#0b565e",
    "clear-2": "#4c9599",
    "clear-3": "#cfc6a6",
    "clear-4": "#cb8a2e",
    "clear-5": "#7e4407",
    "chance-1": "#c3dbda",
    "chance-2": "#dce8e4",
    "chance-3": "#f1ede2",
    "chance-4": "#f1dfbf",
    "chance-5": "#e5c494",
    "count-1": "#e3eef0",
    "count-2": "#b4d2d6",
    "count-3": "#7db0b7",
    "count-4": "#3f868f",
}

_UP, _DOWN = "M0-8L9 7.5H-9Z", "M0 8L9-7.5H-9Z"
_HATCH_STEP, _HATCH_WIDTH = 7.0, 1.5
_DOT_STEP, _DOT_WIDTH = 4.0, 2.5

Extremes = tuple[float, float, float, float]


def triangle(verdict: str, x: float, y: float, size: float = 1.0) -> str:
    """Return the mark of a clear difference, higher or lower, in ink with a white halo."""
    mark = _UP if verdict == "higher" else _DOWN
    drawn = svg.path(mark, fill=WHITE, stroke=WHITE, width=6) + svg.path(mark, fill=INK)
    return f'<g transform="translate({x:.1f} {y:.1f}) scale({size:g})">{drawn}</g>'


def hatch(inside: str, bounds: Extremes, name: str) -> str:
    """Return the hatching of 'too little walking' inside an SVG path; `bounds` are its extremes.

    Lines that are cut, not a pattern: they run on from ward to ward, and every reader of a PDF draws them.
    """
    west, north, east, south = bounds
    height, step = south - north, _HATCH_STEP * 2**0.5
    first = (west - height) // step * step
    count = int((east - first) / step) + 1
    lines = "".join(f"M{first + i * step:.1f} {south:.1f}l{height:.1f} {-height:.1f}" for i in range(count))
    return svg.clipped(svg.path(lines, stroke=THIN_LINE, width=_HATCH_WIDTH), inside, name)


def dots(inside: str, bounds: Extremes, name: str) -> str:
    """Return the dots of 'not shown' inside an SVG path: rows of round ends without a line."""
    west, north, east, south = bounds
    rows = []
    y, odd = north // _DOT_STEP * _DOT_STEP, int(north // _DOT_STEP) % 2
    while y < south:
        start = west // (2 * _DOT_STEP) * 2 * _DOT_STEP + odd * _DOT_STEP
        rows.append(f"M{start:.1f} {y:.1f}H{east:.1f}")
        y, odd = y + _DOT_STEP, 1 - odd
    drawn = svg.path("".join(rows), stroke=DOT, width=_DOT_WIDTH, dash=f"0.01 {2 * _DOT_STEP - 0.01:g}")
    return svg.clipped(f'<g stroke-linecap="round">{drawn}</g>', inside, name)


def swatch(kind: str, verdict: str = "", *, wide: bool = False) -> str:
    """Return a box of the legend as a data: address.

    Kinds are those of FILLS, and thin, not-shown, never, none and marks.
    """
    width, height = (54, 24) if wide else (32, 18)
    box = f"M.8 .8H{width - 0.8}V{height - 0.8}H.8Z"
    bounds = (0.8, 0.8, width - 0.8, height - 0.8)
    rim, ground = svg.path(box, stroke=LINE2), svg.path(box, fill=THIN_GROUND)
    match kind:
        case "thin":
            drawn = ground + hatch(box, bounds, "h") + rim
        case "not-shown":
            drawn = ground + dots(box, bounds, "d") + rim
        case "never":
            drawn = svg.path(box, fill=NEVER, stroke=INK3, width=1.4, dash="5 4")
        case "none":
            drawn = svg.path(box, fill=WHITE, stroke=LINE2) + svg.text("0", width / 2, 13.5, INK)
        case "marks":
            drawn = triangle("higher", 8, 9.5, 0.7) + triangle("lower", 24, 8.5, 0.7)
        case _:
            clear = kind.startswith("clear")
            drawn = svg.path(box, fill=FILLS[kind], stroke=INK if clear else LINE2, width=1.6 if clear else 1)
    if verdict:
        drawn += triangle(verdict, width / 2, height / 2, 0.62)
    return svg.image(drawn, width, height)
