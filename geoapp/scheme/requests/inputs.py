"""What a participant sends from her own page, made into frozen values."""

from werkzeug.datastructures import MultiDict

from geoapp.actions.scheme_requests import Answers, Wish
from geoapp.errors import refused

_LONGEST = 4_000
_SCALE = {str(each): each for each in range(1, 6)}


def wish(sent: MultiDict[str, str]) -> Wish:
    """Return the other times she asks for."""
    preferred = tuple(each[:40] for each in sent.getlist("preferred")[:20])
    return Wish(preferred, sent.get("times_note", "")[:_LONGEST])


def answers(sent: MultiDict[str, str]) -> Answers:
    """Return how the walk was; Refused unless each question has an answer."""
    heard, safer = (_SCALE.get(sent.get(name, "")) for name in ("felt_heard", "felt_safer"))
    again = {"yes": True, "no": False}.get(sent.get("walk_again", ""))
    if heard is None or safer is None or again is None:
        raise refused("felt_heard", "Choose an answer to each question.")
    return Answers(heard, safer, again)
