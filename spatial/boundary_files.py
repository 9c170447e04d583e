"""Opening boundary files from anywhere: what a file is, what layers it has, and one layer as a table.

A file is told by its first bytes, not by its name, and only four formats are passed to GDAL, so that no file
can make it open something else or reach the network.
"""

import json
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError
from pyproj import CRS
from pyproj.exceptions import CRSError

MAX_UNPACKED_BYTES = 500_000_000
_MAX_MEMBERS = 10_000

_GPKG = b"SQLite format 3\x00"
_SHP = b"\x00\x00\x27\x0a"
_ZIP = b"PK\x03\x04"
_FORMATS = "a GeoPackage, a Shapefile (.shp, or zipped with its .dbf, .shx and .prj), GeoJSON or TopoJSON"
_BESIDE_SHP = (".shx", ".dbf")
_UNPACKED = {".shp", ".shx", ".dbf", ".prj", ".cpg", ".gpkg", ".geojson", ".json", ".topojson"}
_OPENED = {".shp", ".gpkg", ".geojson", ".json", ".topojson"}
_GDAL_ERRORS = (DataSourceError, DataLayerError, FieldError, GeometryError)
_LARGEST_DEGREES = 180.0


class RefusedBoundaries(ValueError):  # a refusal with its reason, in the words of API.md
    """The file as a whole cannot be read as ward boundaries; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a file that is open: its columns, and its CRS (None when the file does not state it)."""

    path: Path
    name: str
    columns: tuple[str, ...]
    geometry_type: str | None
    crs: CRS | None

    @property
    def may_hold_polygons(self) -> bool:
        """Whether the stated type is, or could be, polygons."""
        return self.geometry_type is not None and any(
            word in self.geometry_type for word in ("Polygon", "Unknown", "Surface", "GeometryCollection")
        )


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of one layer: shapes in the layer's CRS (None where there is none), and columns by name.

    `remarks` are warnings of the reading library, such as characters that could not be decoded.
    """

    geoms: NDArray[np.object_]
    columns: dict[str, NDArray[Any]]
    remarks: tuple[str, ...]


@contextmanager
def open_layers(path: Path, *, max_unpacked_bytes: int = MAX_UNPACKED_BYTES) -> Iterator[list[Layer]]:
    """Give the layers of a GeoPackage, Shapefile, GeoJSON or TopoJSON, or of any of these inside a zip.

    A zip is unpacked to a temporary folder that lasts as long as the context. Raises RefusedBoundaries.
    """
    kind = _kind(path)
    if kind != "zip":
        yield _layers(path, kind)
        return
    with tempfile.TemporaryDirectory(prefix="boundaries-") as folder:
        found = [
            layer
            for file in _unpack(path, Path(folder), max_unpacked_bytes)
            for layer in _layers(file, _kind(file))
        ]
        if not found:
            raise RefusedBoundaries(f"{path.name} holds no boundary file: put {_FORMATS} into it.")
        yield found


def read_table(layer: Layer, columns: Sequence[str]) -> Table:
    """Return all rows of a layer with the columns named. Raises RefusedBoundaries when it is damaged."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            meta, _, wkb, values = pyogrio.raw.read(
                str(layer.path), layer=layer.name, columns=list(columns), datetime_as_string=True
            )
        except _GDAL_ERRORS as error:
            raise RefusedBoundaries(f"{layer.path.name} is damaged ({error}): export it again.") from error
    geoms = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    remarks = tuple(dict.fromkeys(str(warning.message) for warning in caught))
    return Table(geoms, dict(zip(meta["fields"], values, strict=True)), remarks)


def _kind(path: Path) -> str:
    """Return "gpkg", "shp", "zip" or "json" by the first bytes of the file."""
    if not path.is_file():
        raise RefusedBoundaries(f"There is no file {path}.")
    with path.open("rb") as file:
        head = file.read(512)
    for magic, kind in ((_GPKG, "gpkg"), (_SHP, "shp"), (_ZIP, "zip")):
        if head.startswith(magic):
            return kind
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return "json"
    raise RefusedBoundaries(f"{path.name} is not {_FORMATS}: convert it to one of these.")


