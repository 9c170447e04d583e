"""How fast the figures are, as ratios within one run: tables in Markdown on stdout, progress on stderr.

    python bench/figures.py --sizes 10000 100000 1000000 --walks 100000 --runs 7 --var FOLDER

Without arguments it takes the two smaller sizes and a cluster that goes with the run. `--var` names a folder
whose cluster stays, so that each season is stored only once. Look at `uptime` before and after.
"""

import argparse
import hashlib
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import measures
import numpy as np
import pictures
import sqlalchemy
from loading import Connection, store, superuser, to_stderr
from measures import Pair
from pattern import Wards
from sampling import differences
from season import Season, make_season

from geoapp import embedded

_MODEST = (10_000, 100_000)
_CONCERNS_PER_WALK = 10
_WRITES_PER_RUN = 30
# Targets: how much an answer may grow with the data, and the other ratios that must not be passed.
_GROWTH, _LIVE, _READ, _WRITE, _SURFACE, _SCAN_S = 1.5, 1 / 100, 3.0, 4.0, 1 / 50, 10.0


@dataclass(frozen=True)
class Stored:
    """A season in its database."""

    size: int
    season: Season
    engine: sqlalchemy.Engine
    superuser: Connection


@dataclass(frozen=True)
class Row:
    """One line of the table: a measured value that must not pass its target."""

    what: str
    cells: tuple[str, ...]
    value: float
    target: float
    said: Callable[[float], str]

    def line(self) -> str:
        """Return it as Markdown."""
        met = "yes" if self.value <= self.target else "**no**"
        return (
            f"| {' | '.join((self.what, *self.cells, self.said(self.value), self.said(self.target), met))} |"
        )


