"""Checking words before they leave the force: what in them could tell who somebody is."""

from flask import Blueprint, Response, request

from geoapp.access import Permission, needs
from geoapp.capture import inputs, present
from geoapp.wording import check

bp = Blueprint("wording", __name__, url_prefix="/api")


@bp.post("/wording")
@needs(Permission.CAPTURE)
def check_wording() -> Response:
    """Answer what could tell who somebody is in `{"wording": text}`; nothing of it is kept."""
    return present.findings(check(inputs.wording(request) or ""))
