"""Lines of boroughs around the figures. Boundaries are public; others' boroughs are drawn without figures."""

import hashlib
import json

from sqlalchemy import Connection

from geoapp.planning.inputs import Asked
from geoapp.planning.selection import Reader, choose, offered
from geoapp.queries.boundaries import borough_outlines, ward_sketches
from geoapp.queries.choices import data_version


def answer(connection: Connection, asked: Asked, reader: Reader) -> tuple[str, str]:
    """Return the boroughs of the selection's edition as GeoJSON text, `in_answer` or not, and its tag."""
    chosen = choose(connection, asked, reader, offered(connection, reader))
    held = chosen.selection.boroughs
    features = [
        f'{{"type":"Feature","geometry":{each.outline},"properties":'
        + json.dumps({"code": each.code, "name": each.name, "in_answer": held is None or each.code in held})
        + "}"
        for each in borough_outlines(connection, chosen.selection.edition_id)
    ]
    body = '{"type":"FeatureCollection","features":[' + ",\n".join(features) + "]}\n"
    tag = hashlib.sha256((data_version(connection) + body).encode()).hexdigest()[:32]
    return body, tag


def sketch(connection: Connection, asked: Asked, reader: Reader) -> tuple[str, str]:
    """Return the shapes of the selected wards for the screen, by code, and their tag; see `ward_sketch`."""
    chosen = choose(connection, asked, reader, offered(connection, reader))
    selection = chosen.selection
    wards = ",\n".join(
        f"{json.dumps(code)}:{shape}"
        for code, shape in ward_sketches(connection, selection.edition_id, selection.boroughs)
    )
    body = f'{{"per_degree":100000,"wards":{{{wards}}}}}\n'
    return body, hashlib.sha256(body.encode()).hexdigest()[:32]
