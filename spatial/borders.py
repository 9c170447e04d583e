"""Shapes that share borders, as those borders: each line once, and every shape a walk along them.

A corner is a pair of whole numbers; what unit they count is the caller's. Neighbours have to have the same
corners along their border, as after `shapely.coverage_simplify`; where they have not, each keeps a line of
its own, and nothing is lost but bytes.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

Corner = tuple[int, int]
Ring = Sequence[Corner]
Line = tuple[Corner, ...]


@dataclass(frozen=True)
class Borders:
    """`lines` in the order in which they are first walked; `walks` has for each ring the lines it follows.

    A line walked from its end to its start is written as `-1 - index`.
    """

    lines: tuple[Line, ...]
    walks: tuple[tuple[int, ...], ...]


def borders(rings: Sequence[Ring]) -> Borders:
    """Return the lines between rings, and each ring as the lines it follows.

    Rings are given without their first corner again at the end; either way round. A line goes from one
    place where the neighbour changes to the next; a ring with one neighbour all round is one closed line.
    """
    beside: dict[tuple[Corner, Corner], set[int]] = defaultdict(set)
    for number, ring in enumerate(rings):
        for edge in _edges(ring):
            beside[edge].add(number)
    known: dict[Line, int] = {}
    walks = []
    for ring in rings:
        walk = []
        for line in _runs(ring, [frozenset(beside[edge]) for edge in _edges(ring)]):
            backwards = line[::-1]
            if backwards in known:
                walk.append(-1 - known[backwards])
            else:
                walk.append(known.setdefault(line, len(known)))
        walks.append(tuple(walk))
    return Borders(tuple(known), tuple(walks))


def steps(lines: Sequence[Line]) -> list[list[int]]:
    """Return each line as x, y, x, y … of steps: first from the last corner of the line before, then on."""
    made, (x, y) = [], (0, 0)
    for line in lines:
        moves = []
        for east, north in line:
            moves += [east - x, north - y]
            x, y = east, north
        made.append(moves)
    return made


def _edges(ring: Ring) -> list[tuple[Corner, Corner]]:
    """Return the sides of a ring, each the same from either side."""
    around = zip(ring, [*ring[1:], ring[0]], strict=True)
    return [(a, b) if a <= b else (b, a) for a, b in around]


def _runs(ring: Ring, keys: list[frozenset[int]]) -> list[Line]:
    """Return the ring cut where the key of its sides changes."""
    cuts = [at for at in range(len(ring)) if keys[at] != keys[at - 1]]
    if not cuts:
        # Whoever walks it starts at the same corner, in the same direction.
        first = min(range(len(ring)), key=lambda at: ring[at])
        closed = (*ring[first:], *ring[: first + 1])
        return [tuple(closed)]
    turned = [*ring[cuts[0] :], *ring[: cuts[0] + 1]]
    ends = [*(at - cuts[0] for at in cuts[1:]), len(ring)]
    starts = [0, *ends[:-1]]
    return [tuple(turned[start : end + 1]) for start, end in zip(starts, ends, strict=True)]
