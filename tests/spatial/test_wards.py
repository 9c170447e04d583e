import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from spatial.boundary_files import RefusedBoundaries
from spatial.crs import geometry_to_wgs84
from spatial.ward_fields import FieldNames, NoSuchField, find_fields
from spatial.wards import WardFile, read_wards
from tests.shared_data import shared

# Two wards of 1 km squares side by side, in metres BNG (Herne Hill, roughly).
WEST, EAST = box(531_000, 174_000, 532_000, 175_000), box(532_000, 174_000, 533_000, 175_000)
CODES: dict[str, Any] = {"WD22CD": ["E05000001", "E05000002"], "WD22NM": ["West", "East"]}
BOROUGHS: dict[str, Any] = {"LAD22CD": ["E09000022", "E09000028"], "LAD22NM": ["Lambeth", "Southwark"]}


def frame(
    shapes: Sequence[Any], crs: str | None = "EPSG:27700", **columns: Sequence[Any]
) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs=crs)


def two(**more: Sequence[Any]) -> geopandas.GeoDataFrame:
    columns: dict[str, Any] = {**CODES, **BOROUGHS, **more}
    return frame([WEST, EAST], **columns)


def geojson(path: Path, shapes: Sequence[Any], crs: str | None = None, **columns: Sequence[Any]) -> Path:
    """Write GeoJSON by hand, with the legacy crs member when one is given."""
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    content: dict[str, object] = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": row,
                "geometry": None if shape is None else shapely.geometry.mapping(shape),
            }
            for row, shape in zip(rows, shapes, strict=True)
        ],
    }
    if crs is not None:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def bng_file(path: Path, shapes: Sequence[Any], **columns: Sequence[Any]) -> Path:
    return geojson(path, shapes, "urn:ogc:def:crs:EPSG::27700", **columns)


def assert_two_wards(read: WardFile, off_m: float = 0.002) -> None:
    """Both wards of `two()`, whole, in both systems."""
    assert [(ward.row, ward.code, ward.name) for ward in read.wards] == [
        (1, "E05000001", "West"),
        (2, "E05000002", "East"),
    ]
    assert [(ward.borough_code, ward.borough_name) for ward in read.wards] == [
        ("E09000022", "Lambeth"),
        ("E09000028", "Southwark"),
    ]
    for ward, square in zip(read.wards, (WEST, EAST), strict=True):
        assert isinstance(ward.geom, MultiPolygon)
        assert isinstance(ward.geom_bng, MultiPolygon)
        assert not ward.geom.has_z
        assert shapely.hausdorff_distance(ward.geom_bng, square) <= off_m
        assert ward.geom.bounds == pytest.approx(geometry_to_wgs84(square).bounds, abs=1e-7)
    assert (read.refused, read.repaired, read.repeated, read.remarks) == ((), (), (), ())


# --- formats and systems


@pytest.mark.parametrize("crs", ["EPSG:27700", "EPSG:4326", "EPSG:3857", "EPSG:4277", "EPSG:32630"])
def test_a_geopackage_is_read_in_any_stated_system(tmp_path: Path, crs: str) -> None:
    path = tmp_path / "wards.gpkg"
    if crs == "EPSG:4277":
        shapes = two().to_crs(crs)  # the same datum: plain PROJ is exact
    elif crs == "EPSG:27700":
        shapes = two()
    else:
        # By way of this project's own WGS84, because PROJ without the OSTN15 grid is metres off.
        degrees = [geometry_to_wgs84(shape) for shape in (WEST, EAST)]
        shapes = frame(degrees, "EPSG:4326", **CODES, **BOROUGHS).to_crs(crs)
    shapes.to_file(path, driver="GPKG", layer="wards")
    read = read_wards(path)
    assert_two_wards(read)
    assert crs in read.crs_name


def test_a_shapefile_with_an_esri_prj_is_british_national_grid(tmp_path: Path) -> None:
    path = tmp_path / "wards.shp"
    two().to_file(path, driver="ESRI Shapefile")
    (tmp_path / "wards.prj").write_text(two().crs.to_wkt("WKT1_ESRI"))
    assert_two_wards(read_wards(path), off_m=0)


@pytest.mark.parametrize("inside", ["", "Wards (May 2022)/Shapes/"])
def test_a_zipped_shapefile_is_read_also_from_a_folder_inside(tmp_path: Path, inside: str) -> None:
    two().to_file(tmp_path / "wards.shp", driver="ESRI Shapefile")
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(tmp_path.glob("wards.*")):
            archive.write(part, inside + part.name)
        archive.writestr("__MACOSX/wards.shp", b"\x00\x05")
        archive.writestr("licence.txt", "Open Government Licence")
    assert_two_wards(read_wards(path), off_m=0)


