"""What leaves the planning room as clusters, surface and comparison: every member named here."""

import io
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from geoapp.config import Rules
from geoapp.planning.classes import class_of
from geoapp.planning.clusters import MOST_CELLS, SIMULATIONS, Field
from geoapp.planning.compare import Change, Comparison, Ratio
from geoapp.planning.present import method, selection, totals
from geoapp.planning.selection import Chosen, last_day
from geoapp.planning.surface import Surface
from spatial.crs import to_bng_or_nan, to_wgs84_or_nan
from spatial.hotspots import DEFAULT_BANDWIDTH_M, THIN_M_PER_HA, Cluster

# The ten fills of the map, from the lowest class to the highest: clear of chance, and could be chance.
CLEAR = ("#0B565E", "#4C9599", "#CFC6A6", "#CB8A2E", "#7E4407")
CHANCE = ("#C3DBDA", "#DCE8E4", "#F1EDE2", "#F1DFBF", "#E5C494")
_MOST_PIXELS = 1_024


def clusters_json(scanned: Field, found: Sequence[Cluster], rules: Rules) -> str:
    """Return the clusters as text, most likely first; `relative_risk` is null where no case lies outside."""
    how = {
        "scan": "Kulldorff (1997), circles round centres of walked cells, up to half of the expected total",
        "expected": "in proportion to km walked, over the cells scanned",
        "p": f"Monte Carlo, {SIMULATIONS} simulations, seeded from the selection",
        "cells": len(scanned.cells),
        "most_cells": MOST_CELLS,
        "withheld_below_walks": rules.partner_min_walks if scanned.chosen.partner else None,
    }
    return _json(
        {
            "clusters": [
                {
                    "cells": [scanned.cells[int(at)].code for at in each.cells],
                    "cases": each.cases,
                    "expected": each.expected,
                    "relative_risk": _there(each.relative_risk),
                    "llr": each.llr,
                    "p": each.p,
                }
                for each in found
            ],
            "method": how,
            "version": scanned.found.version,
            "selection": selection(scanned.chosen),
            "totals": totals(scanned.found),
        }
    )


def surface_json(found: Surface, rules: Rules) -> str:
    """Return the surface as text: squares of National Grid, null where walking is thin."""
    rows, columns = found.values.shape
    how = {
        "surface": "concern density over walking density, Kelsall and Diggle (1995), 1 = as everywhere",
        "kernel": "Gaussian",
        "bandwidth_m": max(DEFAULT_BANDWIDTH_M, found.pixel_m),
        "thin_below_m_per_ha": THIN_M_PER_HA,
        "from_cells": "hex200",
        "withheld_below_walks": rules.partner_min_walks if found.chosen.partner else None,
        "overall_rate": found.found.overall,
        "breaks": list(found.found.scale.breaks),
    }
    return _json(
        {
            "grid": {
                "crs": "EPSG:27700",
                "west": found.west,
                "north": found.north,
                "cell_m": found.pixel_m,
                "rows": rows,
                "columns": columns,
                "order": "rows from north to south, each from west to east",
            },
            "values": [[_there(value) for value in row] for row in found.values.tolist()],
            "clear": [[int(value) for value in row] for row in found.clear.tolist()],
            "method": how,
            "version": found.found.version,
            "selection": selection(found.chosen),
            "totals": totals(found.found),
        }
    )


