"""Open311 GeoReport v2, for reading: services, and what has come of shared concerns, as JSON and XML.

For systems like FixMyStreet, which follow the status of requests by identifier. Scope is that of the feed;
the key travels in a header, never as `api_key` in the address. Requests cannot be made here: concerns come
from walks.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from flask import Blueprint, Response, request
from markupsafe import escape

from geoapp.access import FeedReader, public
from geoapp.db import feed_reading, reading
from geoapp.errors import NotFound
from geoapp.feed import disclosure, inputs, values
from geoapp.feed.collections import COLLECTIONS
from geoapp.feed.parameters import Parameter
from geoapp.queries import feed_open311 as queries
from geoapp.queries.feed_open311 import Asked, Request311, Service

OPEN, CLOSED = ("shared", "in_hand"), ("done", "no_action")
MOST = 1000
_DEFAULT_DAYS = 90
_MEDIA = {"json": "application/json", "xml": "application/xml"}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TEXT = {"type": "string"}
Row = Mapping[str, object]


def _ids(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(UUID(each.strip())) for each in text.split(","))
    except ValueError:
        raise ValueError("It has to be identifiers of the feed, with commas between them.") from None


def _whole(text: str) -> int:
    number = values.offset(text)
    if not 1 <= number <= MOST:
        raise ValueError(f"It has to be from 1 to {MOST}.")
    return number


def _day(text: str) -> date:
    day = values.days(text)[0] if "/" not in text else None
    if day is None:
        raise ValueError("It has to be a time such as 2026-03-30T00:00:00Z.")
    return day


JURISDICTION = Parameter(
    "jurisdiction_id", "A borough by its code.", _TEXT, lambda text: values.codes(text)[0]
)
REQUESTS = (
    JURISDICTION,
    Parameter("service_request_id", "Identifiers, with commas between.", _TEXT, _ids),
    Parameter("service_code", "Services, with commas between.", _TEXT, values.codes),
    Parameter("status", "open, closed or both.", _TEXT, values.one_of(("open", "closed"))),
    Parameter("start_date", "Only of this day or later; else the last 90 days.", _TEXT, _day),
    Parameter("end_date", "Only of this day or earlier.", _TEXT, _day),
    Parameter("updated_after", "Only changed on this day or later.", _TEXT, _day),
    Parameter(
        "page",
        "Which page, from 1.",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": 1},
        _whole,
    ),
    Parameter(
        "page_size", "How many.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": MOST}, _whole
    ),
)


def show_services(kind: str) -> Response:
    """List what a request can be about."""
    said = inputs.read(request, (JURISDICTION,))
    reader = _reader()
    _borough(reader, said.get("jurisdiction_id"))
    with reading() as connection:
        known = queries.services(connection)
    return _answer([_service(each) for each in known], kind, "services", "service")


def show_requests(kind: str) -> Response:
    """List requests with their status."""
    said = inputs.read(request, REQUESTS)
    reader = _reader()
    statuses = [{"open": OPEN, "closed": CLOSED}[each] for each in said.get("status", ("open", "closed"))]
    ids, start = said.get("service_request_id"), said.get("start_date")
    if ids is None and not said.keys() & {"start_date", "end_date", "updated_after"}:
        start = datetime.now(UTC).date() - timedelta(days=_DEFAULT_DAYS)
    size = said.get("page_size", MOST)
    asked = Asked(
        statuses=tuple(each for group in statuses for each in group),
        most=size,
        skip=(said.get("page", 1) - 1) * size,
        ids=ids,
        services=said.get("service_code"),
        borough=_borough(reader, said.get("jurisdiction_id")),
        first_day=start,
        last_day=said.get("end_date"),
        updated_from=said.get("updated_after"),
    )
    return _told(reader, asked, kind)


def show_request(identifier: str, kind: str) -> Response:
    """Give one request, in a list of one as the standard has it."""
    said = inputs.read(request, (JURISDICTION,))
    reader = _reader()
    try:
        one = str(UUID(identifier))
    except ValueError:
        raise NotFound("There is no such request.") from None
    borough = _borough(reader, said.get("jurisdiction_id"))
    return _told(reader, Asked((*OPEN, *CLOSED), most=1, ids=(one,), borough=borough), kind, one=True)


def _reader() -> FeedReader:
    reader = disclosure.reader_of(COLLECTIONS["concerns"])
    if reader is None:  # the collection is for keys, so that there is a reader
        raise NotFound("There is no such request.")
    return reader


def _borough(reader: FeedReader, code: str | None) -> str | None:
    """Return the borough asked for, if the reader may see it; NotFound as the standard asks."""
    if code is not None and code not in reader.boroughs:
        raise NotFound("There is no such jurisdiction here. Use the code of a borough.")
    return code


def _told(reader: FeedReader, asked: Asked, kind: str, *, one: bool = False) -> Response:
    with reading() as connection:
        known = queries.services(connection)
    with feed_reading(reader.boroughs) as connection:
        found = queries.requests(connection, asked, known)
    if one and not found:
        raise NotFound("There is no such request.")
    with reading() as connection:
        found = queries.with_notes(connection, found)
    names = {each.code: each.name for each in known}
    answer = _answer([_request(each, names) for each in found], kind, "service_requests", "request")
    disclosure.note(reader, COLLECTIONS["concerns"], len(found), request=request, status=answer.status_code)
    return answer


def _service(shown: Service) -> Row:
    return {
        "service_code": shown.code,
        "service_name": shown.name,
        "description": f"Raised on a walk: {shown.name}",
        "metadata": False,
        "type": "realtime",
        "keywords": "",
        "group": shown.group,
    }


def _request(shown: Request311, names: Mapping[str, str]) -> Row:
    """Name every field that leaves. Times are the beginnings of days: the feed has no others."""
    return {
        "service_request_id": shown.id,
        "status": "open" if shown.status in OPEN else "closed",
        "status_notes": shown.notes or "",
        "service_name": names.get(shown.service, ""),
        "service_code": shown.service,
        "description": shown.wording or "",
        "agency_responsible": shown.owner or "",
        "service_notice": "",
        "requested_datetime": f"{shown.day}T00:00:00Z",
        "updated_datetime": f"{shown.updated}T00:00:00Z",
        "expected_datetime": "",
        "address": shown.ward_name,
        "address_id": "",
        "zipcode": "",
        "lat": round(shown.lat, 7),
        "long": round(shown.lon, 7),
        "media_url": "",
    }


def _answer(rows: Sequence[Row], kind: str, root: str, each: str) -> Response:
    text = _xml(rows, root, each) if kind == "xml" else json.dumps(rows, ensure_ascii=False)
    answer = Response(text.encode(), content_type=f"{_MEDIA[kind]}; charset=utf-8")
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _xml(rows: Sequence[Row], root: str, each: str) -> str:
    inner = "".join(
        f"<{each}>{''.join(f'<{name}>{_said(value)}</{name}>' for name, value in row.items())}</{each}>"
        for row in rows
    )
    return f'<?xml version="1.0" encoding="utf-8"?><{root}>{inner}</{root}>'


def _said(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return str(escape(_NOT_XML.sub("", text)))


def register(bp: Blueprint) -> None:
    """Give the feed's blueprint these routes."""
    for path, name, view in (
        ("services", "open311_services", show_services),
        ("requests", "open311_requests", show_requests),
        ("requests/<identifier>", "open311_request", show_request),
    ):
        rule = f"/open311/v2/{path}.<any(json, xml):kind>"
        bp.add_url_rule(rule, name, public(view), methods=["GET"])
