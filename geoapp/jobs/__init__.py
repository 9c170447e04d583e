"""Background work: jobs are rows in the database, claimed one at a time, and keep their failures."""

from geoapp.jobs.queue import make_queue

__all__ = ["make_queue"]
