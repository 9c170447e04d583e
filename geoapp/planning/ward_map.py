"""A ward in hexagons of 200 m, drawn here: where in it the figures lie, in the colours of the map."""

from dataclasses import replace

import numpy as np
import shapely
from sqlalchemy import Connection

from geoapp.errors import NotFound
from geoapp.planning import done
from geoapp.planning.cell_tiles import cell_figures
from geoapp.planning.charts import mark_half
from geoapp.planning.figures import scale
from geoapp.planning.inputs import Asked
from geoapp.planning.prints import palette, svg
from geoapp.planning.prints.drawing import Drawn, draw
from geoapp.planning.prints.frame import Frame, frame_around
from geoapp.planning.selection import Reader, choose, offered
from geoapp.queries.areas import area_counts
from geoapp.queries.boundaries import BoroughOutline
from geoapp.queries.shapes import area_shapes
from spatial.cells import cells_to_wgs84
from spatial.crs import geometry_to_wgs84, to_wgs84
from spatial.grid import HexGrid

WIDTH, HEIGHT, _MARGIN = 332.0, 280.0, 14.0


def ward_map(connection: Connection, code: str, asked: Asked, reader: Reader) -> str:
    """Return the drawing as an SVG document; NotFound when the ward is unknown or not the reader's.

    The hexagons are those of the tiles: of all that the reader may see, withheld where she may not.
    """
    asked = replace(asked, area="ward", boroughs=None)
    chosen = choose(connection, asked, reader, offered(connection, reader))
    wards = area_counts(connection, chosen.selection, voices=0, outlines=False)
    ward = next((each for each in wards if each.code == code), None)
    if ward is None:
        raise NotFound("There is no such ward.")
    shape = shapely.from_wkb(area_shapes(connection, [ward.id])[ward.id])
    grid = HexGrid.HEX200
    q, r = grid.cells_over(shape.bounds)
    there = dict(zip((grid.code(*each) for each in zip(q, r, strict=True)), grid.polygons(q, r), strict=True))
    found = cell_figures(connection, chosen, "hex200", reader.rules)
    shapely.prepare(shape)
    inside = [area for area in found.areas if area.code in there and shape.intersects(there[area.code])]
    placed = cells_to_wgs84(np.array([there[area.code] for area in inside], dtype=object))
    areas = [replace(a, outline=shapely.to_geojson(p)) for a, p in zip(inside, placed, strict=True)]
    outline = geometry_to_wgs84(shape)
    frame = frame_around(outline.bounds, WIDTH, HEIGHT, _MARGIN)
    drawn = draw(
        Drawn(
            areas=areas,
            scale=scale(connection, chosen, reader.rules),
            names=False,
            boroughs=[BoroughOutline(ward.code, ward.name, shapely.to_geojson(outline))],
        ),
        frame,
    )
    places = done.cells(done.numbered(connection, chosen.selection, ward.id))
    drawn += "".join(_mark(words, place, frame) for words, place in places)
    # A picture on a page has none of the page's fonts.
    return svg.document(drawn.replace(svg.FONT, "system-ui, sans-serif"), WIDTH, HEIGHT)


def _mark(words: str, place_bng: tuple[float, float], frame: Frame) -> str:
    """Return the number of something done, in a white circle that gets longer with its words."""
    ((x, y),) = frame.place(np.column_stack(to_wgs84(*(np.array([axis]) for axis in place_bng)))).tolist()
    half = mark_half(words)
    circle = (
        f'<rect x="{x - half:.1f}" y="{y - 9:.1f}" width="{2 * half:.1f}" height="18" rx="9"'
        f' fill="{palette.WHITE}" stroke="{palette.INK}" stroke-width="1.6"/>'
    )
    return circle + svg.text(words, x, y + 4.5, palette.INK, weight=700)
