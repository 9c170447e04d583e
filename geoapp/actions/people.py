"""People, their teams, and what they sign in with. Secrets are returned once and kept as hashes."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.access import Role, secret_hash
from geoapp.actions import audit
from geoapp.config import Limits
from geoapp.errors import NotFound, Refused, TooManyRequests, refused
from geoapp.model import ApiToken, Borough, Person, PersonBorough, SignIn, SignInFailure, Team

_hasher = PasswordHasher()
# Verified against when nobody has the address, so that an unknown account takes as long as a known one.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


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


def sign_in(session: Session, email: str, password: str, *, lasts: timedelta) -> str | None:
    """Return the secret of a new sign-in, or None when address and password do not go together."""
    person = session.scalars(select(Person).where(Person.email == email.strip().lower())).one_or_none()
    try:
        _hasher.verify(person.password_hash if person else _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    if person is None or not person.active:
        return None
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


def count_failure(session: Session, email: str, address: str | None) -> None:
    """Keep a failed try, for known and unknown accounts alike."""
    session.add(SignInFailure(account_hash=_account(email), address=address))


def check_tries(session: Session, email: str, address: str | None, limits: Limits) -> None:
    """Raise TooManyRequests when the account or the address has failed too often of late."""
    window = timedelta(minutes=limits.sign_in_window_minutes)
    since = datetime.now(UTC) - window
    for column, value, most in (
        (SignInFailure.account_hash, _account(email), limits.sign_in_failures_account),
        (SignInFailure.address, address, limits.sign_in_failures_address),
    ):
        count, oldest = session.execute(
            select(func.count(), func.min(SignInFailure.failed_at)).where(
                column == value, SignInFailure.failed_at > since
            )
        ).one()
        if count >= most:
            wait = max(1, int((oldest + window - datetime.now(UTC)).total_seconds()) + 1)
            raise TooManyRequests(
                f"Too many tries. Try again in {-(-wait // 60)} minutes.", retry_after_s=wait
            )


def forget_old(session: Session, limits: Limits) -> None:
    """Remove sign-ins that have ended and failures that no limit looks back to."""
    session.execute(delete(SignIn).where(SignIn.expires_at < func.now()))
    session.execute(
        delete(SignInFailure).where(
            SignInFailure.failed_at
            < func.now() - text(f"interval '{float(limits.sign_in_window_minutes)} minutes'")
        )
    )


def _account(email: str) -> bytes:
    return secret_hash(email.strip().lower())
