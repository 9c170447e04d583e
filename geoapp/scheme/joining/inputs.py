"""What somebody looking for a walk sends, made into frozen values."""

import re
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

WITHIN_KM = (1, 2, 5, 10)
_DEFAULT_KM = 2
_DISTRICT = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)(?: ?[0-9][A-Z]{2})?")
_WARD = re.compile(r"[A-Za-z0-9_:-]{1,40}")
_LONGEST = 80


@dataclass(frozen=True)
class Search:
    """What was looked for: `words` as typed, its postcode district where it is one, a ward, and how far."""

    words: str
    district: str | None
    ward: str | None
    within_km: int


def search(sent: MultiDict[str, str]) -> Search:
    """Return what the address asks for. What cannot be meant is left out: a search never fails."""
    words = "".join(each if each.isprintable() else " " for each in sent.get("near", ""))
    words = " ".join(words[:_LONGEST].split())
    found = _DISTRICT.fullmatch(words.upper())
    ward = sent.get("ward", "")
    within = sent.get("within", "")
    allowed = {str(each): each for each in WITHIN_KM}
    return Search(
        words,
        found[1] if found else None,
        ward if _WARD.fullmatch(ward) else None,
        allowed.get(within, _DEFAULT_KM),
    )
