"""A person's share of the key that their phone keeps walks under."""

from uuid import UUID

from sqlalchemy import Connection, text

_SECRET = text("SELECT unguessable_id(CAST(:person AS uuid))")


def phone_secret(connection: Connection, person_id: UUID) -> bytes:
    """Return 16 bytes that only this database can work out for this person, the same each time.

    They come from the database's own secret, not from SECRET_KEY, so that a new SECRET_KEY locks nobody out
    of what a phone still keeps.
    """
    found: UUID = connection.execute(_SECRET, {"person": person_id}).scalar_one()
    return found.bytes
