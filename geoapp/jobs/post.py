"""How messages leave: e-mail by SMTP or into files, text messages by GOV.UK Notify or into files."""

import base64
import hashlib
import hmac
import json
import os
import smtplib
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from geoapp.config import Settings

_TIMEOUT_S = 20
_MAYBE = "The connection broke while it was sent. It may have arrived."
_FIRST_PERMANENT = 500


class TryAgain(Exception):
    """It did not go out, and may later; the reason holds nothing personal."""


class Undeliverable(Exception):
    """It did not go out and will not, or nobody knows; the reason is what the coordinator reads."""


class Post(Protocol):
    """Takes e-mails away."""

    def carry(self, message: EmailMessage, identifier: UUID) -> None:
        """Hand one e-mail over, or raise TryAgain or Undeliverable."""


class TextPost(Protocol):
    """Takes text messages away."""

    def carry(self, phone: str, words: str, identifier: UUID) -> None:
        """Hand one text message over, or raise TryAgain or Undeliverable."""


@dataclass(frozen=True)
class Folder:
    """Keeps e-mails as files that only this account reads; their names say nothing of anybody."""

    path: Path

    def carry(self, message: EmailMessage, identifier: UUID) -> None:
        """Write the e-mail as an .eml file, whole or not at all."""
        _write(self.path / f"{identifier}.eml", bytes(message))


@dataclass(frozen=True)
class TextFolder:
    """Keeps text messages as files beside the e-mails."""

    path: Path

    def carry(self, phone: str, words: str, identifier: UUID) -> None:
        """Write the text as a .txt file, whole or not at all."""
        _write(self.path / f"{identifier}.txt", f"{phone}\n\n{words}\n".encode())


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(path.suffix + ".part")
    with os.fdopen(os.open(half, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(data)
    half.replace(path)


@dataclass(frozen=True)
class Smtp:
    """A mail server: smtp://name:password@host:587 (with STARTTLS where offered) or smtps://…:465."""

    url: str

    def carry(self, message: EmailMessage, identifier: UUID) -> None:  # noqa: ARG002 (its Message-ID has it)
        """Hand the e-mail to the server, which answers for it from then on."""
        try:
            with self._server() as server:
                self._send(server, message)
        except (smtplib.SMTPException, OSError) as error:
            # Raised from None: what servers answer repeats addresses, and errors are logged.
            raise TryAgain(f"The mail server did not take it ({type(error).__name__}).") from None

    def _server(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, context = parts.hostname or "localhost", ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, parts.port or 465, timeout=_TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=_TIMEOUT_S)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif parts.username:
                server.close()
                raise TryAgain("The mail server offers no encryption, so the password was not sent.")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server

    def _send(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        sender, recipient = parseaddr(message["From"])[1], parseaddr(message["To"])[1]
        server.ehlo_or_helo_if_needed()
        for code, _ in (server.mail(sender), server.rcpt(recipient)):
            if code >= _FIRST_PERMANENT:
                raise Undeliverable(f"The mail server refused the address ({code}).")
            if code not in {250, 251}:
                raise TryAgain(f"The mail server asks to come back later ({code}).")
        try:
            code, _ = server.data(message.as_bytes())
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
        except (smtplib.SMTPServerDisconnected, OSError):
            raise Undeliverable(_MAYBE) from None
        if code >= _FIRST_PERMANENT:
            raise Undeliverable(f"The mail server refused the message ({code}).")
        if code != 250:  # noqa: PLR2004 (SMTP: done)
            raise TryAgain(f"The mail server asks to come back later ({code}).")


@dataclass(frozen=True)
class Notify:
    """GOV.UK Notify (its REST API, version 2); the template there is ((message)) and nothing else."""

    url: str
    key: str
    template: str

    def carry(self, phone: str, words: str, identifier: UUID) -> None:
        """Hand the text to Notify under our own reference."""
        body = {
            "phone_number": phone,
            "template_id": self.template,
            "personalisation": {"message": words},
            "reference": str(identifier),
        }
        asked = urllib.request.Request(  # noqa: S310 (the address is a setting that begins with http)
            f"{self.url}/v2/notifications/sms",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._bearer()}"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(asked, timeout=_TIMEOUT_S) as answer:  # noqa: S310 (as above)
                answer.read()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 400:  # noqa: PLR2004 (Notify: the number or the template is wrong)
                raise Undeliverable("The text service refused the number (400).") from None
            raise TryAgain(f"The text service did not take it ({error.code}).") from None
        except urllib.error.URLError:
            raise TryAgain("The text service cannot be reached.") from None
        except OSError:
            raise Undeliverable(_MAYBE) from None

    def _bearer(self) -> str:
        """Return a JSON Web Token (RFC 7519, HS256) as Notify asks for: who, and when.

        The key ends with two UUIDs, of the service and the secret.
        """
        service, secret = self.key[-73:-37], self.key[-36:]
        head = _part({"typ": "JWT", "alg": "HS256"})
        claims = _part({"iss": service, "iat": int(time.time())})
        signed = hmac.new(secret.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
        return f"{head}.{claims}.{_base64(signed)}"


def _part(value: dict[str, object]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def mail_folder(settings: Settings) -> Path:
    """Return where messages lie that are written instead of sent."""
    return settings.var / "mail"


def post(settings: Settings) -> Post:
    """Return what carries e-mails in this installation."""
    return Smtp(settings.smtp_url) if settings.smtp_url else Folder(mail_folder(settings))


def text_post(settings: Settings) -> TextPost:
    """Return what carries text messages in this installation."""
    scheme = settings.scheme
    if scheme.notify_key:
        return Notify(scheme.notify_url, scheme.notify_key, scheme.notify_template)
    return TextFolder(mail_folder(settings))
