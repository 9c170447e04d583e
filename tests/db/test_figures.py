"""Figures kept by triggers, against hand figures and against shapely."""

import itertools
import threading
import uuid
from dataclasses import dataclass, field

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box
from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp import db
from geoapp.actions import wards
from geoapp.actions.people import team_id
from spatial.crs import geometry_to_bng, geometry_to_wgs84
from spatial.wards import WardShape

pytestmark = pytest.mark.usefixtures("opened")
WEST, SOUTH = 530_000.0, 175_000.0
CENTIMETRE = 0.01
MINUTE_MS = 60_000
NOON = 1_770_724_800_000  # 2026-02-10T12:00Z


def ward(code: str, shape: Polygon) -> WardShape:
    bng = MultiPolygon([shape])
    return WardShape(1, code, f"Ward {code}", "E09000022", "Lambeth", geometry_to_wgs84(bng), bng)


def at(x: float, y: float) -> tuple[float, float]:
    """A place by metres east and north of the south-west corner of the wards."""
    return WEST + x, SOUTH + y


def squares(*codes: str) -> tuple[WardShape, ...]:
    """Two rows of two squares of a kilometre: south-west, south-east, north-west, north-east."""
    corners = [(0, 0), (1000, 0), (0, 1000), (1000, 1000)]
    return tuple(
        ward(code, box(*at(x, y), *at(x + 1000, y + 1000)))
        for code, (x, y) in zip(codes, corners, strict=True)
    )


def crooked() -> tuple[WardShape, ...]:
    """Nine wards whose corners are whole metres and whose sides go every way; three meet where four might."""
    across = [
        [(0, 0), (700, 40), (1300, -30), (2000, 0)],
        [(30, 600), (650, 710), (1410, 640), (1980, 700)],
        [(-20, 1300), (740, 1370), (1250, 1410), (2030, 1290)],
        [(0, 2000), (690, 1960), (1350, 2040), (2000, 2000)],
    ]
    cells = []
    for row, column in itertools.product(range(3), range(3)):
        ring = [across[row][column], across[row][column + 1]]
        ring += [across[row + 1][column + 1], across[row + 1][column]]
        cells.append(ward(f"E0500010{3 * row + column}", Polygon([at(x, y) for x, y in ring])))
    return tuple(cells)


