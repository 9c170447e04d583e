"""The officer's page at a desk: walks of the team, what was raised on one, and a form to add to it."""

from flask import Blueprint, render_template, request

from geoapp.access import Permission, current_person, needs
from geoapp.actions import audit
from geoapp.capture import inputs, listing
from geoapp.db import writing
from geoapp.errors import NotFound
from geoapp.queries.team_walks import TeamWalk, team_walks, working_extent
from geoapp.queries.walk_concerns import factors_in_use, walk_concerns

bp = Blueprint("page", __name__, template_folder="templates")


# /capture/walks is the list of walks to tidy up (tidy_views); this page, for adding at a desk, is not.
@bp.get("/desk")
@needs(Permission.CAPTURE)
def show() -> str:
    """Show the chosen walk, or the latest, with its concerns; that their notes were read is written down."""
    person = current_person()
    asked = inputs.asked_walk(request)
    with writing() as session:
        walks = team_walks(session, person.team_id, asked=asked)
        chosen = _chosen(walks, str(asked) if asked else None)
        found = walk_concerns(session, chosen.id, person.team_id) if chosen else []
        factors = factors_in_use(session)
        extent = working_extent(session, person.team_id)
        notes = sum(1 for each in found if each.note)
        if chosen and notes:
            audit.note(
                session,
                actor=person.email,
                action="notes read",
                subject=f"walk {chosen.id}",
                detail={"notes": notes},
            )
    return render_template(
        "capture/page.html",
        walks=[listing.walk_choice(each) for each in walks],
        chosen=listing.walk_choice(chosen) if chosen else None,
        concerns=[listing.concern(each, number) for number, each in enumerate(found, start=1)],
        map_data=listing.map_data(found, extent, chosen),
        environment=listing.factor_choices(factors, "environment"),
        behaviour=listing.factor_choices(factors, "behaviour"),
        feelings=listing.choices(listing.FEELINGS),
        lights=listing.choices(listing.LIGHTS),
        bases=listing.choices(listing.BASES),
        settings=listing.choices(listing.SETTINGS),
    )


def _chosen(walks: list[TeamWalk], asked: str | None) -> TeamWalk | None:
    """Return the walk asked for, else the latest; NotFound when the one asked for is not the team's."""
    if asked is None:
        return walks[0] if walks else None
    for walk in walks:
        if str(walk.id) == asked:
            return walk
    raise NotFound("There is no such walk.")
