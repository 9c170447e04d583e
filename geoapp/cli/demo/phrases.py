"""What is said on the demo's walks: plain invented sentences that name nobody."""

from typing import Final

NOTES: Final[dict[str, tuple[str, ...]]] = {
    "lighting": (
        "Two lamp columns out in a row, the pavement is black between them.",
        "The lamp comes on and goes off again every few minutes.",
        "Light falls on the road, not on the pavement.",
        "She uses the torch on her phone from here to the corner.",
        "New white lamps further up make this part look darker still.",
    ),
    "sightlines": (
        "You cannot see who is round the corner until you are there.",
        "The wall is just too high to look over.",
        "Parked vans hide the whole of the far pavement.",
        "The bend means nobody at the other end can see you.",
    ),
    "entrapment": (
        "Once you are in there is no other way out until the far end.",
        "Railings on both sides, you can only go on or go back.",
        "The gate at the end is sometimes locked and you only find out there.",
        "Feels like a corridor, no doors and no side turning.",
    ),
    "isolation": (
        "Nobody about after the shops shut, not one lit window.",
        "She would be out of earshot here.",
        "Only garages and back fences along this side.",
        "Quiet enough to hear steps behind you, and nobody to ask.",
    ),
    "vegetation": (
        "The hedge takes up half of the pavement.",
        "Branches hang in front of the lamp.",
        "Bushes right against the path, big enough to stand in.",
        "Ivy has grown over the sign and the light above it.",
    ),
    "maintenance": (
        "Broken paving, you look at your feet and not around you.",
        "Rubbish bags left for weeks, people step into the road.",
        "The handrail has come away from the wall.",
        "Puddle across the whole path after rain, everyone walks on the dark side.",
    ),
    "vandalism": (
        "Bus shelter glass broken again.",
        "The noticeboard was burnt and never put back.",
        "Paint over the lamp covers.",
        "Benches pulled out and thrown down the bank.",
    ),
    "abandoned_building": (
        "The empty shop has a doorway deep enough to hide in.",
        "Boards are off the side window, there is coming and going at night.",
        "The old works stands open at the back.",
        "Scaffolding left up over the pavement, dark underneath it.",
    ),
    "poor_design": (
        "The crossing makes you wait with your back to the alley.",
        "Path leads you away from the road just where you want to be seen.",
        "Steps end behind the bins.",
        "No pavement on the lit side.",
    ),
    "no_cctv": (
        "The camera points at the car park and not at the path.",
        "The sign says cameras, there are none left on the pole.",
        "She asked whether anyone watches this camera, nobody could say.",
    ),
    "signage": (
        "No sign tells you which exit leads to the road.",
        "The map by the entrance shows a path that is closed.",
        "Visitors end up in the yard because the sign is turned round.",
    ),
    "transport_stop": (
        "The stop is set back from the road and unlit.",
        "Twenty minutes between buses in the evening, alone in the shelter.",
        "Only one way off the platform after eight.",
        "She gets off one stop later to avoid this one.",
    ),
    "followed": (
        "Was followed from the station to this corner last winter.",
        "A car drove slowly beside her along the whole street.",
        "Someone matched her pace and crossed when she crossed.",
        "She now walks round by the main road because of it.",
    ),
    "verbal_abuse": (
        "Shouted at from a passing car.",
        "Insults from the steps, more than once.",
        "Shouting outside when the last train comes in.",
    ),
    "harassment_group": (
        "A group blocks the pavement most evenings and comments on everyone.",
        "They spread across the path so that you have to go through.",
        "Groups by the entrance at closing time, she waits until they have gone.",
        "Bicycles circling round people on foot.",
    ),
    "unwanted_comments": (
        "Comments from outside the shop nearly every time.",
        "Whistling from the site during the day.",
        "Was asked again and again where she lives.",
        "Remarks about clothes while waiting to cross.",
    ),
    "threatened": (
        "Was told to hand over her phone here in autumn.",
        "Someone stood in the way and would not let her pass.",
        "A dog was let run at people on the path.",
    ),
    "drug_activity": (
        "Dealing from a parked car, same place each time.",
        "Small bags and foil on the steps most mornings.",
        "People wait in the stairwell for a delivery.",
        "The bench at the back is used for it after dark.",
    ),
    "street_drinking": (
        "Drinking on the wall from the afternoon on.",
        "Glass on the path on Saturday and Sunday mornings.",
        "Loud and unpredictable when the bar empties.",
    ),
    "other_behaviour": (
        "Scooters at speed on the pavement.",
        "Fireworks thrown in the street for weeks.",
        "Someone looks into the ground-floor windows in the evening.",
    ),
}

