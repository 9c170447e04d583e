"""What is done for participants by the clock: reminders, and erasing when the time has run out."""

from sqlalchemy import text

from geoapp.actions import scheme_door, scheme_erasing, scheme_messages
from geoapp.actions.scheme_erasing import Receipt
from geoapp.config import Settings
from geoapp.db import Reach, scheme_reading, scheme_writing
from geoapp.jobs.post import mail_folder
from geoapp.model import JoinRequest

# Who was confirmed within the last six hours has just read it all.
_NEAR = text("""
SELECT r.id FROM participant.request r JOIN joinable_walk w ON w.id = r.walk_id
WHERE r.state IN ('confirmed', 'changed') AND r.state_at < now() - interval '6 hours'
  AND w.starts_at BETWEEN now() AND now() + make_interval(secs => :hours * 3600)
ORDER BY w.starts_at, r.id""")


def remind(settings: Settings) -> int:
    """Queue a reminder for each place on a walk within RULE_REMINDER_HOURS; return how many places."""
    with scheme_writing(Reach.everyone()) as session:
        near = session.scalars(_NEAR, {"hours": settings.rules.reminder_hours}).all()
        for request_id in near:
            scheme_messages.queue(session, session.get_one(JoinRequest, request_id), "reminder")
    return len(near)


def run_retention(settings: Settings) -> list[Receipt]:
    """Erase everybody whose time has run out, each in a transaction of her own, and return the receipts."""
    with scheme_reading(Reach.everyone()) as session:
        due = scheme_erasing.due(session, settings.rules)
    receipts = []
    for each in due:
        with scheme_writing(Reach.everyone()) as session:
            receipt = scheme_erasing.erase_due(session, each, mail=mail_folder(settings))
        if receipt is not None:
            receipts.append(receipt)
    with scheme_writing(Reach.everyone()) as session:
        scheme_door.forget_askings(session, settings.limits)
    return receipts
