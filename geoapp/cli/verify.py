"""`geoapp verify`: counting again everything that is kept ready, and following the audit chain."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

import click
import numpy as np
import shapely
from sqlalchemy import Connection

from geoapp.actions.outlines import outline
from geoapp.actions.tracks import cleaned_track, geometry, read_chunk
from geoapp.cli.opening import database
from geoapp.cli.people import json_option
from geoapp.cli.progress import Bar, progress
from geoapp.config import Rules
from geoapp.db import reading
from geoapp.queries import verify as queries
from geoapp.queries.verify import METRES_TOLERANCE, Difference
from geoapp.queries.verify_cube import cell_differences, cube_differences
from geoapp.queries.verify_feed import feed_differences
from spatial.crs import BNG, WGS84, to_bng_or_nan
from spatial.light import LIGHTS, lights_along

_SHOWN = 20
_CONCERNS_AT_ONCE = 2_000
_WALKS_AT_ONCE = 20
_AREAS_AT_ONCE = 100
# A degree is at most 111.7 km: this is a tenth of a millimetre.
_DEGREES_TOLERANCE = 1e-9
_EWKB_HEAD, _LINE_HEAD, _VERTEX = 13, 9, 24


@dataclass
class Findings:
    """Differences by check: how many, and the first of them."""

    counts: Counter[str] = field(default_factory=Counter)
    shown: dict[str, list[Difference]] = field(default_factory=dict)

    def add(self, differences: Iterable[Difference]) -> None:
        """Take in differences; of each check the first 20 are kept."""
        for each in differences:
            self.counts[each.check] += 1
            kept = self.shown.setdefault(each.check, [])
            if len(kept) < _SHOWN:
                kept.append(each)


@click.command()
@json_option
def verify(as_json: bool) -> None:
    """Recount everything that is worked out from what was recorded; ends with 1 on any difference.

    \b
    concern_area  shares of concerns in areas, within 1e-9
    exposure      metres (within 0.01) and minutes of walks in areas by light
    track         cleaned tracks against the fixes as they came, within 0.01 m
    figure_…      counts, walks and metres of areas by month, light and factor, added up anew
    cell, cell_ward  hexagons against the grid, and the wards that hold their centres
    feed_…        texts, totals and presence kept for councils, put together anew
    concern       National Grid by OSTN15 (within 0.01 m), light, and the hash of what was sent
    area          outlines kept ready for maps
    audit         numbers without holes, each entry following from the one before
    """  # noqa: D301 (click reads \b)
    findings = Findings()
    with database() as settings, progress(quiet=as_json) as bar, reading() as connection:
        queries.without_time_limit(connection)
        counted = queries.counts(connection)
        bar.step("Concerns", counted.concerns)
        for concerns in queries.concern_batches(connection, _CONCERNS_AT_ONCE):
            findings.add(queries.concern_area_differences(connection, concerns))
            findings.add(_concern_differences(connection, concerns))
            bar.advance(len(concerns))
        bar.step("Walks", counted.walks)
        for walks in queries.walk_batches(connection, _WALKS_AT_ONCE):
            findings.add(queries.exposure_differences(connection, walks))
            findings.add(_track_differences(connection, walks, settings.rules))
            bar.advance(len(walks))
        findings.add(queries.left_behind(connection))
        findings.add(cube_differences(connection))
        findings.add(cell_differences(connection))
        findings.add(feed_differences(connection))
        _follow(connection, counted, findings, bar)
    _print(counted, findings, as_json=as_json)
    if findings.counts:
        raise click.exceptions.Exit(1)


def _follow(connection: Connection, counted: queries.Counts, findings: Findings, bar: Bar) -> None:
    """Go through outlines and audit entries."""
    bar.step("Areas", counted.areas)
    for areas in queries.outlines(connection, _AREAS_AT_ONCE):
        for area in areas:
            if area.geom is None or outline(shapely.from_wkb(area.geom)) != area.outline:
                findings.add(
                    [
                        Difference(
                            "area", f"area {area.id}, {area.code}", "the outline is not that of its shape"
                        )
                    ]
                )
        bar.advance(len(areas))
    bar.step("Audit entries", counted.entries)
    for gone_through, differences in queries.audit_differences(connection, counted.entries):
        findings.add(differences)
        bar.advance(gone_through)


def _concern_differences(connection: Connection, ids: Sequence[UUID]) -> Iterator[Difference]:
    """Give concerns whose National Grid, light or body is not what follows from place, time and hash."""
    rows = queries.places(connection, ids)
    wgs84 = shapely.from_wkb([row.geom for row in rows])
    bng = shapely.from_wkb([row.geom_bng for row in rows])
    lonlat, owner = shapely.get_coordinates(wgs84, return_index=True)
    easting, northing = to_bng_or_nan(lonlat[:, 0], lonlat[:, 1])
    kept = shapely.get_coordinates(bng)
    if kept.shape != lonlat.shape:
        yield Difference("concern", "several", "places in WGS84 and National Grid do not pair")
        return
    off = np.hypot(kept[:, 0] - easting, kept[:, 1] - northing)
    wrong = set(owner[~(off <= METRES_TOLERANCE)].tolist())
    first = np.searchsorted(owner, np.arange(len(rows)))
    t_ms = np.array([round(row.recorded_at.timestamp() * 1000) for row in rows], dtype=np.int64)
    lights = lights_along(lonlat[first, 0], lonlat[first, 1], t_ms)
    for at, row in enumerate(rows):
        subject = f"concern {row.id}"
        if at in wrong:
            yield Difference(
                "concern", subject, f"National Grid is off by {np.nanmax(off[owner == at]):.3f} m"
            )
        light = LIGHTS[int(lights[at])].value
        if light != row.light:
            yield Difference("concern", subject, f"light is {row.light}, recounted {light}")
        if not row.body_whole:
            yield Difference("concern", subject, "what was sent does not have its hash")


def _track_differences(connection: Connection, ids: Sequence[UUID], rules: Rules) -> Iterator[Difference]:
    """Give walks whose track is not what cleaning their fixes gives."""
    stored = queries.tracks(connection, ids)
    chunks = queries.chunks(connection, ids)
    for row in chunks:
        if not row.body_whole:
            yield Difference("track", f"walk {row.walk_id}", f"chunk {row.chunk} does not have its hash")
    recorded = {
        walk: [read_chunk(row.chunk, row.body) for row in rows]
        for walk, rows in groupby(chunks, key=lambda row: row.walk_id)
    }
    for walk in sorted(stored.keys() | recorded.keys()):
        cleaned = cleaned_track(recorded.get(walk, []), rules)
        for what in _track_faults(stored.get(walk), cleaned):
            yield Difference("track", f"walk {walk}", what)


def _track_faults(track: Any, cleaned: Any) -> Iterator[str]:  # noqa: ANN401 (a row, a CleanTrack)
    lines = [piece for piece in cleaned.pieces if len(piece.lon) > 1]
    if track is None or not lines:
        if track is not None:
            yield "there is a track, and no fixes that make one"
        elif lines:
            yield "there are fixes that make a track, and no track"
        return
    for name, crs, tolerance in (("geom", WGS84, _DEGREES_TOLERANCE), ("geom_bng", BNG, METRES_TOLERANCE)):
        if not _same_lines(bytes(getattr(track, name)), bytes(geometry(lines, crs).data), tolerance):
            yield f"{name} is not the line that its fixes make"
    for name, tolerance in (("metres", METRES_TOLERANCE), ("minutes", queries.MINUTES_TOLERANCE)):
        kept, again = getattr(track, name), getattr(cleaned, name)
        if not abs(kept - again) <= tolerance:
            yield f"{name}: {kept:.12g}, recounted {again:.12g}"
    if track.light != cleaned.segments().light.tolist():
        yield "light along it is not that of its places and times"
    if track.dropped != dict(cleaned.dropped):
        yield f"dropped: {track.dropped}, recounted {dict(cleaned.dropped)}"


def _same_lines(kept: bytes, again: bytes, tolerance: float) -> bool:
    """Tell whether two MultiLineStringM have the same pieces and times, and places within a tolerance."""
    if kept == again:
        return True
    pairs = zip(_lines(kept), _lines(again), strict=False)
    return len(kept) == len(again) and all(
        a.shape == b.shape and bool((np.abs(a - b) <= [tolerance, tolerance, 0]).all()) for a, b in pairs
    )


def _lines(ewkb: bytes) -> Iterator[np.ndarray[Any, np.dtype[np.float64]]]:
    """Give the x, y, m of each line of a little-endian MultiLineStringM."""
    at = _EWKB_HEAD
    while at < len(ewkb):
        vertices = int.from_bytes(ewkb[at + 5 : at + _LINE_HEAD], "little")
        at += _LINE_HEAD
        yield np.frombuffer(ewkb, "<f8", vertices * 3, at).reshape(-1, 3)
        at += vertices * _VERTEX


def _print(counted: queries.Counts, findings: Findings, *, as_json: bool) -> None:
    checked = {
        "concerns": counted.concerns,
        "walks": counted.walks,
        "areas": counted.areas,
        "audit_entries": counted.entries,
    }
    if as_json:
        differences = [
            {
                "check": check,
                "count": count,
                "first": [{"subject": each.subject, "what": each.what} for each in findings.shown[check]],
            }
            for check, count in findings.counts.items()
        ]
        click.echo(json.dumps({"ok": not differences, "checked": checked, "differences": differences}))
        return
    for check, count in findings.counts.items():
        click.echo(f"{check}: {count:,} difference{'s' if count > 1 else ''}")
        for each in findings.shown[check]:
            click.echo(f"  {each.subject}: {each.what}")
        if count > _SHOWN:
            click.echo(f"  … and {count - _SHOWN:,} more.")
    one = {"concerns": "concern", "walks": "walk", "areas": "area", "audit_entries": "audit entry"}
    listed = ", ".join(
        f"{count:,} {one[name] if count == 1 else name.replace('_', ' ')}" for name, count in checked.items()
    )
    verdict = "see the differences above" if findings.counts else "no difference found"
    click.echo(f"Counted again: {listed}; {verdict}.")
