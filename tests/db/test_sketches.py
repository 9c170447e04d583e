"""Outlines for the screen: close to the true ones, with one border between neighbours."""

import json

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.actions.wards import NewEdition, import_edition
from spatial.crs import geometry_to_bng, geometry_to_wgs84
from spatial.wards import WardShape


def wavy(shared_m: float, side: float) -> shapely.Polygon:
    """A square beside a border that bends by a few metres every five."""
    north = np.arange(0, 1001, 5.0)
    border = np.column_stack([530_000 + shared_m + 3 * np.sin(north / 40), 175_000 + north])
    far = 530_000 + shared_m + side
    return shapely.Polygon([*border, (far, 176_000), (far, 175_000)])


def test_neighbours_keep_one_border_of_far_fewer_points(session: Session) -> None:
    shapes = [wavy(500, 800), wavy(500, -800)]
    wards = tuple(
        WardShape(n + 1, f"E0500000{n}", f"Ward {n}", None, None, geometry_to_wgs84(each), each)
        for n, each in enumerate(shapely.multipolygons(shapely.get_parts(shapes), indices=[0, 1]))
    )
    import_edition(session, NewEdition("wavy", wards), by="test")
    rows = session.execute(text("SELECT outline FROM ward_sketch ORDER BY area_id")).scalars().all()
    drawn = [geometry_to_bng(shapely.from_geojson(each)) for each in rows]
    for true, sketch in zip(shapes, drawn, strict=True):
        assert shapely.hausdorff_distance(true, sketch) < 12
        assert len(shapely.get_coordinates(sketch)) < len(shapely.get_coordinates(true)) / 3
    # Rounded alike on both sides, so that nothing shows between them.
    places = [{tuple(each) for each in shapely.get_coordinates(shapely.from_geojson(row))} for row in rows]
    border = [
        sorted(y for x, y in each if abs(x - np.mean([x for x, _ in places[0] & places[1]])) < 1e-3)
        for each in places
    ]
    assert border[0] == border[1]
    assert all(
        len(f"{x}".split(".")[1]) <= 5 for row in rows for x in np.ravel(json.loads(row)["coordinates"][0][0])
    )
