from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from spatial.crs import to_wgs84
from spatial.light import LIGHTS, light_at
from spatial.tracks import Chunk, CleanTrack, FloatArray, Gap, clean

# A corner of Brockwell Park, in metres BNG, and an evening in March.
E0, N0 = 531_800.0, 174_200.0
T0 = int(datetime(2026, 3, 20, 18, 0, tzinfo=UTC).timestamp()) * 1000

Row = tuple[float, float, float]  # metres east, metres north, seconds


def fixes(rows: list[Row], accuracy: float = 5.0) -> FloatArray:
    east, north, seconds = np.array(rows, dtype=float).reshape(-1, 3).T
    lon, lat = to_wgs84(E0 + east, N0 + north)
    return np.column_stack([lon, lat, T0 + seconds * 1000, np.full(len(rows), accuracy)])


def chunk(rows: list[Row], number: int = 0, *, gap_before: bool = False, accuracy: float = 5.0) -> Chunk:
    return Chunk(number, fixes(rows, accuracy), gap_before)


def walked(track: CleanTrack) -> list[list[Row]]:
    """Kept fixes piece by piece, in the metres and seconds that the tests are written in."""
    return [
        [
            (round(e - E0, 1), round(n - N0, 1), (t - T0) / 1000)
            for e, n, t in zip(piece.easting, piece.northing, piece.t_ms, strict=True)
        ]
        for piece in track.pieces
    ]


def dropped(track: CleanTrack) -> dict[str, int]:
    return {reason: count for reason, count in track.dropped.items() if count}


def test_a_plain_walk_keeps_every_fix_and_measures_in_british_national_grid() -> None:
    track = clean([chunk([(0, 0, 0), (30, 40, 20), (30, 40, 50), (30, 100, 80)])])
    assert walked(track) == [[(0, 0, 0), (30, 40, 20), (30, 40, 50), (30, 100, 80)]]
    assert track.metres == pytest.approx(50 + 0 + 60, abs=0.003)
    assert track.minutes == pytest.approx(80 / 60)
    assert (track.started_ms, track.ended_ms) == (T0, T0 + 80_000)
    assert track.gaps == ()
    assert dropped(track) == {}


def test_nothing_recorded_is_an_empty_track() -> None:
    for chunks in ([], [Chunk(0, np.empty((0, 4)), gap_before=False)]):
        track = clean(chunks)
        assert track.pieces == ()
        assert (track.metres, track.minutes, track.started_ms, track.ended_ms) == (0.0, 0.0, None, None)
        assert track.segments().metres.shape == (0,)


@pytest.mark.parametrize(("accuracy", "kept"), [(50.0, 3), (50.001, 0), (np.nan, 3), (0.0, 3)])
def test_accuracy_of_exactly_50_m_stays_and_unknown_accuracy_is_kept(accuracy: float, kept: int) -> None:
    track = clean([chunk([(0, 0, 0), (1, 0, 1), (2, 0, 2)], accuracy=accuracy)])
    assert sum(len(piece.lon) for piece in track.pieces) == kept
    assert track.dropped["accuracy"] == 3 - kept


@pytest.mark.parametrize(("metres", "kept"), [(40.0, True), (40.05, False)])
def test_exactly_4_metres_a_second_stays_in(metres: float, kept: bool) -> None:
    track = clean([chunk([(0, 0, 0), (0, metres, 10)])])
    assert len(track.pieces[0].lon) == (2 if kept else 1)
    assert track.dropped["speed"] == (0 if kept else 1)


def test_speed_counts_from_the_last_kept_fix_so_one_outlier_drops_alone() -> None:
    track = clean([chunk([(0, 0, 0), (300, 0, 5), (10, 0, 10), (20, 0, 20)])])
    assert walked(track) == [[(0, 0, 0), (10, 0, 10), (20, 0, 20)]]
    assert dropped(track) == {"speed": 1}


@pytest.mark.parametrize(("seconds", "pieces"), [(60.0, 1), (60.001, 2)])
def test_exactly_60_seconds_is_no_gap(seconds: float, pieces: int) -> None:
    track = clean([chunk([(0, 0, 0), (10, 0, seconds)])])
    assert len(track.pieces) == pieces


