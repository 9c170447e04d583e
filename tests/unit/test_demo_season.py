"""One demo season: believable walks, concerns at the true rate, the same for the same seed."""

import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from geoapp.cli.demo import phrases
from geoapp.cli.demo.borough import DemoBorough, make_borough
from geoapp.cli.demo.season import DemoSeason, make_season
from spatial.tracks import Chunk, CleanTrack, clean

UNTIL = date(2026, 11, 1)
LONDON = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def borough() -> DemoBorough:
    return make_borough()


@pytest.fixture(scope="module")
def season(borough: DemoBorough) -> DemoSeason:
    return make_season(borough, until=UNTIL)


@pytest.fixture(scope="module")
def tracks(season: DemoSeason) -> list[CleanTrack]:
    return [
        clean(Chunk(chunk.number, chunk.rows, chunk.gap_before) for chunk in walk.chunks)
        for walk in season.walks
    ]


@pytest.fixture(scope="module")
def metres(borough: DemoBorough, tracks: list[CleanTrack]) -> dict[str, list[float]]:
    """Metres of cleaned track in each ward, one number for each walk that touched it."""
    shapes = np.array([ward.bng for ward in borough.wards], dtype=object)
    found: dict[str, list[float]] = defaultdict(list)
    for track in tracks:
        walked = shapely.multilinestrings(
            [
                shapely.linestrings(piece.easting, piece.northing)
                for piece in track.pieces
                if len(piece.t_ms) > 1
            ]
        )
        lengths = shapely.length(shapely.intersection(walked, shapes))
        for ward, length in zip(borough.wards, lengths.tolist(), strict=True):
            if length > 0:
                found[ward.code].append(length)
    return found


def _as_json(season: DemoSeason) -> str:
    return json.dumps(
        [
            [
                [walk.id.hex, walk.team, walk.started_at.isoformat(), walk.ended_at.isoformat()]
                + [[chunk.number, chunk.fixes, chunk.gap_before] for chunk in walk.chunks]
                for walk in season.walks
            ],
            [
                [
                    one.id.hex,
                    one.walk.hex,
                    one.kind,
                    one.recorded_at.isoformat(),
                    shapely.to_geojson(one.wgs84),
                ]
                + [one.factors, one.feeling, one.applies, one.basis, one.setting, one.note, one.accuracy_m]
                + [[step.status, step.at.isoformat(), step.wording, step.reason] for step in one.statuses]
                for one in season.concerns
            ],
            [[row.ward_code, row.light, row.km, row.rate_per_km] for row in season.truth],
        ]
    )


def test_the_same_seed_gives_the_same_bytes(borough: DemoBorough) -> None:
    first = _as_json(make_season(borough, walks=12, concerns=40, until=UNTIL))
    assert _as_json(make_season(make_borough(), walks=12, concerns=40, until=UNTIL)) == first
    assert _as_json(make_season(borough, seed=5, walks=12, concerns=40, until=UNTIL)) != first


def test_the_numbers_asked_for_are_made(season: DemoSeason) -> None:
    assert len(season.walks) == 240
    assert len(season.concerns) == 900
    assert len({walk.id for walk in season.walks}) == 240
    assert len({one.id for one in season.concerns}) == 900


@pytest.mark.parametrize(("walks", "concerns"), [(1, 0), (1, 3), (6, 200)])
def test_small_and_crowded_seasons_work(borough: DemoBorough, walks: int, concerns: int) -> None:
    small = make_season(borough, walks=walks, concerns=concerns, until=UNTIL)
    assert (len(small.walks), len(small.concerns)) == (walks, concerns)
    assert all(walk.ended_at - walk.started_at <= timedelta(minutes=75) for walk in small.walks)


def test_an_impossible_season_is_refused(borough: DemoBorough) -> None:
    with pytest.raises(ValueError, match="at least one walk"):
        make_season(borough, walks=0, until=UNTIL)


def test_walks_take_thirty_to_seventy_five_minutes_within_the_year(season: DemoSeason) -> None:
    midnight = datetime(2026, 11, 1, tzinfo=LONDON)
    for walk in season.walks:
        assert walk.started_at.utcoffset() == timedelta(0)
        assert timedelta(minutes=30) <= walk.ended_at - walk.started_at <= timedelta(minutes=75)
        assert datetime(2025, 11, 1, tzinfo=LONDON) <= walk.started_at < walk.ended_at < midnight
        assert 1 <= walk.participants <= 4
    hours = Counter(walk.started_at.astimezone(LONDON).hour for walk in season.walks)
    early_or_late = sum(count for hour, count in hours.items() if hour < 9 or hour >= 16)
    assert early_or_late > 0.75 * len(season.walks)
    assert {walk.team for walk in season.walks} == {"Lanthorn north", "Lanthorn south", "Tallowgate"}


