"""A simulated season over the real wards of 2022, worked out again by GeoPandas and SciPy alone."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import special
from scipy.stats import chi2
from sqlalchemy import text
from statsmodels.stats.multitest import multipletests

from geoapp import db
from geoapp.actions import wards
from geoapp.actions.cells import outline_cells
from geoapp.actions.people import team_id
from spatial.crs import geometries_to_wgs84
from spatial.grid import HexGrid
from spatial.wards import read_wards
from tests.shared_data import shared

WALKS, CONCERNS = 120, 1500
FEBRUARY = datetime(2026, 2, 1, 19, tzinfo=UTC)


@pytest.fixture(scope="module")
def season(opened, personas):  # noqa: ARG001 (the database has to be open)
    """Wards as a frame, and the walks and concerns that are stored."""
    shapes = read_wards(shared("data/wards/inner_south_london_wards_2022.geojson")).wards
    frame = geopandas.GeoDataFrame(
        {"code": [each.code for each in shapes]}, geometry=[each.geom_bng for each in shapes], crs=27700
    )
    rng = np.random.default_rng(20260206)
    west, south, east, north = frame.total_bounds
    walks = {}
    for _ in range(WALKS):
        start = rng.uniform((west + 1500, south + 1500), (east - 1500, north - 1500))
        # Most walk in the west, so that walking is uneven.
        start[0] = west + (start[0] - west) * rng.uniform(0.3, 1)
        turns = np.cumsum(rng.uniform(-400, 400, (8, 2)), axis=0)
        walks[uuid.UUID(bytes=rng.bytes(16))] = shapely.LineString((start + turns).round(3))
    # Twice the risk in one quarter of the map; one concern in six is a stretch of the walk's route.
    raised = []
    for number in range(CONCERNS):
        walk = list(walks)[rng.integers(WALKS)]
        at = rng.uniform()
        place = walks[walk].interpolate(at, normalized=True)
        while rng.uniform() > (1 if place.x < west + 5000 else 0.4):
            walk = list(walks)[rng.integers(WALKS)]
            at = rng.uniform()
            place = walks[walk].interpolate(at, normalized=True)
        if number % 6 == 0:
            place = shapely.ops.substring(walks[walk], at * 0.8, at * 0.8 + 0.2, normalized=True)
        else:
            place = shapely.Point(*(np.array(place.coords[0]) + rng.normal(0, 15, 2)).round(3))
        raised.append((uuid.UUID(bytes=rng.bytes(16)), walk, place))
    with db.writing() as session:
        wards.import_edition(session, wards.NewEdition("2022", tuple(shapes)), by="tests")
        _store(session, walks, raised)
        outline_cells(session)
    return frame, walks, raised


def _store(session, walks, raised) -> None:
    team = team_id(session, "Brixton")
    for number, (walk, line) in enumerate(walks.items()):
        began = FEBRUARY + timedelta(days=number % 28)
        vertices = ", ".join(f"{x!r} {y!r} {60_000.0 * n!r}" for n, (x, y) in enumerate(line.coords))
        session.execute(
            text("INSERT INTO walk (id, team_id, started_at) VALUES (:id, :team, :at)"),
            {"id": walk, "team": team, "at": began},
        )
        session.execute(
            text(
                "INSERT INTO track (walk_id, geom, geom_bng, light, metres, minutes)"
                " SELECT :id, ST_SetSRID(g, 4326), ST_SetSRID(g, 27700), :light, 0, 0"
                " FROM ST_GeomFromText(:line) g"
            ),
            {
                "id": walk,
                "light": [2] * (len(line.coords) - 1),
                "line": f"MULTILINESTRING M (({vertices}))",
            },
        )
    places = [place for _, _, place in raised]
    session.execute(
        text(
            "INSERT INTO concern"
            " (id, team_id, walk_id, kind, geom, geom_bng, recorded_at, light, body, body_hash)"
            " SELECT id, :team, walk, 'concern', CAST(geom AS geometry), CAST(bng AS geometry), :at, 'dark',"
            " '{}', '' FROM unnest(CAST(:ids AS uuid[]), CAST(:walks AS uuid[]), CAST(:geoms AS text[]),"
            " CAST(:bngs AS text[])) AS r (id, walk, geom, bng)"
        ),
        {
            "team": team,
            "at": FEBRUARY,
            "ids": [each for each, _, _ in raised],
            "walks": [walk for _, walk, _ in raised],
            "geoms": _ewkb(geometries_to_wgs84(np.array(places, dtype=object)), 4326),
            "bngs": _ewkb(places, 27700),
        },
    )


def _ewkb(places, srid: int) -> list[str]:
    return shapely.to_wkb(shapely.set_srid(places, srid), hex=True, include_srid=True).tolist()


def recounted(frame, walks, raised) -> pd.DataFrame:
    """Concerns, walks and km by area, by cutting everything with GeoPandas."""
    places = geopandas.GeoDataFrame(geometry=[place for _, _, place in raised], crs=27700)
    places["whole"] = places.length
    points = places[places.geom_type == "Point"]
    inside = geopandas.sjoin(points, frame, predicate="within").groupby("code").size()
    routes = geopandas.overlay(places[places.geom_type == "LineString"], frame, keep_geom_type=True)
    shares = (routes.length / routes["whole"]).groupby(routes["code"]).sum()
    lines = [
        (walk, shapely.LineString(line.coords[n : n + 2])) for walk, line in walks.items() for n in range(7)
    ]
    walked = geopandas.GeoDataFrame(
        {"walk": [str(walk) for walk, _ in lines]}, geometry=[line for _, line in lines], crs=27700
    )
    cut = geopandas.overlay(walked, frame, keep_geom_type=True)
    table = pd.DataFrame(index=frame["code"].sort_values())
    table["n"] = inside.add(shares, fill_value=0)
    table["km"] = cut.length.groupby(cut["code"]).sum() / 1000
    table["walks"] = cut.groupby("code")["walk"].nunique()
    return table.fillna(0)


def by_definition(table: pd.DataFrame) -> pd.DataFrame:
    """The definitions of the contract, written out with SciPy and statsmodels."""
    table = table.copy()
    walked = table["km"] > 0
    n, km = table["n"][walked], table["km"][walked]
    overall = n.sum() / km.sum()
    table["expected"] = overall * km
    table["rate"] = n / km
    table["rate_low"] = np.where(n > 0, chi2.ppf(0.025, 2 * np.maximum(n, 1e-12)) / 2, 0) / km
    table["rate_high"] = chi2.ppf(0.975, 2 * n + 2) / 2 / km
    e = table["expected"][walked]
    at_least = np.where(n > 0, special.gammainc(np.maximum(n, 1e-300), e), 1.0)
    table["p_value"] = pd.Series(
        np.minimum(1, 2 * np.minimum(special.gammaincc(n + 1, e), at_least)), n.index
    )
    table["q_value"] = pd.Series(multipletests(table["p_value"][walked], method="fdr_bh")[1], n.index)
    spread = max(0.0, (km * (n / km - overall) ** 2).sum() / km.sum() - overall / (km.sum() / len(km)))
    table["eb_rate"] = overall + (n / km - overall) * (spread / (spread + overall / km) if spread else 0.0)
    table["km_needed"] = np.maximum(0, 10 - table["expected"].fillna(0)) / overall
    told = table["q_value"] <= 0.05
    table["verdict"] = np.where(table["expected"] < 10, "too_little_walking", "as_expected")
    table.loc[told & (table["n"] > table["expected"]), "verdict"] = "higher"
    table.loc[told & (table["n"] < table["expected"]), "verdict"] = "lower"
    table.loc[~walked, "verdict"] = "never_walked"
    return table


@pytest.mark.parametrize("area", ["ward", "hex500"])
def test_a_season_is_what_geopandas_and_scipy_find(season, client, personas, area):
    frame, walks, raised = season
    if area != "ward":
        grid = HexGrid.HEX500
        q, r = grid.cells_over(tuple(frame.total_bounds + np.array([-2000, -2000, 2000, 2000])))
        codes = [grid.code(*each) for each in zip(q, r, strict=True)]
        frame = geopandas.GeoDataFrame({"code": codes}, geometry=grid.polygons(q, r), crs=27700)
    answer = client.get(
        f"/planning/data/areas.json?area={area}&from=2026-02-01&to=2026-02-28",
        headers=personas["analyst"].bearer,
    )
    found = pd.DataFrame([each["properties"] for each in json.loads(answer.data)["features"]]).set_index(
        "code"
    )
    table = recounted(frame, walks, raised)
    if area != "ward":
        table = table[(table["n"] > 0) | (table["km"] > 0)]
    assert found.index.tolist() == table.index.tolist()
    assert found["walks"].tolist() == table["walks"].tolist()
    # Counts and metres to what the database promises; all that follows from them to 1e-6.
    assert (found["concerns"].fillna(0) - table["n"]).abs().max() < 1e-6
    assert (found["km"] - table["km"]).abs().max() < 1e-5
    shown = table.copy()
    shown["n"], shown["km"] = found["concerns"].astype(float), found["km"]
    said = by_definition(shown)
    assert found["verdict"].tolist() == said["verdict"].tolist()
    assert found["verdict"].nunique() >= 3
    for column in ("rate", "rate_low", "rate_high", "eb_rate", "expected", "p_value", "q_value", "km_needed"):
        here, there = found[column].astype(float), said[column].astype(float)
        assert here.isna().tolist() == there.isna().tolist(), column
        assert np.allclose(here.dropna(), there.dropna(), rtol=1e-6, atol=1e-9), column