def _layers(path: Path, kind: str) -> list[Layer]:
    stated = _json_crs(path) if kind == "json" else None
    if kind == "shp":
        _refuse_lonely_shp(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters is warned of again, and kept, when the rows are read
        try:
            names = [str(name) for name, _ in pyogrio.list_layers(str(path))]
            infos = [
                pyogrio.read_info(str(path), layer=name, force_total_bounds=kind == "json") for name in names
            ]
        except _GDAL_ERRORS as error:
            raise RefusedBoundaries(f"{path.name} cannot be opened ({error}): export it again.") from error
    return [
        Layer(
            path,
            name,
            tuple(str(field) for field in info["fields"]),
            info["geometry_type"],
            _crs_of(path, info, stated) if kind == "json" else _parsed(path, info["crs"]),
        )
        for name, info in zip(names, infos, strict=True)
    ]


def _refuse_lonely_shp(path: Path) -> None:
    beside = {
        other.suffix.lower() for other in path.parent.iterdir() if other.stem.lower() == path.stem.lower()
    }
    missing = [suffix for suffix in _BESIDE_SHP if suffix not in beside]
    if path.suffix.lower() != ".shp" or missing:
        lacking = " and ".join(missing) or "the name ending .shp"
        raise RefusedBoundaries(
            f"{path.name} is a Shapefile without {lacking}: put all its files side by side, or zip them."
        )


def _json_crs(path: Path) -> str | None:
    """Return the CRS of a legacy `crs` member (GeoJSON of 2008), None without one.

    GDAL takes a name that it does not know, and null ("unknown" in 2008), for WGS84 without a word.
    """
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise RefusedBoundaries(f"{path.name} is not whole JSON ({error}): export it again.") from error
    if "crs" not in content:
        return None
    member = content["crs"]
    properties = member.get("properties") if isinstance(member, dict) else None
    if isinstance(properties, dict):
        if properties.get("name"):
            return str(properties["name"])
        if properties.get("code"):
            return f"EPSG:{properties['code']}"
    raise RefusedBoundaries(
        f"{path.name} says that its coordinate system is unknown (member crs): "
        'remove the member if it is WGS84, or name it, as in "urn:ogc:def:crs:EPSG::27700".'
    )


def _crs_of(path: Path, info: dict[str, Any], stated: str | None) -> CRS:
    """Return the CRS of a JSON file: the one it states, else WGS84 (RFC 7946) if its numbers fit degrees."""
    if stated is not None:
        return _parsed(path, stated) or CRS.from_epsg(4326)
    bounds = [abs(bound) for bound in info["total_bounds"] or () if isfinite(bound)]
    if bounds and max(bounds) > _LARGEST_DEGREES:
        raise RefusedBoundaries(
            f"{path.name} states no coordinate system, so degrees are expected (RFC 7946), but its numbers "
            f"go to {max(bounds):.0f}: convert it to WGS84, or use a GeoPackage, which states its system."
        )
    return CRS.from_epsg(4326)


def _parsed(path: Path, text: str | None) -> CRS | None:
    if not text:
        return None
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise RefusedBoundaries(
            f"{path.name} states a coordinate system that is not known ({text[:80]}): "
            "convert it to British National Grid (EPSG:27700) or WGS84."
        ) from error


def _unpack(path: Path, folder: Path, max_bytes: int) -> list[Path]:
    """Unpack what can be read, each folder of the zip into its own, and return the files to open, sorted.

    Names of the zip become plain file names here, sizes are bounded before a byte is written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(path, archive, max_bytes)
            homes: dict[PurePosixPath, Path] = {}
            files: list[Path] = []
            for member in members:
                inside = PurePosixPath(member.filename)
                home = homes.setdefault(inside.parent, folder / str(len(homes)))
                home.mkdir(exist_ok=True)
                target = home / inside.name
                # zipfile gives no more than the size stated in the directory, which has been summed.
                with archive.open(member) as packed, target.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)
                files.append(target)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise RefusedBoundaries(f"{path.name} cannot be unpacked ({error}): zip it again.") from error
    return sorted(file for file in files if file.suffix.lower() in _OPENED)


def _members(path: Path, archive: zipfile.ZipFile, max_bytes: int) -> list[zipfile.ZipInfo]:
    everything = archive.infolist()
    if len(everything) > _MAX_MEMBERS:
        raise RefusedBoundaries(f"{path.name} holds {len(everything):,} files: zip the boundary file alone.")
    for member in everything:
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts:
            raise RefusedBoundaries(f"{path.name} holds a file that leads out of it ({member.filename}).")
    wanted = [
        member
        for member in everything
        if PurePosixPath(member.filename).suffix.lower() in _UNPACKED
        and not member.is_dir()
        and "__MACOSX" not in member.filename
        and not PurePosixPath(member.filename).name.startswith(".")
    ]
    size = sum(member.file_size for member in wanted)
    if size > max_bytes:
        raise RefusedBoundaries(
            f"{path.name} unpacks to {size:,} bytes, more than the {max_bytes:,} that are read: "
            "take the ward layer alone, or a generalised edition."
        )
    return wanted
