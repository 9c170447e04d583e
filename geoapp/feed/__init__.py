"""The feed room."""

from geoapp.feed.views import bp

__all__ = ["bp"]
