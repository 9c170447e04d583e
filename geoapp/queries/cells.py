"""All that was ever raised and walked in each cell of 200 m, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from geoapp.queries.feed_rows import first_row

_PACKED = text("SELECT string_agg(packed, ''::bytea) FROM figure_cell WHERE metres > 0 OR n > 0")
_ROW = np.dtype([("q", ">i4"), ("r", ">i4"), ("n", ">f8"), ("metres", ">f8"), ("minutes", ">f8")])


@dataclass(frozen=True)
class Cells:
    """Cells of the grid of 200 m in no order: (q, r), concerns, metres and minutes, arrays of one length."""

    q: NDArray[np.int64]
    r: NDArray[np.int64]
    concerns: NDArray[np.float64]
    metres: NDArray[np.float64]
    minutes: NDArray[np.float64]


def every_cell(connection: Connection) -> Cells:
    """Return the cells with a concern or a metre, of all time, in all light, about whatever factor."""
    (packed,) = first_row(connection, _PACKED, {})
    rows = np.frombuffer(packed or b"", dtype=_ROW)
    return Cells(
        rows["q"].astype(np.int64),
        rows["r"].astype(np.int64),
        rows["n"].astype(np.float64),
        rows["metres"].astype(np.float64),
        rows["minutes"].astype(np.float64),
    )
