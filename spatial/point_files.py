"""Reading rows with a place from CSV, GeoJSON and GeoPackage files, as text and place, without a judgement.

Only what makes a file unreadable as a whole is refused here. A row that cannot be read carries its problem,
so that the good rows are kept and every bad one can be handed back as it stood.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from spatial.boundary_files import Layer, RefusedBoundaries, open_layers, read_table
from spatial.crs import WGS84, OutsideGreatBritain, to_both

MAX_BYTES = 500_000_000
_FORMATS = "a CSV file, GeoJSON or GeoPackage"
_GPKG = b"SQLite format 3\x00"
_OTHER_MAGIC = {
    b"PK\x03\x04": "a zip or a workbook",
    b"\x00\x00\x27\x0a": "a Shapefile",
    b"\x1f\x8b": "packed with gzip",
    b"%PDF": "a PDF",
}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = (",", ";", "\t")
# The csv module's own limit of 128 KB would end the reading of a file at one overlong note.
_LONGEST_CELL = 64_000_000
_ASCII = 128


class RefusedRows(ValueError):  # a refusal with its reason, in the words of API.md
    """The file as a whole cannot be read as rows; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row as it stands: `number` from 1 without the header, texts by column, and what is wrong with it.

    `geometry` is a GeoJSON geometry in WGS84 as found in the file, unchecked; None in a CSV file.
    """

    number: int
    cells: Mapping[str, str]
    geometry: object = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class RowFile:
    """The columns and rows of a file; `rows` can be gone through once and `count` is how many there may be.

    `has_places` says that places come with the rows and not in columns. `remarks` are for the person who
    imports: what was read otherwise than one would expect.
    """

    columns: tuple[str, ...]
    rows: Iterator[FileRow]
    count: int
    has_places: bool
    remarks: tuple[str, ...] = field(default=())


def open_rows(path: Path, *, max_bytes: int = MAX_BYTES) -> RowFile:
    """Return the rows of a CSV (comma, semicolon or tab), GeoJSON or GeoPackage file; loads the whole file.

    CSV is UTF-8 (with or without byte order mark), UTF-16 with one, or else Windows-1252, which is remarked
    on. GeoJSON is WGS84 unless it has a legacy `crs` member; a GeoPackage is in the CRS it states; both come
    out in WGS84. Raises RefusedRows.
    """
    if not path.is_file():
        raise RefusedRows(f"There is no file {path}.")
    size = path.stat().st_size
    if size > max_bytes:
        raise RefusedRows(
            f"{path.name} has {size:,} bytes, more than the {max_bytes:,} that are read: split it."
        )
    with path.open("rb") as file:
        head = file.read(512)
    if not head.strip():
        raise RefusedRows(f"{path.name} is empty: export it again.")
    for magic, what in _OTHER_MAGIC.items():
        if head.startswith(magic):
            raise RefusedRows(f"{path.name} is {what}, not {_FORMATS}: save it as CSV (UTF-8).")
    if head.startswith(_GPKG):
        return _geopackage(path)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        return _geojson(path)
    return _csv(path)


def _csv(path: Path) -> RowFile:
    text, remarks = _decoded(path)
    csv.field_size_limit(_LONGEST_CELL)
    delimiter, header = _header(path, text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    next(reader)
    return RowFile(
        header, _csv_rows(reader, header), max(0, text.count("\n") - 1), has_places=False, remarks=remarks
    )


def _decoded(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file and a remark when it is not Unicode."""
    data = path.read_bytes()
    try:
        if data.startswith(_UTF16):
            return data.decode("utf-16"), ()
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        refusal = RefusedRows(
            f"{path.name} is not text in UTF-8 (line {line} has a character that cannot be read): "
            "save it as CSV (UTF-8)."
        )
        # Some of it is UTF-8 and some is not: reading all of it as something else would spoil the good part.
        mixed = any(ord(character) >= _ASCII for character in data.decode("utf-8", "ignore"))
        if mixed or b"\x00" in data:
            raise refusal from error
        try:
            return data.decode("cp1252"), ("It is not UTF-8 and was read as Windows-1252.",)
        except UnicodeDecodeError:
            raise refusal from error


