"""Several writers of figures at once, and places along the lines between areas."""

import threading
import uuid
from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from geoapp import db
from geoapp.actions.cells import outline_cells
from geoapp.queries.verify_cube import cell_differences, cube_differences
from spatial.grid import HexGrid
from tests.db.cube_world import SOUTH, WEST, History

pytestmark = pytest.mark.usefixtures("opened")
WRITERS, WRITES = 4, 12


class Committing(History):
    """A history of which each write is a transaction of its own, as in the web service."""

    def run(self, writes: int) -> None:
        kinds = [
            *(self.raise_concerns, self.raise_concerns, self.change_concern, self.change_factors),
            *(self.write_track, self.add_walk, self.move_walk, self.remove_concerns, self.drop_track),
        ]
        for _ in range(writes):
            with db.writing() as session:
                self.session = session
                kinds[self.rng.integers(len(kinds))]()
                outline_cells(session)


@pytest.fixture
def wards() -> Iterator[None]:
    """Two editions for others to write in, and nothing left of it all."""
    with db.writing() as session:
        history = History(session, np.random.default_rng(1))
        history.import_edition("one")
        history.import_edition("two")
    yield
    with db.writing() as session:
        for table in ("concern", "track", "walk", "area", "edition"):
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (names of this test)


@pytest.mark.usefixtures("wards")
def test_writers_at_once_neither_wait_for_each_other_nor_miscount() -> None:
    failed: list[DBAPIError] = []

    def write(seed: int) -> None:
        try:
            Committing(None, np.random.default_rng(seed)).run(WRITES)  # type: ignore[arg-type]  # each has its own
        except DBAPIError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failed == []
    with db.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM concern")) > WRITERS
        assert list(cube_differences(connection)) == []
        assert list(cell_differences(connection)) == []


def metres(session: Session, walk: uuid.UUID) -> dict[str, tuple[float, float]]:
    """Metres and minutes of a walk by kind of area."""
    asked = (
        "SELECT a.kind, sum(e.metres), sum(e.minutes) FROM exposure e JOIN area a ON a.id = e.area_id"
        " WHERE e.walk_id = :id GROUP BY 1"
    )
    return {kind: (m, t) for kind, m, t in session.execute(text(asked), {"id": walk})}


def along_cell_edges() -> list[tuple[float, float]]:
    """Round three cells of 200 m, over edges that other cells share."""
    grid = HexGrid.HEX200
    q, r = (int(each) for each in grid.cell_of(WEST + 600, SOUTH + 600))
    corners = [grid.corners(q, r), grid.corners(q + 1, r)]
    return [tuple(map(float, corner)) for ring in corners for corner in (*ring, ring[0])]  # type: ignore[misc]


LINES = {
    "along the line between wards": [(WEST + 600, SOUTH), (WEST + 600, SOUTH + 1200)],
    "along it and back, with a step aside": [
        *((WEST + 600, SOUTH + 100), (WEST + 600, SOUTH + 900), (WEST + 600.004, SOUTH + 500)),
        (WEST + 650, SOUTH + 300),
    ],
    "along the edges of cells": along_cell_edges(),
    "along the outer boundary": [(WEST, SOUTH), (WEST + 1200, SOUTH)],
    "through the corners where four wards meet": [(WEST, SOUTH), (WEST + 1200, SOUTH + 1200)],
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
@pytest.mark.usefixtures("straight")
def test_what_runs_along_a_line_is_neither_lost_nor_doubled(
    session: Session, line: list[tuple[float, float]]
) -> None:
    walk, concern = uuid.uuid4(), uuid.uuid4()
    geometry = shapely.LineString(line)
    vertices = ", ".join(f"{x!r} {y!r} {60_000.0 * n!r}" for n, (x, y) in enumerate(line))
    team = {"team": session.execute(text("SELECT min(id) FROM team")).scalar_one()}
    session.execute(
        text("INSERT INTO walk (id, team_id, started_at) VALUES (:id, :team, '2026-02-10')"),
        team | {"id": walk},
    )
    session.execute(
        text(
            "INSERT INTO track (walk_id, geom, geom_bng, light, metres, minutes)"
            " SELECT :id, ST_SetSRID(g, 4326), ST_SetSRID(g, 27700), :light, 0, 0"
            " FROM ST_GeomFromText(:line) g"
        ),
        {"id": walk, "light": [2] * (len(line) - 1), "line": f"MULTILINESTRING M (({vertices}))"},
    )
    session.execute(
        text(
            "INSERT INTO concern (id, team_id, kind, geom, geom_bng, recorded_at, light, body, body_hash)"
            " SELECT :id, :team, 'concern', ST_SetSRID(g, 4326), ST_SetSRID(g, 27700), '2026-02-10', 'dark',"
            " '{}', ''"
            " FROM ST_GeomFromText(:line) g"
        ),
        team | {"id": concern, "line": shapely.to_wkt(geometry, rounding_precision=-1)},
    )
    shares = dict(
        session.execute(
            text(
                "SELECT a.kind, sum(ca.share) FROM concern_area ca JOIN area a ON a.id = ca.area_id"
                " WHERE ca.concern_id = :id GROUP BY 1"
            ),
            {"id": concern},
        ).all()
    )
    walked = metres(session, walk)
    # Along the outer boundary half lies outside all wards.
    inside = 0.5 if line == LINES["along the outer boundary"] else 1.0
    for kind, part in {"ward": inside, "hex200": 1.0, "hex500": 1.0}.items():
        assert walked[kind][0] == pytest.approx(part * geometry.length, abs=0.01)
        assert walked[kind][1] == pytest.approx(part * (len(line) - 1), abs=1e-5)
        assert shares[kind] == pytest.approx(part, abs=1e-9)
    cube = session.execute(
        text(
            "SELECT sum(f.metres[36]) FROM figure_walk f"
            " JOIN area a ON a.id = f.area_id WHERE a.kind = 'hex200'"
        )
    ).scalar_one()
    assert cube == pytest.approx(geometry.length, abs=0.01)
    assert list(cube_differences(session.connection())) == []


@pytest.fixture
def straight(session: Session) -> None:
    """Four square wards, so that the lines between them are where the tests run along them."""
    history = History(session, np.random.default_rng(1))
    history.import_edition("one", shift=0.0)
    session.execute(text("INSERT INTO team (name) VALUES ('Tests') ON CONFLICT DO NOTHING"))
