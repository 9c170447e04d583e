"""Running `geoapp` in a test, on the module's database, and asking that database afterwards."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import NullPool, create_engine, text

from geoapp import db
from geoapp.cli import main
from geoapp.config import Settings


@dataclass(frozen=True)
class CommandLine:
    """The command, with the environment of an installation on the module's database."""

    settings: Settings

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": str(self.settings.database_url),
            "SECRET_KEY": "k" * 40,
            "GEOAPP_VAR": str(self.settings.var),
        }

    def __call__(self, *arguments: object) -> Result:
        """Run one command; the module's own database is open again afterwards."""
        runner = CliRunner(env={**os.environ, **self.environment})
        done = runner.invoke(main, [str(each) for each in arguments], catch_exceptions=False)
        db.connect(self.settings, pooled=False)
        return done

    def json(self, *arguments: object, code: int = 0) -> dict[str, Any]:
        """Run a command with --json and return its object."""
        done = self(*arguments, "--json")
        assert done.exit_code == code, done.output
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    @contextmanager
    def superuser(self) -> Iterator[Any]:
        """Give a transaction without any role's limits."""
        engine = create_engine(str(self.settings.database_url), poolclass=NullPool)
        with engine.begin() as connection:
            yield connection

    def rows(self, asked: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Return what the database answers."""
        with self.superuser() as connection:
            return [tuple(row) for row in connection.execute(text(asked), values or {})]

    def one(self, asked: str, values: Mapping[str, object] | None = None) -> Any:
        """Return the one value that the database answers."""
        ((value,),) = self.rows(asked, values)
        return value


def write(path: Path, *lines: str) -> Path:
    """Write a text file in UTF-8."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