def test_after_a_gap_no_speed_is_asked_and_nothing_bridges_it() -> None:
    track = clean([chunk([(0, 0, 0), (10, 0, 10), (5000, 0, 71), (5010, 0, 81)])])
    assert walked(track) == [[(0, 0, 0), (10, 0, 10)], [(5000, 0, 71), (5010, 0, 81)]]
    assert track.metres == pytest.approx(20, abs=0.003)
    assert track.minutes == pytest.approx(20 / 60)
    assert track.gaps == (Gap(T0 + 10_000, T0 + 71_000, "no fix"),)


def test_60_seconds_count_from_the_last_kept_fix_not_from_a_dropped_one() -> None:
    rows: list[Row] = [(0, 0, 0), (900, 0, 30), (900, 0, 61)]
    track = clean([chunk(rows)])
    assert walked(track) == [[(0, 0, 0)], [(900, 0, 61)]]
    assert dropped(track) == {"speed": 1}


def test_times_that_repeat_or_go_back_are_dropped() -> None:
    track = clean([chunk([(0, 0, 10), (1, 0, 10), (1, 0, 3), (2, 0, 12)])])
    assert walked(track) == [[(0, 0, 10), (2, 0, 12)]]
    assert dropped(track) == {"out of order": 2}


def test_fixes_abroad_and_unreadable_ones_are_dropped_and_counted() -> None:
    rows = fixes([(0, 0, 0), (1, 0, 1), (2, 0, 2), (3, 0, 3), (4, 0, 4)])
    rows[1, :2] = 2.35, 48.85  # Paris
    rows[2, 2] = np.nan
    rows[3, 0] = np.inf
    before = rows.copy()
    track = clean([Chunk(0, rows, gap_before=False)])
    assert walked(track) == [[(0, 0, 0), (4, 0, 4)]]
    assert dropped(track) == {"outside Great Britain": 1, "unreadable": 2}
    np.testing.assert_array_equal(rows, before)


def test_chunks_are_joined_in_order_of_their_numbers() -> None:
    later, earlier = chunk([(20, 0, 20), (30, 0, 30)], 8), chunk([(0, 0, 0), (10, 0, 10)], 7)
    track = clean([later, earlier])
    assert walked(track) == [[(0, 0, 0), (10, 0, 10), (20, 0, 20), (30, 0, 30)]]
    assert track.metres == pytest.approx(30, abs=0.003)


def test_a_chunk_that_has_not_arrived_is_a_gap() -> None:
    track = clean([chunk([(0, 0, 0)], 0), chunk([(20, 0, 20)], 2)])
    assert walked(track) == [[(0, 0, 0)], [(20, 0, 20)]]
    assert track.gaps == (Gap(T0, T0 + 20_000, "chunk missing"),)


def test_gap_before_begins_a_new_piece_at_the_next_fix_that_is_kept() -> None:
    paused = Chunk(1, fixes([(50, 0, 11), (900, 0, 12), (901, 0, 13)]), gap_before=True)
    paused.fixes[0, 3] = 80.0
    track = clean([chunk([(0, 0, 0), (10, 0, 10)]), paused])
    assert walked(track) == [[(0, 0, 0), (10, 0, 10)], [(900, 0, 12), (901, 0, 13)]]
    assert track.gaps == (Gap(T0 + 10_000, T0 + 12_000, "recorder"),)


def test_an_empty_chunk_hands_its_gap_on() -> None:
    track = clean([chunk([(0, 0, 0)]), chunk([], 1, gap_before=True), chunk([(1, 0, 1)], 2)])
    assert len(track.pieces) == 2


def test_segments_carry_the_light_of_their_middle() -> None:
    # London, 20 March 2026: the sun sets at about 18:13 and civil twilight ends at about 18:46 UTC.
    rows = [(float(s), 0.0, float(s)) for s in range(0, 3600, 30)]
    segments = clean([chunk(rows)]).segments()
    lon, lat = to_wgs84((segments.e1 + segments.e2) / 2, (segments.n1 + segments.n2) / 2)
    middles = (segments.t1_ms + segments.t2_ms) / 2
    expected = [
        light_at(x, y, datetime.fromtimestamp(t / 1000, UTC))
        for x, y, t in zip(lon, lat, middles, strict=True)
    ]
    assert [LIGHTS[code] for code in segments.light] == expected
    assert [str(light) for light in dict.fromkeys(expected)] == ["day", "twilight", "dark"]


