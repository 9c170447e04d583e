"""Which column of a file is what: as the person says, else by its name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spatial.point_files import FileRow, RefusedRows, RowFile

OURS = (
    *("id", "longitude", "latitude", "easting", "northing", "wkt", "recorded_at", "month"),
    *("kind", "factors", "feeling", "applies", "basis", "setting", "note", "walk"),
)
_SHORT = {"lon": "longitude", "lng": "longitude", "long": "longitude", "lat": "latitude"}
_LONGEST_LIST = 300
_NOT_KEPT = re.compile("[\ud800-\udfff\x00]")


class BadRow(ValueError):  # names the cause, like its neighbours
    """A row that is not imported; the message names the column and says why."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the file holds what, by our names; `unused` are the others."""

    theirs: Mapping[str, str]
    unused: tuple[str, ...]

    def cell(self, row: FileRow, ours: str) -> str:
        """Return the text of a cell without outer blanks, empty where there is none; BadRow for NUL."""
        theirs = self.theirs.get(ours)
        value = (row.cells.get(theirs) or "").strip() if theirs is not None else ""
        if _NOT_KEPT.search(value):
            raise BadRow(f"{theirs}: holds a character that cannot be kept (NUL or half of a pair)")
        return value

    def name(self, ours: str) -> str:
        """Return what the column is called in the file."""
        return self.theirs.get(ours, ours)


def match_columns(file: RowFile, mapped: Sequence[tuple[str, str]]) -> Columns:
    """Return which column is what: as mapped (theirs, ours), else by our names in any case.

    RefusedRows when a mapping names nothing, two columns are the same thing, or no column says where or when.
    """
    theirs: dict[str, str] = {}
    for column, ours in mapped:
        _map(file, column, ours, theirs)
    given = set(theirs)
    whole = {column.casefold() for column in file.columns} | given
    for column in file.columns:
        ours = column.casefold()
        if _SHORT.get(ours) not in whole:
            ours = _SHORT.get(ours, ours)
        if ours not in OURS or ours in given or column in theirs.values():
            continue
        if ours in theirs:
            raise RefusedRows(
                f"Two columns are called {ours}: rename one, or choose with --map THEIRS={ours}."
            )
        theirs[ours] = column
    listed = ", ".join(name or "(no name)" for name in file.columns)
    if len(listed) > _LONGEST_LIST:  # a file that is no table at all has one endless column
        listed = listed[:_LONGEST_LIST] + " …"
    placed = [{"longitude", "latitude"}, {"easting", "northing"}, {"wkt"}]
    if not file.has_places and not any(need <= theirs.keys() for need in placed):
        raise RefusedRows(
            "No column says where: longitude and latitude, easting and northing, or wkt are needed; "
            f"the columns are {listed}. Name them with --map THEIRS=OURS, as in --map lon=longitude."
        )
    if not {"recorded_at", "month"} & theirs.keys():
        raise RefusedRows(
            f"No column says when: recorded_at or month is needed; the columns are {listed}. "
            "Name one with --map THEIRS=recorded_at."
        )
    return Columns(theirs, tuple(name for name in file.columns if name not in theirs.values()))


def _map(file: RowFile, column: str, ours: str, theirs: dict[str, str]) -> None:
    ours = ours.strip().casefold()
    if ours not in OURS:
        raise RefusedRows(f"--map {column}={ours}: {ours} is none of {', '.join(OURS)}.")
    if ours in theirs:
        raise RefusedRows(f"--map: {theirs[ours]} and {column} cannot both be {ours}.")
    wanted = column.strip()
    exact = [name for name in file.columns if name == wanted]
    found = exact or [name for name in file.columns if name.casefold() == wanted.casefold()]
    if not found:
        raise RefusedRows(
            f"--map {column}={ours}: there is no column {column}; the columns are {', '.join(file.columns)}."
        )
    theirs[ours] = found[0]
