"""Formats that are files of their own kind: written beside, batch by batch, and sent when whole.

Read only when such a file is asked for: the libraries take tens of megabytes.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import h3
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from geoapp.feed.formats import FLATGEOBUF, GEOPACKAGE, PARQUET, Format
from geoapp.feed.formats.columns import Column, Layer, Part, part, to_bng, value

CELL_RESOLUTION = 9
_KINDS = {
    "text": pa.string(),
    "date": pa.date32(),
    "moment": pa.timestamp("ms", tz="UTC"),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "list": pa.list_(pa.string()),
}
_BOX = pa.struct([(name, pa.float64()) for name in ("xmin", "ymin", "xmax", "ymax")])
_ROWS_OF_A_GROUP = 50_000
_DRIVERS = {
    FLATGEOBUF.name: ("FlatGeobuf", {"SPATIAL_INDEX": "YES"}),
    # Times with their milliseconds, as the standard has them; see https://gdal.org/drivers/vector/gpkg.html
    GEOPACKAGE.name: (
        "GPKG",
        {"GEOMETRY_NAME": "geom", "SPATIAL_INDEX": "YES", "DATETIME_PRECISION": "MILLISECOND"},
    ),
}
# The newest version that programs of some years ago read without a warning.
_FILE_OPTIONS = {GEOPACKAGE.name: {"VERSION": "1.3"}}


def write(form: Format, groups: Iterable[Sequence[bytes]], layer: Layer, path: Path, *, in_bng: bool) -> None:
    """Write features into a file; one group of them is held at a time.

    In WGS84 with longitude first, or in British National Grid by OSTN15. An empty selection is a file
    without rows. ValueError for what lies outside Great Britain in the latter.
    """
    parts = (part(texts) for texts in groups)
    if form is PARQUET:
        _write_parquet(parts, layer, path, in_bng=in_bng)
        return
    driver, options = _DRIVERS[form.name]
    if form is FLATGEOBUF and layer.placeless:  # its index has no room for what lies nowhere
        options = options | {"SPATIAL_INDEX": "NO"}
    shape = layer.columns
    schema = pa.schema([*((each.name, _flat(each)) for each in shape), ("geometry", pa.binary())])
    batches = (_flat_batch(each, shape, schema, in_bng=in_bng) for each in parts)
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, batches),
        path,
        layer=layer.name,
        driver=driver,
        geometry_name="geometry",
        geometry_type=layer.geometry,
        crs="EPSG:27700" if in_bng else "EPSG:4326",
        layer_options=options,
        dataset_options=_FILE_OPTIONS.get(form.name),
    )


def _flat(column: Column) -> pa.DataType:
    return pa.string() if column.kind == "list" else _KINDS[column.kind]


def _flat_batch(read: Part, shape: Sequence[Column], schema: pa.Schema, *, in_bng: bool) -> pa.RecordBatch:
    arrays = [
        pa.array([value(each, said, flat=True) for said in read.properties], _flat(each)) for each in shape
    ]
    geometries = to_bng(read.geometries) if in_bng else read.geometries
    return pa.RecordBatch.from_arrays(
        [*arrays, pa.array(shapely.to_wkb(geometries), pa.binary())], schema=schema
    )


def _write_parquet(parts: Iterator[Part], layer: Layer, path: Path, *, in_bng: bool) -> None:
    """Write GeoParquet 1.1: geometry as WKB, its box as a covering column, the H3 cell beside."""
    shape = layer.columns
    fields = [(each.name, _KINDS[each.kind]) for each in shape]
    schema = pa.schema([*fields, ("h3", pa.string()), ("bbox", _BOX), ("geometry", pa.binary())])
    total = np.array([np.inf, np.inf, -np.inf, -np.inf])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        waiting: list[pa.RecordBatch] = []
        for read in parts:
            geometries = to_bng(read.geometries) if in_bng else read.geometries
            bounds = shapely.bounds(geometries)
            if np.isfinite(bounds).any():
                low, high = np.nanmin(bounds, axis=0), np.nanmax(bounds, axis=0)
                total = np.concatenate([np.minimum(total[:2], low[:2]), np.maximum(total[2:], high[2:])])
            waiting.append(_batch(read, geometries, bounds, shape, schema))
            if sum(len(each) for each in waiting) >= _ROWS_OF_A_GROUP:
                writer.write_table(pa.Table.from_batches(waiting, schema))
                waiting = []
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting, schema))
        writer.add_key_value_metadata({"geo": json.dumps(_geo(layer, total, in_bng=in_bng))})


def _batch(
    read: Part,
    geometries: NDArray[np.object_],
    bounds: NDArray[np.float64],
    shape: Sequence[Column],
    schema: pa.Schema,
) -> pa.RecordBatch:
    arrays: list[Any] = [
        pa.array([value(each, said, flat=False) for said in read.properties], _KINDS[each.kind])
        for each in shape
    ]
    arrays.append(pa.array(cells(read.geometries), pa.string()))
    arrays.append(
        pa.StructArray.from_arrays([pa.array(each, from_pandas=True) for each in bounds.T], fields=list(_BOX))
    )
    arrays.append(pa.array(shapely.to_wkb(geometries), pa.binary()))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def cells(geometries: NDArray[np.object_]) -> list[str | None]:
    """Return the H3 cell of resolution 9 of one point of each geometry, in WGS84.

    It is the point itself, the middle of a line, and of an area a point that lies in it.
    """
    points = [None if each is None else _point_of(each) for each in geometries]
    return [None if each is None else h3.latlng_to_cell(each.y, each.x, CELL_RESOLUTION) for each in points]


def _point_of(geometry: BaseGeometry) -> Point:
    if isinstance(geometry, LineString):
        return geometry.interpolate(0.5, normalized=True)
    return geometry.representative_point()


def _geo(layer: Layer, total: NDArray[np.float64], *, in_bng: bool) -> dict[str, Any]:
    """Return the metadata of GeoParquet 1.1."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [layer.geometry],
        "crs": CRS("EPSG:27700" if in_bng else "OGC:CRS84").to_json_dict(),
        "edges": "planar",
        "covering": {"bbox": {name: ["bbox", name] for name in ("xmin", "ymin", "xmax", "ymax")}},
    }
    if np.isfinite(total).all():
        column["bbox"] = [float(each) for each in total]
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
