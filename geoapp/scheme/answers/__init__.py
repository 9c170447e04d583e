"""The coordinator's desk for 'you said, we did': owners, steps, and words for the public."""

from geoapp.scheme.answers.views import bp

__all__ = ["bp"]
