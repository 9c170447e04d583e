"""Reading ward boundary files of any usual shape: what becomes a ward, what was repaired, what was refused.

Nothing is guessed in silence: a row is read as it stands, repaired with a note, or refused with its reason.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import shapely
from pyproj import CRS
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from spatial.boundary_files import (
    MAX_UNPACKED_BYTES,
    Layer,
    RefusedBoundaries,
    Table,
    open_layers,
    read_table,
)
from spatial.crs import OutsideGreatBritain, to_both
from spatial.ward_fields import USUAL_NAMES, FieldNames, NoSuchField, WardFields, find_fields

__all__ = [
    "FieldNames",
    "Refusal",
    "RefusedBoundaries",
    "Repair",
    "WardFile",
    "WardShape",
    "find_fields",
    "read_wards",
]

# A repair may not move more than this share of the ward's area: beyond it nobody knows which shape was meant.
_MAX_AREA_CHANGE = 0.01
_BOROUGH_CODE = re.compile(r"[A-Z]\d{8}")


@dataclass(frozen=True, slots=True)
class WardShape:
    """One ward: its row in the file (from 1), texts without outer blanks, None where no borough is given.

    `geom` is a valid MultiPolygon in WGS84, `geom_bng` the same in EPSG:27700.
    """

    row: int
    code: str
    name: str
    borough_code: str | None
    borough_name: str | None
    geom: MultiPolygon
    geom_bng: MultiPolygon


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not imported, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A row that is imported otherwise than it stands in the file, and in what way."""

    row: int
    code: str
    what: str


@dataclass(frozen=True, slots=True)
class WardFile:
    """What a boundary file gives: wards and refusals in the order of its rows.

    `repeated` are the codes that more than one good row has, `crs_name` is as the file states it, `remarks`
    are warnings about the file as a whole, such as characters that could not be read.
    """

    wards: tuple[WardShape, ...]
    refused: tuple[Refusal, ...]
    repaired: tuple[Repair, ...]
    repeated: tuple[str, ...]
    crs_name: str
    remarks: tuple[str, ...]


def read_wards(
    path: Path, given: FieldNames = USUAL_NAMES, *, max_unpacked_bytes: int = MAX_UNPACKED_BYTES
) -> WardFile:
    """Return the wards of a GeoPackage, Shapefile (also zipped), GeoJSON or TopoJSON in any stated CRS.

    Of several layers the one with polygons and the most telling name of a ward-code column is read. A row is
    refused when it has no code, no shape, another shape than polygons, a place outside Great Britain, a code
    that an earlier row has, or an invalid shape whose repair changes its area by 1 % or more. GeoJSON without
    a `crs` is WGS84.

    Raises RefusedBoundaries for a file that cannot be read as a whole; the message says what to do.
    """
    with open_layers(path, max_unpacked_bytes=max_unpacked_bytes) as layers:
        layer, fields = _ward_layer(path, layers, given)
        if layer.crs is None:
            raise RefusedBoundaries(
                f"{path.name} does not state its coordinate system: add the .prj to a Shapefile, or set the "
                "system in the program that wrote the file (British National Grid is EPSG:27700)."
            )
        table = read_table(layer, fields.columns())
        return _Reading(table, fields, layer.crs).result()


def _ward_layer(path: Path, layers: list[Layer], given: FieldNames) -> tuple[Layer, WardFields]:
    """Return the layer of polygons whose code column is the most telling, and its columns."""
    usable: list[tuple[Layer, WardFields]] = []
    problems: list[str] = []
    for layer in layers:
        if not layer.may_hold_polygons:
            problems.append("has no polygons")
            continue
        try:
            usable.append((layer, find_fields(layer.columns, given)))
        except NoSuchField as error:
            problems.append(str(error))
    best = min((fields.code_rank for _, fields in usable), default=0)
    chosen = [(layer, fields) for layer, fields in usable if fields.code_rank == best]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        names = ", ".join(layer.name for layer, _ in chosen)
        raise RefusedBoundaries(
            f"{path.name} has several layers that could be wards ({names}): keep one of them in the file."
        )
    if len(layers) == 1:
        raise RefusedBoundaries(f"{path.name}, layer {layers[0].name}: {problems[0]}")
    listed = " ".join(f"{layer.name}: {problem}" for layer, problem in zip(layers, problems, strict=True))
    raise RefusedBoundaries(f"{path.name} has no layer of wards among its {len(layers)}. {listed}")


