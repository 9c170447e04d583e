"""Charts of the planning room as places on paper: quarters upright, and ratios on a logarithmic axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, log2

from geoapp.planning.compare import Ratio
from geoapp.planning.parts import Part
from geoapp.planning.selection import months_before
from geoapp.words import day_month_year, number

_LEFT, _LEAST_STEP, _WIDTH, _TOP, _HEIGHT = 40.0, 108.0, 720.0, 16.0, 190.0
_QUARTER_MONTHS = 3
_LOG_STEPS = 2.0  # the axis ends at two doublings either way: a quarter and four times
_RATIO_WIDTH = 240.0
_MARK_GAP = 3.0


@dataclass(frozen=True)
class Bar:
    """One quarter: where its ends and its dot stand; None where there is no rate.

    `word` stands there, `said` is read out.
    """

    x: float
    title: str
    km: str
    word: str
    said: str
    low: float | None = None
    dot: float | None = None
    high: float | None = None
    beyond: bool = False
    clear: bool = False


@dataclass(frozen=True)
class QuarterChart:
    """A chart of quarters. `ticks` are words and heights; `overall` is the height of the rate for all."""

    width: float
    bottom: float
    ticks: tuple[tuple[str, float], ...]
    bars: tuple[Bar, ...]
    overall: float | None
    words: str
    change: float | None = None
    change_words: str = ""
    marks: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class RatioBar:
    """A ratio on an axis from a quarter to four times, 0 to 240: ends, diamond, and what reaches beyond."""

    low: float
    at: float
    high: float
    arrow_low: bool
    arrow_high: bool
    clear: bool
    words: str


def quarter_chart(
    parts: Sequence[Part],
    overall: float | None,
    *,
    changed: date | None = None,
    quarters: Sequence[date] = (),
    done: Sequence[tuple[int, date]] = (),
) -> QuarterChart:
    """Return the chart; dark dots are clear of the rate for all by their own 95 % interval.

    With `changed`, the day of a change, a line stands there, if it lies in one of the `quarters`, which are
    given by their first days. `done` are numbers of what was done, with its day: marks over the bars.
    """
    rates = [each.high for each in parts if each.high is not None and each.concerns]
    wanted = max([1.6 * (overall or 0.0), *[each.rate * 1.5 for each in parts if each.rate]], default=1.0)
    most = _round_up(min(max([wanted, *rates]), 2 * wanted) or 1.0)

    def height(value: float) -> float:
        return round(_TOP + _HEIGHT * (1 - min(value, most) / most), 1)

    wide = max(_LEAST_STEP, min(180.0, _WIDTH / max(1, len(parts))))
    bars = []
    for i, each in enumerate(parts):
        x = round(_LEFT + wide * (i + 0.5), 1)
        km = "" if each.km is None else f"{number(each.km, 1)} km"
        if each.rate is None or each.low is None or each.high is None:
            why = "Not shown" if each.hidden else "Never walked"
            bars.append(Bar(x, each.title, km, why, why))
            continue
        sure = overall is not None and (each.low > overall or each.high < overall)
        bars.append(
            Bar(
                x,
                each.title,
                km,
                number(each.rate, 1),
                f"{each.rate:.2f}, {each.low:.2f} to {each.high:.2f}",
                height(each.low),
                height(each.rate),
                height(each.high),
                each.high > most,
                sure,
            )
        )
    said = [f"{bar.title}: {bar.said}" for bar in bars]
    share = _share(changed, quarters)
    if changed is not None and share is not None:
        said.append(f"Changed on {day_month_year(changed)}")
    said += [f"Number {one}, done {day_month_year(day)}" for one, day in done]
    places = [(one, _share(day, quarters)) for one, day in done]
    return QuarterChart(
        width=round(_LEFT + wide * len(parts) + 8),
        bottom=_TOP + _HEIGHT,
        ticks=tuple((f"{most * step / 4:g}", height(most * step / 4)) for step in range(5)),
        bars=tuple(bars),
        overall=None if overall is None else height(overall),
        words="Concerns per km with 95% intervals. " + "; ".join(said) + ".",
        change=None if share is None else round(_LEFT + wide * share, 1),
        change_words="" if share is None else f"Changed {day_month_year(changed)}",
        marks=_apart([(one, round(_LEFT + wide * at, 1)) for one, at in places if at is not None]),
    )


def _apart(days: Sequence[tuple[int, float]]) -> tuple[tuple[str, float], ...]:
    """Return marks from left to right for numbers at places; those that would touch are one between them."""
    made: list[tuple[int, int, float]] = []
    for number_done, place in days:
        mark = (number_done, number_done, place)
        # One that has become wider may touch the one before in its turn.
        while (
            made and mark[2] - made[-1][2] < mark_half(_span(made[-1])) + mark_half(_span(mark)) + _MARK_GAP
        ):
            first, _, before = made.pop()
            mark = (first, mark[1], round((before + mark[2]) / 2, 1))
        made.append(mark)
    return tuple((_span(mark), mark[2]) for mark in made)


def mark_half(words: str) -> float:
    """Return half of the width of the mark of something done with these words in it, in px."""
    return max(9.0, 5 + 3.6 * len(words))


def _span(mark: tuple[int, int, float]) -> str:
    first, last, _ = mark
    return str(first) if first == last else f"{first}\N{EN DASH}{last}"


def _share(changed: date | None, quarters: Sequence[date]) -> float | None:
    """Return how many quarters lie before a day, with the part of its own that has passed."""
    for i, begin in enumerate(quarters):
        end = months_before(begin, -_QUARTER_MONTHS)
        if changed is not None and begin <= changed < end:
            return i + (changed - begin).days / (end - begin).days
    return None


def ratio_bar(found: Ratio, *, clear: bool) -> RatioBar | None:
    """Return a ratio's bar, or None without a ratio."""
    if found.ratio is None or found.low is None:
        return None
    high = "no upper limit" if found.high is None else number(found.high, 2)
    return RatioBar(
        low=_place(found.low),
        at=_place(found.ratio),
        high=_place(found.high),
        arrow_low=found.low < 2**-_LOG_STEPS,
        arrow_high=found.high is None or found.high > 2**_LOG_STEPS,
        clear=clear,
        words=f"{number(found.ratio, 2)} times, very likely between {number(found.low, 2)} and {high}",
    )


def _place(ratio: float | None) -> float:
    steps = _LOG_STEPS if ratio is None else -_LOG_STEPS if ratio <= 0 else log2(ratio)
    return round((max(-_LOG_STEPS, min(_LOG_STEPS, steps)) + _LOG_STEPS) * _RATIO_WIDTH / (2 * _LOG_STEPS), 1)


def _round_up(value: float) -> float:
    """Return a number not below the value whose quarters have few figures."""
    for step in (0.4, 0.8, 1.2, 2, 4, 6, 8, 10, 12, 16, 20):
        if value <= step:
            return step
    return float(ceil(value / 20) * 20)