def test_identifiers_are_version_seven_of_their_moment(season: DemoSeason) -> None:
    for identifier, moment in [
        *((walk.id, walk.started_at) for walk in season.walks),
        *((one.id, one.recorded_at) for one in season.concerns),
    ]:
        assert identifier.version == 7
        assert identifier.variant == "specified in RFC 4122"
        assert abs((identifier.int >> 80) - moment.timestamp() * 1000) <= 1


def test_fixes_are_as_a_phone_sends_them(season: DemoSeason) -> None:
    poor = every = gaps = 0
    for walk in season.walks:
        assert [chunk.number for chunk in walk.chunks] == list(range(len(walk.chunks)))
        rows = np.vstack([chunk.rows for chunk in walk.chunks])
        steps = np.diff(rows[:, 2]) / 1000
        assert steps.min() >= 3.99
        assert np.percentile(steps, 90) <= 6.01
        assert rows[0, 2] >= walk.started_at.timestamp() * 1000
        assert rows[-1, 2] <= walk.ended_at.timestamp() * 1000
        assert all(chunk.rows[-1, 2] - chunk.rows[0, 2] <= 300_000 for chunk in walk.chunks)
        poor += int((rows[:, 3] >= 60).sum())
        every += len(rows)
        gaps += int((steps > 60).any())
    assert 0.005 < poor / every < 0.03
    assert 0.1 < gaps / len(season.walks) < 0.45
    fix = season.walks[0].chunks[0].fixes[0]
    assert fix == json.loads(json.dumps(fix))
    assert isinstance(fix[2], int)
    assert [fix[0], fix[1], fix[3]] == [round(fix[0], 7), round(fix[1], 7), round(fix[3], 1)]


def test_cleaned_tracks_go_at_a_walking_pace(season: DemoSeason, tracks: list[CleanTrack]) -> None:
    for walk, track in zip(season.walks, tracks, strict=True):
        minutes = (walk.ended_at - walk.started_at).total_seconds() / 60
        assert minutes - 10 < track.minutes <= minutes
        assert 2.5 < track.metres / 1000 / (track.minutes / 60) < 5.8
    assert sum(track.dropped["accuracy"] for track in tracks) > 0
    assert sum(track.dropped["speed"] for track in tracks) > 0


def test_tracks_follow_the_streets(borough: DemoBorough, tracks: list[CleanTrack]) -> None:
    streets = shapely.STRtree(borough.network.lines)
    piece = np.concatenate(
        [np.column_stack([piece.easting, piece.northing]) for track in tracks[:30] for piece in track.pieces]
    )
    points = shapely.points(piece)
    nearest = streets.nearest(points)
    away = shapely.distance(points, borough.network.lines[nearest])
    assert np.percentile(away, 95) < 9
    assert away.mean() > 0.5


def test_one_ward_is_never_walked_and_two_hardly(
    season: DemoSeason, metres: dict[str, list[float]], borough: DemoBorough
) -> None:
    (never,) = season.never_walked
    assert never not in metres
    walks = {ward.code: len(metres.get(ward.code, [])) for ward in borough.wards}
    assert sorted(walks[code] for code in season.hardly_walked) == [2, 4]
    assert min(count for code, count in walks.items() if code not in {never, *season.hardly_walked}) > 4


def test_concerns_lie_on_their_walk(season: DemoSeason, tracks: list[CleanTrack]) -> None:
    walks = {walk.id: (walk, track) for walk, track in zip(season.walks, tracks, strict=True)}
    away = []
    for one in season.concerns:
        walk, track = walks[one.walk]
        assert walk.started_at <= one.recorded_at <= walk.ended_at
        if one.bng.geom_type == "Point":
            points = np.vstack([np.column_stack([p.easting, p.northing]) for p in track.pieces])
            away.append(float(np.hypot(*(points - shapely.get_coordinates(one.bng)).T).min()))
        else:
            assert 35 < one.bng.length < 275
    # Standing still leaves fixes near the pin, unless they were lost in a gap.
    assert np.percentile(away, 90) < 15


def test_one_stands_still_where_something_is_raised(season: DemoSeason) -> None:
    fixes = {walk.id: np.vstack([chunk.rows for chunk in walk.chunks]) for walk in season.walks}
    moved = []
    for one in season.concerns[:300]:
        rows = fixes[one.walk]
        t = one.recorded_at.timestamp() * 1000
        near = rows[(np.abs(rows[:, 2] - t) < 9_000) & (rows[:, 3] < 50)]
        if len(near) >= 3:
            moved.append(float(np.hypot(*((near[-1, :2] - near[0, :2]) * [70_000, 111_000]))))
    # 12 seconds of walking are about 15 m.
    assert np.median(moved) < 8


