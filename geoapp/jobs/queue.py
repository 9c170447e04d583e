"""The queue, and what is done by the clock."""

from uuid import UUID

import structlog
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status
from sqlalchemy.engine import make_url

from geoapp.actions import people
from geoapp.config import Settings
from geoapp.db import writing
from geoapp.jobs import clockwork, messages
from geoapp.jobs.post import TryAgain

log = structlog.get_logger()

# A worker says every few seconds that it lives; the jobs of one that has been silent for longer are taken up
# again, at most a minute later.
HEARTBEAT_S = 5.0
SILENT_S = 20.0

# Nine tries, after 13 s, 19 s, 37 s, … 1.8 h: under three hours in all, so that somebody can still call her.
_SENDING_AGAIN = 8
_SENDING = RetryStrategy(
    max_attempts=_SENDING_AGAIN, wait=10, exponential_wait=3, retry_exceptions=[TryAgain]
)


def make_queue(settings: Settings) -> App:
    """Return the queue on the settings' database, with every job known to it."""
    url = make_url(str(settings.database_url)).set(drivername="postgresql")
    connector = PsycopgConnector(
        conninfo=url.render_as_string(hide_password=False),
        kwargs={"options": "-c search_path=lamplight,public", "application_name": "lamplight worker"},
    )
    queue = App(
        connector=connector,
        worker_defaults={"update_heartbeat_interval": HEARTBEAT_S, "stalled_worker_timeout": SILENT_S},
    )

    @queue.periodic(cron="7 * * * *")
    @queue.task(name="forget old sign-ins", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
    def forget_old_sign_ins(timestamp: int) -> None:
        """Remove sign-ins that have ended and failed tries that no limit looks back to, each hour."""
        with writing() as session:
            people.forget_old(session, settings.limits)
        log.info("old sign-ins forgotten", due=timestamp)

    @queue.task(name="send message", retry=_SENDING, pass_context=True)
    def send_message(context: JobContext, message: str) -> None:
        """Send one message to a participant; the argument is its identifier and nothing else."""
        messages.send(UUID(message), settings, last_try=context.job.attempts >= _SENDING_AGAIN)

    @queue.periodic(cron="17 * * * *")
    @queue.task(name="remind of walks", retry=RetryStrategy(max_attempts=3, exponential_wait=4))
    def remind_of_walks(timestamp: int) -> None:
        """Queue a reminder for every place on a walk that is near, each hour."""
        log.info("reminders queued", reminders=clockwork.remind(settings), due=timestamp)

    @queue.periodic(cron="27 3 * * *")
    @queue.task(name="run retention", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
    def run_retention(timestamp: int) -> None:
        """Erase participants whose time has run out, each night."""
        log.info("participants erased", erased=len(clockwork.run_retention(settings)), due=timestamp)

    @queue.periodic(cron="* * * * *")
    @queue.task(
        name="take up stalled jobs", pass_context=True, queueing_lock="take up stalled jobs", priority=100
    )
    async def take_up_stalled_jobs(context: JobContext, timestamp: int) -> None:
        """Do again, each minute, what a worker had begun when it was killed."""
        taken = await take_up(context.app)
        if taken:
            log.warning("stalled jobs taken up", jobs=taken, due=timestamp)

    return queue


async def take_up(queue: App) -> int:
    """Put the jobs of workers that have fallen silent back into the queue and return how many they were.

    One whose like already waits is ended instead: a queueing lock lets only one of them wait.
    """
    stalled = list(await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_S))
    for job in stalled:
        try:
            await queue.job_manager.retry_job(job)
        except UniqueViolation:
            await queue.job_manager.finish_job(job, Status.FAILED, delete_job=False)
    return len(stalled)
