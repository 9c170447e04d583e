"""Text that the database holds only sealed: what participants say of themselves.

Sealed with AES-256-GCM under a key made from SECRET_KEY (HKDF, RFC 5869), so that dumps, disks, replicas and
the write-ahead log hold nothing readable of it. Whoever has both database and key can read it; whoever lost
the key cannot, so SECRET_KEY is kept like the data.
"""

import base64
import hashlib
import hmac
import os
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

_NONCE = 12
_VERSION = b"\x01"


class _Keys:
    sealing: AESGCM | None = None
    naming: bytes = b""


def use_key(secret_key: str) -> None:
    """Seal and open with keys made from this secret from now on, in this process."""
    _Keys.sealing = AESGCM(_derived(secret_key, b"lamplight participants"))
    _Keys.naming = _derived(secret_key, b"lamplight links")


def _derived(secret_key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret_key.encode())


def keyed_hash(*parts: bytes) -> bytes:
    """Return HMAC-SHA-256 of the parts, each with its length before it, under a key that no dump holds."""
    if not _Keys.naming:
        raise RuntimeError("use_key() was not called")
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.new(_Keys.naming, message, hashlib.sha256).digest()


def _cipher() -> AESGCM:
    if _Keys.sealing is None:
        raise RuntimeError("use_key() was not called")
    return _Keys.sealing


class Sealed(TypeDecorator[str]):
    """A text column that is bytes to the database; equal texts are sealed differently, to stay uncompared."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Seal a text."""
        if value is None:
            return None
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + _cipher().encrypt(nonce, value.encode(), _VERSION)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002 (SQLAlchemy's signature)
        """Open a text; a mark in its place when it was sealed under another key."""
        if value is None:
            return None
        stored = bytes(value)
        nonce, sealed = stored[1 : 1 + _NONCE], stored[1 + _NONCE :]
        try:
            return _cipher().decrypt(nonce, sealed, stored[:1]).decode()
        except (InvalidTag, ValueError):
            return UNREADABLE


UNREADABLE = "(sealed under another key)"


def link_token(request_id: UUID) -> str:
    """Return the token of a request's personal link: 256 bits that nobody makes without SECRET_KEY.

    The database keeps its hash; it is made anew each time a message carries it.
    """
    return base64.urlsafe_b64encode(keyed_hash(b"link", request_id.bytes)).rstrip(b"=").decode()
