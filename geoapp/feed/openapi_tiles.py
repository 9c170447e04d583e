"""The part of the API definition that tells of tiles."""

from typing import Any

from geoapp.feed.collections import Collection
from geoapp.feed.tiles import DEEPEST, GRID, MVT, TILE_F, TILESET_F

_BINARY = {"type": "string", "format": "binary"}
GRID_PARAMETER: dict[str, Any] = {
    "name": "tileMatrixSetId",
    "in": "path",
    "required": True,
    "description": "The grid that tiles are cut by.",
    "schema": {"type": "string", "enum": [GRID]},
}


def _place(name: str, description: str, most: int) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0, "maximum": most}
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


_PLACES = (
    _place("tileMatrix", "The zoom.", DEEPEST),
    _place("tileRow", "The row, from the north.", 2**DEEPEST - 1),
    _place("tileCol", "The column, from the west.", 2**DEEPEST - 1),
)


def parts(shown: Collection) -> dict[str, tuple[str, str, list[dict[str, Any]]]]:
    """Return address, name of the operation, title and parameters of each resource of the tiles.

    Names of operations end as OGC 20-057, requirement /req/oas30/operation-id, asks.
    """
    here = f"/collections/{shown.name}/tiles"
    ending = f"{shown.name}.collection.vector"
    return {
        here: (f"{ending}.getTileSetsList", f"{shown.title}: tilesets", []),
        f"{here}/{{tileMatrixSetId}}": (
            f"{ending}.getTileSet",
            f"{shown.title}: tileset",
            [GRID_PARAMETER, TILESET_F.as_openapi()],
        ),
        f"{here}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": (
            f"{ending}.getTile",
            f"{shown.title}: tile",
            [GRID_PARAMETER, *_PLACES, TILE_F.as_openapi()],
        ),
    }


def as_tile(operation: dict[str, Any]) -> None:
    """Make an operation's answer a tile, or nothing where nothing lies."""
    answers = operation["responses"]
    answers["200"]["content"] = {MVT: {"schema": dict(_BINARY)}}
    answers["204"] = {"description": "Nothing lies in this tile."}
