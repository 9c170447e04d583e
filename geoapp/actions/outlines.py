"""Shapes as the text that maps are drawn from."""

import shapely

from spatial.features import Feature, to_json


def outline(shape: shapely.MultiPolygon) -> str:
    """Return the GeoJSON text of a shape in WGS84: 7 decimals, right-hand rule."""
    text = to_json(Feature(id=None, geometry=shape, properties={})).decode()
    return text.split('"geometry":', 1)[1].rsplit(',"properties"', 1)[0].strip()
