from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from convertbng import cutil
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely import LineString, MultiPolygon, Point, Polygon

from spatial import crs

# Ordnance Survey, OSTN15_OSGM15 developer pack (2016), TestInput and TestOutput ETRStoOSGB, points TP01 to
# TP40: latitude and longitude in ETRS89, easting and northing in metres.
OS_TEST_POINTS = """
TP01 49.92226393730 -6.29977752014 91492.146 11318.804
TP02 49.96006137820 -5.20304609998 170370.718 11572.405
TP03 50.43885825610 -4.10864563561 250359.811 62016.569
TP04 50.57563665000 -1.29782277240 449816.371 75335.861
TP05 50.93127937910 -1.45051433700 438710.920 114792.250
TP06 51.40078220140 -3.55128349240 292184.870 168003.465
TP07 51.37447025550 1.44454730409 639821.835 169565.858
TP08 51.42754743020 -2.54407618349 362269.991 169978.690
TP09 51.48936564950 -0.11992557180 530624.974 178388.464
TP10 51.85890896400 -4.30852476960 241124.584 220332.641
TP11 51.89436637350 0.89724327012 599445.590 225722.826
TP12 52.25529381630 -2.15458614387 389544.190 261912.153
TP13 52.25160951230 -0.91248956970 474335.969 262047.755
TP14 52.75136687170 0.40153547065 562180.547 319784.995
TP15 52.96219109410 -1.19747655922 454002.834 340834.943
TP16 53.34480280190 -2.64049320810 357455.843 383290.436
TP17 53.41628516040 -4.28918069756 247958.971 393492.909
TP18 53.41630925420 -4.28917792869 247959.241 393495.583
TP19 53.77911025760 -3.04045490691 331534.564 431920.794
TP20 53.80021519630 -1.66379168242 422242.186 433818.701
TP22 54.11685144290 -0.07773133187 525745.670 470703.214
TP24 54.89542340420 -2.93827741149 339921.145 556034.761
TP25 54.97912273660 -1.61657685184 424639.355 565012.703
TP26 55.85399952950 -4.29649016251 256340.925 664697.269
TP27 55.92478265510 -3.29479219337 319188.434 670947.534
TP28 57.00606696050 -5.82836691850 167634.202 797067.144
TP29 57.13902518960 -2.04856030746 397160.491 805349.736
TP30 57.48625000720 -4.21926398555 267056.768 846176.972
TP31 57.81351838410 -8.57854456076 9587.909 899448.996
TP32 58.21262247180 -7.59255560556 71713.132 938516.404
TP33 58.51560361300 -6.26091455533 151968.652 966483.780
TP34 58.58120461280 -3.72631022121 299721.891 967202.992
TP35 59.03743871190 -3.21454001115 330398.323 1017347.016
TP36 59.09335035320 -4.41757674598 261596.778 1025447.602
TP37 59.09671617400 -5.82799339844 180862.461 1029604.114
TP38 59.53470794490 -1.62516966058 421300.525 1072147.239
TP39 59.85409913890 -1.27486910356 440725.073 1107878.448
TP40 60.13308091660 -2.07382822798 395999.668 1138728.951
"""  # TP21 and TP23 stand on the Isle of Man, which is not Great Britain
OS_POINTS = np.array([line.split()[1:] for line in OS_TEST_POINTS.strip().splitlines()], dtype=float)
# The worked example of the Ordnance Survey's guide to transformations: Caister water tower.
CAISTER = (1.716073973, 52.658007833, 651409.804, 313177.450)

