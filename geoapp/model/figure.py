"""The cube of figures kept ready. Written by triggers alone."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, SmallInteger, Uuid
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base


class FigureConcern(Base):
    """Derived: concerns of an area by what they are counted under, kind, month and light."""

    __tablename__ = "figure_concern"
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    counted_under: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    light: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    raisers: Mapped[list[UUID]] = mapped_column(
        ARRAY(Uuid),
        server_default="{}",
        comment="distinct walks that raised these, up to raisers_kept(): enough to tell few from many",
    )
    __table_args__ = (
        Index(
            "ix_figure_concern_counted_under",
            "counted_under",
            "kind",
            "month",
            postgresql_include=["area_id", "light", "n"],
        ),
    )


class FigureTotal(Base):
    """Derived: all concerns, in areas or outside them."""

    __tablename__ = "figure_total"
    counted_under: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    light: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[float] = mapped_column(DOUBLE_PRECISION)


class FigureWalk(Base):
    """Derived: walks of an area by month and by the lights that they had metres in."""

    __tablename__ = "figure_walk"
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    lights: Mapped[int] = mapped_column(
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="the lights that these walks had metres in here: 1 day + 2 twilight + 4 dark",
    )
    walks: Mapped[int]
    metres: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))
    minutes: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))
