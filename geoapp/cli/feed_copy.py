"""A council's copy of the feed: a GeoPackage with a layer a collection and, beside the rows, how far it is.

Rows and cursor change in one transaction of the file, so that a copy that was interrupted at any moment goes
on from where it really is. Written with SQLite alone, after the GeoPackage standard 1.3 (OGC 12-128r18).
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

_APPLICATION = 0x47504B47  # 'GPKG'
_VERSION = 10300
_WGS84 = 4326
_COLUMNS = (
    *("kind", "factors", "feeling", "applies", "light", "setting", "basis", "date", "status", "wording"),
    *("ward_code", "ward_name", "borough_code", "updated"),
)
LAYERS: Mapping[str, str] = {"concerns": "POINT", "concern_routes": "LINESTRING"}
_WKT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
)
_FRAME = """
CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
    table_name TEXT PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
    srs_id INTEGER REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL UNIQUE REFERENCES gpkg_contents (table_name), column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL REFERENCES gpkg_spatial_ref_sys (srs_id),
    z TINYINT NOT NULL, m TINYINT NOT NULL, PRIMARY KEY (table_name, column_name));
CREATE TABLE lamplight_sync (
    collection TEXT PRIMARY KEY, address TEXT NOT NULL, cursor TEXT, synced_at TEXT);
