"""The view of the comparison of two periods."""

from flask import Response, make_response, request

from geoapp.access import Permission, needs
from geoapp.db import reading
from geoapp.planning import compare_page, inputs
from geoapp.planning.views import bp, reader


@bp.get("/compare")
@needs(Permission.READ_FIGURES)
def compare() -> Response:
    """Show two periods side by side, and which changes are clear of chance; refuse those that overlap."""
    rest, both, change = inputs.compare_page(request.args)
    with reading() as connection:
        page = compare_page.build(connection, rest, both, reader(), change_only=change)
    again = request.headers.get("X-Requested-With") == "fetch"
    made = make_response(compare_page.render(page, with_maps=not again))
    made.vary.add("X-Requested-With")
    made.status_code = 422 if page.refused else 200
    return made