IN_GREAT_BRITAIN = {
    "Lowestoft Ness": (1.7630, 52.4811),
    "Lizard Point": (-5.2065, 49.9586),
    "Land's End": (-5.7160, 50.0657),
    "St Agnes, Scilly": (-6.3453, 49.8925),
    "Bishop Rock": (-6.4453, 49.8729),
    "Hirta, St Kilda": (-8.5680, 57.8120),
    "Soay, St Kilda": (-8.6550, 57.8300),
    "Castlebay, Barra": (-7.4870, 56.9550),
    "Barra Head": (-7.6530, 56.7855),
    "Butt of Lewis": (-6.2608, 58.5155),
    "Cape Wrath": (-5.0000, 58.6256),
    "Muckle Flugga": (-0.8850, 60.8546),
    "Out Stack": (-0.8717, 60.8603),
    "Out Skerries": (-0.7270, 60.4245),
    "Foula": (-2.0700, 60.1340),
    "Fair Isle": (-1.6500, 59.5300),
    "North Ronaldsay": (-2.3850, 59.3890),
    "North Rona": (-5.8200, 59.1220),
    "Sula Sgeir": (-6.1600, 59.0940),
    "Dover": (1.3130, 51.1290),
    "South Foreland": (1.3710, 51.1400),
    "Dungeness": (0.9750, 50.9130),
    "Beachy Head": (0.2410, 50.7340),
    "St Catherine's Point": (-1.2980, 50.5756),
    "Portland Bill": (-2.4560, 50.5143),
    "Start Point": (-3.6410, 50.2220),
    "Lundy": (-4.6720, 51.1800),
    "Flat Holm": (-3.1190, 51.3770),
    "The Smalls": (-5.6697, 51.7210),
    "Ramsey Island": (-5.3450, 51.8650),
    "Bardsey": (-4.7950, 52.7570),
    "South Stack": (-4.6990, 53.3067),
    "The Skerries": (-4.6080, 53.4210),
    "Walney": (-3.2600, 54.0700),
    "St Bees Head": (-3.6370, 54.5140),
    "Mull of Galloway": (-4.8570, 54.6350),
    "Portpatrick": (-5.1170, 54.8420),
    "Corsewall Point": (-5.1590, 55.0070),
    "Ailsa Craig": (-5.1170, 55.2520),
    "Mull of Kintyre": (-5.8030, 55.3100),
    "Mull of Oa": (-6.3300, 55.5860),
    "Rinns of Islay": (-6.5130, 55.6730),
    "Skerryvore": (-7.1150, 56.3230),
    "Tiree": (-6.9200, 56.5000),
    "Monach Islands": (-7.6950, 57.5250),
    "Flannan Isles": (-7.5890, 58.2880),
    "Duncansby Head": (-3.0250, 58.6440),
    "Rattray Head": (-1.8170, 57.6100),
    "Peterhead": (-1.7730, 57.5060),
    "Bell Rock": (-2.3870, 56.4340),
    "Longstone, Farne": (-1.6110, 55.6440),
    "Berwick": (-1.9850, 55.7650),
    "Flamborough Head": (-0.0820, 54.1160),
    "Spurn Head": (0.1180, 53.5750),
    "Cromer": (1.3000, 52.9310),
    "Orford Ness": (1.5740, 52.0840),
    "Brixton": (-0.1145, 51.4613),
    "sea off Kent, south-west": (1.45, 51.15),
    "sea off Kent, south-east": (1.70, 51.15),
    "sea off Kent, north-west": (1.45, 51.40),
    "sea off Kent, north-east": (1.70, 51.40),
}
NOT_GREAT_BRITAIN = {
    "Calais": (1.8587, 50.9513),
    "Cap Gris-Nez": (1.5830, 50.8710),
    "Dunkirk": (2.3768, 51.0344),
    "Boulogne": (1.6147, 50.7264),
    "Dieppe": (1.0800, 49.9230),
    "Belfast": (-5.9300, 54.5970),
    "Larne": (-5.8200, 54.8510),
    "Donaghadee": (-5.5350, 54.6420),
    "Torr Head": (-6.0630, 55.1970),
    "Rathlin": (-6.2000, 55.2900),
    "Dublin": (-6.2603, 53.3498),
    "Rosslare": (-6.3400, 52.2500),
    "Point of Ayre, Isle of Man": (-4.3680, 54.4160),
    "Douglas, Isle of Man": (-4.4810, 54.1500),
    "Calf of Man": (-4.8200, 54.0500),
    "St Peter Port, Guernsey": (-2.5360, 49.4550),
    "Alderney": (-2.2000, 49.7200),
    "Torshavn, Faroe": (-6.7700, 62.0100),
    "Rockall": (-13.6870, 57.5960),
    "Amsterdam": (4.9000, 52.3700),
    "Null Island": (0.0, 0.0),
    "London, swapped": (51.5, -0.12),
    "the far side": (179.9, 51.5),
}
ESRI_GRID = (
    'PROJCS["{name}",GEOGCS["GCS_OSGB_1936",DATUM["D_OSGB_1936",SPHEROID["Airy_1830",6377563.396,'
    '299.3249646]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",400000.0],'
    'PARAMETER["False_Northing",-100000.0],PARAMETER["Central_Meridian",-2.0],'
    'PARAMETER["Scale_Factor",0.9996012717],PARAMETER["Latitude_Of_Origin",49.0],UNIT["Meter",1.0]]'
)
PROJ_GRID = "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy +units=m"
STATED_AS_GRID = [
    CRS.from_epsg(27700),
    CRS.from_epsg(7405),
    CRS.from_wkt(ESRI_GRID.format(name="British_National_Grid")),
    CRS.from_wkt(ESRI_GRID.format(name="OSGB_1936_British_National_Grid")),
    CRS.from_wkt(ESRI_GRID.format(name="My_map")),
    CRS.from_string(PROJ_GRID),
    CRS.from_string(f"{PROJ_GRID} +towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489"),
]


