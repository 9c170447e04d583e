"""Walks, the fixes as they came, the cleaned track, and how much was walked where."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ARRAY, Computed, ForeignKey, Index, SmallInteger, func
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base


class Walk(Base):
    """One walk. Without `body` only something that belongs to it has arrived so far."""

    __tablename__ = "walk"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    participants: Mapped[int | None]
    body: Mapped[str | None]
    body_hash: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    month: Mapped[date | None] = mapped_column(
        Computed("date_trunc('month', started_at AT TIME ZONE 'Europe/London')::date", persisted=True),
        index=True,
    )


class TrackChunk(Base):
    """A part of the walk's fixes as the phone sent them."""

    __tablename__ = "track_chunk"
    walk_id: Mapped[UUID] = mapped_column(ForeignKey("walk.id", ondelete="CASCADE"), primary_key=True)
    chunk: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str]
    body_hash: Mapped[bytes]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Track(Base):
    """The cleaned track: one line a piece, M in epoch milliseconds, light of each segment in order."""

    __tablename__ = "track"
    walk_id: Mapped[UUID] = mapped_column(ForeignKey("walk.id", ondelete="CASCADE"), primary_key=True)
    geom: Mapped[WKBElement] = mapped_column(
        Geometry("MULTILINESTRINGM", 4326, dimension=3, spatial_index=False)
    )
    geom_bng: Mapped[WKBElement] = mapped_column(
        Geometry("MULTILINESTRINGM", 27700, dimension=3, spatial_index=False)
    )
    light: Mapped[list[int]] = mapped_column(
        ARRAY(SmallInteger),
        comment="light at the middle of each segment in order: 0 day, 1 twilight, 2 dark",
    )
    metres: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    minutes: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    dropped: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")


class Exposure(Base):
    """Derived: metres and minutes of a walk in an area by light. Written by triggers alone."""

    __tablename__ = "exposure"
    walk_id: Mapped[UUID] = mapped_column(ForeignKey("walk.id", ondelete="CASCADE"), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    light: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    metres: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    minutes: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    __table_args__ = (
        Index("ix_exposure_area_id", "area_id", postgresql_include=["walk_id", "light", "metres", "minutes"]),
    )
