import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import astral.sun
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spatial import light
from spatial.light import LIGHTS, Light

WESTMINSTER = (-0.125, 51.5)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECONDS = st.integers(1_420_070_400_000, 2_051_222_400_000)  # 2015 to 2035
LONDON_CLOCK = ZoneInfo("Europe/London")
# Rising or setting, as published, to the minute or second of the London clock:
SUNRISES = [
    # 'Summer solstice London', diamond geezer, 20 June 2025, for 51.5 N 0.125 W
    "2025-06-15T04:42:13",
    "2025-06-21T04:42:38",
    "2025-06-26T04:44:21",
    # timeanddate.com, London, 2013-03-18 (in 'Equinox - again!', jpc0604, 20 March 2013)
    "2013-03-18T06:08:00",
    # Dark Sky Diary, 18 March 2011, the day of equal light and dark
    "2011-03-18T06:09:00",
    # charioteers.org, 'Autumn: sometimes damp', for 21 December 2018
    "2018-12-21T08:04:00",
]
SUNSETS = [
    "2025-06-15T21:20:07",
    "2025-06-21T21:22:06",
    "2025-06-26T21:22:21",
    "2013-03-18T18:10:00",
    "2011-03-18T18:09:00",
    "2018-12-21T15:54:00",
    # flat36, 'The days are getting shorter', 2 October 2007, for the shortest day of that year
    "2007-12-22T15:53:00",
]
# Beginning of civil twilight: timeanddate.com for London on 1, 3 and 25 December 2015 and 29 August 2019
# (UTC 04:32), as kept in the tests of the astral library; natashavicars, 9 December 2010.
CIVIL_DAWNS = [
    "2015-12-01T07:04:00",
    "2015-12-03T07:06:00",
    "2015-12-25T07:25:00",
    "2019-08-29T05:32:00",
    "2010-12-09T07:14:00",
]
A_MINUTE_AND_A_HALF = timedelta(seconds=90)  # published to the minute, and for places a mile or two away


def london(clock: str) -> datetime:
    return datetime.fromisoformat(clock).replace(tzinfo=LONDON_CLOCK)