@dataclass
class Books:
    """A session of which nothing stays, and what has been written in it."""

    session: Session
    concerns: dict[uuid.UUID, Point | LineString] = field(default_factory=dict)
    tracks: dict[uuid.UUID, tuple[list[np.ndarray], list[int]]] = field(default_factory=dict)
    editions: dict[str, tuple[WardShape, ...]] = field(default_factory=dict)

    def edition(self, name: str, shapes: tuple[WardShape, ...]) -> None:
        wards.import_edition(self.session, wards.NewEdition(name, shapes), by="tests")
        self.editions[name] = shapes

    def concern(self, place: Point | LineString, concern: uuid.UUID | None = None) -> uuid.UUID:
        concern = concern or uuid.uuid4()
        self.session.execute(
            text(
                "INSERT INTO concern (id, team_id, kind, geom, geom_bng, recorded_at, light, body, body_hash)"
                " VALUES (:id, :team, 'concern', :geom, :bng, '2026-02-10T19:30Z', 'dark', '{}', '')"
                " ON CONFLICT (id) DO UPDATE SET geom = :geom, geom_bng = :bng"
            ),
            {
                "id": concern,
                "team": team_id(self.session, "Brixton"),
                "bng": shapely.to_wkb(shapely.set_srid(place, 27700), hex=True, include_srid=True),
                "geom": shapely.to_wkb(
                    shapely.set_srid(geometry_to_wgs84(place), 4326), hex=True, include_srid=True
                ),
            },
        )
        self.concerns[concern] = place
        return concern

    def track(
        self, pieces: list[np.ndarray], light: list[int] | None = None, walk: uuid.UUID | None = None
    ) -> uuid.UUID:
        """Write a track whose pieces are rows of easting, northing and milliseconds."""
        walk = walk or uuid.uuid4()
        codes = light or [0] * sum(len(piece) - 1 for piece in pieces)
        lines = ", ".join(
            "(" + ", ".join(f"{float(x)!r} {float(y)!r} {float(m)!r}" for x, y, m in piece) + ")"
            for piece in pieces
        )
        self.session.execute(
            text("INSERT INTO walk (id, team_id) VALUES (:id, :team) ON CONFLICT DO NOTHING"),
            {"id": walk, "team": team_id(self.session, "Brixton")},
        )
        self.session.execute(
            text(
                "INSERT INTO track (walk_id, geom, geom_bng, light, metres, minutes)"
                " SELECT :id, ST_SetSRID(g, 4326), ST_SetSRID(g, 27700), :light, 0, 0"
                " FROM ST_GeomFromText(:line) g"
                " ON CONFLICT (walk_id) DO UPDATE SET"
                " geom = EXCLUDED.geom, geom_bng = EXCLUDED.geom_bng, light = EXCLUDED.light"
            ),
            {"id": walk, "light": codes, "line": f"MULTILINESTRING M ({lines})"},
        )
        self.tracks[walk] = (pieces, codes)
        return walk

    def remove(self, table: str, key: str, value: uuid.UUID) -> None:
        self.session.execute(text(f"DELETE FROM {table} WHERE {key} = :id"), {"id": value})  # noqa: S608 (constants of this file)

    def shares(self, concern: uuid.UUID, edition: str = "one") -> dict[str, float]:
        rows = self.session.execute(
            text(
                "SELECT a.code, ca.share FROM concern_area ca JOIN area a ON a.id = ca.area_id"
                " JOIN edition e ON e.id = a.edition_id WHERE ca.concern_id = :id AND e.name = :edition"
            ),
            {"id": concern, "edition": edition},
        )
        return {row.code: row.share for row in rows}

    def main(self, concern: uuid.UUID) -> list[str]:
        rows = self.session.execute(
            text(
                "SELECT a.code FROM concern_area ca JOIN area a ON a.id = ca.area_id"
                " WHERE ca.concern_id = :id AND ca.main AND a.kind = 'ward'"
            ),
            {"id": concern},
        )
        return list(rows.scalars())

    def exposure(self, walk: uuid.UUID, edition: str = "one") -> dict[tuple[str, int], tuple[float, float]]:
        rows = self.session.execute(
            text(
                "SELECT a.code, x.light, x.metres, x.minutes FROM exposure x JOIN area a ON a.id = x.area_id"
                " JOIN edition e ON e.id = a.edition_id WHERE x.walk_id = :id AND e.name = :edition"
            ),
            {"id": walk, "edition": edition},
        )
        return {(code, light): (metres, minutes) for code, light, metres, minutes in rows}


@pytest.fixture
def books(session: Session) -> Books:
    made = Books(session)
    made.edition("one", squares("E05000001", "E05000002", "E05000003", "E05000004"))
    return made


# ---- Points


@pytest.mark.parametrize(
    ("x", "y", "code"),
    [
        (500, 500, "E05000001"),
        (1500, 1500, "E05000004"),
        (1000, 1000, "E05000001"),  # where all four meet
        (1000, 500, "E05000001"),  # between 1 and 2
        (1000, 1500, "E05000003"),  # between 3 and 4
        (1500, 1000, "E05000002"),  # between 2 and 4
        (0, 0, "E05000001"),  # the outer corner
        (2000, 1500, "E05000004"),  # the outer side
        (1000.004, 500, "E05000001"),  # within half a centimetre of the side it is on it
        (1000.006, 500, "E05000002"),
        (2000.02, 1500, None),
        (-300, 500, None),
    ],
)
def test_a_point_belongs_to_one_ward_and_on_a_boundary_to_the_lower_code(
    books: Books, x: float, y: float, code: str | None
) -> None:
    one = books.concern(Point(at(x, y)))
    assert books.shares(one) == ({} if code is None else {code: 1.0})
    assert books.main(one) == ([] if code is None else [code])


