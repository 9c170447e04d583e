"""A safety audit as phones and pages send it."""

from typing import Any
from uuid import UUID

from flask import current_app
from pydantic import Field
from shapely import Point

from geoapp.actions.repeatable import Sent
from geoapp.actions.safety_audits import NewSafetyAudit
from geoapp.capture.fields import Number, Strict, Whole, moment, quote, read, uuid
from geoapp.capture.rubric import BY_VERSION, HIGHEST
from geoapp.config import Limits
from geoapp.errors import malformed, refused
from geoapp.wire import Body
from spatial.geometry import MalformedGeometry, RefusedGeometry, parse_geojson


class _Audit(Strict):
    walk: str
    rubric: str
    recorded_at: str
    geometry: dict[str, Any]
    scores: dict[str, Whole] = Field(default_factory=dict)
    accuracy_m: Number | None = None


def safety_audit(body: Body, tags: frozenset[str] | None) -> NewSafetyAudit:
    """Return the audit of a body `{walk, rubric, recorded_at, geometry, scores: {parameter: 0 to 3}}`.

    Malformed or Refused name what is wrong: an unknown rubric or parameter, a level out of range, no level at
    all, a place outside Great Britain.
    """
    sent = read(_Audit, body)
    limits: Limits = current_app.config["SETTINGS"].limits
    parameters = BY_VERSION.get(sent.rubric)
    if parameters is None:
        raise refused("rubric", f"{quote(sent.rubric)} is not one of {', '.join(BY_VERSION)}.")
    known = {each.code for each in parameters}
    for name, level in sent.scores.items():
        if name not in known:
            raise refused("scores", f"{quote(name)} is not a parameter of the rubric {sent.rubric}.")
        if not 0 <= level <= HIGHEST:
            raise refused(f"scores.{name}", f"A level is a whole number from 0 to {HIGHEST}.")
    if not sent.scores:
        raise refused("scores", "Nothing was rated. Choose at least one level.")
    if sent.accuracy_m is not None and sent.accuracy_m < 0:
        raise refused("accuracy_m", "The accuracy is negative. It is a radius in metres.")
    return NewSafetyAudit(
        walk=uuid("walk", sent.walk),
        rubric=sent.rubric,
        place=_place(sent.geometry),
        recorded_at=moment("recorded_at", sent.recorded_at, limits),
        scores=sent.scores,
        sent=Sent(body.text, body.hash, tags),
    )


def identifier(value: str) -> UUID:
    """Return an identifier that a form carries."""
    return uuid("id", value)


def _place(geometry: dict[str, Any]) -> Point:
    try:
        place = parse_geojson(geometry, max_vertices=1, max_length_m=0.0)
    except MalformedGeometry as error:
        raise malformed(error.path, str(error)) from error
    except RefusedGeometry as error:
        raise refused(error.path, str(error)) from error
    if not isinstance(place, Point):
        raise refused("geometry", "A stop is a Point.")
    return place
