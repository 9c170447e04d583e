"""The briefings of a borough: which they are, one of them at a time, and all of them as one file."""

import io
import re
import zipfile
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from geoapp.access import Permission, person_by_id
from geoapp.actions.exports import Wanted
from geoapp.config import Rules
from geoapp.db import reading
from geoapp.errors import NotAllowed, refused
from geoapp.planning import inputs, sentences
from geoapp.planning.address import selection_query
from geoapp.planning.figures import answer
from geoapp.planning.inputs import Asked
from geoapp.planning.selection import Reader, choose, offered
from geoapp.queries.exports import ExportState, parts

MOST_WARDS = 60
_LONDON = ZoneInfo("Europe/London")


def wanted(connection: Connection, asked: Asked, reader: Reader) -> Wanted:
    """Return what there is to make for one borough; Refused unless it is one, and not too large."""
    there = offered(connection, reader)
    chosen = choose(connection, asked, reader, there)
    names = {each.code: each.name for each in there.boroughs}
    held = chosen.selection.boroughs if chosen.selection.boroughs is not None else tuple(names)
    if len(held) != 1 or held[0] not in names:
        raise refused("borough", "Choose one borough: there is one file for each.")
    found = answer(connection, chosen, reader.rules, outlines=False)
    wards = [area.code for area in found.areas if area.borough_code == held[0]]
    if not wards:
        raise refused("borough", "There are no wards of this borough in this edition of boundaries.")
    if len(wards) > MOST_WARDS:
        raise refused("borough", f"This borough has more than {MOST_WARDS} wards.")
    title = (
        f"Ward briefings, {names[held[0]]}, {sentences.period_words(chosen)}, {sentences.light_words(chosen)}"
    )
    query = urlencode([pair for pair in selection_query(chosen, asked) if pair[0] not in {"area", "borough"}])
    return Wanted(title[:200], query, wards)


def make_part(app: Flask, state: ExportState, rules: Rules) -> tuple[str, bytes]:
    """Return name and content of the next part: what the person would be shown if she asked for it now.

    NotAllowed when she may not read figures any more, NotFound when the ward is not hers any more.
    """
    from geoapp.planning.prints import briefing  # noqa: PLC0415 (a start must not wait for what sets prints)

    person = person_by_id(state.person_id)
    if person is None or not person.may(Permission.READ_FIGURES):
        raise NotAllowed("Whoever asked for this may not read figures any more.")
    code = state.codes[state.done]
    asked = inputs.figures(MultiDict(parse_qsl(state.query)))
    today = datetime.now(UTC).astimezone(_LONDON).date()
    with app.app_context():
        with reading() as connection:
            made = briefing.build(connection, code, asked, Reader(person, today, rules))
        body = briefing.render(made)
    return f"{state.done + 1:02d}-{_file_name(made.page.area.name)}-{code}.pdf", body


def whole_file(connection: Connection, state: ExportState) -> bytes:
    """Return all parts as a ZIP. Loads them whole: some megabytes for a borough."""
    out = io.BytesIO()
    # What is in a PDF is compressed already.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for name, body in parts(connection, state.id):
            made = zipfile.ZipInfo(name, state.created_at.astimezone(_LONDON).timetuple()[:6])
            made.external_attr = 0o644 << 16
            packed.writestr(made, body)
    return out.getvalue()


def _file_name(ward: str) -> str:
    """Return a ward's name with nothing in it that a file system could take for more than letters."""
    return re.sub(r"[^A-Za-z0-9]+", "-", ward).strip("-")[:60] or "ward"