def test_codes_are_compared_by_their_characters_not_by_a_language(session: Session) -> None:
    books = Books(session)
    books.edition("one", squares("b1", "B2", "a_3", "a-4"))
    assert books.shares(books.concern(Point(at(1000, 1000)))) == {"B2": 1.0}


# ---- Routes


def test_a_route_through_three_wards_is_split_by_length(books: Books) -> None:
    # 600 m in 1, then 1000 m in 2 (200 east, 800 north), then 200 m in 4.
    route = LineString([at(400, 200), at(1200, 200), at(1200, 1200)])
    one = books.concern(route)
    assert books.shares(one) == pytest.approx({"E05000001": 1 / 3, "E05000002": 5 / 9, "E05000004": 1 / 9})
    assert books.main(one) == ["E05000002"]


def test_a_route_along_a_shared_boundary_is_half_to_each_side(books: Books) -> None:
    one = books.concern(LineString([at(1000, 100), at(1000, 900)]))
    assert books.shares(one) == pytest.approx({"E05000001": 0.5, "E05000002": 0.5})
    assert books.main(one) == ["E05000001"]


def test_a_route_along_the_outer_boundary_is_half_outside(books: Books) -> None:
    one = books.concern(LineString([at(0, 100), at(0, 900)]))
    assert books.shares(one) == pytest.approx({"E05000001": 0.5})


def test_a_route_partly_outside_counts_with_what_is_inside(books: Books) -> None:
    one = books.concern(LineString([at(-300, 500), at(100, 500)]))
    assert books.shares(one) == pytest.approx({"E05000001": 0.25})


def test_a_street_walked_out_and_back_counts_twice(books: Books) -> None:
    # 200 m in 1 out and back is 400 of 500 m; 50 m in 2 out and back is 100.
    there = [at(800, 500), at(1050, 500)]
    one = books.concern(LineString([*there, there[0]]))
    assert books.shares(one) == pytest.approx({"E05000001": 0.8, "E05000002": 0.2})


def test_a_route_through_the_corner_of_four_wards(books: Books) -> None:
    one = books.concern(LineString([at(700, 700), at(1000, 1000), at(1100, 1100)]))
    assert books.shares(one) == pytest.approx({"E05000001": 0.75, "E05000004": 0.25})


def test_a_route_that_touches_a_ward_in_a_point_has_no_share_there(books: Books) -> None:
    one = books.concern(LineString([at(500, 500), at(1000, 600), at(500, 700)]))
    assert books.shares(one) == pytest.approx({"E05000001": 1.0})


# ---- Tracks


def walked(*fixes: tuple[float, float, float]) -> np.ndarray:
    """Fixes of metres east, metres north and minutes after noon."""
    return np.array([[*at(x, y), NOON + minutes * MINUTE_MS] for x, y, minutes in fixes])


def test_metres_and_minutes_by_ward_and_light(books: Books) -> None:
    # 1: 500 m in 10 min by day. The second segment is 1000 m in 20 min of twilight, half in 1 and half in 2.
    walk = books.track(
        [walked((0.5, 500, 0), (500.5, 500, 10), (1500.5, 500, 30), (1500.5, 600, 31))], light=[0, 1, 2]
    )
    assert books.exposure(walk) == {
        ("E05000001", 0): (pytest.approx(500), pytest.approx(10)),
        ("E05000001", 1): (pytest.approx(499.5), pytest.approx(9.99)),
        ("E05000002", 1): (pytest.approx(500.5), pytest.approx(10.01)),
        ("E05000002", 2): (pytest.approx(100), pytest.approx(1)),
    }


def test_a_gap_is_not_bridged(books: Books) -> None:
    walk = books.track([walked((100, 100, 0), (200, 100, 2)), walked((1200, 100, 30), (1300, 100, 32))])
    assert books.exposure(walk) == {
        ("E05000001", 0): (pytest.approx(100), pytest.approx(2)),
        ("E05000002", 0): (pytest.approx(100), pytest.approx(2)),
    }


