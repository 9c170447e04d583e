from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone

import gpxpy
import numpy as np
import pytest

from spatial.crs import to_bng
from spatial.gpx import GpxTrack, RefusedGpx, read_gpx
from spatial.tracks import FloatArray, clean
from tests.shared_data import shared

START = datetime(2026, 3, 20, 18, 0, tzinfo=UTC)
GPX_1_0 = 'version="1.0" xmlns="http://www.topografix.com/GPX/1/0"'
GPX_1_1 = 'version="1.1" xmlns="http://www.topografix.com/GPX/1/1"'


def gpx(inside: str, attributes: str = GPX_1_1) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><gpx creator="test" {attributes}>{inside}</gpx>'.encode()


def point(lat: float, lon: float, time: str | None = None, tag: str = "trkpt") -> str:
    return f'<{tag} lat="{lat}" lon="{lon}">{f"<time>{time}</time>" if time else ""}</{tag}>'


def track(*segments: str, name: str = "") -> str:
    return f"<trk><name>{name}</name>{''.join(f'<trkseg>{segment}</trkseg>' for segment in segments)}</trk>"


def fixes_of(tracks: tuple[GpxTrack, ...]) -> FloatArray:
    return np.concatenate([chunk.fixes for one in tracks for chunk in one.chunks])


TIMED = point(51.45, -0.11, "2026-03-20T18:00:00Z") + point(51.4501, -0.11, "2026-03-20T18:00:10Z")


@pytest.mark.parametrize("attributes", [GPX_1_0, GPX_1_1, 'version="1.1"'])
def test_both_versions_are_read_with_their_times(attributes: str) -> None:
    (one,) = read_gpx(gpx(track(TIMED, name=" To the station "), attributes))
    assert (one.name, one.points_read, one.points_without_time) == ("To the station", 2, 0)
    (chunk,) = one.chunks
    at = START.timestamp() * 1000
    np.testing.assert_array_equal(chunk.fixes[:, :3], [[-0.11, 51.45, at], [-0.11, 51.4501, at + 10_000]])
    assert np.isnan(chunk.fixes[:, 3]).all()


def test_prefixed_names_and_other_encodings_are_read() -> None:
    prefixed = (
        '<g:gpx xmlns:g="http://www.topografix.com/GPX/1/1"><g:trk><g:name>Caf\xe9</g:name><g:trkseg>'
        '<g:trkpt lat="51.45" lon="-0.11"><g:time>2026-03-20T18:00:00Z</g:time></g:trkpt>'
        "</g:trkseg></g:trk></g:gpx>"
    )
    for encoding in ("ISO-8859-1", "UTF-16"):
        data = f'<?xml version="1.0" encoding="{encoding}"?>{prefixed}'.encode(encoding)
        (one,) = read_gpx(data)
        assert (one.name, one.points_read) == ("Caf\xe9", 1)


def test_each_segment_and_track_begins_after_a_gap_and_numbers_run_on() -> None:
    tracks = read_gpx(gpx(track(TIMED, TIMED) + track("") + track(TIMED)))
    assert [len(one.chunks) for one in tracks] == [2, 1]
    assert [(chunk.number, chunk.gap_before) for one in tracks for chunk in one.chunks] == [
        (0, True),
        (1, True),
        (2, True),
    ]


def test_long_segments_are_cut_into_chunks_of_2000_without_a_gap_between() -> None:
    times = [(START + timedelta(seconds=k)).isoformat() for k in range(4_001)]
    (one,) = read_gpx(gpx(track("".join(point(51.45, -0.11 + k * 1e-5, t) for k, t in enumerate(times)))))
    assert [(chunk.number, len(chunk.fixes), chunk.gap_before) for chunk in one.chunks] == [
        (0, 2_000, True),
        (1, 2_000, False),
        (2, 1, False),
    ]
    assert len(clean(one.chunks).pieces) == 1


def test_times_without_a_zone_are_utc_and_others_are_converted() -> None:
    written = [
        "2026-03-20T18:00:00",
        "2026-03-20T18:00:01.5Z",
        "2026-03-20T19:00:02+01:00",
        "2026-03-20T18:00:03Z",
    ]
    (one,) = read_gpx(gpx(track("".join(point(51.45, -0.11, time) for time in written))))
    at = START.timestamp() * 1000
    assert (one.chunks[0].fixes[:, 2] - at).tolist() == [0, 1_500, 2_000, 3_000]


