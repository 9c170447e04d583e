"""Who looks after a concern, and the words in which the public hears what came of it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base


class ConcernOwner(Base):
    """Who looked after a concern from a moment on; the newest line of a concern counts."""

    __tablename__ = "concern_owner"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    concern_id: Mapped[UUID] = mapped_column(ForeignKey("concern.id", ondelete="CASCADE"))
    owner: Mapped[str]
    set_at: Mapped[datetime] = mapped_column(server_default=func.now())
    set_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (Index("ix_concern_owner_concern_id", "concern_id", "id"),)


class PublicAnswer(Base):
    """Words for the whole ward about one concern; public once reviewed and until withdrawn."""

    __tablename__ = "public_answer"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    concern_id: Mapped[UUID] = mapped_column(ForeignKey("concern.id", ondelete="CASCADE"), index=True)
    status: Mapped[str]
    happened_on: Mapped[date]
    you_said: Mapped[str]
    answer: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())
    written_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (
        Index(
            "ix_public_answer_happened_on",
            "happened_on",
            "id",
            postgresql_where=text("reviewed_at IS NOT NULL AND withdrawn_at IS NULL"),
        ),
    )


class PostcodeDistrict(Base):
    """A postcode district touches a ward."""

    __tablename__ = "postcode_district"
    code: Mapped[str] = mapped_column(primary_key=True)
    ward_code: Mapped[str] = mapped_column(primary_key=True)
