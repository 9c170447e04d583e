"""What touches a box: the quick look at a feature's own box never says what its geometry does not."""

import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from geoapp.config import Settings

_CHECK = """
WITH b AS (SELECT ST_GeomFromText(%(box)s, %(srid)s) AS area),
     g AS (SELECT ST_GeomFromText(t, %(srid)s) AS geom FROM unnest(%(geometries)s::text[]) t)
SELECT count(*) FILTER (WHERE g.geom @ box_core(b.area)),
       array_agg(ST_AsText(g.geom, 17))
           FILTER (WHERE g.geom @ box_core(b.area) AND NOT ST_Intersects(g.geom, b.area)),
       count(*) FILTER (WHERE ST_Intersects(g.geom, b.area)) FROM g, b"""
# Where boxes are asked for, and where 24 bits are furthest off.
PLACES = [
    (-0.1, 51.5, 4326),
    (179.9, 89.0, 4326),
    (-179.99, -51.0, 4326),
    (530_000, 180_000, 27700),
    (0, 1_290_000, 27700),
]
_SIZES = {4326: (1e-7, 5e-5, 9e-5, 0.001, 0.05), 27700: (0.01, 0.7, 1.2, 90.0, 5_000.0)}


@pytest.fixture(scope="module")
def connection(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    url = make_url(str(settings.database_owner_url)).set(drivername="postgresql")
    with psycopg.connect(
        url.render_as_string(hide_password=False), options="-c search_path=lamplight,public"
    ) as made:
        yield made


def near_the_edges(rng: random.Random, west: float, south: float, size: float, count: int) -> list[str]:
    """Points and lines on, just inside and just outside the edges of a box, and anywhere about it."""
    tiny = (0.0, 1e-16, 1e-12, 1e-9, 1e-7, 4e-6, 1.6e-5, 3e-5, 5e-5, 0.01, 0.2, 0.6)

    def along(start: float) -> float:
        off = rng.choice(tiny) * rng.choice((-1, 1)) * (1 if size < 1 else 1e3 * rng.random())
        return rng.choice((start, start + size, start + rng.random() * size)) + off

    made = []
    for _ in range(count):
        x, y, u, v = along(west), along(south), along(west), along(south)
        made.append(f"POINT({x!r} {y!r})" if rng.random() < 0.7 else f"LINESTRING({x!r} {y!r},{u!r} {v!r})")
    return made


@pytest.mark.parametrize(("west", "south", "srid"), PLACES)
def test_what_is_in_the_core_of_a_box_touches_the_box(
    connection: psycopg.Connection[Any], west: float, south: float, srid: int
) -> None:
    rng = random.Random(srid + int(west))  # noqa: S311 (of a test)
    certain = 0
    for size in _SIZES[srid]:
        for _ in range(6):
            x, y = west + rng.random() * size, south + rng.random() * size
            corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)]
            box = f"POLYGON(({', '.join(f'{a!r} {b!r}' for a, b in corners)}))"
            asked = {"box": box, "srid": srid, "geometries": near_the_edges(rng, x, y, size, 500)}
            row = connection.execute(_CHECK, asked).fetchone()
            assert row is not None
            inside, wrong, touching = row
            assert wrong is None
            assert inside <= touching
            certain += inside
    assert certain > 300


@pytest.mark.parametrize(
    "area",
    [
        "MULTIPOLYGON(((170 51,180 51,180 52,170 52,170 51)),((-180 51,-170 51,-170 52,-180 52,-180 51)))",
        "POLYGON((0 51,1 51.5,0 52,-1 51.5,0 51))",
        "POLYGON((0 51,0.00001 51,0.00001 52,0 52,0 51))",
        "POLYGON((0 51,0 51,0 51,0 51,0 51))",
    ],
)
def test_what_is_no_rectangle_with_room_has_no_core(connection: psycopg.Connection[Any], area: str) -> None:
    asked = "SELECT box_core(ST_GeomFromText(%s, 4326)) IS NULL"
    assert connection.execute(asked, [area]).fetchone() == (True,)