# Walks of up to 40 fixes with jumps, jams and pauses, cut into chunks of which some have not arrived.
_steps = st.tuples(
    st.floats(-300, 300),
    st.floats(-300, 300),
    st.integers(-5, 90),
    st.sampled_from([5.0, 50.0, 51.0, np.nan]),
)


@st.composite
def _recordings(draw: st.DrawFn) -> list[Chunk]:
    small = st.floats(-30, 30)
    steps = draw(
        st.lists(st.one_of(_steps, st.tuples(small, small, st.integers(5, 20), st.just(5.0))), max_size=40)
    )
    east, north, seconds = (np.cumsum([step[k] for step in steps]) for k in range(3))
    rows = np.column_stack([east, north, seconds]).reshape(-1, 3)
    everything = fixes([tuple(row) for row in rows.tolist()])
    everything[:, 3] = [step[3] for step in steps]
    chunks: list[Chunk] = []
    number = at = 0
    while at < len(everything):
        size = draw(st.integers(0, 12))
        chunks.append(Chunk(number, everything[at : at + size], draw(st.booleans())))
        at += size
        number += draw(st.sampled_from([1, 1, 1, 2]))
    return chunks


@given(_recordings())
def test_metres_and_minutes_are_conserved_and_every_fix_is_accounted_for(chunks: list[Chunk]) -> None:
    track = clean(chunks)
    segments = track.segments()
    lines = [LineString(np.column_stack([p.easting, p.northing])) for p in track.pieces if len(p.lon) > 1]
    assert track.metres == pytest.approx(sum(line.length for line in lines), abs=1e-6)
    assert segments.metres.sum() == pytest.approx(track.metres, abs=1e-6)
    assert segments.minutes.sum() == pytest.approx(track.minutes)
    kept = sum(len(piece.lon) for piece in track.pieces)
    assert kept + sum(track.dropped.values()) == sum(len(part.fixes) for part in chunks)
    assert len(segments.metres) == kept - len(track.pieces)
    assert len(track.gaps) == max(len(track.pieces) - 1, 0)


@given(_recordings())
def test_no_segment_is_too_fast_too_long_or_leads_across_a_gap(chunks: list[Chunk]) -> None:
    track = clean(chunks)
    segments = track.segments()
    seconds = (segments.t2_ms - segments.t1_ms) / 1000
    assert (seconds > 0).all()
    assert (seconds <= 60).all()
    assert (segments.metres <= 4 * seconds + 0.002).all()
    home = {
        (float(e), float(n), int(t)): (number, place)
        for number, piece in enumerate(track.pieces)
        for place, (e, n, t) in enumerate(zip(piece.easting, piece.northing, piece.t_ms, strict=True))
    }
    ends = zip(
        segments.e1, segments.n1, segments.t1_ms, segments.e2, segments.n2, segments.t2_ms, strict=True
    )
    if len(home) == sum(
        len(piece.lon) for piece in track.pieces
    ):  # no fix occurs twice, so each has one home
        for e1, n1, t1, e2, n2, t2 in ends:
            (piece_1, place_1), (piece_2, place_2) = home[e1, n1, t1], home[e2, n2, t2]
            assert (piece_1, place_1 + 1) == (piece_2, place_2)


@given(_recordings())
def test_cleaning_a_cleaned_track_changes_nothing(chunks: list[Chunk]) -> None:
    once = clean(chunks)
    again = clean(
        Chunk(
            number,
            np.column_stack([piece.lon, piece.lat, piece.t_ms, np.full(len(piece.lon), np.nan)]),
            gap_before=True,
        )
        for number, piece in enumerate(once.pieces)
    )
    assert walked(again) == walked(once)
    assert again.metres == once.metres
    assert dropped(again) == {}