def test_geojson_is_wgs84_unless_a_legacy_crs_says_otherwise(tmp_path: Path) -> None:
    degrees = [geometry_to_wgs84(shape) for shape in (WEST, EAST)]
    columns = {**CODES, **BOROUGHS}
    assert_two_wards(read_wards(geojson(tmp_path / "a.geojson", degrees, **columns)))
    assert_two_wards(
        read_wards(geojson(tmp_path / "b.json", degrees, "urn:ogc:def:crs:OGC:1.3:CRS84", **columns))
    )
    assert_two_wards(read_wards(bng_file(tmp_path / "c.geojson", [WEST, EAST], **columns)), off_m=0)


def topology(**more: object) -> dict[str, object]:
    """Two squares of a hundredth of a degree that share arc 0; no coordinate system is stated."""
    return {
        "type": "Topology",
        "transform": {"scale": [0.01, 0.01], "translate": [-0.2, 51.4]},
        "arcs": [[[1, 0], [0, 1]], [[1, 1], [-1, 0], [0, -1], [1, 0]], [[1, 0], [1, 0], [0, 1], [-1, 0]]],
        "objects": {
            "wards": {
                "type": "GeometryCollection",
                "geometries": [
                    {
                        "type": "Polygon",
                        "arcs": [[0, 1]],
                        "properties": {"WD13CD": "E05000001", "WD13NM": "West"},
                    },
                    {
                        "type": "Polygon",
                        "arcs": [[2, -1]],
                        "properties": {"WD13CD": "E05000002", "WD13NM": "East"},
                    },
                ],
            }
        },
        **more,
    }


def test_topojson_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wards.topojson"
    path.write_text(json.dumps(topology()))
    read = read_wards(path)
    assert [ward.code for ward in read.wards] == ["E05000001", "E05000002"]
    west = MultiPolygon([box(-0.2, 51.4, -0.19, 51.41)])
    assert read.wards[0].geom.equals_exact(west, 1e-9, normalize=True)
    assert read.wards[0].geom_bng.intersection(read.wards[1].geom_bng).area == 0


def test_of_several_layers_the_polygons_with_the_telling_code_are_read(tmp_path: Path) -> None:
    path = tmp_path / "all.gpkg"
    frame([Point(531_500, 174_500)], WD22CD=["E05000001"], WD22NM=["A point"]).to_file(path, layer="points")
    frame([WEST], CODE=["E09000022"], NAME=["Lambeth"]).to_file(path, layer="boroughs")
    two().to_file(path, layer="wards")
    assert_two_wards(read_wards(path), off_m=0)


def test_layers_that_cannot_be_told_apart_or_lack_codes_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "all.gpkg"
    two().to_file(path, layer="wards_2018")
    two().to_file(path, layer="wards_2022")
    with pytest.raises(RefusedBoundaries, match=r"wards_2018, wards_2022"):
        read_wards(path)
    other = tmp_path / "other.gpkg"
    frame([Point(531_500, 174_500)], WD22CD=["E05000001"]).to_file(other, layer="points")
    frame([WEST], parish=["x"]).to_file(other, layer="parishes")
    with pytest.raises(RefusedBoundaries, match=r"points: has no polygons.*parishes: .*parish.*--code-field"):
        read_wards(other)


# --- files that are refused as a whole


def test_a_file_that_states_no_system_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "wards.shp"
    two().to_file(path, driver="ESRI Shapefile")
    (tmp_path / "wards.prj").unlink()
    with pytest.raises(RefusedBoundaries, match=r"does not state its coordinate system.*\.prj"):
        read_wards(path)


def test_metres_in_geojson_without_a_system_are_not_taken_for_degrees(tmp_path: Path) -> None:
    path = geojson(tmp_path / "wards.geojson", [WEST, EAST], **CODES)
    with pytest.raises(RefusedBoundaries, match=r"degrees are expected .* go to 533000"):
        read_wards(path)


