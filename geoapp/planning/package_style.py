"""The legend as a QGIS style: one rule for each class, with the fills, patterns and marks of the screen.

A GeoPackage carries styles in a table `layer_styles`, from which QGIS takes the default by itself.
"""

import sqlite3
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from geoapp.planning.figures import Scale
from geoapp.planning.prints import palette

NAME = "Concerns per km walked, smoothed"
_MARK = "CentroidFill"
_MIDDLE = 2
_VERDICTS = {"higher": "Higher than expected", "lower": "Lower than expected"}
_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))"""
_REGISTER = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description)
VALUES ('layer_styles', 'attributes', 'layer_styles', 'Styles that QGIS reads')"""
_INSERT = """
INSERT INTO layer_styles
    (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD,
     useAsDefault, description, owner)
VALUES ('', '', ?, ?, 'Lamplight', ?, '', 1, ?, 'Lamplight')"""

Part = tuple[str, dict[str, str], "Inner | None"]
Inner = tuple[str, str, dict[str, str]]


def put_style(file: Path, layer: str, scale: Scale, few: int) -> None:
    """Write the default style of a layer into a GeoPackage that has none yet."""
    with sqlite3.connect(file) as package:
        [column] = package.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", [layer]
        ).fetchone()
        package.execute(_TABLE)
        package.execute(_REGISTER)
        package.execute(_INSERT, [layer, column, qml(scale, few), NAME])
    package.close()


def qml(scale: Scale, few: int) -> str:
    """Return the style as QGIS writes it: a rule and a symbol for each class, none of which overlap."""
    document = Element("qgis", version="3.22.0", styleCategories="Symbology")
    renderer = SubElement(document, "renderer-v2", type="RuleRenderer", symbollevels="1", forceraster="0")
    rules, symbols = SubElement(renderer, "rules", key="lamplight"), SubElement(renderer, "symbols")
    for number, (label, where, parts) in enumerate(_classes(scale, few)):
        SubElement(rules, "rule", key=f"lamplight-{number}", symbol=str(number), label=label, filter=where)
        _symbol(symbols, str(number), parts)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + tostring(document, "unicode")


def _classes(scale: Scale, few: int) -> list[tuple[str, str, list[Part]]]:
    """Return each class: its words, which areas are in it, and what it is drawn with."""
    nothing = _fill(palette.WHITE, palette.LINE2, 0.25)
    made: list[tuple[str, str, list[Part]]] = [
        ("Never walked", "\"verdict\" = 'never_walked'", [_fill(palette.NEVER, palette.INK3, 0.35, "dash")]),
        (
            f"Not shown, fewer than {few} walks",
            "\"verdict\" = 'suppressed'",
            [_fill(palette.THIN_GROUND, palette.LINE2, 0.25), _dots()],
        ),
        (
            "Walked, nothing raised; lower than expected",
            '"concerns" = 0 AND "verdict" = \'lower\'',
            [_fill(palette.WHITE, palette.INK, 0.4), _mark("lower")],
        ),
        (
            "Walked, nothing raised",
            "\"concerns\" = 0 AND \"verdict\" NOT IN ('lower', 'never_walked', 'suppressed')",
            [nothing],
        ),
        (
            "Too little walking to say",
            '"concerns" > 0 AND "verdict" = \'too_little_walking\'',
            [_fill(palette.THIN_GROUND, palette.LINE2, 0.25), _hatch()],
        ),
    ]
    for verdict, words in _VERDICTS.items():
        for step, limits, where in _steps(scale.breaks):
            parts = [_fill(palette.FILLS[f"clear-{step + 1}"], palette.INK, 0.4), _mark(verdict)]
            raised = f'"concerns" > 0 AND "verdict" = \'{verdict}\''
            made.append((f"{words}, {limits} per km", f"{raised} AND {where}", parts))
    for step, limits, where in _steps(scale.breaks):
        parts = [_fill(palette.FILLS[f"chance-{step + 1}"], palette.WHITE, 0.3)]
        raised = '"concerns" > 0 AND "verdict" = \'as_expected\''
        made.append((f"As expected, {limits} per km", f"{raised} AND {where}", parts))
    return made