def test_points_without_a_time_in_a_timed_file_are_dropped_and_counted() -> None:
    mixed = TIMED + point(51.46, -0.11) + point(51.46, -0.11, "yesterday") + '<trkpt lat="x" lon="0"/>'
    first, second = read_gpx(gpx(track(mixed) + track(point(51.46, -0.11))))
    assert (first.points_read, first.points_without_time, len(first.chunks[0].fixes)) == (5, 3, 2)
    assert (second.points_read, second.points_without_time, second.chunks) == (1, 1, ())


def test_times_of_the_file_win_over_start() -> None:
    (one,) = read_gpx(gpx(track(TIMED)), start=START + timedelta(days=9))
    assert one.chunks[0].fixes[0, 2] == START.timestamp() * 1000


def test_without_times_a_start_lays_them_at_walking_pace() -> None:
    line = point(51.45, -0.11) + point(51.46, -0.11)
    lane = point(51.46, -0.10) + point(51.46, -0.099)
    tracks = read_gpx(gpx(track(line, lane)), start=START.astimezone(timezone(timedelta(hours=1))))
    assert (tracks[0].points_read, tracks[0].points_without_time) == (4, 0)
    fixes = fixes_of(tracks)
    easting, northing = to_bng(fixes[:, 0], fixes[:, 1])
    metres, seconds = np.hypot(np.diff(easting), np.diff(northing)), np.diff(fixes[:, 2]) / 1000
    last_of_line = int(np.flatnonzero(fixes[:, 1] == 51.46)[0])
    # A degree of latitude is 111.26 km here on GRS80; the grid's scale is 0.9998 so near its meridian's west.
    assert seconds[:last_of_line].sum() == pytest.approx(1112.6 / 1.3, rel=1e-3)
    assert seconds[last_of_line] == 0  # the lane begins when the line has ended
    walking = np.arange(len(seconds)) != last_of_line
    np.testing.assert_allclose(metres[walking] / seconds[walking], 1.3, rtol=2e-3)
    assert seconds.max() <= 30
    assert fixes[0, 2] == START.timestamp() * 1000

    cleaned = clean(chunk for one in tracks for chunk in one.chunks)
    assert len(cleaned.pieces) == 2  # sparse corners did not fall apart into gaps
    assert cleaned.metres == pytest.approx(metres[walking].sum(), abs=0.01)


def test_a_route_is_a_walk_without_times_unless_there_is_a_track() -> None:
    points = point(51.45, -0.11, "2026-01-01T00:00:00Z", "rtept") + point(51.451, -0.11, None, "rtept")
    route = f"<rte><name>Plan</name>{points}</rte>"
    with pytest.raises(RefusedGpx, match="time at which the walk started"):
        read_gpx(gpx(route))
    (planned,) = read_gpx(gpx(route), start=START)
    assert (planned.name, planned.chunks[0].fixes[0, 2]) == ("Plan", START.timestamp() * 1000)
    plan, walk = read_gpx(gpx(route + track(TIMED)), start=START)
    assert (plan.chunks, plan.points_read, plan.points_without_time) == ((), 2, 2)
    assert len(walk.chunks[0].fixes) == 2


PARIS = track(point(48.85, 2.35, "2026-03-20T18:00:00Z"))
BOMB = '<!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (gpx(track(TIMED))[:-20], "not whole XML"),
        (b"longitude,latitude\n0,51\n", "not whole XML"),
        (b'<?xml version="1.0" encoding="klingon"?><gpx/>', "not whole XML"),
        (b"<kml><Document/></kml>", "not GPX, it begins with <kml>"),
        (BOMB.encode() + gpx("<name>&b;</name>" + track(TIMED)).split(b"?>")[1], "document type or entities"),
        (b'<!DOCTYPE gpx SYSTEM "http://example.org/gpx.dtd"><gpx/>', "document type or entities"),
        (gpx(""), "no track or route with points"),
        (gpx(track("") + "<rte/>"), "no track or route with points"),
        (gpx(point(51.45, -0.11, "2026-03-20T18:00:00Z", "wpt")), "waypoints only"),
        (gpx(track(point(51.45, -0.11) + point(51.46, -0.11))), "time at which the walk started"),
        (
            gpx(track('<trkpt lat="91" lon="0"><time>2026-03-20T18:00:00Z</time></trkpt>')),
            "no.* readable place",
        ),
        (gpx(PARIS), "outside Great Britain"),
    ],
)
def test_what_cannot_become_a_walk_is_refused_with_its_own_reason(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedGpx, match=f"(?i){reason}") as refused:
        read_gpx(data)
    assert refused.value.reason == str(refused.value)


