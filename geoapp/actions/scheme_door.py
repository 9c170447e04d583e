"""Who may ask to join, and how often: a quiet check against programs, and limits; nobody else is asked."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from geoapp.actions.people import origin_of
from geoapp.config import Limits, Settings
from geoapp.errors import TooManyRequests, refused
from geoapp.model import Asking
from geoapp.sealed import keyed_hash

_FORM_LASTS_S = 24 * 60 * 60
_REFERENCE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that is misread aloud


def form_pass(settings: Settings) -> str:
    """Return what a form for asking carries: the identifier of the request to come, signed, with the time."""
    return _signer(settings).dumps(str(uuid.uuid4()))


def read_pass(settings: Settings, sent: str, *, trap: str) -> UUID | None:
    """Return the identifier that the form was made with; None for a program, which is not told so.

    A program fills the field that nobody sees, or is faster than LIMIT_ASK_SECONDS. Refused when the form is
    older than a day or not ours. A form sent twice carries one identifier, so that it is one request.
    """
    try:
        value, made = _signer(settings).loads(sent, max_age=_FORM_LASTS_S, return_timestamp=True)
        identifier = UUID(value)
    except SignatureExpired as error:
        raise refused("pass", "This page was open for more than a day. Open it again and send it.") from error
    except (BadSignature, ValueError, TypeError) as error:
        raise refused("pass", "This form did not arrive whole. Open the page again and send it.") from error
    quick = (datetime.now(UTC) - made).total_seconds() < settings.limits.ask_seconds
    return None if quick or trap.strip() else identifier


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key, salt="asking to join")


def count_asking(session: Session, contacts: list[str], address: str | None, limits: Limits) -> None:
    """Count one asking; TooManyRequests when this network, e-mail or telephone asked too often of late."""
    origin = origin_of(address)
    hashes = sorted(keyed_hash(b"contact", each.encode()) for each in contacts)
    for held in (*(each.hex() for each in hashes), f"asking {origin}"):
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:held, 2))"), {"held": held})
    window = timedelta(minutes=limits.asks_window_minutes)
    for each in hashes:
        _refuse_over(session, Asking.contact_hash, each, limits.asks_contact, window)
    if origin is not None:
        _refuse_over(session, Asking.address, origin, limits.asks_address, window)
    session.add_all(Asking(contact_hash=each, address=origin) for each in hashes)


def _refuse_over(
    session: Session, column: InstrumentedAttribute[Any], value: object, most: int, window: timedelta
) -> None:
    now = datetime.now(UTC)
    asked = select(func.count(), func.min(Asking.asked_at)).where(
        column == value, Asking.asked_at > now - window
    )
    count, oldest = session.execute(asked).one()
    if count >= most:
        wait = max(1, int((oldest + window - now).total_seconds()) + 1)
        raise TooManyRequests(
            "That is a lot of requests for one day. Try again tomorrow, or call us.", retry_after_s=wait
        )


def forget_askings(session: Session, limits: Limits) -> None:
    """Remove counts that no limit looks back to."""
    before = datetime.now(UTC) - timedelta(minutes=limits.asks_window_minutes)
    session.execute(delete(Asking).where(Asking.asked_at < before))


def new_reference() -> str:
    """Return a reference that can be read out on the telephone."""
    return "R-" + "".join(secrets.choice(_REFERENCE) for _ in range(8))
