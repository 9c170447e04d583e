"""Geometries and identifiers as COPY takes them, many at once. Run by itself this file does nothing."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def ewkb_lines(places: FloatArray, srid: int) -> list[str]:
    """Return lines (n, vertices, 2) as EWKB in hex; of one vertex: points."""
    count, vertices = places.shape[:2]
    if vertices == 1:
        record = np.dtype([("o", "u1"), ("t", "<u4"), ("s", "<u4"), ("xy", "<f8", (1, 2))])
        rows = np.zeros(count, record)
        rows["t"] = 1 | 0x2000_0000
    else:
        parts = [("o", "u1"), ("t", "<u4"), ("s", "<u4"), ("n", "<u4"), ("xy", "<f8", (vertices, 2))]
        record = np.dtype(parts)
        rows = np.zeros(count, record)
        rows["t"], rows["n"] = 2 | 0x2000_0000, vertices
    rows["o"], rows["s"], rows["xy"] = 1, srid, places
    return _hex(rows)


def ewkb_tracks(places: FloatArray, t_ms: IntArray, srid: int) -> list[str]:
    """Return tracks (n, vertices, 2) of one piece as MultiLineString M, EWKB in hex."""
    count, vertices = t_ms.shape
    record = np.dtype(
        [
            *(("o", "u1"), ("t", "<u4"), ("s", "<u4"), ("pieces", "<u4")),
            *(("o2", "u1"), ("t2", "<u4"), ("n", "<u4"), ("xym", "<f8", (vertices, 3))),
        ]
    )
    rows = np.zeros(count, record)
    rows["o"], rows["t"], rows["s"], rows["pieces"] = 1, 5 | 0x6000_0000, srid, 1
    rows["o2"], rows["t2"], rows["n"] = 1, 2 | 0x4000_0000, vertices
    rows["xym"][..., :2], rows["xym"][..., 2] = places, t_ms
    return _hex(rows)


def _hex(rows: NDArray[np.void]) -> list[str]:
    text, size = rows.tobytes().hex(), rows.dtype.itemsize * 2
    return [text[at : at + size] for at in range(0, len(text), size)]


def uuids(t_ms: IntArray, rng: np.random.Generator) -> list[str]:
    """Return identifiers of version 7, as clients make them: their order is that of their time."""
    raw = rng.integers(0, 256, (t_ms.size, 16), dtype=np.uint8)
    raw[:, :6] = t_ms.astype(">i8").view(np.uint8).reshape(-1, 8)[:, 2:]
    raw[:, 6] = raw[:, 6] & 0x0F | 0x70
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    text = raw.tobytes().hex()
    return [text[at : at + 32] for at in range(0, len(text), 32)]
