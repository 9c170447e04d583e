"""Derived: what the feed holds, and what changed in it. Written by triggers alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, func
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from geoapp.model.base import Base


class TransactionNumber(UserDefinedType[int]):
    """The number of a transaction, over the whole life of the server (xid8)."""

    cache_ok = True

    def get_col_spec(self, **_said: object) -> str:
        """Return PostgreSQL's name of the type."""
        return "XID8"


ischema_names["xid8"] = TransactionNumber  # SQLAlchemy does not know it when it compares model and database


class FeedPresence(Base):
    """A concern that the feed holds now: where, under which identifier, and a digest of what is told."""

    __tablename__ = "feed_presence"
    concern_id: Mapped[UUID] = mapped_column(primary_key=True)
    collection: Mapped[str]
    outside_id: Mapped[UUID]
    borough_code: Mapped[str]
    digest: Mapped[str]
    __table_args__ = (
        Index(
            "ix_feed_presence_collection",
            "collection",
            "outside_id",
            postgresql_include=["borough_code"],
        ),
    )


class FeedChange(Base):
    """One change of what councils see: from which borough to which, by which transaction."""

    __tablename__ = "feed_change"
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xact: Mapped[int] = mapped_column(TransactionNumber, index=True)
    happened_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    collection: Mapped[str]
    outside_id: Mapped[UUID]
    from_borough: Mapped[str | None]
    to_borough: Mapped[str | None]
    __table_args__ = (Index("ix_feed_change_outside_id", "outside_id", "seq"),)


class FeedLog(Base):
    """One row: by which edition the feed was filled, how far the log is thrown away, and on which server."""

    __tablename__ = "feed_log"
    id: Mapped[bool] = mapped_column(primary_key=True, server_default="true")
    edition_id: Mapped[int | None]
    pruned: Mapped[int] = mapped_column(TransactionNumber, server_default="0")
    home: Mapped[str]


class FeedUnsettled(Base):
    """A concern that a transaction under way has touched."""

    __tablename__ = "feed_unsettled"
    xact: Mapped[int] = mapped_column(TransactionNumber, primary_key=True)
    concern_id: Mapped[UUID] = mapped_column(primary_key=True)


class FeedSettling(Base):
    """A transaction that will write its changes when it commits."""

    __tablename__ = "feed_settling"
    xact: Mapped[int] = mapped_column(TransactionNumber, primary_key=True)