def column(places: dict[str, tuple[float, float]]) -> tuple[Any, Any]:
    lons, lats = np.array(list(places.values())).T
    return lons, lats


def of_geometries(*geoms: object) -> crs.GeometryArray:
    array: crs.GeometryArray = np.empty(len(geoms), dtype=object)
    array[:] = geoms
    return array


def test_meets_the_published_ostn15_points_to_two_millimetres() -> None:
    lat, lon, easting, northing = OS_POINTS.T
    found = crs.to_bng(lon, lat)
    np.testing.assert_allclose(found, (easting, northing), rtol=0, atol=0.0021)
    back = crs.to_wgs84(easting, northing)
    np.testing.assert_allclose(back, (lon, lat), rtol=0, atol=3e-8)  # 2 to 3 mm


def test_meets_the_worked_example_of_the_guide() -> None:
    lon, lat, easting, northing = (np.array([value]) for value in CAISTER)
    np.testing.assert_allclose(crs.to_bng(lon, lat), (easting, northing), rtol=0, atol=0.0011)


def test_the_grid_is_used_and_not_plain_proj() -> None:
    lat, lon, easting, northing = OS_POINTS.T
    # Seven parameters in place of the grid, as PROJ does where it has no grid file (EPSG:1314).
    plain = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3"
        " +step +proj=cart +ellps=WGS84 +step +inv +proj=helmert +x=446.448 +y=-125.157 +z=542.06"
        " +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489 +convention=position_vector"
        " +step +inv +proj=cart +ellps=airy +step +proj=pop +v_3 +step +proj=tmerc +lat_0=49 +lon_0=-2"
        " +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"
    ).transform(lon, lat)
    off = np.hypot(plain[0] - easting, plain[1] - northing)
    assert off.max() > 2
    assert np.median(off) > 1
    ours = crs.to_bng(lon, lat)
    assert np.hypot(ours[0] - easting, ours[1] - northing).max() < 0.003


@pytest.mark.parametrize("place", IN_GREAT_BRITAIN)
def test_accepts_great_britain(place: str) -> None:
    lon, lat = (np.array([value]) for value in IN_GREAT_BRITAIN[place])
    assert crs.within_great_britain(lon, lat).tolist() == [True]
    easting, northing = crs.to_bng(lon, lat)
    assert 0 < easting[0] < 700_000
    assert 0 < northing[0] < 1_250_000


@pytest.mark.parametrize("place", NOT_GREAT_BRITAIN)
def test_refuses_everything_else(place: str) -> None:
    lon, lat = (np.array([value]) for value in NOT_GREAT_BRITAIN[place])
    assert crs.within_great_britain(lon, lat).tolist() == [False]
    with pytest.raises(crs.OutsideGreatBritain, match="outside Great Britain"):
        crs.to_bng(lon, lat)


def test_outline_is_a_simple_ring_on_the_grid() -> None:
    ring = Polygon(crs._OUTLINE)
    assert ring.is_valid
    assert ring.exterior.is_ccw
    lon, lat = crs._OUTLINE.T
    nudged = lon + (np.mean(lon) - lon) * 1e-6, lat + (np.mean(lat) - lat) * 1e-6
    answered = cutil.convert_etrs89_to_osgb36(*crs._ETRS89_GRID.transform(*nudged))
    assert np.isfinite(answered).all()


@given(st.floats(-10, 3), st.floats(48, 62))
def test_outline_agrees_with_shapely(lon: float, lat: float) -> None:
    expected = shapely.intersects_xy(Polygon(crs._OUTLINE).buffer(1e-9), lon, lat)
    closely = shapely.intersects_xy(Polygon(crs._OUTLINE).exterior.buffer(1e-8), lon, lat)
    assert closely or crs.within_great_britain(np.array([lon]), np.array([lat]))[0] == expected