@pytest.mark.parametrize(
    "member", ["null", '{"type": "name", "properties": {"name": "EPSG:99999999"}}', '"BNG"']
)
def test_an_unknown_system_in_geojson_is_not_taken_for_wgs84(tmp_path: Path, member: str) -> None:
    path = geojson(
        tmp_path / "wards.geojson", [geometry_to_wgs84(WEST)], WD22CD=["E05000001"], WD22NM=["West"]
    )
    path.write_text(path.read_text().replace('{"type"', f'{{"crs": {member}, "type"', 1))
    with pytest.raises(RefusedBoundaries, match="coordinate system"):
        read_wards(path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("wards.geojson", b"WD22CD,WD22NM\nE05000001,West\n", "is not a GeoPackage, a Shapefile"),
        ("wards.gpkg", b"", "is not a GeoPackage"),
        ("wards.vrt", b"<OGRVRTDataSource/>", "is not a GeoPackage"),
        ("wards.geojson", b'{"type": "FeatureCollection", "features": [', "not whole JSON"),
        ("wards.geojson", b'{"type": "Nothing"}', "cannot be opened"),
        ("wards.gpkg", b"SQLite format 3\x00" + b"\x00" * 100, "cannot be opened"),
        ("wards.shp", b"\x00\x00\x27\x0a" + b"\x00" * 96, r"without .shx and .dbf"),
        ("wards.zip", b"PK\x03\x04broken", "cannot be unpacked"),
        ("empty.geojson", b'{"type": "FeatureCollection", "features": []}', "the file has no columns"),
    ],
)
def test_what_is_no_boundary_file_is_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RefusedBoundaries, match=reason):
        read_wards(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedBoundaries, match="There is no file"):
        read_wards(tmp_path / "wards.gpkg")


@pytest.mark.parametrize(
    "name", ["../wards.geojson", "a/../../wards.geojson", "/etc/wards.geojson", "..\\wards.json"]
)
def test_a_zip_that_leads_out_of_itself_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "{}")
    with pytest.raises(RefusedBoundaries, match="leads out of it"):
        read_wards(path)


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("wards.geojson", " " * 1_000_000)
    assert path.stat().st_size < 10_000
    with pytest.raises(RefusedBoundaries, match="unpacks to 1,000,000 bytes, more than the 999,999"):
        read_wards(path, max_unpacked_bytes=999_999)


def test_a_zip_without_a_boundary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    with pytest.raises(RefusedBoundaries, match="holds no boundary file"):
        read_wards(path)


# --- columns


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            ["OBJECTID", "WD22CD", "WD22NM", "WD22NMW", "LAD22CD", "LAD22NM"],
            ("WD22CD", "WD22NM", "LAD22CD", "LAD22NM"),
        ),
        (["wd16cd", "wd16nm", "wd16nmw", "lad16cd", "lad16nm"], ("wd16cd", "wd16nm", "lad16cd", "lad16nm")),
        (["lau215cd", "lau215nm", "lau115cd", "lau115nm"], ("lau215cd", "lau215nm", "lau115cd", "lau115nm")),
        (
            ["NAME", "GSS_CODE", "HECTARES", "LB_GSS_CD", "BOROUGH"],
            ("GSS_CODE", "NAME", "LB_GSS_CD", "BOROUGH"),
        ),
        (
            ["ward_code", "ward_name", "borough_code", "borough_name"],
            ("ward_code", "ward_name", "borough_code", "borough_name"),
        ),
        (["Name", "Area_Code", "File_Name", "Census_Code"], ("Census_Code", "Name", None, None)),
        (["NAME", "AREA_CODE", "DESCRIPTIO", "CODE"], ("CODE", "NAME", None, None)),
        (["WARD", "CODE", "DISTRICT"], ("CODE", "WARD", None, "DISTRICT")),
        (["WD13CD", "WD13CDO", "WD13NM"], ("WD13CD", "WD13NM", None, None)),
        (["CODE", "NAME", "WD18CD", "WD22CD", "WD22NM", "WD18NM"], ("WD22CD", "WD22NM", None, None)),
        (["wd01cd", "wd91cd", "wd91nm"], ("wd01cd", "wd91nm", None, None)),
    ],
)
def test_usual_field_names_are_recognised_in_any_case(
    columns: list[str], expected: tuple[str | None, ...]
) -> None:
    found = find_fields(columns)
    assert (found.code, found.name, found.borough_code, found.borough_name) == expected


def test_names_given_outright_win_in_any_case() -> None:
    columns = ["WD22CD", "WD22NM", "LAD22CD", "id", "Title", "Council"]
    found = find_fields(columns, FieldNames(code="ID", name="title", borough="council"))
    assert (found.code, found.name, found.borough_code, found.borough_either) == (
        "id",
        "Title",
        None,
        "Council",
    )
    assert find_fields(columns, FieldNames(borough="lad22cd")).borough_code == "LAD22CD"


