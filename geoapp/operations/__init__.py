"""What those who run the service ask it: is it alive, is it ready, how is it doing."""

from geoapp.operations.views import bp

__all__ = ["bp"]
