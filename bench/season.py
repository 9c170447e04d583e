"""A season made of nothing but a seed: wards, walks and concerns of a London-sized scheme, as arrays.

Wards are own shapes (a relaxed Voronoi pattern with crooked borders), walks wander over them for two years,
and concerns are raised along the walks with a risk that differs from ward to ward. The same seed and sizes
give the same season. Run by itself this file does nothing; bench/loading.py stores a season.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from encoding import ewkb_lines, uuids
from numpy.typing import NDArray
from pattern import REGION, WARDS, Wards, make_wards

from spatial.crs import BNG, WGS84, to_wgs84
from spatial.light import LIGHTS, lights_along

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BEYOND_M = 150.0  # how far walks leave the wards: a little is recorded outside every real scheme
FIRST_DAY = np.datetime64("2024-01-01", "ms")
DAYS = 731
VERTICES = 25
ENVIRONMENT = (
    *("lighting", "sightlines", "entrapment", "isolation", "vegetation", "maintenance"),
    *("vandalism", "abandoned_building", "poor_design", "no_cctv", "signage", "transport_stop"),
)
BEHAVIOUR = (
    *("followed", "verbal_abuse", "harassment_group", "unwanted_comments"),
    *("threatened", "drug_activity", "street_drinking", "other_behaviour"),
)
FACTORS = ENVIRONMENT + BEHAVIOUR
FEELINGS = ("frightening", "uncomfortable", "acceptable", "comfortable")
LIGHT_NAMES = tuple(light.value for light in LIGHTS)

_AT_ONCE = 100_000
_WALKING_MPS = 1.3
_MORNINGS, _ROUTES, _POSITIVES, _SHARED = 0.3, 0.15, 0.12, 0.4  # parts of all
_FACTOR_COUNTS = (0.10, 0.40, 0.30, 0.20)  # chances of 0, 1, 2 and 3 factors


@dataclass(frozen=True)
class Walks:
    """Tracks of `VERTICES` vertices each: places (walks, vertices, 2), milliseconds since 1970 and light."""

    ids: list[str]
    bng: FloatArray
    wgs84: FloatArray
    t_ms: IntArray
    light: NDArray[np.int8]


@dataclass(frozen=True)
class Concerns:
    """Concerns in order of time. `bng` and `wgs84` hold EWKB as hex, everything else one item each."""

    ids: list[str]
    walk: IntArray
    xy_m: FloatArray
    is_route: NDArray[np.bool_]
    bng: list[str]
    wgs84: list[str]
    t_ms: IntArray
    light: NDArray[np.int8]
    positive: NDArray[np.bool_]
    feeling: IntArray
    shared: NDArray[np.bool_]
    factors: list[tuple[str, ...]]


@dataclass(frozen=True)
class Season:
    """All that is stored before any figure is worked out."""

    wards: Wards
    walks: Walks
    concerns: Concerns


def make_season(concerns: int, walks: int, *, seed: int = 20_260) -> Season:
    """Return a season of this many concerns and walks. The wards are the same for every size."""
    wards = make_wards(np.random.default_rng([seed, 0]))
    wandered = make_walks(wards, walks, np.random.default_rng([seed, 1, walks]))
    raised = make_concerns(wards, wandered, concerns, np.random.default_rng([seed, 2, concerns]))
    return Season(wards, wandered, raised)


def make_walks(wards: Wards, walks: int, rng: np.random.Generator) -> Walks:
    """Return walks of 2.4 to 3 km that more or less keep a direction, uneven over wards and hours."""
    popular = rng.lognormal(0.0, 0.7, WARDS)
    home = rng.choice(WARDS, size=walks, p=popular / popular.sum())
    start = wards.seeds[home] + rng.normal(0.0, 700.0, (walks, 2))
    step = rng.uniform(100.0, 125.0, (walks, VERTICES - 1))
    heading = rng.uniform(0, 2 * np.pi, (walks, 1)) + np.cumsum(rng.normal(0, 0.3, step.shape), axis=1)
    moved = np.cumsum(np.stack([step * np.cos(heading), step * np.sin(heading)], axis=-1), axis=1)
    bng = np.round(_folded(np.concatenate([start[:, None], start[:, None] + moved], axis=1)), 3)
    day = rng.integers(0, DAYS, walks)
    hour = np.where(rng.random(walks) < _MORNINGS, rng.normal(6.5, 0.8, walks), rng.normal(19.5, 2.0, walks))
    since_midnight = (hour.clip(4.5, 23.5) * 3_600_000).astype(np.int64)
    began = FIRST_DAY.astype(np.int64) + day * 86_400_000 + since_midnight
    passed = np.concatenate([np.zeros((walks, 1)), np.cumsum(step / _WALKING_MPS, axis=1)], axis=1)
    t_ms = began[:, None] + np.round(passed * 1000).astype(np.int64)
    wgs84 = _to_wgs84(bng.reshape(-1, 2)).reshape(bng.shape)
    middle = (wgs84[:, 1:] + wgs84[:, :-1]) / 2
    half = (t_ms[:, 1:] + t_ms[:, :-1]) // 2
    light = lights_along(middle[..., 0].ravel(), middle[..., 1].ravel(), half.ravel()).reshape(half.shape)
    order = np.argsort(began, kind="stable")
    return Walks(uuids(began[order], rng), bng[order], wgs84[order], t_ms[order], light[order])


def make_concerns(wards: Wards, walks: Walks, concerns: int, rng: np.random.Generator) -> Concerns:
    """Return concerns along the walks: 85 % points beside the track, 15 % routes of 2 to 6 vertices on it."""
    risk = rng.lognormal(0.0, 0.6, WARDS)
    middle = (walks.bng[:, 1:] + walks.bng[:, :-1]).reshape(-1, 2) / 2
    chance = np.cumsum(risk[wards.tree.query(middle)[1]])
    at = np.searchsorted(chance, rng.random(concerns) * chance[-1])
    walk, segment = np.divmod(at, VERTICES - 1)
    part = rng.random(concerns)
    t_ms = walks.t_ms[walk, segment] + (part * np.diff(walks.t_ms, axis=1)[walk, segment]).astype(np.int64)
    order = np.argsort(t_ms, kind="stable")
    walk, segment, part, t_ms = walk[order], segment[order], part[order], t_ms[order]
    start = walks.bng[walk, segment]
    along = walks.bng[walk, segment + 1] - start
    vertices = np.where(rng.random(concerns) < _ROUTES, rng.integers(2, 7, concerns), 1)
    beside = rng.normal(0.0, 6.0, (concerns, 2))
    first = np.round(_folded(start + along * part[:, None] + beside), 3)
    bng, wgs84, lonlat = _shapes(first, along, vertices, rng)
    how_many = rng.choice(4, size=concerns, p=_FACTOR_COUNTS)
    return Concerns(
        ids=uuids(t_ms, rng),
        walk=walk,
        xy_m=first,
        is_route=vertices > 1,
        bng=bng,
        wgs84=wgs84,
        t_ms=t_ms,
        light=lights_along(lonlat[:, 0], lonlat[:, 1], t_ms),
        positive=rng.random(concerns) < _POSITIVES,
        feeling=rng.integers(0, len(FEELINGS), concerns),
        shared=rng.random(concerns) < _SHARED,
        factors=_factors(how_many, rng),
    )


def body(season: Season, i: int) -> tuple[str, str]:
    """Return what stands for the sent text of a concern, and its SHA-256 in hex: of a usual length."""
    raised = season.concerns
    text = (
        f'{{"geometry":{{"coordinates":"{raised.wgs84[i][18:]}"}},'
        f'"properties":{{"feeling":"{FEELINGS[raised.feeling[i]]}",'
        f'"kind":"{"positive" if raised.positive[i] else "concern"}","position_method":"gps",'
        f'"recorded_at":{raised.t_ms[i]},"walk":"{season.walks.ids[raised.walk[i]]}"}},"type":"Feature"}}'
    )
    return text, hashlib.sha256(text.encode()).hexdigest()


def _factors(how_many: IntArray, rng: np.random.Generator) -> list[tuple[str, ...]]:
    weight = np.log(1.0 / np.arange(1, len(FACTORS) + 1))
    # The largest of weights plus Gumbel noise are a weighted draw without replacement.
    drawn = np.argsort(-(weight + rng.gumbel(size=(how_many.size, len(FACTORS)))), axis=1)[:, :3]
    return [
        tuple(FACTORS[f] for f in row[:count])
        for row, count in zip(drawn.tolist(), how_many.tolist(), strict=True)
    ]


def _shapes(
    first: FloatArray, along: FloatArray, vertices: IntArray, rng: np.random.Generator
) -> tuple[list[str], list[str], FloatArray]:
    """Return every concern in both systems as EWKB, and longitude and latitude of its first vertex."""
    unit = along / np.hypot(along[:, 0], along[:, 1])[:, None]
    lonlat = _to_wgs84(first)
    bng: list[str] = [""] * len(first)
    wgs84: list[str] = [""] * len(first)
    for count in range(1, 7):
        (chosen,) = np.nonzero(vertices == count)
        places = np.empty((chosen.size, count, 2))
        places[:, 0] = first[chosen]
        for at in range(1, count):
            step = unit[chosen] * rng.uniform(20, 60, (chosen.size, 1))
            places[:, at] = places[:, at - 1] + step + rng.normal(0, 8, step.shape)
        places = np.round(places, 3)
        angles = _to_wgs84(places.reshape(-1, 2)).reshape(places.shape)
        texts = zip(chosen.tolist(), ewkb_lines(places, BNG), ewkb_lines(angles, WGS84), strict=True)
        for i, metres, degrees in texts:
            bng[i], wgs84[i] = metres, degrees
    return bng, wgs84, lonlat


def _to_wgs84(places: FloatArray) -> FloatArray:
    parts = [
        np.column_stack(to_wgs84(part[:, 0], part[:, 1]))
        for part in np.split(places, range(_AT_ONCE, len(places), _AT_ONCE))
    ]
    return np.concatenate(parts)


def _folded(places: FloatArray) -> FloatArray:
    """Turn back at the edge of the region what would leave it."""
    low = np.array(REGION[:2]) - BEYOND_M
    size = np.array(REGION[2:]) + BEYOND_M - low
    there_and_back = np.mod(places - low, 2 * size)
    folded: FloatArray = low + np.minimum(there_and_back, 2 * size - there_and_back)
    return folded
