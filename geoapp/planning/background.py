"""What the planning room has done in the background; the worker adds it to the queue."""

from collections.abc import Callable
from uuid import UUID

import structlog
from flask import Flask
from procrastinate import App, JobContext, RetryStrategy

from geoapp.actions import exports
from geoapp.config import Settings
from geoapp.db import reading, writing
from geoapp.errors import NotAllowed, NotFound
from geoapp.planning.exports import make_part
from geoapp.queries.exports import export

log = structlog.get_logger()
_TRIES = 3


def add_tasks(queue: App, settings: Settings, pages: Callable[[], Flask]) -> None:
    """Let the queue know the tasks of this room; `pages` gives the application, for its templates alone."""

    @queue.task(
        name=exports.TASK, pass_context=True, retry=RetryStrategy(max_attempts=_TRIES, exponential_wait=4)
    )
    def part_of_export(context: JobContext, export: str) -> None:
        """Make the next part of a download."""
        make_next_part(pages(), settings, UUID(export), last_try=(context.job.attempts or 0) >= _TRIES - 1)

    @queue.periodic(cron="23 * * * *")
    @queue.task(name="forget old exports", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
    def forget_old_exports(timestamp: int) -> None:
        """Remove downloads whose time is over, each hour."""
        with writing() as session:
            exports.forget_old(session)
        log.info("old exports forgotten", due=timestamp)


def make_next_part(app: Flask, settings: Settings, export_id: UUID, *, last_try: bool) -> None:
    """Make and keep the next part, and order the one after it; a failure is kept on the last try.

    Nothing is done for what is ready, has failed, or is past its time: a job may be done twice.
    """
    with reading() as connection:
        state = export(connection, export_id)
    if state is None or not state.unfinished or state.done >= len(state.codes):
        return
    try:
        name, body = make_part(app, state, settings.rules)
    except Exception as error:
        if not last_try and not isinstance(error, NotAllowed | NotFound):
            raise
        log.exception("export given up", export=str(export_id), done=state.done)
        with writing() as session:
            exports.give_up(session, export_id)
        return
    with writing() as session:
        exports.keep_part(session, export_id, state.done, name, body)
