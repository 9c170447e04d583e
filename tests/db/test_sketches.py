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
    rows = session.execute(text("SELECT shape FROM ward_sketch ORDER BY area_id")).scalars().all()
    corners = [np.array(json.loads(row)[0][0]).reshape(-1, 2).cumsum(axis=0) for row in rows]
    drawn = [geometry_to_bng(shapely.Polygon(each / 1e5)) for each in corners]
    for true, sketch, points in zip(shapes, drawn, corners, strict=True):
        assert shapely.hausdorff_distance(true, sketch) < 15
        assert len(points) < len(shapely.get_coordinates(true)) / 3
    # The border is the same corners on both sides, so that nothing shows between them.
    shared = {tuple(each) for each in corners[0]} & {tuple(each) for each in corners[1]}
    assert len(shared) == len(corners[0]) - 2 == len(corners[1]) - 2
