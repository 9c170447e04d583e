"""A participant's own link: see, agree, change, cancel, erase, say how it was."""

from geoapp.scheme.requests.views import bp

__all__ = ["bp"]