@given(st.floats(0, 700_000), st.floats(0, 1_250_000))
def test_round_trip_within_a_centimetre(easting: float, northing: float) -> None:
    lon, lat = crs.to_wgs84_or_nan(np.array([easting]), np.array([northing]))
    if np.isnan(lon[0]):
        return
    again = crs.to_bng(lon, lat)
    assert abs(again[0][0] - easting) < 0.01
    assert abs(again[1][0] - northing) < 0.01


@given(st.floats(-8.57, 1.77), st.floats(49.93, 60.83))
def test_agrees_with_the_one_step_conversion_of_the_library(lon: float, lat: float) -> None:
    place = np.array([lon]), np.array([lat])
    if not crs.within_great_britain(*place)[0]:
        return
    np.testing.assert_allclose(crs.to_bng(*place), cutil.convert_bng(lon, lat), rtol=0, atol=0.005)


def test_one_offender_among_many_is_named() -> None:
    lon, lat = np.array([-0.1, 2.3488, np.nan]), np.array([51.5, 48.8534, 51.5])
    with pytest.raises(crs.OutsideGreatBritain, match=r"2\.3488.*48\.8534.*longitude first") as caught:
        crs.to_bng(lon, lat)
    assert caught.value.index == 1
    easting, northing = crs.to_bng_or_nan(lon, lat)
    assert np.isnan(easting).tolist() == np.isnan(northing).tolist() == [False, True, True]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e308, -1e308])
@pytest.mark.parametrize("convert", [crs.to_bng, crs.to_wgs84])
def test_not_a_place(convert: Callable[[Any, Any], Any], bad: float) -> None:
    with pytest.raises(crs.OutsideGreatBritain):
        convert(np.array([bad]), np.array([51.5]))
    with pytest.raises(crs.OutsideGreatBritain):
        convert(np.array([-0.1]), np.array([bad]))


def test_grid_metres_outside_are_named() -> None:
    # Dublin and a point off the grid, between them Trafalgar Square
    easting, northing = np.array([530_000.0, 116_591.0, -5.0]), np.array([180_400.0, 392_141.0, 5.0])
    with pytest.raises(crs.OutsideGreatBritain, match=r"116591.*392141") as caught:
        crs.to_wgs84(easting, northing)
    assert caught.value.index == 1
    assert np.isnan(crs.to_wgs84_or_nan(easting, northing)).tolist() == [[False, True, True]] * 2


def test_shapes_are_kept_and_input_is_not_changed() -> None:
    lon, lat = np.full((2, 3), -0.1), np.full((2, 3), 51.5)
    easting, _ = crs.to_bng(lon, lat)
    assert easting.shape == (2, 3)
    assert (lon == -0.1).all()
    assert crs.to_bng(np.array([]), np.array([]))[0].shape == (0,)
    assert crs.to_wgs84(np.array([]), np.array([]))[0].shape == (0,)
    with pytest.raises(ValueError, match="same shape"):
        crs.to_bng(np.array([1.0]), np.array([51.0, 52.0]))


def test_many_points_as_one_by_one() -> None:
    lon, lat = column(IN_GREAT_BRITAIN | NOT_GREAT_BRITAIN)
    many = np.tile(lon, 200), np.tile(lat, 200)  # over the points taken at once
    expected = [True] * len(IN_GREAT_BRITAIN) + [False] * len(NOT_GREAT_BRITAIN)
    assert crs.within_great_britain(*many).tolist() == expected * 200


def test_threads_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-3, 0, 20_000), rng.uniform(51, 54, 20_000)
    whole = np.array(crs.to_bng(lon, lat))
    parts = [slice(start, start + 500) for start in range(0, 20_000, 500)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda part: np.array(crs.to_bng(lon[part], lat[part])), parts))
        back = list(pool.map(lambda part: np.array(crs.to_wgs84(*whole[:, part])), parts))
    np.testing.assert_array_equal(np.concatenate(found, axis=1), whole)
    np.testing.assert_allclose(np.concatenate(back, axis=1), (lon, lat), rtol=0, atol=2e-8)


