"""What the council and the public read about a concern: reviewed wording, never her own words."""

from typing import Final

WORDING: Final[dict[str, str]] = {
    "lighting": "Street lighting is out or too weak on {street}.",
    "sightlines": "The view ahead is blocked on {street}.",
    "entrapment": "There is no second way out along this part of {street}.",
    "isolation": "This part of {street} has nobody about and nobody overlooking it.",
    "vegetation": "Planting narrows the way and hides it from view on {street}.",
    "maintenance": "The surface or its upkeep makes {street} hard to use with confidence.",
    "vandalism": "Damage has been left in place on {street}.",
    "abandoned_building": "An empty building is open or badly lit on {street}.",
    "poor_design": "The layout of {street} leads people away from where they can be seen.",
    "no_cctv": "People expect a camera on {street} and there is none that works.",
    "signage": "Signs on {street} are missing or lead the wrong way.",
    "transport_stop": "The stop on {street} is dark or set apart.",
    "followed": "Women report being followed on {street}.",
    "verbal_abuse": "Women report being shouted at on {street}.",
    "harassment_group": "Groups on {street} make it hard to pass.",
    "unwanted_comments": "Women report unwanted comments on {street}.",
    "threatened": "Women report threats on {street}.",
    "drug_activity": "Drug dealing or use is seen on {street}.",
    "street_drinking": "Street drinking makes people avoid {street}.",
    "other_behaviour": "Behaviour on {street} makes people avoid it.",
}
PRAISE_WORDING: Final = "This part of {street} works well and should stay as it is."

IN_HAND: Final = {
    True: ("A repair has been ordered.", "The council's team has looked at it on site.", "Work is planned."),
    False: (
        "Patrols at the times that were named.",
        "The neighbourhood team is working on it with the council.",
        "Extra walks are planned here.",
    ),
}
DONE: Final = {
    True: ("Put right and looked at again after dark.", "Repaired.", "Cut back, and on the yearly list."),
    False: ("No further reports in six weeks.", "Talked over with those who run the place; it has changed."),
}
_NOT_FOUND: Final = (
    "Could not be found again on two visits.",
    "We went twice and did not find it. Please tell us if it comes back.",
)
NO_ACTION: Final = {
    True: (
        (
            "The land belongs to somebody else.",
            "This is private land. The owner has been told what was said.",
        ),
        (
            "Looked at on site; it meets the standard for this kind of road.",
            "We looked at it on site. It meets the standard, so it stays as it is for now.",
        ),
        (
            "Already part of a scheme that starts next year.",
            "This will change with the works planned for next year.",
        ),
        _NOT_FOUND,
    ),
    False: (
        (
            "Not seen on six visits at the times that were named.",
            "We came six times when it was said to happen and saw nothing. Please tell us if it goes on.",
        ),
        _NOT_FOUND,
    ),
}
"""Reason as recorded, and public wording."""
