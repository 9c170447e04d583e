"""People, their teams, and what they sign in with. Secrets are returned once and kept as hashes."""

import ipaddress
import secrets
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from geoapp.access import Role, secret_hash
from geoapp.actions import audit
from geoapp.config import Limits
from geoapp.errors import NotFound, Refused, SignInNeeded, TooManyRequests, refused
from geoapp.model import ApiToken, Borough, Person, PersonBorough, SignIn, SignInFailure, Team

_hasher = PasswordHasher()
# Verified against when nobody has the address, so that an unknown account takes as long as a known one.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))
# Each check takes 64 MiB; a crowd at the door must not take the machine's memory.
_HASHING = threading.BoundedSemaphore(4)


@dataclass(frozen=True)
class NewPerson:
    """Somebody who will sign in; `boroughs` are for planners."""

    email: str
    role: Role
    team: str
    boroughs: tuple[str, ...] = ()
    name: str | None = None


def create(session: Session, new: NewPerson, *, by: str, password: str | None = None) -> str:
    """Make the person, with team and boroughs where missing, and return the password, which is not kept."""
    email = new.email.strip().lower()
    if session.scalar(select(Person.id).where(Person.email == email)):
        raise Refused(f"There is already somebody with the address {email}.")
    if new.role is Role.PLANNER and not new.boroughs:
        raise refused("borough", "A planner needs at least one borough.")
    password = password or secrets.token_urlsafe(12)
    person = Person(
        id=uuid.uuid4(),
        email=email,
        name=new.name or email.split("@")[0].replace(".", " ").title(),
        role=new.role.value,
        team_id=team_id(session, new.team),
        password_hash=_hasher.hash(password),
    )
    session.add(person)
    session.flush()
    name_boroughs(session, new.boroughs)
    session.add_all(PersonBorough(person_id=person.id, borough_code=code) for code in set(new.boroughs))
    audit.note(
        session,
        actor=by,
        action="person created",
        subject=f"person {person.id}",
        detail={"role": new.role.value},
    )
    return password


def team_id(session: Session, name: str) -> int:
    """Return the team's number, making the team if it is missing."""
    session.execute(insert(Team).values(name=name.strip()).on_conflict_do_nothing())
    return session.scalars(select(Team.id).where(Team.name == name.strip())).one()


def name_boroughs(session: Session, codes: Sequence[str]) -> None:
    """Make boroughs known by their codes where no ward file has named them yet."""
    for code in sorted(set(codes)):
        session.execute(insert(Borough).values(code=code).on_conflict_do_nothing())


def create_token(session: Session, email: str, *, lasts: timedelta, by: str) -> str:
    """Return a new bearer token of the person; NotFound when nobody has the address."""
    person = session.scalars(select(Person).where(Person.email == email.strip().lower())).one_or_none()
    if person is None:
        raise NotFound(f"Nobody has the address {email}. Create them first: geoapp users create {email} …")
    secret = "llt_" + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            id=uuid.uuid4(),
            token_hash=secret_hash(secret),
            person_id=person.id,
            expires_at=datetime.now(UTC) + lasts,
        )
    )
    audit.note(session, actor=by, action="token created", subject=f"person {person.id}")
    return secret


@dataclass(frozen=True)
class Account:
    """What a password is checked against; `person_id` is None when nobody (active) has the address."""

    person_id: UUID | None
    password_hash: str


def count_try(session: Session, email: str, address: str | None, limits: Limits) -> Account:
    """Count a try before it is made, and return what its password is checked against.

    Counting first, under a lock for the account and one for the address, lets no crowd of tries at once pass
    the limit; a try that succeeds is taken off again by `sign_in`. TooManyRequests when the account or the
    address has failed too often of late, alike for accounts that exist and those that do not.
    """
    account, origin = _account(email), origin_of(address)
    # Everybody takes the account's lock before the address's, so that nobody waits in a circle.
    for held in (account.hex(), f"address {origin}"):
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:held, 1))"), {"held": held})
    window = timedelta(minutes=limits.sign_in_window_minutes)
    _refuse_over(session, SignInFailure.account_hash, account, limits.sign_in_failures_account, window)
    _refuse_over(session, SignInFailure.address, origin, limits.sign_in_failures_address, window)
    session.add(SignInFailure(account_hash=account, address=origin))
    found = session.execute(
        select(Person.id, Person.password_hash).where(Person.email == _plain(email), Person.active)
    ).one_or_none()
    return Account(None, _NOBODY) if found is None else Account(found.id, found.password_hash)


def _refuse_over(
    session: Session, column: InstrumentedAttribute[Any], value: object, most: int, window: timedelta
) -> None:
    now = datetime.now(UTC)
    recent = select(func.count(), func.min(SignInFailure.failed_at)).where(
        column == value, SignInFailure.failed_at > now - window
    )
    count, oldest = session.execute(recent).one()
    if count >= most:
        wait = max(1, int((oldest + window - now).total_seconds()) + 1)
        minutes = -(-wait // 60)
        raise TooManyRequests(
            f"Too many tries. Try again in {minutes} minute{'' if minutes == 1 else 's'}.", retry_after_s=wait
        )


def password_fits(account: Account, password: str) -> bool:
    """Whether the password is the account's; as slow for one that does not exist. Needs no database."""
    with _HASHING:
        try:
            _hasher.verify(account.password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
    return account.person_id is not None


def sign_in(session: Session, account: Account, email: str, *, lasts: timedelta) -> str:
    """Forget the account's failed tries and return a new sign-in's secret; SignInNeeded if it was closed."""
    person = session.get(Person, account.person_id)
    if person is None or not person.active:
        raise SignInNeeded("This account was closed just now. Ask your administrator.")
    secret = secrets.token_urlsafe(32)
    session.add(
        SignIn(token_hash=secret_hash(secret), person_id=person.id, expires_at=datetime.now(UTC) + lasts)
    )
    session.execute(delete(SignInFailure).where(SignInFailure.account_hash == _account(email)))
    audit.note(session, actor=person.email, action="signed in", subject=f"person {person.id}")
    return secret


def sign_out(session: Session, secret: str) -> None:
    """End the sign-in that the browser's secret stands for."""
    session.execute(delete(SignIn).where(SignIn.token_hash == secret_hash(secret)))


def forget_old(session: Session, limits: Limits) -> None:
    """Remove sign-ins that have ended and failures that no limit looks back to."""
    session.execute(delete(SignIn).where(SignIn.expires_at < func.now()))
    session.execute(
        delete(SignInFailure).where(
            SignInFailure.failed_at
            < func.now() - text(f"interval '{float(limits.sign_in_window_minutes)} minutes'")
        )
    )


def _plain(email: str) -> str:
    """Return the address as it is kept; NUL cannot be, so that nobody has such an address."""
    return email.replace("\x00", "").strip().lower()


def _account(email: str) -> bytes:
    return secret_hash(_plain(email))


def origin_of(address: str | None) -> str | None:
    """Return what tries of an address are counted under.

    Of IPv6 it is the network of 64 bits, which one customer has whole. None stands for all that name none.
    """
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(found) >> 64 << 64))
