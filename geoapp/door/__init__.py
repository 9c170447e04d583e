"""The door: the start page, signing in and out."""

from geoapp.door.views import bp

__all__ = ["bp"]
