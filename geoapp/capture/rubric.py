"""The rubric of a safety-audit stop: eight parameters, each 0 to 3, optional and apart from all concerns.

Women's safety audits began in Toronto (METRAC, 1989). The eight parameters and their scale are those that
Safetipin publishes for its audits (Viswanath and Basu, 2015, "SafetiPin: an innovative mobile app to collect
data on women's safety in Indian cities", Gender & Development 23(1)); its ninth, feeling, is left to the
feeling of a concern, which stays the only scale of how a place feels. What each level means is said here in
our own words.

A stored audit names the version of the words it was rated by. Words that change become another version, and
the old one stays.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Parameter:
    """One thing that is rated: what is asked, and what 0, 1, 2 and 3 mean."""

    code: str
    label: str
    ask: str
    levels: tuple[str, str, str, str]


VERSION: Final = "stop-1"
PARAMETERS: Final[tuple[Parameter, ...]] = (
    Parameter(
        "lighting",
        "Lighting",
        "How well can you see by the light there is?",
        (
            "No light at all",
            "Some light, but faces cannot be made out",
            "Light enough for the path, with dark patches",
            "Bright and even all around",
        ),
    ),
    Parameter(
        "openness",
        "Openness",
        "How far can you see around you?",
        (
            "Blind corners or walls on every side",
            "A little of what is ahead",
            "Most of it, with some corners hidden",
            "All around, nothing hidden",
        ),
    ),
    Parameter(
        "visibility",
        "Eyes on the street",
        "Could you be seen from windows, shops, doors or stalls?",
        (
            "From nowhere",
            "From one or two places",
            "From several places",
            "From many, at every step",
        ),
    ),
    Parameter(
        "people",
        "People",
        "How many people are about?",
        ("Nobody", "One to three", "Four to ten", "More than ten, with room to walk"),
    ),
    Parameter(
        "security",
        "Security",
        "Is there anybody whose job it is to help: police, wardens, station staff, guards?",
        (
            "Nobody, and no way to call anybody",
            "A help point or cameras, but nobody",
            "Somebody within call",
            "Somebody in sight",
        ),
    ),
    Parameter(
        "walk_path",
        "Walking surface",
        "What is the pavement or path like?",
        (
            "None, or it cannot be walked on",
            "Broken, blocked or very narrow",
            "Walkable with care",
            "Even, wide and free",
        ),
    ),
    Parameter(
        "public_transport",
        "Public transport",
        "How far is the nearest stop or station that is served now?",
        (
            "Over fifteen minutes to walk",
            "Ten to fifteen minutes to walk",
            "Two to ten minutes to walk",
            "Under two minutes to walk",
        ),
    ),
    Parameter(
        "gender_usage",
        "Who uses the place",
        "Who is about?",
        (
            "Nobody, or men alone",
            "Mostly men, very few women",
            "Men and women, fewer women",
            "As many women as men, or children too",
        ),
    ),
)
BY_VERSION: Final[dict[str, tuple[Parameter, ...]]] = {VERSION: PARAMETERS}
HIGHEST: Final = 3