def test_missing_fields_are_told_with_the_columns_and_the_option() -> None:
    with pytest.raises(
        NoSuchField, match=r"ward codes: the columns are id, WD22NM\. Name one with --code-field"
    ):
        find_fields(["id", "WD22NM"])
    with pytest.raises(NoSuchField, match=r"ward names.*--name-field"):
        find_fields(["WD22CD"])
    with pytest.raises(
        NoSuchField, match=r"no column town \(--borough-field\): the columns are WD22CD, WD22NM"
    ):
        find_fields(["WD22CD", "WD22NM"], FieldNames(borough="town"))


def test_a_given_borough_column_is_told_by_its_values(tmp_path: Path) -> None:
    path = bng_file(tmp_path / "w.geojson", [WEST, EAST], **CODES, council=["E09000022", " Southwark "])
    read = read_wards(path, FieldNames(borough="council"))
    assert [(ward.borough_code, ward.borough_name) for ward in read.wards] == [
        ("E09000022", None),
        (None, "Southwark"),
    ]


def test_without_a_borough_field_the_borough_is_empty(tmp_path: Path) -> None:
    read = read_wards(bng_file(tmp_path / "w.geojson", [WEST, EAST], **CODES))
    assert {(ward.borough_code, ward.borough_name) for ward in read.wards} == {(None, None)}


def test_texts_are_trimmed_and_numeric_codes_are_text(tmp_path: Path) -> None:
    read = read_wards(bng_file(tmp_path / "a.geojson", [WEST, EAST], code=[7, 8], name=[" West ", None]))
    assert [(ward.code, ward.name) for ward in read.wards] == [("7", "West"), ("8", "8")]
    assert [(repair.row, repair.code) for repair in read.repaired] == [(2, "8")]
    path = tmp_path / "b.gpkg"
    frame([WEST, EAST], code=[7.0, np.nan], name=["West", "East"]).to_file(path)
    read = read_wards(path)
    assert [ward.code for ward in read.wards] == ["7"]
    assert [(refusal.row, refusal.reason) for refusal in read.refused] == [
        (2, "has no ward code in column code")
    ]


@pytest.mark.parametrize(("encoding", "name"), [("UTF-8", "Llanbed\u0175r"), ("ISO-8859-1", "Tre-fach\xe2n")])
def test_welsh_names_in_a_dbf_are_read_by_its_stated_encoding(
    tmp_path: Path, encoding: str, name: str
) -> None:
    path = tmp_path / "wards.shp"
    two(WD22NM=[name, "East"]).to_file(path, driver="ESRI Shapefile", encoding=encoding)
    assert (tmp_path / "wards.cpg").read_text().strip().upper() == encoding
    assert read_wards(path).wards[0].name == name


# --- rows


def test_rows_are_refused_one_by_one_with_their_reasons(tmp_path: Path) -> None:
    paris = Polygon([(1_070_000, -120_000), (1_071_000, -120_000), (1_071_000, -119_000)])
    shapes = [WEST, None, Polygon(), Point(531_500, 174_500), EAST, EAST, paris]
    codes = ["E1", "E2", "E3", "E4", "  ", None, "E7"]
    path = bng_file(tmp_path / "w.geojson", shapes, ward_code=codes, ward_name=["x"] * 7)
    read = read_wards(path)
    assert [ward.code for ward in read.wards] == ["E1"]
    reasons = {refusal.row: refusal.reason for refusal in read.refused}
    assert list(reasons) == [2, 3, 4, 5, 6, 7]
    assert reasons[2] == "has no shape, or one that cannot be read"
    assert reasons[3] in {"has an empty shape", "has no shape, or one that cannot be read"}
    assert reasons[4] == "is a Point, not a polygon"
    assert reasons[5] == reasons[6] == "has no ward code in column ward_code"
    assert reasons[7].startswith("E7 is not wholly in Great Britain")


def test_rows_outside_are_found_wherever_they_stand(tmp_path: Path) -> None:
    belfast = box(-5.95, 54.58, -5.94, 54.59)
    inside = geometry_to_wgs84(WEST)
    shapes = [inside.buffer(-k * 1e-5) if k % 3 else belfast for k in range(20)]
    path = geojson(tmp_path / "w.geojson", shapes, code=[f"E{k}" for k in range(20)], name=["x"] * 20)
    read = read_wards(path)
    assert [refusal.row for refusal in read.refused] == [k + 1 for k in range(20) if k % 3 == 0]
    assert [ward.row for ward in read.wards] == [k + 1 for k in range(20) if k % 3]


