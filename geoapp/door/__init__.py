"""The door: the start page, the public map, signing in and out."""

from geoapp.door import public_map  # noqa: F401 (its routes join those of views)
from geoapp.door.views import bp

__all__ = ["bp"]