def test_standing_still_has_minutes_and_no_metres(books: Books) -> None:
    walk = books.track([walked((1000, 1000, 0), (1000, 1000, 5), (1000, 1000, 7))], light=[1, 2])
    assert books.exposure(walk) == {
        ("E05000001", 1): (0.0, pytest.approx(5)),
        ("E05000001", 2): (0.0, pytest.approx(2)),
    }


def test_along_a_boundary_metres_and_minutes_are_halved(books: Books) -> None:
    walk = books.track([walked((1000, 100, 0), (1000, 900, 10))])
    half = (pytest.approx(400), pytest.approx(5))
    assert books.exposure(walk) == {("E05000001", 0): half, ("E05000002", 0): half}


def test_short_steps_along_a_crooked_boundary_conserve_all(session: Session) -> None:
    books = Books(session)
    books.edition("one", crooked())
    # Up the side between the first and the second ward in steps of about a metre.
    start, end = np.array(at(700, 40)), np.array(at(650, 710))
    steps = [start + (end - start) * part for part in np.linspace(0, 1, 701)]
    minutes = np.linspace(0, 9, 701)
    piece = np.array([[*step, NOON + m * MINUTE_MS] for step, m in zip(steps, minutes, strict=True)])
    found = books.exposure(books.track([piece]))
    half = float(np.hypot(*(end - start))) / 2
    assert found == {
        ("E05000100", 0): (pytest.approx(half, abs=CENTIMETRE), pytest.approx(4.5, abs=1e-3)),
        ("E05000101", 0): (pytest.approx(half, abs=CENTIMETRE), pytest.approx(4.5, abs=1e-3)),
    }
    assert sum(metres for metres, _ in found.values()) == pytest.approx(2 * half, abs=CENTIMETRE)


# ---- The second method: each segment cut by shapely


def reference(line: np.ndarray, shapes: tuple[WardShape, ...]) -> dict[str, tuple[float, float]]:
    """Metres and minutes of each ward along rows of easting, northing and milliseconds, cut one by one.

    A stretch on a side counts half on each side. Standing still belongs to the lower code.
    """
    found: dict[str, list[float]] = {}
    for (x0, y0, m0), (x1, y1, m1) in itertools.pairwise(line):
        minutes = (m1 - m0) / MINUTE_MS
        segment = LineString([(x0, y0), (x1, y1)])
        if segment.length == 0:
            here = [each.code for each in shapes if each.geom_bng.distance(Point(x0, y0)) <= 0.005]
            if here and minutes:
                found.setdefault(min(here), [0.0, 0.0])[1] += minutes
            continue
        for each in shapes:
            inside = segment.intersection(each.geom_bng).length
            on_side = segment.intersection(each.geom_bng.boundary).length
            metres = inside - on_side / 2
            if metres > 1e-6:
                kept = found.setdefault(each.code, [0.0, 0.0])
                kept[0] += metres
                kept[1] += minutes * metres / segment.length
    return {code: (metres, minutes) for code, (metres, minutes) in found.items()}


CORNERS = sorted({(x - WEST, y - SOUTH) for w in crooked() for x, y in w.geom_bng.geoms[0].exterior.coords})
anywhere = st.tuples(st.integers(-200, 2200), st.integers(-200, 2200)).map(
    lambda p: (float(p[0]), float(p[1]))
)
places = st.one_of(anywhere, st.sampled_from(CORNERS))
points = places.map(lambda p: Point(at(*p)))
routes = (
    st.lists(places, min_size=2, max_size=7)
    .filter(lambda found: len(set(found)) > 1)
    .map(lambda found: LineString([at(*p) for p in found]))
)


