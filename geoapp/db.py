"""Engines, and the only transaction boundaries: reading(), writing() and feed_reading()."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any, Literal

import psycopg
from psycopg import errors as pg
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from geoapp.config import Settings
from geoapp.errors import DatabaseAway, refusal_of
from geoapp.sealed import use_key

_OPTIONS = "-c search_path=lamplight,public -c timezone=UTC -c statement_timeout={timeout_ms}"


# With the pools they stay under what a small PostgreSQL lets two processes have. Of entries of readings one
# group is written at a time, and one flushed.
_QUICK_READS_AT_ONCE, _QUICK_WRITES_AT_ONCE = 6, 2
_QUICK_WAIT_S = 4


class Quick:
    """A few connections of the driver itself, for single statements without what sessions cost."""

    def __init__(self, engine: Engine, *, read_only: bool) -> None:
        """Open none yet."""
        self._engine, self._read_only = engine, read_only
        self._keep = not isinstance(engine.pool, NullPool)
        self._idle: deque[psycopg.Connection[tuple[Any, ...]]] = deque()
        self._room = BoundedSemaphore(_QUICK_READS_AT_ONCE if read_only else _QUICK_WRITES_AT_ONCE)

    @contextmanager
    def connection(self, *, reserved: bool = False) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """Give a connection on which each statement is a transaction of its own.

        OperationalError when there is none to be had; one on which something failed is not used again. One
        thread may take `reserved` ones, for which it never waits.
        """
        if not reserved and not self._room.acquire(timeout=_QUICK_WAIT_S):
            raise psycopg.OperationalError("all quick connections are busy")
        try:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._open()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            if self._keep:
                self._idle.append(connection)
            else:
                connection.close()
        finally:
            if not reserved:
                self._room.release()

    def _open(self) -> psycopg.Connection[tuple[Any, ...]]:
        try:
            pooled = self._engine.raw_connection()
        except (DBAPIError, PoolTimeout) as error:
            raise psycopg.OperationalError("no connection to be had") from error
        connection: psycopg.Connection[tuple[Any, ...]] = pooled.driver_connection  # type: ignore[assignment]
        pooled.detach()
        connection.autocommit = True
        connection.prepare_threshold = 0
        if self._read_only:
            connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        # What is asked here is asked again and again, and reads in the order of an index whatever is bound.
        connection.execute("SET plan_cache_mode = force_generic_plan")
        return connection

    def close(self) -> None:
        """Close those that nobody uses."""
        while self._idle:
            self._idle.pop().close()


@dataclass(frozen=True)
class Database:
    """The two ways in: `app` for the rooms and `feed` for what leaves; both for single statements too."""

    app: Engine
    feed: Engine
    quick_app: Quick
    quick_feed: Quick

    def close(self) -> None:
        """Give all connections back."""
        self.quick_app.close()
        self.quick_feed.close()
        self.app.dispose()
        self.feed.dispose()


class _Current:
    database: Database | None = None


def connect(settings: Settings, *, pooled: bool = True) -> Database:
    """Open the database for this process; nothing is sent until the first transaction.

    Each connection takes on the role `app` or `feed` when its sign-in is a member of it, so that no more
    than the grants of that role is possible.
    """
    if settings.database_url is None or settings.database_feed_url is None:
        raise RuntimeError("the address of the database is not known yet")
    use_key(settings.secret_key)
    app = _engine(settings.database_url, "app", pooled=pooled)
    feed = _engine(settings.database_feed_url, "feed", pooled=pooled)
    database = Database(app, feed, Quick(app, read_only=False), Quick(feed, read_only=True))
    _Current.database = database
    return database


def current() -> Database:
    """Return the database that this process opened."""
    if _Current.database is None:
        raise RuntimeError("connect() was not called")
    return _Current.database


def disconnect() -> None:
    """Close the database of this process."""
    if _Current.database is not None:
        _Current.database.close()
        _Current.database = None


def _engine(url: str, role: str, *, pooled: bool, timeout_ms: int = 30_000) -> Engine:
    arguments = {
        "connect_timeout": 3,
        "options": _OPTIONS.format(timeout_ms=timeout_ms),
        # A server that has vanished from the network is noticed within the five seconds that are promised.
        "tcp_user_timeout": 4000,
        "keepalives_idle": 30,
    }
    # Values stay out of messages, because messages reach the log and values are what people said.
    if pooled:
        engine = create_engine(
            make_url(url),
            connect_args=arguments,
            hide_parameters=True,
            pool_size=8,
            max_overflow=8,
            pool_timeout=4,
            pool_pre_ping=True,
            pool_recycle=1800,
        )
    else:
        engine = create_engine(
            make_url(url), connect_args=arguments, hide_parameters=True, poolclass=NullPool
        )

    @event.listens_for(engine, "connect")
    def take_role(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]  # the driver's own connection
        cursor.execute("SELECT current_user, pg_has_role(current_user, %s, 'MEMBER')", [role])
        user, member = cursor.fetchone()
        if user != role and member:
            cursor.execute(f"SET ROLE {role}")  # a constant of this module
        cursor.close()
        connection.commit()  # type: ignore[attr-defined]

    return engine


@contextmanager
def writing() -> Iterator[Session]:
    """Give a session whose changes are all stored at the end of the block, or none of them.

    DatabaseAway when the database cannot be reached, Refused when a constraint of CONSTRAINTS is broken.
    Answer only after the block has ended.
    """
    with (
        _away_is_said(),
        _refusal_is_said(),
        Session(current().app, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


@contextmanager
def reading() -> Iterator[Connection]:
    """Give a connection in a read-only transaction with one snapshot."""
    with _away_is_said(), _read_only(current().app) as connection:
        yield connection


@dataclass(frozen=True)
class Reach:
    """Which participants a transaction may see: of one link, of one team, or, for jobs and commands, all.

    `by` is who takes the steps of this transaction, as the record of a request names it.
    """

    rows: str
    by: Literal["participant", "coordinator", "clock"]

    @classmethod
    def holder(cls, token_hash: bytes) -> "Reach":
        """Return the reach of whoever shows the link with this hash: her own request."""
        return cls(f"holder:{token_hash.hex()}", "participant")

    @classmethod
    def team(cls, team_id: int) -> "Reach":
        """Return a coordinator's reach: the own team's requests, and those that no team has taken yet."""
        return cls(f"team:{team_id:d}", "coordinator")

    @classmethod
    def everyone(cls) -> "Reach":
        """Return the reach of the clock and of the command line."""
        return cls("all", "clock")


def reach_participants(session: Session | Connection, reach: Reach) -> None:
    """Let the rest of this transaction run as the role `scheme`, within this reach."""
    session.execute(text("SET LOCAL ROLE scheme"))
    session.execute(
        text("SELECT set_config('lamplight.reach', :rows, true), set_config('lamplight.by', :by, true)"),
        {"rows": reach.rows, "by": reach.by},
    )


@contextmanager
def scheme_writing(reach: Reach) -> Iterator[Session]:
    """Give a session like writing() that sees the participants of this reach, and may change them."""
    with writing() as session:
        reach_participants(session, reach)
        yield session


@contextmanager
def scheme_reading(reach: Reach) -> Iterator[Session]:
    """Give a read-only session with one snapshot that sees the participants of this reach."""
    with reading() as connection, Session(connection) as session:
        reach_participants(connection, reach)
        yield session


@contextmanager
def feed_reading(boroughs: Sequence[str]) -> Iterator[Connection]:
    """Give a read-only connection as the role `feed`, which sees shared concerns of these boroughs alone."""
    with _away_is_said(), _read_only(current().feed) as connection:
        connection.execute(
            text("SELECT set_config('lamplight.boroughs', :codes, true)"), {"codes": ",".join(boroughs)}
        )
        yield connection


@contextmanager
def reading_feed_quickly(*, reserved: bool = False) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Give a connection of the driver as the role `feed`; the statement itself says whose boroughs it reads.

    The driver's errors pass as they are: whoever asks quickly has another way to ask. `reserved` is for the
    one thread of a process that answers for many.
    """
    with current().quick_feed.connection(reserved=reserved) as connection:
        yield connection


