"""The chained record of who did or read what."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, FetchedValue
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.model.base import Base


class AuditEntry(Base):
    """One entry; number, time and hashes are given by the database."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(BigInteger, FetchedValue(), primary_key=True, autoincrement=False)
    happened_at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    previous: Mapped[bytes]
    hash: Mapped[bytes]
