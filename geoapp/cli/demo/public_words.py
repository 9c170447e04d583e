"""What the demo's public reads: invented answers in words for a whole ward."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import said_and_did
from geoapp.model import PostcodeDistrict

SAID: Final[dict[str, str]] = {
    "lighting": "the way home is too dark.",
    "sightlines": "you cannot see what is ahead.",
    "entrapment": "there is only one way out.",
    "isolation": "nobody is about in the evening.",
    "vegetation": "the bushes come right up to the path.",
    "maintenance": "broken paving makes you look at your feet.",
    "vandalism": "damage is left as it is.",
    "abandoned_building": "an empty building stands open.",
    "poor_design": "the path leads away from where people can see you.",
    "no_cctv": "you expect a camera and there is none.",
    "signage": "the signs lead the wrong way.",
    "transport_stop": "the stop is dark and set apart.",
}
_SAID_OTHERWISE: Final = "groups make it hard to pass."
ANSWERS: Final[dict[str, tuple[str, ...]]] = {
    "done": (
        "put it right and looked at it again in the evening.",
        "had it put right, and look at it each spring from now on.",
    ),
    "in_hand": (
        "planning the work with the council. We say here when it is done.",
        "looking at it on site with those who run the place.",
        "there more often at the times you named.",
    ),
    "no_action": (
        "the land is private. The owner knows what was said, and we cannot make the change.",
        "it meets the standard for this kind of road. Works planned for next year will change it.",
    ),
}
_DONE: Final[dict[str, str]] = {
    "lighting": "put in new lamps and looked again after dark.",
    "transport_stop": "moved the stop into the light.",
    "vegetation": "cut back the planting and put it on the yearly list.",
    "sightlines": "took down the part of the wall that hid the path.",
    "no_cctv": "mended the camera that was there.",
}
_OWNERS: Final = ("Council street lighting", "Council parks", "Neighbourhood team", "Council highways")
_PICKED: Final = text("""
SELECT DISTINCT ON (a.code, c.status) c.id, c.status, a.code AS ward,
       coalesce((SELECT min(f.factor_code) FROM concern_factor f WHERE f.concern_id = c.id), '') AS factor,
       (s.happened_at AT TIME ZONE 'Europe/London')::date AS day
FROM concern c
JOIN concern_area ca ON ca.concern_id = c.id AND ca.main
JOIN area a ON a.id = ca.area_id AND a.kind = 'ward'
JOIN status_event s ON s.concern_id = c.id AND s.status = c.status
WHERE c.kind = 'concern' AND c.status IN ('done', 'in_hand', 'no_action')
ORDER BY a.code, c.status, s.happened_at DESC, c.id""")


def store_public_words(session: Session, coordinator: Person) -> int:
    """Give a concern of each ward and status an owner and reviewed words; return how many were given."""
    rows = session.execute(_PICKED).all()
    for place, row in enumerate(rows):
        said_and_did.set_owner(session, row.id, _OWNERS[place % len(_OWNERS)], by=coordinator)
        choices = ANSWERS[row.status]
        said = _DONE.get(row.factor) if row.status == "done" else None
        words = said_and_did.NewAnswer(
            row.day, SAID.get(row.factor, _SAID_OTHERWISE), said or choices[place % len(choices)]
        )
        number = said_and_did.write(session, row.id, words, by=coordinator)
        said_and_did.review(session, number, by=coordinator)
    return len(rows)


def store_districts(session: Session) -> None:
    """Put each ward into one of four invented postcode districts: 'ZZ' is not a real postcode area."""
    codes = session.scalars(text("SELECT code FROM area WHERE kind = 'ward' ORDER BY code")).all()
    session.add_all(
        PostcodeDistrict(code=f"ZZ{1 + place * 4 // len(codes)}", ward_code=code)
        for place, code in enumerate(codes)
    )
