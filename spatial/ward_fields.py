"""Which columns of a boundary file hold the ward's code, name and borough, by the names publishers use.

Files of the Office for National Statistics have `WD22CD`, `wd16nm`, `LAD22CD` (22 is the year), its European
lookups `LAU215CD` for wards (level 2) and `LAU115CD` for districts (level 1); the London Datastore writes
`GSS_CODE`, `NAME`, `LB_GSS_CD`, `BOROUGH`; Ordnance Survey Boundary-Line `Name` and `Census_Code` or `CODE`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# Tried from first to last, in any case; within one pattern the latest year wins, then the order in the file.
_CODE = (
    r"wd(?P<year>\d\d)cd",
    r"wdcd",
    r"ward_?(gss_?)?(code|cd)",
    r"gss_?ward_?(code|cd)?",
    r"cmwd(?P<year>\d\d)cd",
    r"lau2(?P<year>\d\d)cd",
    r"lau2_?(code|cd)",
    r"census_code",
    r"gss_?(code|cd)",
    r"ons_?code",
    r"code",
)
_NAME = (
    r"wd(?P<year>\d\d)nm",
    r"wdnm",
    r"ward_?(name|nm)",
    r"cmwd(?P<year>\d\d)nm",
    r"lau2(?P<year>\d\d)nm",
    r"lau2_?(name|nm)",
    r"ward",
    r"name",
)
_BOROUGH_CODE = (
    r"lad(?P<year>\d\d)cd",
    r"ladcd",
    r"lb_gss_(cd|code)",
    r"(borough|district|lad|la|local_authority)_?(gss_?)?(code|cd)",
    r"ltla(?P<year>\d\d)cd",
    r"lau1(?P<year>\d\d)cd",
    r"lau1_?(code|cd)",
)
_BOROUGH_NAME = (
    r"lad(?P<year>\d\d)nm",
    r"ladnm",
    r"(borough|district|lad|la|local_authority)_?(name|nm)",
    r"ltla(?P<year>\d\d)nm",
    r"lau1(?P<year>\d\d)nm",
    r"lau1_?(name|nm)",
    r"borough",
    r"district",
    r"local_authority",
)


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Columns named outright, in any case; None leaves the choice to the usual names."""

    code: str | None = None
    name: str | None = None
    borough: str | None = None


USUAL_NAMES: Final = FieldNames()


@dataclass(frozen=True, slots=True)
class WardFields:
    """The columns to read. `code_rank` is 0 for the most telling code name and grows with doubt.

    `borough_either` is a column that was named outright and whose name does not tell codes from names, so
    that each of its values has to.
    """

    code: str
    name: str
    borough_code: str | None
    borough_name: str | None
    borough_either: str | None
    code_rank: int

    def columns(self) -> list[str]:
        """Return every column that is read, once each."""
        wanted = (self.code, self.name, self.borough_code, self.borough_name, self.borough_either)
        return list(dict.fromkeys(column for column in wanted if column is not None))


class NoSuchField(ValueError):  # names the cause; every message says what to do
    """A column that was asked for is absent, or none has a usual name; the message lists the columns."""


def find_fields(columns: Sequence[str], given: FieldNames = USUAL_NAMES) -> WardFields:
    """Return which of the columns to read.

    Names given outright win; else the first pattern that fits, the latest year within it, the order in the
    file. Boroughs may be absent. Raises NoSuchField when code or name cannot be told or a given column is not
    there.
    """
    rank, code = _choose(columns, _CODE, given.code, "ward codes", "--code-field")
    _, name = _choose(columns, _NAME, given.name, "ward names", "--name-field")
    borough_code, borough_name, either = (
        _first(columns, _BOROUGH_CODE)[1],
        _first(columns, _BOROUGH_NAME)[1],
        None,
    )
    if given.borough is not None:
        named = _given(columns, given.borough, "--borough-field")
        if _first([named], _BOROUGH_CODE)[1]:
            borough_code = named
        elif _first([named], _BOROUGH_NAME)[1]:
            borough_name = named
        else:
            borough_code, borough_name, either = None, None, named
    return WardFields(code, name, borough_code, borough_name, either, rank)


def _choose(
    columns: Sequence[str], patterns: Sequence[str], given: str | None, what: str, option: str
) -> tuple[int, str]:
    if given is not None:
        return 0, _given(columns, given, option)
    rank, found = _first(columns, patterns)
    if found is None:
        raise NoSuchField(
            f"No column has a usual name for {what}: {_listed(columns)}. Name one with {option}."
        )
    return rank, found


def _given(columns: Sequence[str], wanted: str, option: str) -> str:
    """Return the column of that name, exactly or else in another case."""
    if wanted in columns:
        return wanted
    for column in columns:
        if column.casefold() == wanted.casefold():
            return column
    raise NoSuchField(f"There is no column {wanted} ({option}): {_listed(columns)}.")


def _first(columns: Sequence[str], patterns: Sequence[str]) -> tuple[int, str | None]:
    """Return the rank of the pattern that fitted, and the column; (number of patterns, None) without one."""
    for rank, pattern in enumerate(patterns):
        fitting = [(column, re.fullmatch(pattern, column.strip(), re.IGNORECASE)) for column in columns]
        years = [(_year(match.groupdict().get("year")), column) for column, match in fitting if match]
        if years:
            # max() keeps the first of equals, which is the order in the file.
            return rank, max(years, key=lambda pair: pair[0])[1]
    return len(patterns), None


def _year(digits: str | None) -> int:
    """Return the whole year of two digits (census names go back to 71), 0 without."""
    if digits is None:
        return 0
    return int(digits) + (1900 if int(digits) > 70 else 2000)  # noqa: PLR2004  # the first coded census was 1971


def _listed(columns: Sequence[str]) -> str:
    return f"the columns are {', '.join(columns)}" if columns else "the file has no columns"
