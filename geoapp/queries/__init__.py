"""Reads: one question each, a .sql file beside its .py, answers as frozen rows."""

from functools import cache
from importlib.resources import files

from sqlalchemy import TextClause, text


@cache
def statement(name: str) -> TextClause:
    """Return queries/NAME.sql as a statement with bound parameters."""
    return text(files(__package__).joinpath(f"{name}.sql").read_text())
