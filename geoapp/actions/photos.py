"""Keeping the photo of a concern, which may arrive before the concern itself."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Session

from geoapp.access import Person
from geoapp.actions import audit
from geoapp.actions.concerns import own_or_new
from geoapp.actions.repeatable import Outcome, Sent, decide
from geoapp.errors import NotFound
from geoapp.model import Photo


@dataclass(frozen=True)
class NewPhoto:
    """A photo re-encoded as JPEG without metadata; `sent` carries the hash of the bytes that came."""

    jpeg: bytes
    width: int
    height: int
    sent: Sent


def put(session: Session, concern_id: UUID, new: NewPhoto, *, by: Person) -> Outcome:
    """Store the photo of a concern; other bytes need the tag of the present ones.

    Gone when the concern was removed, NotFound when the concern or a photo under its identifier is another
    team's.
    """
    own_or_new(session, concern_id, by=by)
    photo = session.get(Photo, concern_id)
    if photo is not None and photo.team_id != by.team_id:
        raise NotFound("There is no such concern.")
    outcome = decide(photo.sent_hash if photo else None, new.sent)
    if outcome is Outcome.UNCHANGED:
        return outcome
    if photo is None:
        photo = Photo(concern_id=concern_id, team_id=by.team_id)
        session.add(photo)
    photo.image, photo.width, photo.height = new.jpeg, new.width, new.height
    photo.sent_hash = new.sent.hash
    photo.received_at = func.now()
    audit.note(session, actor=by.email, action=f"photo {outcome.value}", subject=f"concern {concern_id}")
    return outcome