@contextmanager
def writing_quickly() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Give a connection of the driver as the role `app`; what a statement writes is stored when it returns.

    The driver's errors pass as they are.
    """
    with current().quick_app.connection() as connection:
        yield connection


@contextmanager
def _read_only(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def _refusal_is_said() -> Iterator[None]:
    """Turn a broken constraint that speaks of the input into Refused; every other error passes."""
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.orig, "diag", None)
        refusal = refusal_of(diagnosis.constraint_name if diagnosis else None)
        if refusal is None:
            raise
        raise refusal from error


@contextmanager
def _away_is_said() -> Iterator[None]:
    """Turn a lost or refused connection, and what took too long, into DatabaseAway; other errors pass."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseAway("All connections are busy. Try again in a few seconds.") from error
    except (OperationalError, InterfaceError) as error:
        if isinstance(error.orig, pg.QueryCanceled | pg.LockNotAvailable):
            raise DatabaseAway(
                "This took longer than it may. Ask for less at a time, or try again in a few seconds."
            ) from error
        if isinstance(error.orig, pg.DeadlockDetected | pg.SerializationFailure):
            raise DatabaseAway("Two changes met each other. Nothing was stored. Try again.") from error
        raise DatabaseAway("The database cannot be reached. Try again in a few seconds.") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseAway("The database went away. Try again in a few seconds.") from error
        raise