def test_geometries_go_and_come_back() -> None:
    hole = [(-0.14, 51.44), (-0.13, 51.44), (-0.13, 51.45)]
    area = Polygon([(-0.2, 51.4), (-0.1, 51.4), (-0.1, 51.5), (-0.2, 51.5)], [hole])
    high = LineString([(-0.1, 51.4, 30.0), (-0.2, 51.5, 40.0)])
    geoms = of_geometries(area, MultiPolygon([area]), high, Point(), None)
    grid = crs.geometries_to_bng(geoms)
    assert [shapely.has_z(geom) for geom in grid] == [False] * 5
    assert grid[4] is None
    assert shapely.equals_exact(grid[0], crs.geometry_to_bng(area))
    np.testing.assert_array_equal(
        shapely.get_coordinates(grid[2]).T, crs.to_bng(np.array([-0.1, -0.2]), np.array([51.4, 51.5]))
    )
    back = crs.geometries_to_wgs84(grid)
    assert shapely.equals_exact(back[:4], shapely.force_2d(geoms[:4]), tolerance=1e-7).all()
    assert shapely.equals_exact(crs.geometry_to_wgs84(grid[0]), area, tolerance=1e-7)


def test_many_geometries_name_the_geometry_and_one_the_vertex() -> None:
    good, bad = (
        LineString([(-0.1, 51.4), (-0.2, 51.5)]),
        LineString([(-0.1, 51.4), (-0.1, 51.5), (5.0, 51.5)]),
    )
    with pytest.raises(crs.OutsideGreatBritain) as many:
        crs.geometries_to_bng(of_geometries(good, None, bad))
    assert many.value.index == 2
    with pytest.raises(crs.OutsideGreatBritain) as one:
        crs.geometry_to_bng(bad)
    assert one.value.index == 2


@pytest.mark.parametrize("stated", STATED_AS_GRID)
def test_the_national_grid_is_known_and_kept(stated: CRS) -> None:
    assert crs.is_british_national_grid(stated)
    lat, lon, easting, northing = OS_POINTS.T
    wgs84, bng = crs.to_both(shapely.points(easting, northing, 12.0), stated)
    np.testing.assert_array_equal(shapely.get_coordinates(bng).T, (easting, northing))
    np.testing.assert_allclose(shapely.get_coordinates(wgs84).T, (lon, lat), rtol=0, atol=3e-8)
    assert not shapely.has_z(bng).any()


@pytest.mark.parametrize(
    "other",
    [
        CRS.from_epsg(4326),
        CRS.from_epsg(4277),
        CRS.from_epsg(29903),  # Irish grid: transverse Mercator on Airy, modified
        CRS.from_epsg(32630),
        CRS.from_string(PROJ_GRID.replace("400000", "0")),
        CRS.from_string(PROJ_GRID.replace("units=m", "units=us-ft")),
        CRS.from_string(PROJ_GRID.replace("airy", "GRS80")),
        CRS.from_string("+proj=geos +h=35785831 +lon_0=0"),
    ],
)
def test_other_systems_are_not_the_national_grid(other: CRS) -> None:
    assert not crs.is_british_national_grid(other)


@pytest.mark.parametrize("code", [4326, 4258, 3857, 32630, 3035, 4979])
def test_other_systems_arrive_by_ostn15(code: int) -> None:
    lat, lon, easting, northing = OS_POINTS.T
    stated = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
    wgs84, bng = crs.to_both(shapely.points(*stated), CRS.from_epsg(code))
    np.testing.assert_allclose(shapely.get_coordinates(bng).T, (easting, northing), rtol=0, atol=0.003)
    np.testing.assert_allclose(shapely.get_coordinates(wgs84).T, (lon, lat), rtol=0, atol=1e-8)


def test_degrees_on_osgb36_are_exact() -> None:
    # Ordnance Survey, guide to coordinate systems, annexe C: the projection's worked example on Airy 1830,
    # 52 39 27.2531 N 1 43 4.5177 E -> 651409.903, 313177.270.
    lon, lat = 1 + 43 / 60 + 4.5177 / 3600, 52 + 39 / 60 + 27.2531 / 3600
    wgs84, bng = crs.to_both(of_geometries(Point(lon, lat)), CRS.from_epsg(4277))
    assert (bng[0].x, bng[0].y) == pytest.approx((651409.903, 313177.270), abs=0.002)
    expected = crs.to_wgs84(np.array([651409.903]), np.array([313177.270]))
    assert (wgs84[0].x, wgs84[0].y) == pytest.approx((expected[0][0], expected[1][0]), abs=3e-8)


def test_to_both_names_the_geometry_that_leaves() -> None:
    geoms = of_geometries(Point(-0.1, 51.5), Point(2.35, 48.85))
    with pytest.raises(crs.OutsideGreatBritain) as caught:
        crs.to_both(geoms, CRS.from_epsg(4326))
    assert caught.value.index == 1
    with pytest.raises(crs.OutsideGreatBritain) as caught:
        crs.to_both(geoms, CRS.from_epsg(27700))
    assert caught.value.index == 0
