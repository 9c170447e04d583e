"""Charts of the briefing: rate and interval of each quarter, and bars of factors."""

from collections.abc import Sequence
from dataclasses import dataclass

from geoapp.planning.parts import Part
from geoapp.planning.prints import palette, svg
from geoapp.words import number

WIDTH, HEIGHT = 688.0, 178.0
_LEFT, _RIGHT, _TOP, _FLOOR = 34.0, 8.0, 8.0, 116.0
_STEPS = 4
_BAR = 150.0


@dataclass(frozen=True)
class Quarters:
    """Quarters in their order, the rate of all wards, where the axis ends, and which lie in the period."""

    parts: Sequence[Part]
    overall: float | None
    most: float
    in_period: Sequence[bool]


def is_clear(part: Part, overall: float | None) -> bool:
    """Return whether the part's own 95 % interval leaves out the rate of all wards."""
    if overall is None or part.low is None or part.high is None:
        return False
    return part.low > overall or part.high < overall


def quarters_chart(chart: Quarters) -> str:
    """Return the chart as a data: address, WIDTH by HEIGHT px."""
    parts = [_axis(chart)]
    step = (WIDTH - _LEFT - _RIGHT) / max(len(chart.parts), 1)
    for i, part in enumerate(chart.parts):
        x = _LEFT + step * (i + 0.5)
        parts.append(_column(part, x, chart, in_period=chart.in_period[i]))
    return svg.image("".join(parts), WIDTH, HEIGHT)


def share_bar(share: float, overall: float | None, most: float) -> str:
    """Return a bar of a share with a line where all wards lie, as a data: address of 150 by 14 px."""
    k = (_BAR - 4) / most
    bar = svg.path(f"M0 2H{share * k:.1f}V12H0Z", fill=palette.BAR)
    if overall is not None:
        bar += svg.path(f"M{min(overall * k, _BAR - 2):.1f} 0V14", stroke=palette.INK, width=2.4)
    return svg.image(bar, _BAR, 14)


def _axis(chart: Quarters) -> str:
    made = []
    for i in range(_STEPS + 1):
        value = chart.most * i / _STEPS
        y = _height(value, chart)
        colour = palette.LINE2 if i == 0 else palette.LINE
        made.append(svg.path(f"M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}", stroke=colour))
        made.append(_text(f"{value:.3g}", _LEFT - 8, y + 4, palette.INK2, anchor="end"))
    if chart.overall is not None:
        line = f"M{_LEFT} {_height(chart.overall, chart):.1f}H{WIDTH - _RIGHT}"
        made.append(svg.path(line, stroke=palette.INK, width=1.3, dash="4 3"))
    return "".join(made)


def _column(part: Part, x: float, chart: Quarters, *, in_period: bool) -> str:
    months, year = part.title.rsplit(" ", 1)
    made = [
        _text(months.replace(" to ", "\N{EN DASH}"), x, _FLOOR + 17),
        _text(year, x, _FLOOR + 33, palette.INK2),
        _text(_km_words(part), x, _FLOOR + 50, palette.INK2),
    ]
    if in_period:
        made.append(svg.path(f"M{x - 24:.1f} {_FLOOR + 58}h48", stroke=palette.INK, width=2.4))
    if part.rate is None or part.low is None or part.high is None:
        return "".join(made)
    low, high = _height(part.low, chart), _height(part.high, chart)
    arrow = f"M{x - 5:.1f} {high + 6:.1f}l5-6l5 6"
    end = arrow if part.high > chart.most else f"M{x - 6:.1f} {high:.1f}h12"
    bar = f"M{x:.1f} {low:.1f}V{high:.1f}M{x - 6:.1f} {low:.1f}h12{end}"
    y = _height(part.rate, chart)
    dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{_fill(part, chart)}" stroke="{palette.INK}"/>'
    figure = number(part.rate, 1)
    wide = len(figure) * 7.4
    at = min(y + 4.5, _FLOOR - 4)
    under = svg.path(f"M{x + 9:.1f} {at - 10:.1f}h{wide:.1f}v12h{-wide:.1f}Z", fill=palette.WHITE)
    made += [svg.path(bar, stroke=palette.INK2, width=1.7), dot, under]
    made.append(_text(figure, x + 11, at, anchor="start", weight=650))
    return "".join(made)


def _fill(part: Part, chart: Quarters) -> str:
    above = (part.rate or 0) > (chart.overall or 0)
    if is_clear(part, chart.overall):
        return palette.FILLS["clear-5" if above else "clear-1"]
    return palette.FILLS["chance-5" if above else "chance-1"]


def _km_words(part: Part) -> str:
    if part.hidden:
        return "not shown"
    return "not walked" if not part.km else f"{number(part.km, 1)} km"


def _height(value: float, chart: Quarters) -> float:
    return _FLOOR - (_FLOOR - _TOP) * min(value, chart.most) / chart.most


def _text(
    words: str, x: float, y: float, colour: str = palette.INK, *, anchor: str = "middle", weight: int = 400
) -> str:
    return svg.text(words, x, y, colour, anchor=anchor, weight=weight, size=12.5)
