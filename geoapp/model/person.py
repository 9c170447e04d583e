"""People of the force and councils, their teams, and the secrets they sign in with (hashed)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, func
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base


class Team(Base):
    """A team; walks, tracks and notes are its own."""

    __tablename__ = "team"
    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Person(Base):
    """Somebody who signs in."""

    __tablename__ = "person"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default="true")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PersonBorough(Base):
    """A borough that a planner may see."""

    __tablename__ = "person_borough"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    borough_code: Mapped[str] = mapped_column(ForeignKey("borough.code"), primary_key=True)


class SignIn(Base):
    """A browser that is signed in."""

    __tablename__ = "sign_in"
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class SignInFailure(Base):
    """A failed try, kept for as long as the limits look back."""

    __tablename__ = "sign_in_failure"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_hash: Mapped[bytes]
    address: Mapped[str | None] = mapped_column(INET)
    failed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        Index("ix_sign_in_failure_account_hash", "account_hash", "failed_at"),
        Index("ix_sign_in_failure_address", "address", "failed_at"),
    )


class ApiToken(Base):
    """A bearer token of a person, for the capture API."""

    __tablename__ = "api_token"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class FeedKey(Base):
    """A council's key to the feed; `hint` is its end, to tell keys apart on a page."""

    __tablename__ = "feed_key"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    key_hash: Mapped[bytes] = mapped_column(unique=True)
    hint: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    may_write: Mapped[bool] = mapped_column(server_default="false")


class FeedKeyBorough(Base):
    """A borough that a key opens."""

    __tablename__ = "feed_key_borough"
    feed_key_id: Mapped[UUID] = mapped_column(ForeignKey("feed_key.id", ondelete="CASCADE"), primary_key=True)
    borough_code: Mapped[str] = mapped_column(ForeignKey("borough.code"), primary_key=True)