def main() -> int:
    """Print the tables and return 0; the targets are the reader's to judge."""
    asked = _arguments()
    with ExitStack() as stack:
        folder = asked.var or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        if asked.var is None:
            folder.chmod(0o755)  # the cluster's account has to pass
        cluster = stack.enter_context(embedded.running(folder, log=to_stderr))
        seasons = [
            _stored(stack, cluster, size, min(asked.walks, size // _CONCERNS_PER_WALK))
            for size in asked.sizes
        ]
        print(_machine(seasons[-1].superuser))
        answers = _answers(seasons, asked.runs)
        rows = [*answers, *_others(seasons, asked.runs)]
        print(f"\n| | {' | '.join(f'{each.size:,}' for each in seasons)} | ratio | at most | met |")
        print("|---|" + "---|" * (len(seasons) + 3))
        for row in rows:
            print(row.line())
        print(f"\nLoad at the end: {os.getloadavg()[0]:.1f}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=list(_MODEST), help="numbers of concerns")
    parser.add_argument(
        "--walks", type=int, default=100_000, help="no more than these; else one for ten concerns"
    )
    parser.add_argument("--runs", type=int, default=7, help="measurements of which the median is taken")
    parser.add_argument("--var", type=Path, help="folder of a cluster that stays")
    return parser.parse_args()


def _stored(stack: ExitStack, cluster: embedded.Cluster, size: int, walks: int) -> Stored:
    """Return the season of this size, stored and compared with what triggers make, once for each schema."""
    season, name = make_season(size, walks), f"season_{size}_{walks}_{_schema_digest()}"
    ready = f"{name}_ready"
    with superuser(cluster, "postgres") as server:
        known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ready]).fetchone()
        if known is None:
            to_stderr(f"Storing {size:,} concerns on {walks:,} walks")
            store(cluster, name, season, to_stderr)
            if found := differences(cluster, name, season):
                raise SystemExit("What is stored differs from what triggers make:\n" + "\n".join(found[:20]))
            server.execute(f"ALTER DATABASE {name} RENAME TO {ready}")
    options = {"options": "-c search_path=lamplight,public -c timezone=UTC"}
    engine = sqlalchemy.create_engine(cluster.url("app", ready), connect_args=options)
    stack.callback(engine.dispose)
    return Stored(size, season, engine, stack.enter_context(superuser(cluster, ready)))


def _schema_digest() -> str:
    folder = Path(__file__).resolve().parents[1] / "migrations"
    texts = [path.read_bytes() for path in sorted(folder.rglob("*.up.sql"))]
    return hashlib.sha256(b"".join(texts)).hexdigest()[:8]


def _answers(seasons: list[Stored], runs: int) -> list[Row]:
    """Measure and print each selection's ward answer, and the live join beside it, at each size in turn."""
    chosen = measures.selections(1, Wards.borough_code(int(seasons[0].season.wards.borough[0])))
    sizes = " | ".join(f"{each.size:,}" for each in seasons)
    print(f"\n| ward answer | {sizes} | growth | live join | answer / live join |")
    print("|---|" + "---|" * (len(seasons) + 3))
    ours: list[list[float]] = []
    live: list[list[float]] = []
    for name, selection in chosen.items():
        ours.append([measures.ward_answer(each.engine, selection, runs) for each in seasons])
        live.append([measures.live_join(each.superuser, selection, 1) for each in seasons])
        growth, against = ours[-1][-1] / ours[-1][0], ours[-1][-1] / live[-1][-1]
        cells = " | ".join((*_each(ours[-1]), _times(growth), _each(live[-1])[-1], _part(against)))
        print(f"| {name} | {cells} |", flush=True)
    middle, joined = (
        [statistics.median(column) for column in zip(*all_, strict=True)] for all_ in (ours, live)
    )
    worst = max(ours, key=lambda one: one[-1] / one[0])
    years = next(iter(chosen.values()))
    walked = [measures.live_walking(each.superuser, years) for each in seasons]
    both = [a + b for a, b in zip(live[0], walked, strict=True)]
    counts = [measures.ward_counts(each.engine, years, 3 * runs) for each in seasons]
    return [
        Row(
            "ward answer, median of selections: growth",
            _each(middle),
            middle[-1] / middle[0],
            _GROWTH,
            _times,
        ),
        Row("ward answer that grows most: growth", _each(worst), worst[-1] / worst[0], _GROWTH, _times),
        Row(
            "ward answer / live join of concerns and tracks, two years",
            _beside(ours[0], both),
            ours[0][-1] / both[-1],
            _LIVE,
            _part,
        ),
        Row(
            "(its counts and kilometres alone / live join of concerns alone, two years)",
            _beside(counts, live[0]),
            counts[-1] / live[0][-1],
            _LIVE,
            _part,
        ),
        Row(
            "(ward answer / live join of concerns alone, two years)",
            _beside(ours[0], live[0]),
            ours[0][-1] / live[0][-1],
            _LIVE,
            _part,
        ),
        Row(
            "(ward answer / live join of concerns alone, medians)",
            _beside(middle, joined),
            middle[-1] / joined[-1],
            _LIVE,
            _part,
        ),
    ]


def _others(seasons: list[Stored], runs: int) -> list[Row]:
    whole = measures.selections(1, "")["two years"]
    painted = [measures.choropleth(each.engine, each.superuser, whole, 3 * runs) for each in seasons]
    to_stderr("choropleth measured")
    written = [measures.write(each.superuser, each.season, _WRITES_PER_RUN * runs) for each in seasons]
    to_stderr("write measured")
    drawn = [pictures.surface(each.engine, each.superuser, max(3, runs // 2)) for each in seasons]
    to_stderr("surface measured")
    scan_s = pictures.scan()
    cells, points = [one.from_cells for one in drawn], [one.from_points for one in drawn]
    alone = [one.concerns_from_cells for one in drawn]
    reading, whole_way = [one.reading_cells for one in drawn], [one.from_points_and_tracks for one in drawn]
    answered = [one.answered for one in drawn]
    scanned = (*("",) * (len(seasons) - 1), f"{scan_s:.1f} s")
    return [
        Row("choropleth / bare read", _pairs(painted), painted[-1].ratio, _READ, _times),
        Row("one concern / bare insert", _pairs(written), written[-1].ratio, _WRITE, _times),
        *(
            Row(what, _beside(ours, other), ours[-1] / other[-1], _SURFACE, _part)
            for what, ours, other in (
                ("surface from cells / from points", cells, points),
                ("density of concerns from cells / from points", alone, points),
                ("surface from cells / from points and tracks", cells, whole_way),
                ("(reading its cells / from points)", reading, points),
                ("surface with all its figures / from points and tracks", answered, whole_way),
            )
        ),
        Row("scan, 5,000 cells, 999 simulations", scanned, scan_s, _SCAN_S, lambda value: f"{value:.1f} s"),
    ]


def _each(seconds: list[float]) -> tuple[str, ...]:
    return tuple(f"{value * 1000:,.1f} ms" for value in seconds)


def _beside(ours: list[float], other: list[float]) -> tuple[str, ...]:
    return tuple(f"{a * 1000:,.1f} / {b * 1000:,.1f} ms" for a, b in zip(ours, other, strict=True))


def _pairs(pairs: list[Pair]) -> tuple[str, ...]:
    return _beside([pair.ours for pair in pairs], [pair.other for pair in pairs])


def _times(ratio: float) -> str:
    return f"{ratio:.2f}"


def _part(ratio: float) -> str:
    return f"1/{1 / ratio:.0f}" if ratio < 1 else f"{ratio:.2f}"


def _machine(connection: Connection) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    postgis = (connection.execute("SELECT postgis_lib_version()").fetchone() or ("?",))[0]
    server = f"{connection.info.server_version // 10_000}.{connection.info.server_version % 10_000}"
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, load {os.getloadavg()[0]:.1f} at the start; "
        f"PostgreSQL {server}, PostGIS {postgis}, Python {platform.python_version()}, NumPy {np.__version__}"
    )


if __name__ == "__main__":
    sys.exit(main())