def test_several_parts_and_heights_are_read_flat(tmp_path: Path) -> None:
    parts = shapely.force_3d(MultiPolygon([WEST, box(534_000, 174_000, 534_100, 174_100)]), 12.0)
    path = tmp_path / "w.gpkg"
    frame([parts], code=["E1"], name=["Islands"]).to_file(path)
    (ward,) = read_wards(path).wards
    assert not ward.geom.has_z
    assert not ward.geom_bng.has_z
    assert len(ward.geom_bng.geoms) == 2
    assert ward.geom_bng.area == pytest.approx(1_000_000 + 10_000)


def test_a_small_fault_is_repaired_and_said_with_both_areas(tmp_path: Path) -> None:
    # The outline crosses itself in a bow of two 2 m triangles at the north-east corner.
    crossed = Polygon(
        [(531_000, 174_000), (532_000, 174_000), (532_000, 175_000), (531_998, 175_002), (531_998, 175_000),
         (532_000, 175_002), (531_990, 175_000), (531_000, 175_000)]
    )  # fmt: skip
    assert not crossed.is_valid
    read = read_wards(bng_file(tmp_path / "w.geojson", [crossed], code=["E1"], name=["West"]))
    (ward,) = read.wards
    assert ward.geom.is_valid
    assert ward.geom_bng.is_valid
    assert ward.geom_bng.area == pytest.approx(1_000_000, rel=1e-4)
    (repair,) = read.repaired
    assert (repair.row, repair.code) == (1, "E1")
    assert "Self-intersection" in repair.what
    assert "m2 before" in repair.what


def test_a_bowtie_is_refused_because_nobody_knows_which_shape_was_meant(tmp_path: Path) -> None:
    # Signed areas of the two halves cancel: 0 m2 as drawn, two triangles of 250,000 m2 after a repair.
    bowtie = Polygon([(531_000, 174_000), (532_000, 175_000), (532_000, 174_000), (531_000, 175_000)])
    read = read_wards(bng_file(tmp_path / "w.geojson", [bowtie, EAST], **CODES))
    assert [ward.code for ward in read.wards] == ["E05000002"]
    (refusal,) = read.refused
    assert refusal.row == 1
    assert "0 m2 before, 500,000 m2 after" in refusal.reason


def test_parts_that_overlap_by_more_than_a_hundredth_are_refused(tmp_path: Path) -> None:
    # Two squares of 1 km2 that share 0.1 km2: 2.0 km2 as drawn, 1.9 after a repair, 5 % less.
    shape = MultiPolygon([WEST, box(531_900, 174_000, 532_900, 175_000)])
    (refusal,) = read_wards(bng_file(tmp_path / "w.geojson", [shape], code=["E1"], name=["West"])).refused
    assert "2,000,000 m2 before, 1,900,000 m2 after" in refusal.reason


def test_a_repeated_code_keeps_the_first_row_and_says_what_the_later_ones_are(tmp_path: Path) -> None:
    same = Polygon([*list(WEST.exterior.coords)[1:], WEST.exterior.coords[1]])
    shapes = [WEST, EAST, same, EAST.buffer(-10)]
    columns = {"code": ["E1", "E2", "E1", "E2"], "name": ["a", "b", "a", "b"]}
    read = read_wards(bng_file(tmp_path / "w.geojson", shapes, **columns))
    assert [ward.row for ward in read.wards] == [1, 2]
    assert read.repeated == ("E1", "E2")
    third, fourth = read.refused
    assert third.reason == "repeats row 1: the same code E1 and the same shape"
    assert fourth.reason.startswith("has the code E2 of row 2 but another shape")


# --- real files


@pytest.mark.parametrize(
    ("name", "wards", "boroughs"),
    [
        ("london_wards_2018.geojson", 657, 33),
        ("south_london_wards_2018.geojson", 169, 8),
        ("inner_south_london_wards_2022.geojson", 67, 3),
    ],
)
def test_real_wards_are_read_whole(name: str, wards: int, boroughs: int) -> None:
    path = shared(f"data/wards/{name}")
    read = read_wards(path)
    assert (len(read.wards), read.refused, read.repaired, read.repeated) == (wards, (), (), ())
    assert len({ward.borough_code for ward in read.wards}) == boroughs
    assert len({ward.code for ward in read.wards}) == wards
    # The published areas; the outlines were simplified, which moves them by up to 0.14 %.
    hectares = geopandas.read_file(path)["hectares"]
    found = np.array([ward.geom_bng.area for ward in read.wards]) / 10_000
    np.testing.assert_allclose(found, hectares, rtol=0.002)