def test_concerns_have_the_shape_of_real_ones(season: DemoSeason) -> None:
    count = len(season.concerns)
    assert sum(one.kind == "positive" for one in season.concerns) == round(0.12 * count)
    routes = sum(one.bng.geom_type == "LineString" for one in season.concerns)
    assert 0.10 < routes / count < 0.21
    factors = {factor for one in season.concerns for factor in one.factors}
    assert factors == set(phrases.NOTES)
    assert len(factors) == 20
    assert len({one.note for one in season.concerns if one.note}) >= 60
    quick = [one for one in season.concerns if not one.factors]
    assert 0.04 < len(quick) / count < 0.2
    for one in quick:
        assert (one.feeling, one.applies, one.basis, one.setting, one.note) == (None, (), None, None, None)
        assert one.kind == "concern"
    for one in season.concerns:
        assert len(set(one.factors)) == len(one.factors) <= 3
        assert one.position_method in {None, "gps", "moved", "map"}
        assert one.feeling in {None, "frightening", "uncomfortable", "acceptable", "comfortable"}


def test_statuses_come_in_order_and_never_after_the_season(season: DemoSeason) -> None:
    allowed = {
        (),
        ("shared",),
        ("shared", "in_hand"),
        ("shared", "in_hand", "done"),
        ("shared", "no_action"),
    }
    seen = Counter(tuple(step.status for step in one.statuses) for one in season.concerns)
    assert set(seen) == allowed
    assert 0.5 < 1 - seen[()] / len(season.concerns) < 0.7
    midnight = datetime(2026, 11, 1, tzinfo=LONDON)
    for one in season.concerns:
        times = [one.recorded_at, *(step.at for step in one.statuses)]
        assert times == sorted(set(times))
        assert times[-1] < midnight
        for step in one.statuses:
            assert step.at.tzinfo is UTC
            assert step.wording
            assert "{" not in step.wording
            assert (step.reason is not None) == (step.status == "no_action")


def test_the_truth_adds_up_and_counts_mislead_where_rates_do_not(
    borough: DemoBorough, season: DemoSeason, metres: dict[str, list[float]]
) -> None:
    assert len(season.truth) == 3 * len(borough.wards)
    expected = sum(row.km * row.rate_per_km for row in season.truth)
    assert expected == pytest.approx(792, rel=0.01)
    counts = _counts(borough, season)
    rates = {code: counts[code] / (sum(metres[code]) / 1000) for code in metres if sum(metres[code]) > 15_000}
    high = _names_where(season, 1.5)
    assert high == {"Saltmarsh", "Station Fields", "Tallow Cross"}
    names = {ward.code: ward.name for ward in borough.wards}
    ranked = [names[code] for code in sorted(rates, key=lambda code: -rates[code])]
    assert set(ranked[:3]) == high
    assert set(ranked[-2:]) == {"Priory Wood", "Abbot's Bridge"}
    assert names[counts.most_common(1)[0][0]] not in high


def test_many_concerns_fall_at_the_true_rate(borough: DemoBorough) -> None:
    """With 12,000 concerns each ward's count is within five standard errors of what the truth says."""
    large = make_season(borough, seed=11, walks=120, concerns=12_000, until=UNTIL)
    counts = _counts(borough, large)
    for ward in borough.wards:
        expected = sum(row.km * row.rate_per_km for row in large.truth if row.ward_code == ward.code)
        # A tenth more for pins that fall across a ward's end and routes that begin before their place.
        assert abs(counts[ward.code] - expected) <= 5 * expected**0.5 + 0.1 * expected


def _counts(borough: DemoBorough, season: DemoSeason) -> Counter[str]:
    shapes = [ward.bng for ward in borough.wards]
    places = [
        shapely.line_interpolate_point(one.bng, 0) if one.bng.geom_type == "LineString" else one.bng
        for one in season.concerns
        if one.kind == "concern"
    ]
    which, ward = shapely.STRtree(shapes).query(places, predicate="within")
    assert len(which) >= len(places) - 2  # a pin exactly on a boundary is in no ward's inside
    return Counter(borough.wards[number].code for number in ward.tolist())


def _names_where(season: DemoSeason, at_least: float) -> set[str]:
    return {row.ward_name for row in season.truth if row.light == "dark" and row.relative_risk >= at_least}
