"""The map as seen, drawn here: areas, legend, caption, and the figures themselves as metadata of the file."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

from flask import render_template
from sqlalchemy import Connection

from geoapp.planning import map_page, present
from geoapp.planning.classes import group_of
from geoapp.planning.figures import answer
from geoapp.planning.inputs import Asked, View
from geoapp.planning.map_page import MapPage
from geoapp.planning.prints import layers, palette, paper, svg
from geoapp.planning.prints.drawing import Drawn, count_breaks, draw
from geoapp.planning.prints.frame import Degrees, Frame, frame_around, shape_ratio
from geoapp.planning.prints.layers import Layer, Under
from geoapp.planning.selection import Reader
from geoapp.planning.sentences import areas_word
from geoapp.queries.boundaries import borough_outlines
from geoapp.queries.print_ground import GroundShape, print_ground
from geoapp.words import day_month_year, number

SCALE = 2.0
_WIDTH, _SHEET, _MARGIN, _EDGE = 1136.0, 1200.0, 40.0, 24
_LEAST_HEIGHT, _MOST_HEIGHT = 420.0, 900.0
_REST = 1400
_LONDON: Degrees = (-0.52, 51.28, 0.34, 51.7)
_DEGREES_PER_PX = 1.1
_HEXAGONS = {"hex200", "hex500"}


@dataclass(frozen=True)
class Picture:
    """What the sheet shows, and what the file says of itself beside."""

    page: MapPage
    map_image: str
    map_height: float
    under: str
    alt: str
    legend: tuple[tuple[str, tuple[str, ...]], ...]
    breaks: tuple[str, ...]
    note: str
    states: tuple[tuple[str, str], ...]
    made: str
    figures: str


def build(connection: Connection, asked: Asked, view: View, reader: Reader) -> Picture:
    """Return the picture of a selection and view, all of one snapshot: with the figures of the page."""
    asked, view = _as_areas(asked, view)
    page = map_page.build(connection, asked, view, reader)
    bounds = page.bounds or _LONDON
    height = min(max(_WIDTH * shape_ratio(bounds) + _MARGIN, _LEAST_HEIGHT), _MOST_HEIGHT)
    frame = frame_around(bounds, _WIDTH, height, _MARGIN)
    held = page.chosen.selection
    layer = _layer(connection, page, view, frame, reader)
    drawn = draw(
        replace(
            layer.drawn,
            boroughs=borough_outlines(connection, held.edition_id),
            in_answer=None if held.boroughs is None else frozenset(held.boroughs),
            ground=ground_of(connection, frame),
        ),
        frame,
    )
    marks = () if layer.drawn.density else (("marks", "Higher, lower than expected"),)
    return Picture(
        page=page,
        map_image=svg.image(drawn, _WIDTH, height),
        map_height=height,
        under=_under(page),
        alt=f"{page.headline}. {_under(page)} {caption_words(page)}",
        legend=_legend(view, layer),
        breaks=_breaks(page, view, layer),
        note=layer.note,
        states=(*marks, *((s["kind"], s["text"]) for s in page.states)),
        made=day_month_year(reader.today),
        figures=_figures(page, reader),
    )


def _as_areas(asked: Asked, view: View) -> tuple[Asked, View]:
    """Return what a sheet shows: the same, but for streets, drawn near alone, the hexagons they go by."""
    if view.drawn != "streets":
        return asked, view
    return replace(asked, area="hex200"), replace(view, drawn="", measure="eb")


def _layer(connection: Connection, page: MapPage, view: View, frame: Frame, reader: Reader) -> Layer:
    # With outlines, which a page goes without.
    areas = answer(connection, page.chosen, reader.rules).areas
    if view.surface:
        return layers.bands(connection, Under(page.chosen, areas), page.found.scale, reader)
    if view.drawn:
        return layers.density(connection, Under(page.chosen, areas), view.drawn, frame, reader)
    names = page.chosen.selection.area not in _HEXAGONS
    return Layer(Drawn(areas=areas, scale=page.found.scale, measure=view.measure, names=names))


def render(picture: Picture) -> bytes:
    """Return the picture as a PNG with two pixels for each px of a screen.

    Its metadata are `Title`, `Description` (the caption) and `Lamplight`: the answer as areas.json has it,
    without outlines.
    """
    texts = {
        "Title": picture.page.headline,
        "Description": picture.alt,
        "Creation Time": picture.made,
        "Copyright": picture.page.attribution,
        "Lamplight": picture.figures,
    }
    html = render_template("planning/briefing/picture.html", picture=picture, swatch=palette.swatch)
    html = html.replace("__SHEET__", f"{_SHEET:g}px {picture.map_height + _REST:g}px")
    return paper.png(html, scale=SCALE, edge_px=_EDGE, texts={k: v for k, v in texts.items() if v})


def ground_of(connection: Connection, frame: Frame) -> list[GroundShape]:
    """Return the base map of a frame, no finer than a px."""
    west, _, east, _ = frame.degrees
    return print_ground(connection, frame.degrees, (east - west) / frame.width * _DEGREES_PER_PX)


def caption_words(page: MapPage) -> str:
    """Return the caption of the page as one line of text."""
    caption = page.caption
    return (
        f"{caption.concerns} raised on {caption.walks}, {number(caption.km_walked, 1)} km walked, "
        f"{caption.rest} {caption.left}"
    ).strip()


def _under(page: MapPage) -> str:
    groups = Counter(group_of(area) for area in page.found.areas)
    if page.found.overall is None or not groups["higher"] + groups["as_expected"] + groups["lower"]:
        return ""
    expected, lower = groups["as_expected"], groups["lower"]
    shown = sum(1 for each in page.found.areas if each.km)
    areas = areas_word(page.chosen, shown)
    return (
        f"{number(expected)} {'is' if expected == 1 else 'are'} as expected and"
        f" {number(lower) if lower else 'none'} lower. "
        f"All {number(shown)} {areas} with figures: {number(page.found.overall, 2)} per km walked."
    )


def _legend(view: View, layer: Layer) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if layer.drawn.density or view.measure == "count":
        title = "Kilometres" if layer.drawn.density == "km" else "Counted, not corrected"
        return ((title, tuple(palette.swatch(f"count-{n}", wide=True) for n in range(1, 5))),)
    verdicts = ("lower", "lower", "", "higher", "higher")
    clear = tuple(palette.swatch(f"clear-{n}", v, wide=True) for n, v in enumerate(verdicts, start=1))
    chance = tuple(palette.swatch(f"chance-{n}", wide=True) for n in range(1, 6))
    return (("Clear difference", clear), ("Could be chance", chance))


def _breaks(page: MapPage, view: View, layer: Layer) -> tuple[str, ...]:
    if not layer.breaks and view.measure != "count":
        return page.legend_breaks
    limits = [f"{each:g}" for each in layer.breaks or count_breaks(page.found.areas)]
    return (f"under {limits[0]}", *(f"{a} to {b}" for a, b in pairwise(limits)), f"{limits[-1]} +")


def _figures(page: MapPage, reader: Reader) -> str:
    held: dict[str, object] = {
        "method": present.method(page.found, page.chosen, reader.rules),
        "version": page.found.version,
        "selection": present.selection(page.chosen),
        "totals": present.totals(page.found),
    }
    if page.chosen.selection.area not in _HEXAGONS:
        held["areas"] = [present.properties(area) for area in page.found.areas]
    return json.dumps(held, ensure_ascii=False, allow_nan=False)
