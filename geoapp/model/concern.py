"""Concerns, what they are about, and what came of them."""

from datetime import date, datetime
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Computed,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base


class Factor(Base):
    """What a concern can be about; data, not code."""

    __tablename__ = "factor"
    code: Mapped[str] = mapped_column(primary_key=True)
    factor_group: Mapped[str]
    label: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)
    retired_at: Mapped[datetime | None]


class Concern(Base):
    """Something raised on a walk: a point or a route, with where, when and why."""

    __tablename__ = "concern"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    walk_id: Mapped[UUID | None] = mapped_column(ForeignKey("walk.id"), index=True)
    kind: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", 4326, spatial_index=False))
    geom_bng: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", 27700, spatial_index=False))
    feeling: Mapped[str | None]
    applies: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    basis: Mapped[str | None]
    setting: Mapped[str | None]
    note: Mapped[str | None]
    recorded_at: Mapped[datetime]
    month: Mapped[date] = mapped_column(
        Computed("date_trunc('month', recorded_at AT TIME ZONE 'Europe/London')::date", persisted=True),
        index=True,
    )
    light: Mapped[str]
    accuracy_m: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    position_method: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="raised")
    wording: Mapped[str | None]
    owner: Mapped[str | None]
    owner_reference: Mapped[str | None]
    body: Mapped[str]
    body_hash: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        Index("ix_concern_geom", "geom", postgresql_using="gist"),
        Index("ix_concern_geom_bng", "geom_bng", postgresql_using="gist"),
        Index("ix_concern_team_id", "team_id", "recorded_at"),
        Index("uq_concern_outside_id", text("outside_id(id, recorded_at)"), unique=True),
    )


class ConcernFactor(Base):
    """One thing that a concern is about."""

    __tablename__ = "concern_factor"
    concern_id: Mapped[UUID] = mapped_column(ForeignKey("concern.id", ondelete="CASCADE"), primary_key=True)
    factor_code: Mapped[str] = mapped_column(ForeignKey("factor.code"), primary_key=True, index=True)


class Tombstone(Base):
    """What is left of a removed concern: that its identifier is not to be used again."""

    __tablename__ = "tombstone"
    concern_id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    removed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Photo(Base):
    """The picture of a concern, re-encoded; it may arrive before its concern."""

    __tablename__ = "photo"
    concern_id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    image: Mapped[bytes]
    width: Mapped[int]
    height: Mapped[int]
    sent_hash: Mapped[bytes]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StatusEvent(Base):
    """A step in the life of a concern, with public wording where there is any."""

    __tablename__ = "status_event"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    concern_id: Mapped[UUID] = mapped_column(ForeignKey("concern.id", ondelete="CASCADE"), index=True)
    status: Mapped[str]
    happened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    public_wording: Mapped[str | None]
    reason: Mapped[str | None]
    actor: Mapped[str | None]


class ConcernArea(Base):
    """Derived: the share of a concern in an area. Written by triggers alone."""

    __tablename__ = "concern_area"
    concern_id: Mapped[UUID] = mapped_column(ForeignKey("concern.id", ondelete="CASCADE"), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    share: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    main: Mapped[bool]
    __table_args__ = (
        Index("ix_concern_area_area_id", "area_id", postgresql_include=["concern_id", "share"]),
    )
