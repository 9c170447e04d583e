"""The planning room."""

from geoapp.planning.views import bp

__all__ = ["bp"]