@st.composite
def tracks(draw: st.DrawFn) -> tuple[list[np.ndarray], list[int]]:
    pieces = []
    clock = 0.0
    for size in draw(st.lists(st.integers(2, 6), min_size=1, max_size=3)):
        rows = []
        for _ in range(size):
            clock += draw(st.integers(1, 30))
            rows.append((*draw(places), clock))
        pieces.append(walked(*rows))
    segments = sum(len(piece) - 1 for piece in pieces)
    return pieces, draw(st.lists(st.integers(0, 2), min_size=segments, max_size=segments))


writes = st.lists(
    st.one_of(
        st.tuples(st.just("concern"), st.one_of(points, routes)),
        st.tuples(st.just("move"), st.one_of(points, routes)),
        st.tuples(st.just("remove concern"), st.none()),
        st.tuples(st.just("track"), tracks()),
        st.tuples(st.just("new track"), tracks()),
        st.tuples(st.just("remove track"), st.none()),
        st.tuples(st.just("remove walk"), st.none()),
        st.tuples(st.just("edition"), st.sampled_from(["one", "two"])),
    ),
    min_size=1,
    max_size=8,
)
EDITIONS = [crooked(), squares("E05000004", "E05000003", "E05000002", "E05000001"), crooked()[2:]]


def write(books: Books, act: str, what: object, turn: int) -> None:
    concern = next(iter(books.concerns), None)
    walk = next(iter(books.tracks), None)
    match act:
        case "concern":
            books.concern(what)
        case "move" if concern:
            books.concern(what, concern)
        case "remove concern" if concern:
            books.remove("concern", "id", concern)
            del books.concerns[concern]
        case "track":
            books.track(*what)
        case "new track" if walk:
            books.track(*what, walk=walk)
        case "remove track" | "remove walk" if walk:
            books.remove(*(("track", "walk_id") if act == "remove track" else ("walk", "id")), walk)
            del books.tracks[walk]
        case "edition":
            books.edition(what, EDITIONS[turn % len(EDITIONS)])


RECOUNTS = {
    "concern_area": """
        WITH again AS (SELECT c.id, s.* FROM concern c, concern_shares(c.geom_bng, NULL) s)
        SELECT count(*) FROM again FULL JOIN concern_area k
          ON k.concern_id = again.id AND k.area_id = again.area_id
        WHERE abs(again.share - k.share) > 1e-9 IS NOT FALSE OR again.main IS DISTINCT FROM k.main""",
    "exposure": """
        WITH again AS (SELECT t.walk_id AS id, l.* FROM track t, line_areas(t.geom_bng, t.light, NULL) l)
        SELECT count(*) FROM again FULL JOIN exposure k
          ON k.walk_id = again.id AND k.area_id = again.area_id AND k.light = again.light_code
        WHERE abs(again.metres - k.metres) > 1e-6 IS NOT FALSE
           OR abs(again.minutes - k.minutes) > 1e-6 IS NOT FALSE""",
}


def check_concern(books: Books, concern: uuid.UUID, edition: str) -> None:
    place, shapes = books.concerns[concern], books.editions[edition]
    found = books.shares(concern, edition)
    if isinstance(place, Point):
        here = [each.code for each in shapes if each.geom_bng.distance(place) <= 0.005]
        assert found == ({min(here): 1.0} if here else {})
        return
    line = np.column_stack([shapely.get_coordinates(place), np.zeros(len(place.coords))])
    expected = {code: metres for code, (metres, _) in reference(line, shapes).items()}
    for code in found.keys() | expected.keys():
        assert found.get(code, 0) * place.length == pytest.approx(expected.get(code, 0), abs=CENTIMETRE), code
    assert sum(found.values()) <= 1 + 1e-9


def check_track(books: Books, walk: uuid.UUID, edition: str) -> None:
    pieces, light = books.tracks[walk]
    found = books.exposure(walk, edition)
    codes = iter(light)
    expected: dict[tuple[str, int], np.ndarray] = {}
    for piece in pieces:
        for segment in itertools.pairwise(piece):
            now = next(codes)
            for code, figures in reference(np.array(segment), books.editions[edition]).items():
                expected[code, now] = expected.get((code, now), np.zeros(2)) + figures
    for key in found.keys() | expected.keys():
        metres, minutes = found.get(key, (0, 0))
        wanted = expected.get(key, np.zeros(2))
        assert metres == pytest.approx(wanted[0], abs=CENTIMETRE), key
        assert minutes == pytest.approx(wanted[1], abs=1e-3), key


