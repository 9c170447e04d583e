"""Health, readiness and counts for those who run the service."""

import hmac
import ipaddress

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text

from geoapp import counts
from geoapp.access import public
from geoapp.db import reading
from geoapp.errors import NotFound

bp = Blueprint("operations", __name__)
bp.after_app_request(counts.count)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Say that the process answers, whatever the database does."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@bp.get("/readyz")
@public
def readyz() -> Response:
    """Say that the database answers too; 503 while it does not."""
    with reading() as connection:
        connection.execute(text("SELECT 1"))
    return Response("ready\n", content_type="text/plain; charset=utf-8")


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Give counts to Prometheus, on loopback or with the operations token; to anyone else it is not there."""
    token = current_app.config["SETTINGS"].operations_token
    sent = (
        request.authorization.token
        if request.authorization and request.authorization.type == "bearer"
        else None
    )
    known = bool(token and sent and hmac.compare_digest(token, sent))
    if not known and not _from_this_machine():
        raise NotFound("There is no such page.")
    return Response(counts.exposition(), content_type=CONTENT_TYPE_LATEST)


def _from_this_machine() -> bool:
    """Whether nobody stands between this machine's own loopback and us."""
    if any(header in request.headers for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded")):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
