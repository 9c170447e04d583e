"""The cube of figures kept ready. Written by triggers alone."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Computed, ForeignKey, Index, SmallInteger, Uuid, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base


class FigureConcern(Base):
    """Derived: concerns of an area by what they are counted under and year: n[12 * light + month]."""

    __tablename__ = "figure_concern"
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    counted_under: Mapped[str] = mapped_column(
        primary_key=True, comment="all, a factor, or a group of factors"
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    n: Mapped[list[float]] = mapped_column(
        ARRAY(DOUBLE_PRECISION),
        comment="sum of shares since January at the end of each month: "
        "twelve by day, twelve by twilight, twelve in the dark",
    )


class FigureVoice(Base):
    """Derived: who raised the concerns of an area, month and light, to tell few from many."""

    __tablename__ = "figure_voice"
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    counted_under: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    light: Mapped[str] = mapped_column(primary_key=True)
    raisers: Mapped[list[UUID]] = mapped_column(
        ARRAY(Uuid),
        comment="distinct walks that raised these, up to raisers_kept(): enough to tell few from many",
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
    """Derived: walking of an area and year, added up since January: walks[12 * (lights - 1) + month]."""

    __tablename__ = "figure_walk"
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    walks: Mapped[list[float]] = mapped_column(
        ARRAY(DOUBLE_PRECISION),
        comment="since January at the end of each month, twelve for each selection of lights "
        "(1 day + 2 twilight + 4 dark): walks with metres in any of them",
    )
    metres: Mapped[list[float]] = mapped_column(
        ARRAY(DOUBLE_PRECISION),
        comment="since January at the end of each month: "
        "twelve by day, twelve by twilight, twelve in the dark",
    )
    minutes: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION), comment="as metres")


class FigureReach(Base):
    """Derived: distinct walks of all areas of a kind, or of a borough's part of them, by month and lights."""

    __tablename__ = "figure_reach"
    kind: Mapped[str] = mapped_column(primary_key=True)
    edition_id: Mapped[int | None] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), nullable=True
    )
    borough_code: Mapped[str] = mapped_column(
        primary_key=True,
        comment="empty for all areas of the kind; of cells by the ward of an edition that holds their centre",
    )
    month: Mapped[date] = mapped_column(primary_key=True)
    lights: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    walks: Mapped[int]
    # The identity; the mapper's own, above, leaves out the edition, because a key cannot hold an empty one.
    __table_args__ = (
        Index(
            "uq_figure_reach",
            "kind",
            text("coalesce(edition_id, 0)"),
            "borough_code",
            "month",
            "lights",
            unique=True,
        ),
    )


class FigureCell(Base):
    """Derived: all concerns and metres of a cell of 200 m, (q, r) as in the grid, at any time and light."""

    __tablename__ = "figure_cell"
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    q: Mapped[int]
    r: Mapped[int]
    n: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default="0")
    metres: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default="0")
    minutes: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default="0")
    packed: Mapped[bytes] = mapped_column(
        Computed(
            "int4send(q) || int4send(r) || float8send(n) || float8send(metres) || float8send(minutes)",
            persisted=True,
        )
    )