def _header(path: Path, text: str) -> tuple[str, tuple[str, ...]]:
    """Return the delimiter that parts the first line into the most columns, and these columns."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for delimiter in _DELIMITERS:
        try:
            first = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        found.append((delimiter, tuple(name.strip() for name in first)))
    best = max(found, key=lambda pair: len(pair[1]), default=(",", ()))
    if not any(best[1]) or "\x00" in "".join(best[1]):
        raise RefusedRows(f"{path.name} is not {_FORMATS}: its first line is no line of column names.")
    return best


def _csv_rows(reader: Any, header: tuple[str, ...]) -> Iterator[FileRow]:  # noqa: ANN401 (the csv module names no type)
    number = 0
    while True:
        try:
            values = next(reader, None)
        except csv.Error as error:
            yield FileRow(
                number + 1,
                {},
                problem=f"near line {reader.line_num} the quotation marks do not pair ({error}), and nothing "
                "after it could be read",
            )
            return
        if values is None:
            return
        if not any(value.strip() for value in values):
            continue
        number += 1
        problem = None
        if len(values) != len(header):
            # What is over goes into the last column, so that the row can be handed back whole.
            problem = f"has {len(values)} values where the header has {len(header)}"
            last = len(header) - 1
            values = [*values[:last], ",".join(values[last:])]
        yield FileRow(number, dict(zip(header, values, strict=False)), problem=problem)


def _geojson(path: Path) -> RowFile:
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RefusedRows(f"{path.name} is not whole JSON ({error}): export it again.") from error
    features = _features(content)
    if features is None:
        raise RefusedRows(f"{path.name} is JSON but not a GeoJSON FeatureCollection: export it as one.")
    names: dict[str, None] = {}
    rows: list[FileRow] = []
    for number, feature in enumerate(features, start=1):
        rows.append(_feature_row(number, feature))
        names.update(dict.fromkeys(rows[-1].cells))
    crs = _member_crs(path, content)
    if crs is not None:
        rows = _in_wgs84(rows, _shapes(rows), crs)
    return RowFile(tuple(names), iter(rows), len(rows), has_places=True)


def _features(content: object) -> list[object] | None:
    if isinstance(content, dict) and content.get("type") == "Feature":
        return [content]
    found = content.get("features") if isinstance(content, dict) else None
    return found if isinstance(found, list) else None


def _feature_row(number: int, feature: object) -> FileRow:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return FileRow(number, {}, problem="is not a GeoJSON Feature")
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        return FileRow(number, {}, problem="has properties that are not an object")
    cells = {str(name): _text(value) for name, value in properties.items()}
    if "id" in feature and not any(name.casefold() == "id" for name in cells):
        cells["id"] = _text(feature["id"])
    geometry = feature.get("geometry")
    return FileRow(number, cells, geometry, problem="has no geometry" if geometry is None else None)


def _member_crs(path: Path, content: dict[str, Any]) -> CRS | None:
    """Return the CRS of a legacy `crs` member (GeoJSON of 2008) other than WGS84; None without one."""
    if content.get("crs") is None:
        return None
    member = content["crs"]
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    try:
        crs = CRS.from_user_input(name)
    except CRSError as error:
        raise RefusedRows(
            f"{path.name} states a coordinate system that is not known ({str(name)[:80]}): "
            "convert it to WGS84."
        ) from error
    return None if crs.to_epsg() == WGS84 or crs.to_authority() == ("OGC", "CRS84") else crs


def _shapes(rows: list[FileRow]) -> NDArray[np.object_]:
    """Return the geometries of rows as shapes, None where one cannot be read."""
    texts = [json.dumps(row.geometry) if row.problem is None else None for row in rows]
    return np.asarray(shapely.from_geojson(np.array(texts, dtype=object), on_invalid="ignore"), dtype=object)


def _geopackage(path: Path) -> RowFile:
    try:
        with open_layers(path) as layers:
            layer = _layer_of_places(path, layers)
            table = read_table(layer, layer.columns)
    except RefusedBoundaries as error:
        raise RefusedRows(str(error)) from error
    if layer.crs is None:
        raise RefusedRows(
            f"{path.name} does not state its coordinate system: set it in the program that wrote the file "
            "(British National Grid is EPSG:27700)."
        )
    columns = [table.columns[name].tolist() for name in layer.columns]
    rows = [
        FileRow(
            number,
            {name: _text(column[number - 1]) for name, column in zip(layer.columns, columns, strict=True)},
            problem="has no geometry" if table.geoms[number - 1] is None else None,
        )
        for number in range(1, len(table.geoms) + 1)
    ]
    rows = _in_wgs84(rows, table.geoms, layer.crs)
    return RowFile(layer.columns, iter(rows), len(rows), has_places=True, remarks=table.remarks)


def _layer_of_places(path: Path, layers: list[Layer]) -> Layer:
    usable = [
        layer for layer in layers if layer.geometry_type is not None and "Polygon" not in layer.geometry_type
    ]
    if not usable:
        raise RefusedRows(f"{path.name} has no layer of points or lines: choose another file.")
    if len(usable) > 1:
        names = ", ".join(layer.name for layer in usable)
        raise RefusedRows(f"{path.name} has several layers of points or lines ({names}): keep one of them.")
    return usable[0]


def _in_wgs84(rows: list[FileRow], shapes: NDArray[np.object_], crs: CRS) -> list[FileRow]:
    """Return the rows with their places in WGS84; one that leaves Great Britain has that as its problem.

    Where it cannot be converted the place stays in the cells as WKT, with the number of its CRS.
    """
    moved = list(rows)
    plain = crs.to_epsg() == WGS84
    wanted = [at for at, row in enumerate(rows) if row.problem is None]
    for at, shape in _converted(wanted, shapes, None if plain else crs):
        row = rows[at]
        if isinstance(shape, str):
            code = crs.to_epsg()
            wkt = shapely.to_wkt(shapes[at], rounding_precision=-1) if shapes[at] is not None else ""
            cells = dict(row.cells) | {"wkt": f"SRID={code};{wkt}" if code and wkt else wkt}
            moved[at] = FileRow(row.number, cells, problem=shape)
        else:
            moved[at] = FileRow(row.number, row.cells, shapely.geometry.mapping(shape))
    return moved


def _converted(rows: list[int], shapes: NDArray[np.object_], crs: CRS | None) -> Iterator[tuple[int, Any]]:
    """Give each row with its shape in WGS84, or with the reason why it has none.

    One call converts all rows; where one lies outside, the call fails and halves are tried.
    """
    readable = [at for at in rows if shapes[at] is not None and not shapes[at].is_empty]
    yield from ((at, "has a geometry that cannot be read or is empty") for at in set(rows) - set(readable))
    if crs is None or not readable:
        yield from ((at, shapely.force_2d(shapes[at])) for at in readable)
        return
    try:
        wgs84, _ = to_both(shapes[readable], crs)
    except OutsideGreatBritain as error:
        if len(readable) == 1:
            yield readable[0], str(error)
            return
        middle = len(readable) // 2
        yield from _converted(readable[:middle], shapes, crs)
        yield from _converted(readable[middle:], shapes, crs)
        return
    yield from zip(readable, wgs84, strict=True)


def _text(value: object) -> str:
    """Return a JSON or table value as the text a CSV cell would have; lists are parted by semicolons."""
    if value is None or value != value:  # noqa: PLR0124 (nan is the only value unlike itself)
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ";".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | bool) else str(value)
