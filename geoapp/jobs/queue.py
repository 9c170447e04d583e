"""The queue, and what is done by the clock."""

import structlog
from procrastinate import App, PsycopgConnector, RetryStrategy
from sqlalchemy.engine import make_url

from geoapp.actions import people
from geoapp.config import Settings
from geoapp.db import writing

log = structlog.get_logger()


def make_queue(settings: Settings) -> App:
    """Return the queue on the settings' database, with every job known to it."""
    url = make_url(str(settings.database_url)).set(drivername="postgresql")
    connector = PsycopgConnector(
        conninfo=url.render_as_string(hide_password=False),
        kwargs={"options": "-c search_path=lamplight,public", "application_name": "lamplight worker"},
    )
    queue = App(connector=connector)

    @queue.periodic(cron="7 * * * *")
    @queue.task(name="forget old sign-ins", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
    def forget_old_sign_ins(timestamp: int) -> None:
        """Remove sign-ins that have ended and failed tries that no limit looks back to, each hour."""
        with writing() as session:
            people.forget_old(session, settings.limits)
        log.info("old sign-ins forgotten", due=timestamp)

    return queue
