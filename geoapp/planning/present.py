"""What leaves the planning room as data: every member and column named here."""

import csv
import hashlib
import io
import json
from dataclasses import asdict

from geoapp.config import Rules
from geoapp.planning.figures import Answer, AreaFigure
from geoapp.planning.selection import Chosen, last_day
from geoapp.queries.areas import LIGHTS

_LINE_STARTERS = ("=", "+", "-", "@", "\t", "\r")

COLUMNS = (
    "code",
    "name",
    "borough_code",
    "borough_name",
    "concerns",
    "positives",
    "walks",
    "km",
    "minutes",
    "rate",
    "rate_low",
    "rate_high",
    "eb_rate",
    "expected",
    "p_value",
    "q_value",
    "verdict",
    "km_needed",
    "reason",
)


def properties(area: AreaFigure) -> dict[str, object]:
    """Return the properties of one area, in the order of the contract."""
    return {
        "code": area.code,
        "name": area.name,
        "borough_code": area.borough_code,
        "borough_name": area.borough_name,
        "concerns": area.concerns,
        "positives": area.positives,
        "walks": area.walks,
        "km": area.km,
        "minutes": area.minutes,
        "rate": area.rate,
        "rate_low": area.rate_low,
        "rate_high": area.rate_high,
        "eb_rate": area.eb_rate,
        "expected": area.expected,
        "p_value": area.p_value,
        "q_value": area.q_value,
        "verdict": area.verdict.value,
        "km_needed": area.km_needed,
        "reason": area.reason,
    }


def areas_json(found: Answer, chosen: Chosen, rules: Rules) -> str:
    """Return the FeatureCollection as text; outlines go in as they are kept, never read and written anew."""
    features = ",\n".join(
        f'{{"type":"Feature","id":{_json(area.code)},"geometry":{area.outline or "null"},'
        f'"properties":{_json(properties(area))}}}'
        for area in found.areas
    )
    return (
        f'{{"type":"FeatureCollection","method":{_json(method(found, chosen, rules))},'
        f'"version":{_json(found.version)},"selection":{_json(selection(chosen))},'
        f'"totals":{_json(totals(found))},"features":[\n{features}\n]}}\n'
    )


def areas_csv(found: Answer) -> str:
    """Return the same columns as text of RFC 4180, with a header line.

    A name that a spreadsheet would take for a formula gets an apostrophe before it; the other columns are
    numbers, codes and words of our own.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for area in found.areas:
        row = properties(area)
        row["name"], row["borough_name"] = _no_formula(area.name), _no_formula(area.borough_name)
        writer.writerow([row[column] for column in COLUMNS])
    return out.getvalue()


def file_name(chosen: Chosen, ending: str) -> str:
    """Return a name for the file that says what is in it."""
    asked = chosen.selection
    parts = [f"lamplight-{asked.area}", f"{asked.first:%Y-%m}", "to", f"{asked.last:%Y-%m}"]
    if asked.lights != LIGHTS:
        parts += asked.lights
    return "-".join(parts) + f".{ending}"


def selection(chosen: Chosen) -> dict[str, object]:
    """Return what the answer really holds, as days and codes."""
    asked = chosen.selection
    return {
        "area": asked.area,
        "edition": chosen.edition.name if chosen.edition else None,
        "from": asked.first.isoformat(),
        "to": last_day(asked.last).isoformat(),
        "light": list(asked.lights),
        "factor": None if asked.factors is None else list(asked.factors),
        "kind": asked.kind,
        "borough": None if asked.boroughs is None else list(asked.boroughs),
        "not_yours": list(chosen.left_out),
    }


def totals(found: Answer) -> dict[str, object]:
    """Return sums over the areas that are shown, and what lies outside all wards."""
    return {
        "concerns": found.totals.concerns,
        "walks": found.totals.walks,
        "km": found.totals.km,
        "minutes": found.totals.minutes,
        "outside": found.totals.outside,
    }


def method(found: Answer, chosen: Chosen, rules: Rules) -> dict[str, object]:
    """Return how the figures were made, with the numbers that another installation may have set otherwise."""
    reference = found.scale.reference
    return {
        "rate": "concerns per km walked, whole months",
        "interval": "Garwood, exact Poisson, 95 %",
        "eb_rate": "empirical Bayes, Marshall (1991), global",
        "expected": "overall rate of the areas shown times the km walked in the area",
        "test": "two-sided exact Poisson, Benjamini-Hochberg over the areas shown",
        "false_discovery_rate": rules.false_discovery,
        "enough_expected": rules.enough_expected,
        "withheld_below_walks": rules.partner_min_walks if chosen.partner else None,
        "overall_rate": found.overall,
        "scale": {
            "breaks": list(found.scale.breaks),
            "overall_rate": found.scale.overall,
            "from": reference.first.isoformat(),
            "to": last_day(reference.last).isoformat(),
        },
    }


def etag(version: str, chosen: Chosen, rules: Rules, ending: str) -> str:
    """Return the strong tag of an answer without quotes: data, selection, reader's scope, rules, format."""
    parts = [version, ending, repr(chosen), repr(asdict(rules)), "1"]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _no_formula(text: str | None) -> str | None:
    return f"'{text}" if text and text.startswith(_LINE_STARTERS) else text
