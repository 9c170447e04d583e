"""Walks that can be joined; and who asks to join, in the schema `participant` under the role `scheme`."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base
from geoapp.sealed import Sealed

_ONLY_SCHEMA: dict[str, Any] = {"schema": "participant"}
_REQUEST = "participant.request.id"


class JoinableWalk(Base):
    """A walk to join. `places_taken` and `places_confirmed` are kept by triggers alone.

    With a confirmed place the database refuses to leave out end, meeting point, its words or the officer.
    """

    __tablename__ = "joinable_walk"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer, Identity(always=True, start=2600), unique=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    title: Mapped[str]
    ward_code: Mapped[str] = mapped_column(Text(collation="C"), index=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    length_m: Mapped[int | None]
    step_free: Mapped[bool]
    details: Mapped[str] = mapped_column(server_default="")
    meeting_point: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", 4326, spatial_index=False))
    meeting_words: Mapped[str | None]
    getting_there: Mapped[str] = mapped_column(server_default="")
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    officer_first_name: Mapped[str | None]
    officer_number: Mapped[str] = mapped_column(server_default="")
    word: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str]
    listed: Mapped[bool] = mapped_column(server_default="true")
    places: Mapped[int]
    places_taken: Mapped[int] = mapped_column(server_default="0")
    places_confirmed: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(server_default="open")
    sequence: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__ = (Index("ix_joinable_walk_team_id", "team_id", "starts_at"),)


class JoinRequest(Base):
    """Somebody who asks to join. What she says of herself is sealed; her link is kept as a hash."""

    __tablename__ = "request"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    asked_walk_id: Mapped[UUID | None] = mapped_column(ForeignKey("joinable_walk.id"), index=True)
    walk_id: Mapped[UUID | None] = mapped_column(ForeignKey("joinable_walk.id"), index=True)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="asked")
    state_at: Mapped[datetime] = mapped_column(server_default=func.now())
    waiting_since: Mapped[datetime | None]
    no_show: Mapped[bool | None]
    ward_code: Mapped[str | None] = mapped_column(Text(collation="C"))
    preferred: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    adult: Mapped[bool]
    first_name: Mapped[str] = mapped_column(Sealed)
    email: Mapped[str | None] = mapped_column(Sealed)
    phone: Mapped[str | None] = mapped_column(Sealed)
    times_note: Mapped[str | None] = mapped_column(Sealed)
    access_needs: Mapped[str | None] = mapped_column(Sealed)
    ease: Mapped[str | None] = mapped_column(Sealed)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    calendar_sequence: Mapped[int] = mapped_column(server_default="0")
    answered_feedback: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__ = (Index("ix_request_team_id", "team_id", "state"), _ONLY_SCHEMA)


class RequestEvent(Base):
    """A step of a request, written by a trigger."""

    __tablename__ = "request_event"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(_REQUEST, ondelete="CASCADE"), index=True)
    state: Mapped[str]
    walk_id: Mapped[UUID | None]
    by: Mapped[str]
    happened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__ = (_ONLY_SCHEMA,)


class Message(Base):
    """One message to a participant; her address and its words are made when it is sent, and not kept here."""

    __tablename__ = "message"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey(_REQUEST, ondelete="CASCADE"))
    kind: Mapped[str]
    way: Mapped[str]
    number: Mapped[int]
    walk_id: Mapped[UUID | None] = mapped_column(ForeignKey("joinable_walk.id"))
    state: Mapped[str] = mapped_column(server_default="queued", index=True)
    failure: Mapped[str] = mapped_column(server_default="")
    queued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("request_id", "kind", "way", "number"), _ONLY_SCHEMA)


class Feedback(Base):
    """Three answers after a walk, with team and month and nothing that leads back to anybody."""

    __tablename__ = "feedback"
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    month: Mapped[date]
    felt_heard: Mapped[int] = mapped_column(SmallInteger)
    felt_safer: Mapped[int] = mapped_column(SmallInteger)
    walk_again: Mapped[bool]
    __table_args__ = (_ONLY_SCHEMA,)


class Erasure(Base):
    """The receipt of somebody erased: hashes of reference and link, and how much was removed."""

    __tablename__ = "erasure"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(server_default=func.now())
    cause: Mapped[str]
    reference_hash: Mapped[bytes] = mapped_column(unique=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    messages: Mapped[int]
    events: Mapped[int]
    __table_args__ = (_ONLY_SCHEMA,)


class Asking(Base):
    """One try at asking, counted for as long as the limits look back."""

    __tablename__ = "asking"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    contact_hash: Mapped[bytes]
    address: Mapped[str | None] = mapped_column(INET)
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        Index("ix_asking_contact_hash", "contact_hash", "asked_at"),
        Index("ix_asking_address", "address", "asked_at"),
        _ONLY_SCHEMA,
    )
