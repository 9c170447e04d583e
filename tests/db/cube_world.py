"""Histories of writes, and the same figures worked out beside the database, by shapely."""

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TypeAlias

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.actions import wards
from geoapp.actions.cells import outline_cells
from geoapp.actions.people import team_id
from geoapp.queries.areas import LIGHTS, Selection
from spatial.crs import geometry_to_wgs84
from spatial.grid import HexGrid
from spatial.wards import WardShape

WEST, SOUTH = 530_000.0, 175_000.0
MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
FACTORS = {
    "lighting": "environment",
    "isolation": "environment",
    "followed": "behaviour",
    "threatened": "behaviour",
}
Shapes: TypeAlias = dict[str, Polygon | MultiPolygon]
GRIDS = {"hex200": HexGrid.HEX200, "hex500": HexGrid.HEX500}


def quarters(shift: float) -> tuple[WardShape, ...]:
    """Four wards that fill a square of 1200 m, two of each borough, divided by lines askew by `shift`."""
    a, b, c, d = (0, 0), (1200, 0), (1200, 1200), (0, 1200)
    south, north = (600 + shift, 0), (600 - shift, 1200)
    west, east, middle = (0, 600 - 2 * shift), (1200, 600 + shift), (600, 600)
    rings = [
        [a, south, middle, west],
        [south, b, east, middle],
        [west, middle, north, d],
        [middle, east, c, north],
    ]
    made = []
    for number, ring in enumerate(rings):
        shape = MultiPolygon([Polygon([(WEST + x, SOUTH + y) for x, y in ring])])
        borough, name = [("E09000022", "Lambeth"), ("E09000028", "Southwark")][number // 2]
        made.append(
            WardShape(
                number, f"E0500000{number}", f"Ward {number}", borough, name, geometry_to_wgs84(shape), shape
            )
        )
    return tuple(made)


@dataclass
class Raised:
    """A concern as it was last written."""

    place: Point | LineString
    kind: str
    month: date
    light: str
    walk: uuid.UUID | None
    factors: set[str] = field(default_factory=set)


@dataclass
class Expected:
    """What an area has to say."""

    concerns: float = 0.0
    positives: float = 0.0
    concern_walks: set[uuid.UUID] = field(default_factory=set)
    positive_walks: set[uuid.UUID] = field(default_factory=set)
    walks: set[uuid.UUID] = field(default_factory=set)
    metres: float = 0.0


@dataclass
class History:
    """Writes into a session, and what stands after them."""

    session: Session
    rng: np.random.Generator
    concerns: dict[uuid.UUID, Raised] = field(default_factory=dict)
    walks: dict[uuid.UUID, date | None] = field(default_factory=dict)
    tracks: dict[uuid.UUID, list[tuple[LineString, int]]] = field(default_factory=dict)
    editions: dict[str, tuple[WardShape, ...]] = field(default_factory=dict)

    def somewhere(self) -> tuple[float, float]:
        """A place in the wards or up to 150 m outside, to the millimetre."""
        x, y = self.rng.uniform(-150, 1350, 2).round(3)
        return WEST + float(x), SOUTH + float(y)

    def import_edition(self, name: str, shift: float | None = None) -> None:
        """Import wards whose lines lie askew, by some metres at random where it is not said."""
        askew = float(self.rng.uniform(-90, 90).__round__(3)) if shift is None else shift
        self.editions[name] = quarters(askew)
        wards.import_edition(self.session, wards.NewEdition(name, self.editions[name]), by="tests")

    def add_walk(self) -> None:
        walk = uuid.UUID(bytes=self.rng.bytes(16))
        month = MONTHS[self.rng.integers(3)] if self.rng.random() < 0.8 else None
        self.session.execute(
            text("INSERT INTO walk (id, team_id, started_at) VALUES (:id, :team, :at)"),
            {"id": walk, "team": team_id(self.session, "Brixton"), "at": self._in(month)},
        )
        self.walks[walk] = month

    def move_walk(self) -> None:
        if self.walks:
            walk = self._one(self.walks)
            self.walks[walk] = MONTHS[self.rng.integers(3)] if self.rng.random() < 0.9 else None
            self.session.execute(
                text("UPDATE walk SET started_at = :at WHERE id = :id"),
                {"id": walk, "at": self._in(self.walks[walk])},
            )

    def write_track(self) -> None:
        """Write a track anew, as each chunk does: some pieces, light by segment."""
        if not self.walks:
            return
        walk, pieces, lights = self._one(self.walks), [], []
        for _ in range(self.rng.integers(1, 3)):
            places = [self.somewhere() for _ in range(self.rng.integers(2, 5))]
            pieces.append(places)
            lights += [int(code) for code in self.rng.integers(0, 3, len(places) - 1)]
        lines = ", ".join(
            "(" + ", ".join(f"{x!r} {y!r} {1000.0 * n!r}" for n, (x, y) in enumerate(piece)) + ")"
            for piece in pieces
        )
        self.session.execute(
            text(
                "INSERT INTO track (walk_id, geom, geom_bng, light, metres, minutes)"
                " SELECT :id, ST_SetSRID(g, 4326), ST_SetSRID(g, 27700), :light, 0, 0"
                " FROM ST_GeomFromText(:line) g ON CONFLICT (walk_id) DO UPDATE SET"
                " geom = EXCLUDED.geom, geom_bng = EXCLUDED.geom_bng, light = EXCLUDED.light"
            ),
            {"id": walk, "light": lights, "line": f"MULTILINESTRING M ({lines})"},
        )
        segments = [LineString(piece[n : n + 2]) for piece in pieces for n in range(len(piece) - 1)]
        self.tracks[walk] = list(zip(segments, lights, strict=True))

    def drop_track(self) -> None:
        if self.tracks:
            walk = self._one(self.tracks)
            del self.tracks[walk]
            self.session.execute(text("DELETE FROM track WHERE walk_id = :id"), {"id": walk})

    def raise_concerns(self) -> None:
        """Write one to three in one statement, as an import does."""
        added = {uuid.UUID(bytes=self.rng.bytes(16)): self._said() for _ in range(self.rng.integers(1, 4))}
        self.session.execute(
            text(
                "INSERT INTO concern"
                " (id, team_id, walk_id, kind, geom, geom_bng, recorded_at, light, body, body_hash)"
                " SELECT id, :team, walk, kind, CAST(geom AS geometry), CAST(bng AS geometry), at, light,"
                " '{}', ''"
                " FROM unnest(CAST(:ids AS uuid[]), CAST(:walks AS uuid[]), CAST(:kinds AS text[]),"
                " CAST(:geoms AS text[]), CAST(:bngs AS text[]), CAST(:ats AS timestamptz[]),"
                " CAST(:lights AS text[])) AS r (id, walk, kind, geom, bng, at, light)"
            ),
            {
                "team": team_id(self.session, "Brixton"),
                "ids": list(added),
                "walks": [each.walk for each in added.values()],
                "kinds": [each.kind for each in added.values()],
                "geoms": [_ewkb(geometry_to_wgs84(each.place), 4326) for each in added.values()],
                "bngs": [_ewkb(each.place, 27700) for each in added.values()],
                "ats": [self._in(each.month) for each in added.values()],
                "lights": [each.light for each in added.values()],
            },
        )
        self.concerns |= added
        for concern in added:
            if self.rng.random() < 0.7:
                self._add_factors(concern)

    def change_concern(self) -> None:
        """Change some of what it is counted by, and leave the rest."""
        if not self.concerns:
            return
        concern, said = self._one(self.concerns), self._said()
        now = self.concerns[concern]
        for name in ("place", "kind", "month", "light", "walk"):
            if self.rng.random() < 0.4:
                setattr(now, name, getattr(said, name))
        self.session.execute(
            text(
                "UPDATE concern SET walk_id = :walk, kind = :kind, geom = :geom, geom_bng = :bng,"
                " recorded_at = :at, light = :light WHERE id = :id"
            ),
            {
                "id": concern,
                "walk": now.walk,
                "kind": now.kind,
                "geom": _ewkb(geometry_to_wgs84(now.place), 4326),
                "bng": _ewkb(now.place, 27700),
                "at": self._in(now.month),
                "light": now.light,
            },
        )

    def change_factors(self) -> None:
        if self.concerns:
            concern = self._one(self.concerns)
            if self.concerns[concern].factors and self.rng.random() < 0.5:
                gone = sorted(self.concerns[concern].factors)[: self.rng.integers(1, 3)]
                self.session.execute(
                    text("DELETE FROM concern_factor WHERE concern_id = :id AND factor_code = ANY(:codes)"),
                    {"id": concern, "codes": gone},
                )
                self.concerns[concern].factors -= set(gone)
            else:
                self._add_factors(concern)

    def share_concern(self) -> None:
        if self.concerns:
            self.session.execute(
                text(
                    "UPDATE concern SET status = CASE status WHEN 'raised' THEN 'shared' ELSE 'raised' END"
                    " WHERE id = :id"
                ),
                {"id": self._one(self.concerns)},
            )

    def remove_concerns(self) -> None:
        """Remove up to two in one statement."""
        gone = list({self._one(self.concerns) for _ in range(2) if self.concerns})
        self.session.execute(text("DELETE FROM concern WHERE id = ANY(:ids)"), {"ids": gone})
        for concern in gone:
            del self.concerns[concern]

    def move_boundaries(self) -> None:
        self.import_edition(sorted(self.editions)[self.rng.integers(len(self.editions))])

    def run(self, writes: int) -> None:
        """Write at random, mostly concerns and tracks."""
        kinds = [
            *(self.raise_concerns, self.raise_concerns, self.raise_concerns, self.add_walk, self.write_track),
            *(self.write_track, self.change_concern, self.change_concern, self.change_factors),
            *(self.change_factors, self.share_concern, self.remove_concerns, self.move_walk, self.drop_track),
            self.move_boundaries,
        ]
        for _ in range(writes):
            kinds[self.rng.integers(len(kinds))]()
        outline_cells(self.session)

    def areas(self, kind: str, edition: str) -> dict[str, tuple[Polygon | MultiPolygon, str | None]]:
        """All wards of an edition, or all cells near, with the borough that each belongs to there."""
        shapes = {each.code: (each.geom_bng, each.borough_code) for each in self.editions[edition]}
        if kind == "ward":
            return shapes
        grid, cells = GRIDS[kind], {}
        for q, r in zip(*grid.cells_over((WEST - 400, SOUTH - 400, WEST + 1600, SOUTH + 1600)), strict=True):
            centre = Point(*(float(v) for v in grid.centre(q, r)))
            boroughs = [borough for shape, borough in shapes.values() if shape.covers(centre)]
            cells[grid.code(q, r)] = (grid.polygon(q, r), boroughs[0] if boroughs else None)
        return cells

    @staticmethod
    def selected(each: Raised, asked: Selection) -> bool:
        """Whether a concern of either kind is in the selection, wherever it is."""
        about = asked.factors is None or bool(each.factors & set(asked.factors))
        return asked.first <= each.month <= asked.last and each.light in asked.lights and about

    def counts(self, each: Raised, asked: Selection) -> bool:
        """Whether it is counted, wherever it is."""
        return each.kind == asked.kind and self.selected(each, asked)

    def expected(self, asked: Selection, edition: str) -> tuple[dict[str, Expected], float, int]:
        """Area by area, what lies outside all wards, and how many walks reach any area of the answer."""
        found: dict[str, Expected] = defaultdict(Expected)
        chosen = {
            code: shape
            for code, (shape, borough) in self.areas(asked.area, edition).items()
            if asked.boroughs is None or borough in asked.boroughs
        }
        for shape in chosen.values():
            shapely.prepare(shape)
        selected = [each for each in self.concerns.values() if self.selected(each, asked)]
        for each in selected:
            self._raise(each, chosen, found)
        for walk, segments in self.tracks.items():
            month = self.walks[walk]
            if month is not None and asked.first <= month <= asked.last:
                lit = [segment for segment, light in segments if LIGHTS[light] in asked.lights]
                self._walk(walk, lit, chosen, found)
        whole = shapely.union_all([each.geom_bng for each in self.editions[edition]])
        outside = sum(1 - _share(each.place, whole) for each in selected if each.kind == asked.kind)
        return dict(found), outside, len(set().union(*(area.walks for area in found.values())))

    @staticmethod
    def _raise(each: Raised, chosen: Shapes, found: dict[str, Expected]) -> None:
        for code, shape in chosen.items():
            share = _share(each.place, shape)
            if share > 0:
                area, name = found[code], "positive" if each.kind == "positive" else "concern"
                setattr(area, f"{name}s", getattr(area, f"{name}s") + share)
                if each.walk is not None:
                    getattr(area, f"{name}_walks").add(each.walk)

    @staticmethod
    def _walk(walk: uuid.UUID, lit: list[LineString], chosen: Shapes, found: dict[str, Expected]) -> None:
        for code, shape in chosen.items():
            metres = sum(segment.intersection(shape).length for segment in lit)
            if metres > 1e-6:
                found[code].metres += metres
                found[code].walks.add(walk)

    def _add_factors(self, concern: uuid.UUID) -> None:
        codes = [
            code for code in FACTORS if self.rng.random() < 0.5 and code not in self.concerns[concern].factors
        ]
        self.session.execute(
            text(
                "INSERT INTO concern_factor (concern_id, factor_code)"
                " SELECT :id, unnest(CAST(:codes AS text[]))"
            ),
            {"id": concern, "codes": codes},
        )
        self.concerns[concern].factors |= set(codes)

    def _said(self) -> Raised:
        place: Point | LineString = Point(self.somewhere())
        if self.rng.random() < 0.4:
            place = LineString([self.somewhere() for _ in range(self.rng.integers(2, 4))])
        return Raised(
            place,
            "positive" if self.rng.random() < 0.3 else "concern",
            MONTHS[self.rng.integers(3)],
            LIGHTS[self.rng.integers(3)],
            self._one(self.walks) if self.walks and self.rng.random() < 0.8 else None,
        )

    def _one(self, things: dict[uuid.UUID, object]) -> uuid.UUID:
        return list(things)[self.rng.integers(len(things))]

    def _in(self, month: date | None) -> datetime | None:
        if month is None:
            return None
        return datetime(month.year, month.month, int(self.rng.integers(2, 27)), 19, 30, tzinfo=UTC)


def _share(place: Point | LineString, shape: Polygon | MultiPolygon) -> float:
    if isinstance(place, Point):
        return float(shape.covers(place))
    return float(place.intersection(shape).length / place.length)


def _ewkb(shape: Point | LineString, srid: int) -> str:
    return str(shapely.to_wkb(shapely.set_srid(shape, srid), hex=True, include_srid=True))