class _Reading:
    """One pass over the rows of a table; each step adds to what was refused and repaired."""

    def __init__(self, table: Table, fields: WardFields, crs: CRS) -> None:
        self.table = table
        self.fields = fields
        self.crs = crs
        self.refused: list[Refusal] = []
        self.repaired: list[Repair] = []
        self.repeated: dict[str, None] = {}
        self.codes = self._texts(fields.code)

    def result(self) -> WardFile:
        wards: list[WardShape] = []
        first: dict[str, WardShape] = {}
        names = self._texts(self.fields.name)
        boroughs = list(self._boroughs())
        for at, wgs84, bng in self._placed(self._shaped()):
            code, row = self.codes[at], at + 1
            shapes = self._valid(at, wgs84, bng)
            if shapes is None:
                continue
            if not names[at]:
                self.repaired.append(Repair(row, code, "has no name: its code stands in"))
            ward = WardShape(row, code, names[at] or code, *boroughs[at], *shapes)
            earlier = first.setdefault(code, ward)
            if earlier is ward:
                wards.append(ward)
            else:
                self.repeated[code] = None
                self.refused.append(Refusal(row, _why_repeated(earlier, ward)))
        return WardFile(
            wards=tuple(wards),
            refused=tuple(sorted(self.refused, key=lambda refusal: refusal.row)),
            repaired=tuple(self.repaired),
            repeated=tuple(self.repeated),
            crs_name=_name_of(self.crs),
            remarks=self.table.remarks,
        )

    def _texts(self, column: str) -> list[str]:
        return [_text(value) for value in self.table.columns[column].tolist()]

    def _boroughs(self) -> Iterator[tuple[str | None, str | None]]:
        nothing = [""] * len(self.codes)
        fields = self.fields
        codes = self._texts(fields.borough_code) if fields.borough_code else nothing
        names = self._texts(fields.borough_name) if fields.borough_name else nothing
        either = self._texts(fields.borough_either) if fields.borough_either else nothing
        for code, name, value in zip(codes, names, either, strict=True):
            if value and _BOROUGH_CODE.fullmatch(value):
                yield value, None
            else:
                yield code or None, name or value or None

    def _shaped(self) -> list[int]:
        """Return the rows that have a code and a polygon."""
        rows: list[int] = []
        for at, (code, geom) in enumerate(zip(self.codes, self.table.geoms, strict=True)):
            reason = None if code else f"has no ward code in column {self.fields.code}"
            reason = reason or _why_not_polygon(geom)
            if reason is None:
                rows.append(at)
            else:
                self.refused.append(Refusal(at + 1, reason))
        return rows

    def _placed(self, rows: list[int]) -> Iterator[tuple[int, BaseGeometry, BaseGeometry]]:
        """Give each row with its shape in WGS84 and EPSG:27700.

        One call converts all rows. When one lies outside Great Britain the call fails, so halves are tried:
        the wards of one country stand together in a file, and a few calls find them.
        """
        if not rows:
            return
        try:
            wgs84, bng = to_both(self.table.geoms[rows], self.crs)
        except OutsideGreatBritain as error:
            if len(rows) == 1:
                self.refused.append(
                    Refusal(rows[0] + 1, f"{self.codes[rows[0]]} is not wholly in Great Britain: {error}")
                )
                return
            middle = len(rows) // 2
            yield from self._placed(rows[:middle])
            yield from self._placed(rows[middle:])
            return
        yield from zip(rows, wgs84, bng, strict=True)

    def _valid(
        self, at: int, wgs84: BaseGeometry, bng: BaseGeometry
    ) -> tuple[MultiPolygon, MultiPolygon] | None:
        """Return both shapes valid; None after refusing the row, because a repair would change the ward."""
        if wgs84.is_valid and bng.is_valid:
            return _polygons(wgs84), _polygons(bng)
        whole_wgs84, whole_bng = (_polygons(_made_valid(shape)) for shape in (wgs84, bng))
        before, after = bng.area, whole_bng.area
        figures = f"{before:,.0f} m2 before, {after:,.0f} m2 after"
        reason = shapely.is_valid_reason(bng)
        if whole_wgs84.is_empty or whole_bng.is_empty or abs(after - before) >= _MAX_AREA_CHANGE * before:
            self.refused.append(
                Refusal(
                    at + 1,
                    f"{self.codes[at]} has an invalid shape ({reason}), and a repair would change its area "
                    f"({figures}): correct it in the file.",
                )
            )
            return None
        # What only rounding to the millimetre made invalid was sound in the file and needs no note.
        if not self.table.geoms[at].is_valid:
            self.repaired.append(Repair(at + 1, self.codes[at], f"invalid shape ({reason}): {figures}"))
        return whole_wgs84, whole_bng


def _text(value: object) -> str:
    """Return a cell as text without outer blanks; whole floats lose their ".0", nothing and nan are empty."""
    if value is None or value != value:  # noqa: PLR0124  # nan is the only value unlike itself
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\x00", "").strip()


def _why_not_polygon(geom: BaseGeometry | None) -> str | None:
    if geom is None:
        return "has no shape, or one that cannot be read"
    if geom.is_empty:
        return "has an empty shape"
    if geom.geom_type not in {"Polygon", "MultiPolygon"}:
        return f"is a {geom.geom_type}, not a polygon"
    return None


def _why_repeated(earlier: WardShape, later: WardShape) -> str:
    if earlier.geom_bng.equals(later.geom_bng):
        return f"repeats row {earlier.row}: the same code {later.code} and the same shape"
    return (
        f"has the code {later.code} of row {earlier.row} but another shape: correct the code, "
        "or merge the parts of the ward into one row"
    )


def _made_valid(geom: BaseGeometry) -> BaseGeometry:
    # "structure" reads overlapping parts as one area; "linework" would cut a hole where they overlap.
    return shapely.make_valid(geom, method="structure", keep_collapsed=False)


def _polygons(geom: BaseGeometry) -> MultiPolygon:
    """Return the polygon parts of any geometry, other parts dropped."""
    parts = shapely.get_parts(shapely.get_parts(geom))
    return MultiPolygon([part for part in parts if part.geom_type == "Polygon" and not part.is_empty])


def _name_of(crs: CRS) -> str:
    code = crs.to_authority()
    return f"{crs.name} ({':'.join(code)})" if code else crs.name
