"""What changed: you said, we did, for everybody."""

from geoapp.scheme.changed.views import bp

__all__ = ["bp"]
