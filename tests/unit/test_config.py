"""Settings: read once, every wrong one named, every default safe for production."""

import dataclasses
import stat
import threading
from pathlib import Path

import pytest

from geoapp.config import Limits, Rules, Settings, SettingsError, read_settings

OWN = {"DATABASE_URL": "postgresql://app@db/lamplight", "SECRET_KEY": "k" * 40}


def read(tmp_path: Path, **said: str) -> Settings:
    return read_settings({"GEOAPP_VAR": str(tmp_path / "var")} | said)


def test_without_anything_said_it_is_this_machine_alone(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert (found.host, found.port, found.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert found.database_url is found.database_owner_url is found.database_read_url is None
    assert (found.proxies, found.operations_token, found.tile_source, found.smtp_url) == (0, None, None, None)
    assert (found.limits, found.rules) == (Limits(), Rules())


@pytest.mark.parametrize("scheme", ["postgres://", "postgresql://", "postgresql+psycopg://"])
def test_a_database_is_named_in_any_usual_way(tmp_path: Path, scheme: str) -> None:
    found = read(tmp_path, SECRET_KEY="k" * 40, DATABASE_URL=f"{scheme}app@db/lamplight")
    expected = "postgresql+psycopg://app@db/lamplight"
    assert found.database_url == found.database_owner_url == found.database_feed_url == expected


def test_the_feed_reads_from_its_own_sign_in_or_a_replica_or_the_database(tmp_path: Path) -> None:
    replica = OWN | {"DATABASE_READ_URL": "postgresql://app@replica/lamplight"}
    assert "replica" in str(read(tmp_path, **replica).database_feed_url)
    own = replica | {"DATABASE_FEED_URL": "postgresql://feed@db/lamplight"}
    assert "feed@db" in str(read(tmp_path, **own).database_feed_url)


def test_a_database_of_ones_own_needs_a_secret_of_ones_own(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY is not set"):
        read(tmp_path, DATABASE_URL=OWN["DATABASE_URL"])


def test_otherwise_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = read(tmp_path).secret_key
    assert len(first) >= 64
    assert read(tmp_path).secret_key == first
    assert read(tmp_path / "other").secret_key != first
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_at_once_share_the_secret(tmp_path: Path) -> None:
    found: list[str] = []
    ready = threading.Barrier(8)

    def start() -> None:
        ready.wait(10)
        found.append(read(tmp_path).secret_key)

    crowd = [threading.Thread(target=start) for _ in range(8)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(10)
    assert len(found) == 8
    assert len(set(found)) == 1
    assert found[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PROXIES", "-1"),
        ("WEB_PROCESSES", "0"),
        ("WEB_THREADS", "1.5"),
        ("LIMIT_BODY_BYTES", "2MB"),
        ("LIMIT_BODY_BYTES", "-1"),
        ("LIMIT_BODY_SECONDS", "nan"),
        ("RULE_FIX_SPEED_MPS", "fast"),
        ("RULE_FALSE_DISCOVERY", "inf"),
        ("RULE_SESSION_HOURS", "0"),
        ("PUBLIC_URL", "lamplight.example"),
        ("DATABASE_READ_URL", "mysql://db/lamplight"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read(tmp_path, **OWN, **{name: value})


def test_a_wrong_address_of_the_database_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL") as raised:
        read(tmp_path, SECRET_KEY="k", DATABASE_URL="mysql://ana:hidden-word@db")  # noqa: S106 (of a test)
    assert "hidden-word" not in str(raised.value)


@pytest.mark.parametrize(("kind", "prefix"), [(Limits, "LIMIT_"), (Rules, "RULE_")])
def test_every_number_is_a_variable_of_its_own(tmp_path: Path, kind: type, prefix: str) -> None:
    for each in dataclasses.fields(kind):
        found = read(tmp_path, **{prefix + each.name.upper(): "7"})
        group = found.limits if kind is Limits else found.rules
        assert getattr(group, each.name) == 7
        assert type(getattr(group, each.name)) is type(getattr(kind(), each.name))
        assert group == dataclasses.replace(kind(), **{each.name: 7})


def test_cookies_are_for_https_where_the_service_is(tmp_path: Path) -> None:
    assert not read(tmp_path).secure_cookies
    assert read(tmp_path, PUBLIC_URL="https://lamplight.example/").secure_cookies
    assert read(tmp_path, PUBLIC_URL="https://lamplight.example/").public_url == "https://lamplight.example"


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read(tmp_path).port = 1  # type: ignore[misc]


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        SECRET_KEY="hidden-secret",  # noqa: S106 (of a test)
        DATABASE_URL="postgresql://a:hidden-word@db/x",
        OPERATIONS_TOKEN="hidden-token",  # noqa: S106 (of a test)
        SMTP_URL="smtp://a:hidden-mail@mail",
    )
    assert "hidden" not in repr(found)
