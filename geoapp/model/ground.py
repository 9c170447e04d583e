"""The base map that this service draws itself."""

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import Identity, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base


class Ground(Base):
    """A street, park, water, railway or station."""

    __tablename__ = "ground"
    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    source: Mapped[str] = mapped_column(index=True)
    layer: Mapped[str]
    class_: Mapped[str] = mapped_column("class")
    name: Mapped[str | None]
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", 4326, spatial_index=False))
    __table_args__ = (Index("ix_ground_geom", "geom", postgresql_using="gist"),)