def _steps(breaks: Sequence[float]) -> list[tuple[int, str, str]]:
    """Return the classes of the smoothed rate: number, words and condition; one where there are no limits."""
    if not breaks:
        return [(_MIDDLE, "any rate", "TRUE")]
    words = [f"{each:g}" for each in breaks]
    between = [
        (i, f"{low} to {high}", f'"eb_rate" >= {low} AND "eb_rate" < {high}')
        for i, (low, high) in enumerate(pairwise(words), start=1)
    ]
    first = (0, f"under {words[0]}", f'"eb_rate" < {words[0]}')
    return [first, *between, (len(breaks), f"{words[-1]} and more", f'"eb_rate" >= {words[-1]}')]


def _fill(colour: str, line: str, width_mm: float, line_style: str = "solid") -> Part:
    said = {"color": _rgba(colour), "style": "solid", "outline_color": _rgba(line), "joinstyle": "round"}
    return (
        "SimpleFill",
        said | {"outline_style": line_style, "outline_width": f"{width_mm:g}", "outline_width_unit": "MM"},
        None,
    )


def _hatch() -> Part:
    line = {"line_color": _rgba(palette.THIN_LINE), "line_width": "0.4", "line_width_unit": "MM"}
    return (
        "LinePatternFill",
        {"angle": "45", "distance": "1.8", "distance_unit": "MM"},
        ("line", "SimpleLine", line | {"line_style": "solid"}),
    )


def _dots() -> Part:
    dot = {"name": "circle", "color": _rgba(palette.DOT), "outline_style": "no", "size": "0.7"}
    return (
        "PointPatternFill",
        {
            "distance_x": "2.1",
            "distance_y": "1.05",
            "displacement_x": "1.05",
            "displacement_y": "0",
            "distance_x_unit": "MM",
            "distance_y_unit": "MM",
            "displacement_x_unit": "MM",
        },
        ("marker", "SimpleMarker", dot | {"size_unit": "MM"}),
    )


def _mark(verdict: str) -> Part:
    mark = {
        "name": "triangle",
        "angle": "0" if verdict == "higher" else "180",
        "color": _rgba(palette.INK),
        "outline_color": _rgba(palette.WHITE),
        "outline_width": "0.4",
        "outline_width_unit": "MM",
        "size": "3.2",
        "size_unit": "MM",
    }
    return (
        _MARK,
        {"point_on_surface": "1", "point_on_all_parts": "0"},
        ("marker", "SimpleMarker", mark),
    )


def _symbol(symbols: Element, name: str, parts: Sequence[Part]) -> None:
    symbol = SubElement(symbols, "symbol", type="fill", name=name, alpha="1", clip_to_extent="1")
    # Strong outlines over pale ones, and marks over both, whichever ward comes first.
    clear = any(kind == _MARK for kind, _, _ in parts)
    for number, (kind, said, inner) in enumerate(parts):
        layer = _layer(symbol, kind, said, over=2 if kind == _MARK else int(clear))
        if inner is not None:
            of, inner_kind, inner_said = inner
            within = SubElement(
                layer, "symbol", type=of, name=f"@{name}@{number}", alpha="1", clip_to_extent="1"
            )
            _layer(within, inner_kind, inner_said)


def _layer(symbol: Element, kind: str, said: dict[str, str], *, over: int = 0) -> Element:
    layer = SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": str(over)})
    options = SubElement(layer, "Option", type="Map")
    for key, value in said.items():
        SubElement(options, "Option", name=key, value=value, type="QString")
    # Versions before 3.22 read these instead.
    for key, value in said.items():
        SubElement(layer, "prop", k=key, v=value)
    return layer


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},255"
