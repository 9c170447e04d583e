"""How fast `geoapp concerns import` takes in 10,000 rows, beside a bare COPY of them in the same run.

Needs no data: wards are squares of a seeded grid (two editions, 64 and 625), concerns are seeded points and
routes over them. Run: .venv/bin/python bench/import_concerns.py [ROWS]. It makes its own cluster in a
temporary folder.
"""

import csv
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psycopg
from click.testing import CliRunner
from shapely import MultiPolygon, box
from sqlalchemy.engine import make_url

from geoapp import db, embedded, schema
from geoapp.actions import wards
from geoapp.cli import main
from geoapp.config import read_settings
from spatial.crs import geometry_to_wgs84, to_wgs84
from spatial.wards import WardShape

WEST, SOUTH, SIDE = 525_000.0, 165_000.0, 16_000.0
COLUMNS = (
    "id",
    "longitude",
    "latitude",
    "wkt",
    "recorded_at",
    "kind",
    "factors",
    "feeling",
    "applies",
    "note",
)
FACTORS = ("lighting", "sightlines", "isolation", "vegetation", "followed", "verbal_abuse")


def grid_wards(per_side: int) -> tuple[WardShape, ...]:
    """Return per_side x per_side square wards over the area."""
    step = SIDE / per_side
    shapes = []
    for number in range(per_side**2):
        west, south = WEST + step * (number % per_side), SOUTH + step * (number // per_side)
        bng = MultiPolygon([box(west, south, west + step, south + step).segmentize(step / 40)])
        code = f"E05{number:06d}"
        shapes.append(WardShape(number + 1, code, code, "E09000001", None, geometry_to_wgs84(bng), bng))
    return tuple(shapes)


def write_rows(path: Path, rows: int, rng: np.random.Generator, *, routes: bool) -> None:
    """Write seeded rows; with routes every tenth is a line of some 300 m."""
    easting, northing = WEST + SIDE * rng.random(rows), SOUTH + SIDE * rng.random(rows)
    lon, lat = to_wgs84(easting, northing)
    hours = rng.integers(0, 24 * 365, rows)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for at in range(rows):
            when = np.datetime64("2025-01-01T00:00:00") + np.timedelta64(int(hours[at]), "h")
            line = ""
            if routes and at % 10 == 0:
                ends = [(lon[at] + 0.0004 * k, lat[at] + 0.0003 * (k % 3)) for k in range(10)]
                line = "LINESTRING (" + ", ".join(f"{x:.7f} {y:.7f}" for x, y in ends) + ")"
            place = ("", "", line) if line else (f"{lon[at]:.6f}", f"{lat[at]:.6f}", "")
            factors = ";".join(rng.choice(FACTORS, 2, replace=False))
            said = ("concern", factors, "uncomfortable", "dark", f"Seen at {at}")
            out.writerow((f"row-{at}", *place, f"{when}Z", *said))


def bare_copy(url: str, path: Path) -> float:
    """Return seconds to COPY the file's rows as text into a table without an index."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        connection.execute(f"CREATE TABLE public.bare ({', '.join(f'{name} text' for name in COLUMNS)})")
        connection.commit()
        began = time.perf_counter()
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY public.bare FROM STDIN (FORMAT csv, HEADER)") as copy,
        ):
            copy.write(path.read_bytes())
        connection.commit()
        taken = time.perf_counter() - began
        connection.execute("DROP TABLE public.bare")
    return taken


def run(rows: int, var: Path) -> list[tuple[str, float, float]]:
    """Return for each case its name, seconds, and seconds of the bare COPY."""
    rng = np.random.default_rng(20260301)
    found = []
    with embedded.running(var / "cluster") as cluster:
        url, admin = cluster.url("owner"), cluster.url("postgres")
        os.environ |= {"DATABASE_URL": url, "SECRET_KEY": "b" * 40, "GEOAPP_VAR": str(var)}
        schema.upgrade(url)
        db.connect(read_settings(), pooled=False)
        with db.writing() as session:
            wards.import_edition(session, wards.NewEdition("64", grid_wards(8)), by="bench")
            wards.import_edition(session, wards.NewEdition("625", grid_wards(25)), by="bench")
        db.disconnect()
        for name, routes in (("points", False), ("points, a tenth of them routes", True)):
            path = var / f"{routes}.csv"
            write_rows(path, rows, rng, routes=routes)
            if routes:
                path.write_text(path.read_text().replace("row-", "route-row-"))
            bare = min(bare_copy(admin, path) for _ in range(3))
            for again in (False, True):
                began = time.perf_counter()
                done = CliRunner().invoke(
                    main, ["concerns", "import", str(path), "--json"], catch_exceptions=False
                )
                taken = time.perf_counter() - began
                answer = json.loads(done.stdout)
                expected = {"added": 0, "unchanged": rows} if again else {"added": rows, "unchanged": 0}
                assert answer | expected == answer, answer  # noqa: S101 (a bench of something else would mislead)
                found.append((name + (", imported again" if again else ""), taken, bare))
    return found


def print_table(rows: int, found: list[tuple[str, float, float]]) -> None:
    """Print the results as a Markdown table."""
    print(
        f"Importing {rows:,} rows with two editions (64 and 625 wards), light and National Grid worked out\n"
    )
    print("| rows | seconds | rows/s | times a bare COPY |")
    print("|---|---|---|---|")
    for name, taken, bare in found:
        print(f"| {name} | {taken:.2f} | {rows / taken:,.0f} | {taken / bare:,.0f} |")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(
            0o755
        )  # else the cluster's account cannot enter and its data lies, and stays, elsewhere
        print_table(count, run(count, Path(folder)))
