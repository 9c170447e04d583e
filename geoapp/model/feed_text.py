"""What councils read, kept ready. Written by triggers alone."""

import datetime as dt
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import ARRAY, BigInteger, DateTime, ForeignKey, Identity, Index, Text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base


class FeedOrder(Base):
    """Derived: the place of a concern in the order of pages; given when it is first shared, never changed."""

    __tablename__ = "feed_order"
    concern_id: Mapped[UUID] = mapped_column(ForeignKey("concern.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)


class FeedFeature(Base):
    """Derived: a shared concern as partners see it, by the wards of one edition."""

    __tablename__ = "feed_feature"
    concern_id: Mapped[UUID] = mapped_column(ForeignKey("concern.id", ondelete="CASCADE"), primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    collection: Mapped[str]
    id: Mapped[UUID]
    kind: Mapped[str]
    factors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    feeling: Mapped[str | None]
    applies: Mapped[list[str]] = mapped_column(ARRAY(Text))
    light: Mapped[str]
    setting: Mapped[str | None]
    basis: Mapped[str | None]
    date: Mapped[dt.date]
    status: Mapped[str]
    wording: Mapped[str | None]
    ward_code: Mapped[str]
    ward_name: Mapped[str]
    borough_code: Mapped[str]
    updated: Mapped[dt.date]
    geom: Mapped[Any] = mapped_column(Geometry("GEOMETRY", 4326, spatial_index=False))
    geom_bng: Mapped[Any] = mapped_column(Geometry("GEOMETRY", 27700, spatial_index=False))
    feature: Mapped[str]
    __table_args__ = (
        Index("uq_feed_feature_borough", "collection", "edition_id", "borough_code", "seq", unique=True),
        Index("uq_feed_feature_seq", "collection", "edition_id", "seq", unique=True),
        Index("uq_feed_feature_id", "edition_id", "id", unique=True),
        Index("ix_feed_feature_date", "collection", "edition_id", "borough_code", "date"),
        Index("ix_feed_feature_geom", "geom", postgresql_using="gist"),
        Index("ix_feed_feature_geom_bng", "geom_bng", postgresql_using="gist"),
    )


class FeedDay(Base):
    """Derived: how many there are of a collection, and in which box of degrees, by borough and day."""

    __tablename__ = "feed_day"
    collection: Mapped[str] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True)
    borough_code: Mapped[str] = mapped_column(primary_key=True)
    date: Mapped[dt.date] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    west: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    south: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    east: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    north: Mapped[float] = mapped_column(DOUBLE_PRECISION)


class FeedScope(Base):
    """Derived: how many there are of a collection in a borough, and the number of the last change there."""

    __tablename__ = "feed_scope"
    collection: Mapped[str] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    borough_code: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    change: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
