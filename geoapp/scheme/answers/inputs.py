"""What a coordinator sends from the desk, made into frozen values."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from werkzeug.datastructures import MultiDict

from geoapp.actions.answering import FOLLOWS
from geoapp.actions.said_and_did import NewAnswer, NewStep
from geoapp.errors import malformed, refused

_OWNER, _WORDING, _SAID, _ANSWER = 120, 4_000, 200, 400
STATUSES = tuple(FOLLOWS)


@dataclass(frozen=True)
class DeskQuery:
    """Which concerns the desk lists, and from where on."""

    ward: str | None
    status: str | None
    after: tuple[datetime, UUID] | None


def desk_query(sent: MultiDict[str, str]) -> DeskQuery:
    """Return the filters of the address; Malformed for a status that does not exist."""
    status = sent.get("status") or None
    if status is not None and status not in STATUSES:
        raise malformed("status", "status is shared, in_hand, done or no_action.")
    return DeskQuery(_line(sent, "ward", 40) or None, status, _after(sent.get("after")))


def owner(sent: MultiDict[str, str]) -> str:
    """Return who is to look after a concern."""
    return _needed(sent, "owner", _OWNER, "Say who looks after it, as in 'Lambeth street lighting'.")


def step(sent: MultiDict[str, str]) -> NewStep:
    """Return the step that was chosen, with its wording and reason where there are any."""
    status = sent.get("status", "")
    if status not in STATUSES:
        raise malformed("status", "Choose what happened.")
    wording = _line(sent, "wording", _WORDING) or None
    return NewStep(status, wording, _line(sent, "reason", _WORDING) or None)


def answer(sent: MultiDict[str, str]) -> NewAnswer:
    """Return the words for the public."""
    said = _needed(sent, "you_said", _SAID, "Say in general terms what was raised.")
    did = _needed(sent, "answer", _ANSWER, "Say what is being done or was done, or why not.")
    try:
        happened_on = date.fromisoformat(sent.get("happened_on", ""))
    except ValueError as error:
        raise malformed("happened_on", "Give the day, as in 2026-04-16.") from error
    return NewAnswer(happened_on, said, did)


def _needed(sent: MultiDict[str, str], field: str, most: int, message: str) -> str:
    text = _line(sent, field, most)
    if not text:
        raise refused(field, message)
    return text


def _line(sent: MultiDict[str, str], field: str, most: int) -> str:
    text = " ".join(sent.get(field, "").split())
    if "\0" in text or not text.isprintable():
        raise malformed(field, "The text holds a character that cannot be kept.")
    if len(text) > most:
        raise refused(field, f"At most {most:,} characters. Shorten it.")
    return text


def _after(text: str | None) -> tuple[datetime, UUID] | None:
    if not text:
        return None
    moment, _, number = text[:80].partition("_")
    try:
        found = datetime.fromisoformat(moment), UUID(number)
    except ValueError as error:
        raise malformed("after", "The list cannot go on from there. Begin again.") from error
    if found[0].tzinfo is None:
        raise malformed("after", "The list cannot go on from there. Begin again.")
    return found
