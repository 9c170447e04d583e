"""The base map's vector tiles."""

import pytest
from sqlalchemy import text

from geoapp import db


@pytest.fixture(scope="module")
def streets(opened) -> None:  # noqa: ARG001 (the database has to be open)
    with db.writing() as session:
        session.execute(
            text("""
            INSERT INTO ground (source, layer, class, name, geom) VALUES
            ('tests', 'street', 'main', 'Lantern Row', 'SRID=4326;LINESTRING(-0.125 51.46, -0.12 51.465)'),
            ('tests', 'street', 'path', 'Back path', 'SRID=4326;LINESTRING(-0.124 51.46, -0.12 51.464)'),
            ('tests', 'water', 'river', NULL, ST_MakeEnvelope(-0.13, 51.455, -0.12, 51.458, 4326))""")
        )


@pytest.mark.usefixtures("streets")
def test_a_tile_has_named_layers_and_less_when_far(client):
    # Zoom 14: x = (lon + 180) / 360 * 2^14, y by the mercator formula, for -0.1225, 51.4625.
    near = client.get("/ground/14/8186/5451.mvt")
    assert near.status_code == 200
    assert near.mimetype == "application/vnd.mapbox-vector-tile"
    assert {layer in near.get_data() for layer in (b"street", b"water", b"Lantern Row", b"Back path")} == {
        True
    }
    far = client.get("/ground/10/511/340.mvt").get_data()
    assert b"street" in far
    assert b"Lantern Row" not in far, "names come when there is room for them"
    again = client.get("/ground/14/8186/5451.mvt", headers={"If-None-Match": near.headers["ETag"]})
    assert again.status_code == 304
    assert "max-age" in near.headers["Cache-Control"]


def test_nothing_there_is_no_content_and_no_such_tile_is_not_found(client):
    assert client.get("/ground/14/0/0.mvt").status_code == 204
    for wrong in ("0/1/0", "1/0/2", "21/0/0", "-1/0/0", "a/0/0", "99999999999/0/0"):
        assert client.get(f"/ground/{wrong}.mvt").status_code == 404
