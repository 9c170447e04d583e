"""The coordinator's part of the scheme: walks to publish, requests to match, messages that failed."""

from geoapp.scheme.coordination import request_views, walk_views  # noqa: F401 (their routes join those of room)
from geoapp.scheme.coordination.room import bp

__all__ = ["bp"]