"""


class CopyError(Exception):
    """The file cannot be kept in step; the message says why and what to do."""


@dataclass(frozen=True)
class Page:
    """A page of changes, checked as far as it is used: what came or changed, what left, how far it is."""

    upserts: tuple[Mapping[str, Any], ...]
    removed: tuple[str, ...]
    cursor: str
    more: bool


def page_of(body: object) -> Page:
    """Return a page from its JSON; CopyError when it is none."""
    try:
        features = body["features"]  # type: ignore[index]  # anything else than an object is refused below
        cursor, more = body["cursor"], body["more"]  # type: ignore[index]
        removed = tuple(each["id"] for each in features if each.get("deleted"))
        upserts = tuple(each for each in features if not each.get("deleted"))
        whole = isinstance(cursor, str) and isinstance(more, bool)
        if not whole or not all(isinstance(each, str) for each in (*removed, *(u["id"] for u in upserts))):
            raise TypeError  # noqa: TRY301 (one sentence for all that is no page)
    except (KeyError, TypeError, AttributeError) as error:
        raise CopyError("The address answers, but not with changes of a Lamplight feed.") from error
    return Page(upserts, removed, cursor, more)


class Copy:
    """One GeoPackage, open for one run."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Work on an open file; see `opened`."""
        self._connection = connection

    def cursor(self, collection: str, address: str) -> str | None:
        """Return how far this layer is; CopyError when the file is a copy of another feed."""
        row = self._row(collection)
        if row is None:
            return None
        if row[0] != address:
            raise CopyError(f"This file is kept in step with {row[0]}. Use another file for {address}.")
        return None if row[1] is None else str(row[1])

    def apply(self, collection: str, address: str, page: Page, *, since: str | None) -> None:
        """Store one page with its cursor, both or neither; CopyError when somebody else went on meanwhile."""
        with self._transaction():
            self._layer(collection, address)
            if self.cursor(collection, address) != since:
                raise CopyError("Another run keeps this file in step just now. Let it finish.")
            self._store(collection, page)

    def refill(self, collection: str, address: str, pages: Iterator[Page]) -> tuple[int, int]:
        """Replace the layer by a full set, all of it or nothing; how many rows it holds, how many went."""
        with self._transaction():
            self._layer(collection, address)
            before = {each for (each,) in self._connection.execute(f'SELECT id FROM "{collection}"')}  # noqa: S608 (a name of LAYERS)
            self._connection.execute(f'DELETE FROM "{collection}"')  # noqa: S608 (a name of LAYERS)
            for page in pages:
                self._store(collection, page)
            after = {each for (each,) in self._connection.execute(f'SELECT id FROM "{collection}"')}  # noqa: S608 (a name of LAYERS)
        return len(after), len(before - after)

    def count(self, collection: str) -> int:
        """Return how many features the layer holds."""
        if self._row(collection) is None:
            return 0
        (found,) = self._connection.execute(f'SELECT count(*) FROM "{collection}"').fetchone()  # noqa: S608 (a name of LAYERS)
        return int(found)

    def _row(self, collection: str) -> tuple[Any, ...] | None:
        asked = "SELECT address, cursor FROM lamplight_sync WHERE collection = ?"
        row: tuple[Any, ...] | None = self._connection.execute(asked, [collection]).fetchone()
        return row

    def _layer(self, collection: str, address: str) -> None:
        """Make the layer where it is missing."""
        if self._row(collection) is not None:
            return
        run = self._connection.execute
        columns = ", ".join(f'"{name}" {"DATE" if name in _DAYS else "TEXT"}' for name in _COLUMNS)
        run(
            f'CREATE TABLE "{collection}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,'
            f" geom {LAYERS[collection]}, id TEXT NOT NULL UNIQUE, {columns})"
        )
        run(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
            " VALUES (?, 'features', ?, ?)",
            [collection, collection, _WGS84],
        )
        run(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)",
            [collection, LAYERS[collection], _WGS84],
        )
        run("INSERT INTO lamplight_sync (collection, address) VALUES (?, ?)", [collection, address])

    def _store(self, collection: str, page: Page) -> None:
        names = ", ".join(f'"{name}"' for name in ("geom", "id", *_COLUMNS))
        places = ", ".join("?" * (len(_COLUMNS) + 2))
        kept = ", ".join(f'"{name}" = excluded."{name}"' for name in ("geom", *_COLUMNS))
        self._connection.executemany(
            f'INSERT INTO "{collection}" ({names}) VALUES ({places}) ON CONFLICT (id) DO UPDATE SET {kept}',  # noqa: S608 (names above)
            [_values(each, LAYERS[collection]) for each in page.upserts],
        )
        self._connection.executemany(
            f'DELETE FROM "{collection}" WHERE id = ?',  # noqa: S608 (a name of LAYERS)
            [(each,) for each in page.removed],
        )
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        self._connection.execute(
            "UPDATE lamplight_sync SET cursor = ?, synced_at = ? WHERE collection = ?",
            [page.cursor, now, collection],
        )
        if page.upserts or page.removed:
            self._connection.execute(
                "UPDATE gpkg_contents SET last_change = ? WHERE table_name = ?", [now, collection]
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


_DAYS = frozenset({"date", "updated"})


@contextmanager
def opened(file: Path) -> Iterator[Copy]:
    """Open a copy, made where it is missing; CopyError for a file that is something else."""
    try:
        with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            _prepare(connection)
            yield Copy(connection)
    except sqlite3.OperationalError as error:
        raise CopyError(f"{file} cannot be written: {error}. Is it open in another program?") from error
    except sqlite3.DatabaseError as error:
        raise CopyError(f"{file} is not a GeoPackage. Name a file that does not exist yet.") from error


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and "lamplight_sync" not in tables:
        connection.execute("ROLLBACK")
        raise CopyError("This file was not made by feed sync. Name one that does not exist yet.")
    if not tables:
        for each in _FRAME.split(";"):
            if each.strip():
                connection.execute(each)
        connection.executemany(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
            [
                ("Undefined Cartesian", -1, "NONE", -1, "undefined", None),
                ("Undefined geographic", 0, "NONE", 0, "undefined", None),
                ("WGS 84", _WGS84, "EPSG", _WGS84, _WKT, None),
            ],
        )
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")


def _values(feature: Mapping[str, Any], kind: str) -> Sequence[object]:
    try:
        place = shape(feature["geometry"])
        said = feature["properties"]
        if place.geom_type.upper() != kind:
            raise TypeError  # noqa: TRY301 (one sentence for all that is no feature)
        return [_blob(place), feature["id"], *(_plain(said[name]) for name in _COLUMNS)]
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise CopyError(
            "A feature in the answer is not one of this collection. Nothing of it is kept."
        ) from error


def _plain(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _blob(place: Any) -> bytes:  # noqa: ANN401 (shapely is not typed here)
    """Return a geometry as clause 2.1.3 has it: little-endian header without envelope, then WKB."""
    header = b"GP\x00\x01" + _WGS84.to_bytes(4, "little")
    return header + bytes(shapely.to_wkb(place, byte_order=1))