def test_too_many_bytes_are_refused_before_they_are_read() -> None:
    with pytest.raises(RefusedGpx, match="more than the 20 that are read"):
        read_gpx(b"<" * 21, max_bytes=20)


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(RefusedGpx, match="no time zone"):
        read_gpx(gpx(track(TIMED)), start=datetime(2026, 3, 20, 18))  # noqa: DTZ001  # the point of the test


def test_lines_longer_than_a_days_walk_are_refused_in_one_or_in_many_segments() -> None:
    there_and_back = point(51.0, -0.1) + point(51.5, -0.1)  # 55.6 km
    assert read_gpx(gpx(track(there_and_back, there_and_back)), start=START)
    with pytest.raises(RefusedGpx, match="112 km"):
        read_gpx(gpx(track(there_and_back, there_and_back, there_and_back)), start=START)


def test_heart_rate_is_nowhere_in_what_is_kept() -> None:
    beat = (
        '<extensions><x:hr xmlns:x="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">144.25</x:hr>'
        "</extensions><ele>144.25</ele>"
    )
    (one,) = read_gpx(gpx(track(TIMED.replace("</trkpt>", f"{beat}</trkpt>"))))
    assert {field.name for field in fields(one)} == {"name", "chunks", "points_read", "points_without_time"}
    assert one.chunks[0].fixes.shape == (2, 4)
    assert not (one.chunks[0].fixes == 144.25).any()


@pytest.mark.parametrize(
    ("name", "points"),
    [("london_hampstead_run_2017-07-08.gpx", 4_930), ("thatcham_run_7371775190.gpx", 454)],
)
def test_recorded_walks_equal_a_second_reader(name: str, points: int) -> None:
    data = shared(f"data/gpx/{name}").read_bytes()
    tracks = read_gpx(data)
    second = [
        (p.longitude, p.latitude, p.time.timestamp() * 1000 if p.time else np.nan)
        for t in gpxpy.parse(data).tracks
        for segment in t.segments
        for p in segment.points
    ]
    assert sum(one.points_read for one in tracks) == points
    np.testing.assert_allclose(fixes_of(tracks)[:, :3], second, rtol=0, atol=1e-9)


def test_a_drawn_network_becomes_one_piece_for_each_track() -> None:
    data = shared("data/gpx/south_london_quietways.gpx").read_bytes()
    with pytest.raises(RefusedGpx, match="time at which the walk started"):
        read_gpx(data)
    tracks = read_gpx(data, start=START)
    assert (len(tracks), sum(one.points_read for one in tracks)) == (39, 1_213)
    cleaned = clean(chunk for one in tracks for chunk in one.chunks)
    assert len(cleaned.pieces) == 39
    # gpxpy measures on a sphere, within half a per cent of the National Grid.
    assert cleaned.metres == pytest.approx(gpxpy.parse(data).length_2d(), rel=0.005)
    assert cleaned.minutes * 60 * 1.3 == pytest.approx(cleaned.metres, rel=1e-4)


def test_a_walk_in_croatia_is_refused_and_says_so() -> None:
    with pytest.raises(RefusedGpx, match="outside Great Britain"):
        read_gpx(shared("data/gpx/korita-zbevnica_walk.gpx").read_bytes())


def test_only_the_part_outside_great_britain_is_left_out_later() -> None:
    (one,) = read_gpx(gpx(track(TIMED + point(48.85, 2.35, "2026-03-20T18:00:20Z"))))
    assert clean(one.chunks).dropped["outside Great Britain"] == 1