def low_precision_elevation(lon: float, lat: float, when: datetime) -> float:
    """The sun by the low precision formulas of the Astronomical Almanac (section C), to 0.01 degrees."""
    n = (when - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86400
    mean_longitude, anomaly = math.radians(280.460 + 0.9856474 * n), math.radians(357.528 + 0.9856003 * n)
    ecliptic = mean_longitude + math.radians(1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    obliquity = math.radians(23.439 - 0.0000004 * n)
    ascension = math.atan2(math.cos(obliquity) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(obliquity) * math.sin(ecliptic))
    sidereal = math.radians((280.46061837 + 360.98564736629 * n + lon) % 360)
    hour_angle, phi = sidereal - ascension, math.radians(lat)
    return math.degrees(
        math.asin(
            math.sin(phi) * math.sin(declination)
            + math.cos(phi) * math.cos(declination) * math.cos(hour_angle)
        )
    )


@pytest.mark.parametrize("sunrise", SUNRISES)
def test_sunrise_as_published(sunrise: str) -> None:
    before, after = london(sunrise) - A_MINUTE_AND_A_HALF, london(sunrise) + A_MINUTE_AND_A_HALF
    assert light.light_at(*WESTMINSTER, before) is Light.TWILIGHT
    assert light.light_at(*WESTMINSTER, after) is Light.DAY


@pytest.mark.parametrize("sunset", SUNSETS)
def test_sunset_as_published(sunset: str) -> None:
    before, after = london(sunset) - A_MINUTE_AND_A_HALF, london(sunset) + A_MINUTE_AND_A_HALF
    assert light.light_at(*WESTMINSTER, before) is Light.DAY
    assert light.light_at(*WESTMINSTER, after) is Light.TWILIGHT


@pytest.mark.parametrize("dawn", CIVIL_DAWNS)
def test_civil_twilight_as_published(dawn: str) -> None:
    before, after = london(dawn) - A_MINUTE_AND_A_HALF, london(dawn) + A_MINUTE_AND_A_HALF
    assert light.light_at(*WESTMINSTER, before) is Light.DARK
    assert light.light_at(*WESTMINSTER, after) is Light.TWILIGHT


def test_half_past_five_is_day_in_june_and_dark_in_december() -> None:
    assert light.light_at(*WESTMINSTER, london("2025-06-15T17:30:00")) is Light.DAY
    assert light.light_at(*WESTMINSTER, london("2025-12-15T17:30:00")) is Light.DARK


@given(
    st.floats(-8, 2),
    st.floats(50, 61),
    MILLISECONDS,
)
def test_elevation_by_a_second_method(lon: float, lat: float, t_ms: int) -> None:
    when = EPOCH + timedelta(milliseconds=t_ms)
    assert light.sun_elevation(lon, lat, when) == pytest.approx(
        low_precision_elevation(lon, lat, when), abs=0.03
    )


@given(MILLISECONDS, st.timezones())
def test_the_zone_of_the_clock_does_not_matter(t_ms: int, zone: ZoneInfo) -> None:
    when = EPOCH + timedelta(milliseconds=t_ms)
    assert light.sun_elevation(*WESTMINSTER, when) == light.sun_elevation(*WESTMINSTER, when.astimezone(zone))


@pytest.mark.parametrize(
    ("sun", "expected"),
    [
        (-0.832, Light.DAY),
        (-0.833, Light.TWILIGHT),
        (-6.0, Light.TWILIGHT),
        (-6.001, Light.DARK),
        (40.0, Light.DAY),
        (-50.0, Light.DARK),
    ],
)
def test_the_thresholds_themselves_are_twilight(sun: float, expected: Light) -> None:
    assert LIGHTS[light._code(sun)] is expected


def test_refuses_a_time_without_a_zone_and_a_place_that_is_none() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        light.light_at(*WESTMINSTER, datetime(2025, 6, 15, 17, 30))  # noqa: DTZ001 - the mistake tested
    with pytest.raises(ValueError, match="not a place"):
        light.light_at(math.nan, 51.5, datetime(2025, 6, 15, tzinfo=UTC))


def one_by_one(fixes: list[tuple[float, float, int]]) -> list[Light]:
    return [light.light_at(lon, lat, EPOCH + timedelta(milliseconds=t)) for lon, lat, t in fixes]


def along(fixes: list[tuple[float, float, int]]) -> list[Light]:
    lon, lat, t_ms = (np.array(column) for column in zip(*fixes, strict=True))
    return [LIGHTS[code] for code in light.lights_along(lon, lat, t_ms.astype(np.int64))]


@given(st.lists(st.tuples(st.floats(-8, 2), st.floats(50, 61), MILLISECONDS), min_size=1, max_size=30))
@example([(0.0, 51.5, -1), (0.0, 51.5, 0), (0.0, 51.5, -(10**12))])
def test_any_fixes_in_any_order_as_one_by_one(fixes: list[tuple[float, float, int]]) -> None:
    assert along(fixes) == one_by_one(fixes)


@given(
    st.floats(-8, 2),
    st.floats(50, 61),
    MILLISECONDS,
    st.lists(
        st.tuples(st.floats(-0.001, 0.001), st.floats(-0.001, 0.001), st.integers(0, 400_000)),
        min_size=2,
        max_size=60,
    ),
)
def test_a_walk_as_one_by_one(
    lon: float, lat: float, t_ms: int, steps: list[tuple[float, float, int]]
) -> None:
    fixes = []
    for east, north, wait in steps:
        lon, lat, t_ms = lon + east, lat + north, t_ms + wait
        fixes.append((lon, lat, t_ms))
    assert along(fixes) == one_by_one(fixes)


@pytest.mark.parametrize("start", [(2025, 3, 20, 17, 50), (2025, 6, 21, 20, 0), (2025, 12, 21, 7, 0)])
def test_through_dusk_and_dawn_second_by_second(start: tuple[int, int, int, int, int]) -> None:
    first = int(datetime(*start, tzinfo=UTC).timestamp()) * 1000
    fixes = [(-0.1 + i * 1e-5, 51.45, first + i * 1300) for i in range(5000)]
    found = along(fixes)
    assert found == one_by_one(fixes)
    assert len(set(found)) > 1


def test_the_sun_is_rarely_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def counted(*args: object, **kwargs: object) -> float:
        nonlocal calls
        calls += 1
        return astral.sun.elevation(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(light, "elevation", counted)
    first = int(datetime(2025, 3, 20, 17, 50, tzinfo=UTC).timestamp()) * 1000
    fixes = [(-0.1 + i * 1e-5, 51.45, first + i * 1000) for i in range(4000)]  # through sunset and dusk
    assert set(along(fixes)) == {Light.DAY, Light.TWILIGHT, Light.DARK}
    assert 0 < calls < 200


def test_the_sun_is_never_faster_than_the_bound() -> None:
    # The bound that lets the work be skipped, against the sun itself through a whole year, minute by minute.
    start = datetime(2025, 1, 1, tzinfo=UTC)
    sun = [
        light.sun_elevation(0.0, 0.0, start + timedelta(hours=h, minutes=m))
        for h in range(0, 8760, 7)
        for m in (0, 1)
    ]
    fastest = np.abs(np.diff(np.array(sun).reshape(-1, 2))).max()
    assert 14.9 / 60 < fastest < light._FASTEST_DEG_PER_MS * 60_000 + light._SLACK_DEG


def test_codes_shapes_and_mistakes() -> None:
    none = light.lights_along(np.array([]), np.array([]), np.array([], dtype=np.int64))
    assert none.dtype == np.int8
    assert none.shape == (0,)
    assert LIGHTS == (Light.DAY, Light.TWILIGHT, Light.DARK)
    with pytest.raises(ValueError, match="same length"):
        light.lights_along(np.array([0.0]), np.array([51.0]), np.array([0, 1]))
    with pytest.raises(ValueError, match="not finite"):
        light.lights_along(np.array([np.nan]), np.array([51.0]), np.array([0]))
