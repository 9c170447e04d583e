"""Suppression: which figures may be told to whom. Distinct walks count: one talkative walk is one voice."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Route shares that make up eight concerns can add up to 7.9999999999.
_ROUNDING = 1e-9


def partner_withheld(
    walks: ArrayLike, concerns: ArrayLike, concern_walks: ArrayLike, *, min_walks: int = 3
) -> BoolArray:
    """Return, for each area, whether planners and councils must not see its figures (the partner rule).

    `walks`: distinct walks with any metre of track in the area and selection; `concerns`: the counted
    concerns, a sum of shares; `concern_walks`: distinct walks that raised them, where a concern without a
    walk counts as none. Withheld unless walks >= `min_walks` and, where anything at all was raised,
    concern_walks >= `min_walks` too. An area without any walk is therefore withheld, with concerns or
    without.

    Arrays of one shape. Raises ValueError for numbers that are missing or below zero and for a limit under 1.
    """
    if min_walks < 1:
        raise ValueError(f"a limit under one walk hides nothing: {min_walks}")
    on_foot, raised, voices = _counts(walks), _counts(concerns), _counts(concern_walks)
    return (on_foot < min_walks) | ((raised > 0) & (voices < min_walks))


def public_withheld(
    concerns: ArrayLike, walks: ArrayLike, *, min_concerns: int = 8, min_walks: int = 3
) -> BoolArray:
    """Return, for each area, whether a release must not show its figures to the public (the public rule).

    Withheld unless concerns >= `min_concerns` and walks >= `min_walks`. An area with nothing raised is
    withheld like one with little raised, so that the two cannot be told apart. Shapes and errors as in
    `partner_withheld`.
    """
    if min_concerns < 1 or min_walks < 1:
        raise ValueError(f"a limit under one hides nothing: {min_concerns} concerns, {min_walks} walks")
    return (_counts(concerns) < min_concerns - _ROUNDING) | (_counts(walks) < min_walks)


def _counts(values: ArrayLike) -> FloatArray:
    counts = np.asarray(values, np.float64)
    # A comparison with nan is false, which would show the area.
    if not bool(np.all(counts >= 0)):
        raise ValueError("a count is missing or below zero, so nothing can be said about showing it")
    return counts
