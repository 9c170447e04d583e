"""Sending one message to a participant: claimed, made from what is true now, handed over, written down."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import cast
from uuid import UUID

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import select

from geoapp.actions import scheme_messages
from geoapp.actions.scheme_messages import Kind
from geoapp.config import Settings
from geoapp.db import Reach, scheme_reading, scheme_writing
from geoapp.errors import NotFound
from geoapp.jobs.post import TryAgain, Undeliverable, mail_folder, post, text_post
from geoapp.jobs.words_of_messages import Content, content
from geoapp.model import Message, RequestEvent
from geoapp.queries import scheme_request
from geoapp.queries.scheme_request import SeenRequest

log = structlog.get_logger()
_BOOKED = frozenset({"confirmed", "changed"})
_PAGES = Environment(
    loader=PackageLoader("geoapp.jobs"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def send(message_id: UUID, settings: Settings, *, last_try: bool) -> None:
    """Send a message that waits, once.

    1. Claim it. 2. Read what is true now. 3. Make it and hand it over. 4. Write down how that ended.

    TryAgain when it did not go out and tries are left; otherwise the coordinator sees what went wrong.
    """
    with scheme_writing(Reach.everyone()) as session:
        message = scheme_messages.claim(session, message_id)
    if message is None:
        return
    failure, state = "", "sent"
    try:
        if not _handed_over(message, settings):
            state = "withdrawn"
    except NotFound:
        return  # erased since
    except Undeliverable as error:
        state, failure = "failed", str(error)
    except TryAgain as error:
        state, failure = ("failed" if last_try else "queued"), str(error)
    except Exception as error:
        state, failure = "failed", f"It could not be made ({type(error).__name__})."
        log.exception("message could not be made", message=str(message_id))
    _write_down(message_id, state, failure, settings)
    log.info("message", message=str(message_id), way=message.way, kind=message.kind, state=state)
    if state == "queued":
        raise TryAgain(failure)


def _write_down(message_id: UUID, state: str, failure: str, settings: Settings) -> None:
    with scheme_writing(Reach.everyone()) as session:
        known = scheme_messages.ended(session, message_id, state, failure)  # type: ignore[arg-type]  # one of send()'s
    if not known:  # she was erased while it was written
        for suffix in (".eml", ".txt"):
            Path(mail_folder(settings) / f"{message_id}{suffix}").unlink(missing_ok=True)


def _handed_over(message: Message, settings: Settings) -> bool:
    """Hand the message over; False when it is no longer true, and another one says what is."""
    kind = cast("Kind", message.kind)
    with scheme_reading(Reach.everyone()) as session:
        request = scheme_request.by_id(session, message.request_id, settings.rules, about=message.walk_id)
        told = select(RequestEvent.id).where(
            RequestEvent.request_id == request.id,
            RequestEvent.walk_id == message.walk_id,
            RequestEvent.state.in_(_BOOKED),
        )
        was_told = session.scalar(told.limit(1)) is not None
        own_walk = scheme_request.walk_id_of(session, request.id)
    if not _is_true(message, request, own_walk):
        return False
    made = content(kind, request, settings)
    if message.way == "text":
        text_post(settings).carry(request.phone or "", made.short, message.id)
        return True
    email = _email(made, request.email or "", settings.scheme.mail_from, message.id)
    method = "REQUEST" if kind in _BOOKED else "CANCEL" if kind == "cancelled" and was_told else None
    if method is not None:
        from geoapp.jobs.calendar import calendar_file  # noqa: PLC0415 (megabytes that most processes never need)

        file = calendar_file(request, settings, method=method)  # type: ignore[arg-type]  # the two above
        email.add_alternative(file.decode(), subtype="calendar", params={"method": method})
        email.add_attachment(file, maintype="text", subtype="calendar", filename="walk.ics")
    post(settings).carry(email, message.id)
    return True


def _is_true(message: Message, request: SeenRequest, own_walk: UUID | None) -> bool:
    """Whether the message still says what is so. A later one has a higher number."""
    latest = message.number >= request.calendar_sequence
    if message.kind in {"received", "waiting"}:
        return request.state == "asked"
    if message.kind == "offered":
        return request.state == "offered" and latest
    if message.kind in _BOOKED | {"reminder"}:
        return request.state in _BOOKED and latest and own_walk == message.walk_id
    if message.kind == "afterwards":
        return request.state == "done"
    return True


def _email(made: Content, recipient: str, sender: str, message_id: UUID) -> EmailMessage:
    email = EmailMessage(policy=SMTP)
    email["From"], email["To"], email["Subject"] = sender, recipient, " ".join(made.subject.split())
    email["Date"] = format_datetime(datetime.now(UTC))
    email["Message-ID"] = f"<{message_id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(plain_text(made))
    email.add_alternative(_PAGES.get_template("message.html").render(content=made), subtype="html")
    return email


def plain_text(made: Content) -> str:
    """Return the whole message as text, with nothing that only the HTML says."""
    blocks = [*made.lead]
    if made.headline:
        blocks.append("\n".join(made.headline))
    blocks += [f"{label}:\n{words}" for label, words in made.facts]
    blocks.append(f"{made.link_words}:\n{made.link}")
    return "\n\n".join([*blocks, *made.close, "Lamplight walks"]) + "\n"
