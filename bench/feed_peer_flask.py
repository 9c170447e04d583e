"""The plain way to a feed: Flask and GeoPandas, a count beside each page. Started by bench/feed.py."""

import os

import geopandas
from flask import Flask, Response, request
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"])
_IN_BOX = "WHERE geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)"


@app.get("/collections/concern/items")
def items() -> Response:
    """Answer a page, in order, with how many there are in all."""
    asked = {"limit": request.args.get("limit", 10), "offset": request.args.get("offset", 0)}
    bound: dict[str, object] = {name: int(text) for name, text in asked.items()}
    where = ""
    if "bbox" in request.args:
        edges = map(float, request.args["bbox"].split(","))
        bound |= dict(zip(("west", "south", "east", "north"), edges, strict=True))
        where = _IN_BOX
    with engine.connect() as connection:
        page = text(f"SELECT * FROM peer.concern {where} ORDER BY id LIMIT :limit OFFSET :offset")
        found = geopandas.read_postgis(page, connection, geom_col="geom", params=bound)
        count = text(f"SELECT count(*) FROM peer.concern {where}")
        matched = connection.execute(count, bound).scalar_one()
    return _answer(found, f',"numberMatched":{matched}}}')


@app.get("/collections/concern/items/<identifier>")
def item(identifier: str) -> Response:
    """Answer one feature."""
    with engine.connect() as connection:
        one = text("SELECT * FROM peer.concern WHERE id = CAST(:id AS uuid)")
        found = geopandas.read_postgis(one, connection, geom_col="geom", params={"id": identifier})
    return _answer(found, "}")


def _answer(found: geopandas.GeoDataFrame, end: str) -> Response:
    for name in ("id", "date", "updated"):
        found[name] = found[name].astype(str)
    body = found.set_index("id").to_json().rstrip().removesuffix("}") + end
    return Response(body, mimetype="application/geo+json")
