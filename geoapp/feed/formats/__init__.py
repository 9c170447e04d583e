"""The formats of features beside GeoJSON pages and HTML: their names, media types and files."""

from dataclasses import dataclass

from flask import Request


@dataclass(frozen=True)
class Format:
    """A format by its name in `f`. A `paged` one has the limits and links of a page, the others have none."""

    name: str
    media: str
    title: str
    extension: str
    paged: bool = False


GEOJSON_FILE = Format("geojson", "application/geo+json", "GeoJSON, all in one file", "geojson")
SEQUENCE = Format("geojsonseq", "application/geo+json-seq", "GeoJSON text sequence", "geojsons")
JSONFG = Format("jsonfg", "application/vnd.ogc.fg+json", "JSON-FG", "json", paged=True)
CSV = Format("csv", "text/csv; charset=utf-8; header=present", "CSV", "csv")
FLATGEOBUF = Format("fgb", "application/flatgeobuf", "FlatGeobuf", "fgb")
GEOPACKAGE = Format("gpkg", "application/geopackage+sqlite3", "GeoPackage", "gpkg")
PARQUET = Format("parquet", "application/vnd.apache.parquet", "GeoParquet", "parquet")
FORMATS = (GEOJSON_FILE, SEQUENCE, JSONFG, CSV, FLATGEOBUF, GEOPACKAGE, PARQUET)
NAMES = tuple(each.name for each in FORMATS)
# How pages call them; a page of GeoJSON is called what its file is.
WORDS = {
    "json": "GeoJSON",
    "geojson": "GeoJSON",
    "geojsonseq": "GeoJSONSeq",
    "jsonfg": "JSON-FG",
    "csv": "CSV",
    "gpkg": "GeoPackage",
    "fgb": "FlatGeobuf",
    "parquet": "Parquet",
}
_BY_NAME = {each.name: each for each in FORMATS}
# What a bare media type means: of two formats with one media type the page comes first.
_BY_MEDIA = {each.media.partition(";")[0]: each for each in FORMATS if each is not GEOJSON_FILE}
_PAGES = ("application/geo+json", "application/json", "text/html")


def media(name: str | None) -> str | None:
    """Return the media type of a format by its name; None for pages of GeoJSON and HTML."""
    return None if name is None else _BY_NAME[name].media


def asked(request: Request) -> Format | None:
    """Return the format asked for by `f`, else by Accept; None for a GeoJSON page or HTML.

    An `f` that is wrong or there twice is None too: whoever reads the parameters refuses it.
    """
    stated = request.args.getlist("f")
    if stated:
        return _BY_NAME.get(stated[0]) if len(stated) == 1 else None
    if not request.accept_mimetypes:
        return None
    return _BY_MEDIA.get(request.accept_mimetypes.best_match([*_PAGES, *_BY_MEDIA]) or "")