PRAISE: Final[dict[str, tuple[str, ...]]] = {
    "lighting": (
        "The new lamps here make all the difference.",
        "Even light, no dark spots, she comes this way on purpose.",
        "Shop windows stay lit until late, that helps.",
    ),
    "sightlines": (
        "Open view in every direction since the shrubs went.",
        "You can see the whole way to the main road.",
    ),
    "vegetation": (
        "Hedge cut right down, the path feels wide again.",
        "Trees are kept high, you can see under them.",
    ),
    "maintenance": (
        "Always swept, somebody looks after this.",
        "Mended within the week after it was reported.",
        "Wider pavement now, room to pass one another.",
    ),
    "transport_stop": (
        "Bright shelter, live times, people about.",
        "Staff at the gate until the last train.",
    ),
    "signage": (
        "Clear signs, you never wonder where you come out.",
        "The sign with the walking time to the station is useful.",
    ),
}

ENVIRONMENT: Final = (
    *("lighting", "sightlines", "entrapment", "isolation", "vegetation", "maintenance", "vandalism"),
    *("abandoned_building", "poor_design", "no_cctv", "signage", "transport_stop"),
)

Weights = dict[str, float]
PLACES: Final[dict[str, Weights]] = {
    "park": {
        "lighting": 5,
        "sightlines": 4,
        "vegetation": 4,
        "isolation": 4,
        "maintenance": 1,
        "signage": 1,
        "followed": 1,
        "drug_activity": 2,
        "harassment_group": 2,
        "street_drinking": 1,
        "vandalism": 1,
    },
    "station": {
        "transport_stop": 5,
        "lighting": 3,
        "harassment_group": 3,
        "unwanted_comments": 3,
        "followed": 2,
        "isolation": 1,
        "no_cctv": 2,
        "street_drinking": 2,
        "verbal_abuse": 1,
        "signage": 1,
    },
    "underpass": {
        "entrapment": 6,
        "lighting": 5,
        "poor_design": 3,
        "sightlines": 3,
        "no_cctv": 2,
        "vandalism": 2,
        "maintenance": 1,
        "harassment_group": 2,
        "threatened": 1,
    },
    "main": {
        "unwanted_comments": 5,
        "street_drinking": 3,
        "verbal_abuse": 3,
        "harassment_group": 3,
        "transport_stop": 3,
        "poor_design": 2,
        "maintenance": 2,
        "lighting": 2,
        "abandoned_building": 1.5,
        "other_behaviour": 1.5,
        "followed": 1,
        "drug_activity": 1,
        "threatened": 0.5,
    },
    "waterside": {
        "isolation": 5,
        "lighting": 5,
        "entrapment": 3,
        "sightlines": 2,
        "maintenance": 2,
        "vegetation": 2,
        "signage": 1,
        "street_drinking": 2,
        "vandalism": 1,
        "other_behaviour": 1,
    },
    "close": {
        "isolation": 3,
        "entrapment": 3,
        "lighting": 4,
        "drug_activity": 3,
        "abandoned_building": 2,
        "maintenance": 2,
        "sightlines": 2,
        "no_cctv": 1,
    },
    "street": {
        "lighting": 5,
        "isolation": 3,
        "maintenance": 2.5,
        "sightlines": 2,
        "vegetation": 2,
        "no_cctv": 1,
        "followed": 2,
        "abandoned_building": 1,
        "drug_activity": 1.5,
        "vandalism": 1,
        "signage": 0.7,
        "unwanted_comments": 1.5,
        "other_behaviour": 1,
        "verbal_abuse": 0.7,
        "poor_design": 1,
    },
}
"""How often each factor is named at each kind of place."""

SETTINGS: Final = {
    "park": "park",
    "station": "transport_hub",
    "underpass": "other",
    "main": "busy_place",
    "waterside": "quiet_street",
    "close": "quiet_street",
    "street": "quiet_street",
}