@given(history=writes)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_history_of_writes_figures_are_those_of_shapely_and_of_a_recount(
    history: list[tuple[str, object]],
) -> None:
    with db.current().app.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            books = Books(session)
            books.edition("one", crooked())
            for turn, (act, what) in enumerate(history):
                write(books, act, what, turn)
            for edition in books.editions:
                for concern in books.concerns:
                    check_concern(books, concern, edition)
                for walk in books.tracks:
                    check_track(books, walk, edition)
            for table, recount in RECOUNTS.items():
                assert session.scalar(text(recount)) == 0, table
            kept = session.execute(text("SELECT count(*) FROM concern")).scalar_one()
            assert kept == len(books.concerns)
        outer.rollback()


@given(route=routes)
@settings(max_examples=25, deadline=None)
def test_a_route_within_the_wards_is_conserved(route: LineString) -> None:
    with db.current().app.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            books = Books(session)
            books.edition(
                "one",
                (
                    ward("ALL", box(*at(-300, -300), *at(1000, 2300))),
                    ward("REST", box(*at(1000, -300), *at(2300, 2300))),
                ),
            )
            assert sum(books.shares(books.concern(route)).values()) == pytest.approx(1, abs=1e-12)
        outer.rollback()


def test_a_route_along_a_side_is_found_although_its_coordinates_were_rounded(session: Session) -> None:
    books = Books(session)
    books.edition("one", crooked())
    # From ward corner to ward corner, through WGS84 with 7 decimals, as a phone or a council sends it.
    side = LineString([at(700, 40), at(650, 710), at(740, 1370), at(690, 1960)])
    sent = shapely.set_precision(geometry_to_wgs84(side), 1e-7)
    found = books.shares(books.concern(geometry_to_bng(sent)))
    thirds = [part / side.length / 2 for part in (np.hypot(50, 670), np.hypot(90, 660), np.hypot(50, 590))]
    expected = {f"E0500010{n}": thirds[n // 3] for n in (0, 1, 3, 4, 6, 7)}
    assert found == pytest.approx(expected, abs=2e-5)
    assert sum(found.values()) == pytest.approx(1, abs=1e-12)


def test_where_wards_overlap_a_route_is_still_counted_once(session: Session) -> None:
    books = Books(session)
    books.edition(
        "one", (ward("A", box(*at(0, 0), *at(600, 100))), ward("B", box(*at(500, 0), *at(1000, 100))))
    )
    # 500 m in A, 100 m in both (half each), 400 m in B.
    found = books.shares(books.concern(LineString([at(0, 50), at(500, 50), at(600, 50), at(1000, 50)])))
    assert found == pytest.approx({"A": 0.55, "B": 0.45})


def test_an_edition_and_a_concern_at_the_same_time_both_count() -> None:
    """Whichever comes first, the concern has its ward: the other one waits."""
    with db.writing() as importing:
        wards.import_edition(importing, wards.NewEdition("slow", squares("A", "B", "C", "D")), by="tests")
        concern = uuid.uuid4()
        done = threading.Event()

        def raise_concern() -> None:
            with db.writing() as session:
                Books(session).concern(Point(at(500, 500)), concern)
            done.set()

        other = threading.Thread(target=raise_concern)
        other.start()
        assert not done.wait(0.5)
    other.join(30)
    with db.reading() as connection:
        asked = (
            "SELECT a.code FROM concern_area ca JOIN area a ON a.id = ca.area_id"
            " WHERE ca.concern_id = :id AND a.kind = 'ward'"
        )
        assert connection.execute(text(asked), {"id": concern}).scalars().all() == ["A"]
    with db.writing() as cleaning:
        cleaning.execute(text("DELETE FROM concern"))
        cleaning.execute(text("DELETE FROM edition"))
