"""What an officer adds on a walk beside concerns: marks of a possible crime, and safety audits."""

from datetime import datetime
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ForeignKey, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base


class CrimeMark(Base):
    """That an officer thinks a concern may be a crime. Never leaves the force."""

    __tablename__ = "crime_mark"
    concern_id: Mapped[UUID] = mapped_column(ForeignKey("concern.id", ondelete="CASCADE"), primary_key=True)
    marked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    marked_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SafetyAudit(Base):
    """A stop at which the place was rated by a rubric; no concern, in no figure."""

    __tablename__ = "safety_audit"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    walk_id: Mapped[UUID] = mapped_column(ForeignKey("walk.id", ondelete="CASCADE"), index=True)
    rubric: Mapped[str]
    geom: Mapped[WKBElement] = mapped_column(Geometry("POINT", 4326, spatial_index=False))
    geom_bng: Mapped[WKBElement] = mapped_column(Geometry("POINT", 27700, spatial_index=False))
    recorded_at: Mapped[datetime]
    light: Mapped[str]
    body: Mapped[str]
    body_hash: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SafetyAuditScore(Base):
    """One parameter's level at a stop, 0 to 3; a parameter that was not rated has no row."""

    __tablename__ = "safety_audit_score"
    audit_id: Mapped[UUID] = mapped_column(
        ForeignKey("safety_audit.id", ondelete="CASCADE"), primary_key=True
    )
    parameter: Mapped[str] = mapped_column(primary_key=True)
    score: Mapped[int] = mapped_column(SmallInteger)


class SafetyAuditTombstone(Base):
    """What is left of a removed safety audit: that its identifier is not to be used again."""

    __tablename__ = "safety_audit_tombstone"
    audit_id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    removed_at: Mapped[datetime] = mapped_column(server_default=func.now())