def surface_png(found: Surface) -> tuple[bytes, tuple[float, float, float, float] | None]:
    """Return the surface as a picture in web mercator, and its west, south, east, north in degrees.

    Stepped bands in the fills of the map, transparent where walking is thin. A picture of one transparent
    pixel and no bounds where nothing was walked.
    """
    if not found.values.size or found.found.overall is None:
        return _png(np.zeros((1, 1, 4), dtype=np.uint8)), None
    colours = _colours(found)
    rows, columns = found.values.shape
    x = found.west + np.array([0, columns, columns, 0, columns / 2, columns / 2]) * found.pixel_m
    y = found.north - np.array([0, 0, rows, rows, 0, rows]) * found.pixel_m
    lon, lat = to_wgs84_or_nan(x, y)
    if not bool(np.isfinite(lon).any()):
        return _png(np.zeros((1, 1, 4), dtype=np.uint8)), None
    west, south, east, north = np.nanmin(lon), np.nanmin(lat), np.nanmax(lon), np.nanmax(lat)
    # The map's rows are even in isometric latitude, artanh(sin(latitude)), as its columns are in longitude.
    bottom, top = np.arctanh(np.sin(np.radians([south, north])))
    # As many pixels as there are squares from west to east, so that none is lost.
    across = min(_MOST_PIXELS, columns)
    down = min(_MOST_PIXELS, max(1, round(across * (top - bottom) / np.radians(east - west))))
    at_lon = west + (np.arange(across) + 0.5) * (east - west) / across
    at_lat = np.degrees(np.arcsin(np.tanh(top - (np.arange(down) + 0.5) * (top - bottom) / down)))
    easting, northing = to_bng_or_nan(*np.meshgrid(at_lon, at_lat))
    column = np.floor((easting - found.west) / found.pixel_m)
    row = np.floor((found.north - northing) / found.pixel_m)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    picture = np.zeros((down, across, 4), dtype=np.uint8)
    picture[inside] = colours[row[inside].astype(int), column[inside].astype(int)]
    return _png(picture), (float(west), float(south), float(east), float(north))


def _colours(found: Surface) -> NDArray[np.uint8]:
    """Return red, green, blue and alpha of each square."""
    overall, scale = found.found.overall or 0.0, found.found.scale
    seen = np.isfinite(found.values)
    band = np.full(found.values.shape, class_of(None, scale), dtype=int)
    if scale.breaks:
        # As class_of: a rate on a break belongs to the class above it.
        band[seen] = 1 + np.searchsorted(np.array(scale.breaks), found.values[seen] * overall, side="right")
    fills = np.array([[_rgb(fill) for fill in CHANCE], [_rgb(fill) for fill in CLEAR]], dtype=np.uint8)
    colours = np.zeros((*found.values.shape, 4), dtype=np.uint8)
    colours[..., :3] = fills[found.clear.astype(int), band - 1]
    colours[..., 3] = np.where(seen, 255, 0)
    colours[~seen] = 0
    return colours


def _rgb(fill: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(fill[1:]))


def _png(picture: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture, "RGBA").save(out, "PNG")
    return out.getvalue()


def compare_json(found: Comparison, rules: Rules) -> str:
    """Return the comparison as text."""
    how = method(found.after, found.later, rules) | {
        "ratio": "rate of the later period over that of the earlier one, exact conditional interval, 95 %",
        "test": "exact conditional (Przyborowski and Wilenski 1940), Benjamini-Hochberg over the wards shown",
        "neighbours": "wards that touch, together; overall: all wards shown and walked in both periods",
    }
    return _json(
        {
            "method": how,
            "version": found.after.version,
            "selection": selection(found.later) | {"edition": _edition(found.later)},
            "periods": {
                "earlier": _period(found.earlier) | {"totals": totals(found.before)},
                "later": _period(found.later) | {"totals": totals(found.after)},
            },
            "totals": {
                "wards": sum(each.ratio is not None for each in found.changes),
                "clear": sum(each.clear for each in found.changes),
            },
            "overall": _ratio(found.overall),
            "wards": [_change(each) for each in found.changes],
        }
    )


def _change(each: Change) -> dict[str, object]:
    return {
        "code": each.area.code,
        "name": each.area.name,
        "borough_code": each.area.borough_code,
        "borough_name": each.area.borough_name,
        "change": _ratio(each.ratio),
        "q_value": each.q,
        "clear": each.clear,
        "neighbours": _ratio(each.neighbours),
        "reason": each.reason,
    }


def _ratio(each: Ratio | None) -> dict[str, object] | None:
    if each is None:
        return None
    return {
        "earlier": {"concerns": each.earlier_concerns, "km": each.earlier_km},
        "later": {"concerns": each.later_concerns, "km": each.later_km},
        "ratio": each.ratio,
        "ratio_low": each.low,
        "ratio_high": each.high,
        "p_value": each.p,
    }


def _period(chosen: Chosen) -> dict[str, object]:
    asked = chosen.selection
    return {"from": asked.first.isoformat(), "to": last_day(asked.last).isoformat()}


def _edition(chosen: Chosen) -> str | None:
    return chosen.edition.name if chosen.edition else None


def _there(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
