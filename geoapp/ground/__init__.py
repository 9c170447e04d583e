"""The ground room."""

from geoapp.ground.views import bp

__all__ = ["bp"]
