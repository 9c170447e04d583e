"""Joining a walk: the front page, walks that are open, asking, and a participant's own link."""

from geoapp.scheme.joining import asking, search_engines, views  # noqa: F401 (they hang their routes on the room)
from geoapp.scheme.joining.room import bp

__all__ = ["bp"]
