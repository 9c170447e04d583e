"""What officers get back; every outgoing field is named here."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from flask import Response

from geoapp.actions import crimes
from geoapp.actions.repeatable import Outcome, tag
from geoapp.queries.concern import StoredConcern, StoredPhoto
from geoapp.queries.safety_audits import StoredSafetyAudit
from geoapp.queries.walk import Receipt, StoredWalk
from geoapp.wording import Finding

_STATUS = {
    Outcome.CREATED: HTTPStatus.CREATED,
    Outcome.UNCHANGED: HTTPStatus.OK,
    Outcome.CHANGED: HTTPStatus.OK,
}


def concern(stored: StoredConcern, outcome: Outcome = Outcome.UNCHANGED) -> Response:
    """Answer with the concern as it was sent, and what was worked out: ward, borough, light, status."""
    feature = json.loads(stored.body)
    feature["id"] = str(stored.id)
    feature["properties"] |= {
        "ward": stored.ward,
        "borough": stored.borough,
        "light": stored.light,
        "status": stored.status,
    }
    return _json(feature, _STATUS[outcome], stored.body_hash, "application/geo+json")


def walk(stored: StoredWalk, outcome: Outcome = Outcome.UNCHANGED) -> Response:
    """Answer with the walk as it was sent, and the length of its cleaned track."""
    body = json.loads(stored.body or "{}") | {
        "id": str(stored.id),
        "team": stored.team,
        "metres": stored.metres,
        "minutes": stored.minutes,
    }
    return _json(body, _STATUS[outcome], stored.body_hash)


def chunk(number: int, body_hash: bytes, outcome: Outcome) -> Response:
    """Answer that the chunk is kept, with the hash that the receipt will show."""
    return _json({"chunk": number, "hash": body_hash.hex()}, _STATUS[outcome], body_hash)


def shared(stored: StoredConcern, sharing_hash: bytes, outcome: Outcome) -> Response:
    """Answer with what the council now sees of the sharing; its tag lets the wording be changed."""
    body = {"id": str(stored.id), "status": stored.status, "wording": stored.wording}
    return _json(body, _STATUS[outcome], sharing_hash)


def findings(found: Sequence[Finding]) -> Response:
    """Answer with what could tell who somebody is; start and end count characters (code points) from 0."""
    listed = [
        {"kind": each.kind, "start": each.start, "end": each.end, "text": each.text, "advice": each.advice}
        for each in found
    ]
    return _json({"findings": listed}, HTTPStatus.OK, None)


def safety_audit(stored: StoredSafetyAudit, outcome: Outcome) -> Response:
    """Answer with a safety audit as it was sent, its identifier, and the light at the place and time."""
    body = json.loads(stored.body) | {"id": str(stored.id), "light": stored.light}
    return _json(body, _STATUS[outcome], stored.body_hash)


def crime_mark(concern_id: UUID, body_hash: bytes, outcome: Outcome) -> Response:
    """Answer that the mark is kept, with the hash that the receipt will show."""
    return _json({"concern": str(concern_id), "hash": body_hash.hex()}, _STATUS[outcome], body_hash)


def receipt(found: Receipt) -> Response:
    """Answer with identifiers and hashes (SHA-256 in hexadecimal) of all that was received."""
    crime = crimes.mark_of().hash.hex()
    body = {
        "concerns": [{"id": each, "hash": hashed.hex()} for each, hashed in found.concerns],
        "chunks": [{"chunk": each, "hash": hashed.hex()} for each, hashed in found.chunks],
        "photos": [{"concern": each, "hash": hashed.hex()} for each, hashed in found.photos],
        "audits": [{"id": each, "hash": hashed.hex()} for each, hashed in found.audits],
        "crimes": [{"concern": each, "hash": crime} for each in found.crimes],
    }
    return _json(body, HTTPStatus.OK, None)


def photo_kept(sent_hash: bytes, width: int, height: int, outcome: Outcome) -> Response:
    """Answer that the photo is kept, re-encoded, with the hash of the bytes that were sent."""
    return _json({"hash": sent_hash.hex(), "width": width, "height": height}, _STATUS[outcome], sent_hash)


def photo(stored: StoredPhoto) -> Response:
    """Answer with the photo, for this reader alone and not to be taken for anything but a picture."""
    answer = Response(stored.image, content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Disposition"] = 'inline; filename="photo.jpg"'
    answer.headers["ETag"] = tag(stored.sent_hash)
    return answer


def _json(
    body: object, status: HTTPStatus, body_hash: bytes | None, kind: str = "application/json"
) -> Response:
    answer = Response(json.dumps(body, ensure_ascii=False), status, content_type=kind)
    answer.headers["Cache-Control"] = "no-store"
    if body_hash is not None:
        answer.headers["ETag"] = tag(body_hash)
    return answer
