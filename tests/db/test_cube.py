"""The figures kept ready after any history of writes: equal to a recount, and to what shapely finds."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.queries.areas import LIGHTS, RAISERS_KEPT, Selection, area_counts, distinct_walks, outside
from geoapp.queries.cells import every_cell
from geoapp.queries.verify_cube import cell_differences, cube_differences
from spatial.grid import HexGrid
from tests.db.cube_world import FACTORS, MONTHS, History

pytestmark = pytest.mark.usefixtures("opened")
# Shares are good to 0.01 m of a route, of which the shortest here have some hundred metres; sums to 1e-9.
CENTIMETRE_OF_A_ROUTE = 1e-4
EACH_EXAMPLE = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def codes_of(session: Session, group: str) -> tuple[str, ...]:
    asked = text("SELECT code FROM factor WHERE factor_group = :group ORDER BY position")
    return tuple(session.scalars(asked, {"group": group}))


def selections(history: History, edition: str) -> list[Selection]:
    """Some of every kind: months, lights, factors in each way of naming them, boroughs, both answers."""
    rng, session = history.rng, history.session
    edition_id = session.scalar(text("SELECT id FROM edition WHERE name = :name"), {"name": edition})
    everything = Selection("ward", edition_id, MONTHS[0], MONTHS[-1])
    one_factor = list(FACTORS)[rng.integers(len(FACTORS))]
    first, last = sorted(rng.integers(0, 3, 2))
    some = replace(
        everything,
        first=MONTHS[first],
        last=MONTHS[last],
        lights=tuple(light for light in LIGHTS if rng.random() < 0.6) or ("dark",),
    )
    return [
        everything,
        some,
        replace(some, factors=(one_factor,)),
        replace(some, factors=codes_of(session, FACTORS[one_factor]), kind="positive"),
        replace(everything, factors=("lighting", "followed")),
        replace(everything, boroughs=("E09000022",)),
        replace(some, boroughs=("E09000028",)),
        replace(everything, area="hex200"),
        replace(some, area="hex500", boroughs=("E09000022",)),
        replace(everything, area="hex500", factors=(one_factor,), boroughs=("E09000028", "E09000022")),
    ]


def compare(history: History, asked: Selection, edition: str) -> None:
    """Answer a selection by the database and by shapely."""
    expected, beyond, reached = history.expected(asked, edition)
    connection = history.session.connection()
    counts = area_counts(connection, asked)
    found = {each.code: each for each in counts}
    if asked.area == "ward":
        assert expected.keys() <= found.keys()
    else:
        assert expected.keys() == found.keys()
    for code, area in expected.items():
        kept = found[code]
        assert kept.concerns == pytest.approx(area.concerns, abs=CENTIMETRE_OF_A_ROUTE)
        assert kept.positives == pytest.approx(area.positives, abs=CENTIMETRE_OF_A_ROUTE)
        assert kept.concern_walks == min(len(area.concern_walks), RAISERS_KEPT)
        assert kept.positive_walks == min(len(area.positive_walks), RAISERS_KEPT)
        assert kept.metres == pytest.approx(area.metres, abs=0.01)
        assert kept.walks == len(area.walks)
    for code in found.keys() - expected.keys():
        kept = found[code]
        assert (kept.concerns, kept.positives, kept.walks, kept.metres) == (0, 0, 0, 0)
    assert distinct_walks(connection, asked, [each.id for each in counts]) == reached
    assert distinct_walks(connection, asked, None) == reached
    if asked.boroughs is None:
        assert outside(connection, asked) == pytest.approx(beyond, abs=CENTIMETRE_OF_A_ROUTE)
        raised = sum(history.counts(each, asked) for each in history.concerns.values())
        beside = outside(connection, asked) if asked.area == "ward" else 0.0
        inside = sum(each.positives if asked.kind == "positive" else each.concerns for each in counts)
        assert inside + beside == pytest.approx(raised, abs=1e-9)


@EACH_EXAMPLE
@given(seed=st.integers(0, 2**32 - 1), writes=st.integers(5, 40))
def test_any_history_of_writes_leaves_true_figures(session: Session, seed: int, writes: int) -> None:
    with session.begin_nested() as savepoint:
        history = History(session, np.random.default_rng(seed))
        history.import_edition("one")
        history.run(writes // 2)
        history.import_edition("two")
        history.run(writes - writes // 2)
        connection = session.connection()
        assert list(cube_differences(connection)) == []
        assert list(cell_differences(connection)) == []
        for edition in ("one", "two"):
            for asked in selections(history, edition):
                compare(history, asked, edition)
        cells = every_cell(connection)
        codes = [HexGrid.HEX200.code(q, r) for q, r in zip(cells.q, cells.r, strict=True)]
        drawn = dict(zip(codes, zip(cells.concerns, cells.metres, strict=True), strict=True))
        everything = Selection("hex200", None, date(2015, 1, 1), date(2030, 12, 1))
        for each in area_counts(connection, everything):
            assert drawn.pop(each.code, (0, 0)) == pytest.approx((each.concerns, each.metres), abs=1e-6)
        assert drawn == {}
        savepoint.rollback()
