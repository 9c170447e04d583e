"""Boroughs, editions of boundaries, and the areas they are made of."""

from datetime import date, datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import Computed, ForeignKey, Identity, Index, Integer, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base


class Borough(Base):
    """A local authority; known by its code alone until a ward file names it."""

    __tablename__ = "borough"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]


class Edition(Base):
    """One edition of ward boundaries; editions stand side by side."""

    __tablename__ = "edition"
    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    valid_from: Mapped[date]
    attribution: Mapped[str] = mapped_column(server_default="")
    imported_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Area(Base):
    """A ward of an edition, or a cell; `outline` is its GeoJSON text kept ready."""

    __tablename__ = "area"
    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(Text(collation="C"))
    name: Mapped[str]
    borough_code: Mapped[str | None] = mapped_column(ForeignKey("borough.code"), index=True)
    geom: Mapped[WKBElement | None] = mapped_column(Geometry("MULTIPOLYGON", 4326, spatial_index=False))
    geom_bng: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", 27700, spatial_index=False))
    outline: Mapped[str | None] = mapped_column(
        comment="GeoJSON text of geom, 7 decimals, right-hand rule, kept ready for maps and feed"
    )
    core: Mapped[WKBElement | None] = mapped_column(
        Geometry("MULTIPOLYGON", 27700, spatial_index=False),
        Computed("ST_Multi(ST_Buffer(geom_bng, -0.02, 'join=mitre'))", persisted=True),
    )
    __table_args__ = (
        Index("ix_area_geom_bng", "geom_bng", postgresql_using="gist"),
        Index("ix_area_outline_missing", "id", postgresql_where=text("outline IS NULL")),
        Index("uq_area_kind_edition_id_code", "kind", text("coalesce(edition_id, 0)"), "code", unique=True),
    )


class WardSketch(Base):
    """Derived: a ward as the screen draws it, simplified together with its neighbours."""

    __tablename__ = "ward_sketch"
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    shape: Mapped[str] = mapped_column(
        comment="polygons of rings in 1e-5 degrees of WGS84: longitude, latitude, "
        "then the step to each next corner"
    )


class CellWard(Base):
    """Derived: the ward of each edition in which a cell has its centre. Written by triggers alone."""

    __tablename__ = "cell_ward"
    cell_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    ward_id: Mapped[int] = mapped_column(
        ForeignKey("area.id", ondelete="CASCADE"), primary_key=True, index=True
    )
