"""What in a wording could tell who somebody is: pointed out before the words leave the force.

`static/js/wording.js` holds the same rules for phones without a signal; a test compares the two. The rules
point out and do not decide: a name that no rule knows passes, and a street may be taken for a person. Whoever
shares reads the words once more in either case.

Order of the rules: the first in PATTERNS that finds something keeps its characters from the later ones, and
names come last.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from geoapp.wording_patterns import ADVICE, PATTERNS
from geoapp.wording_words import (
    AMBIGUOUS,
    BRANDS,
    CALLED,
    GIVEN,
    NOT_NAMES,
    PLACES,
    PLACES_CAPITAL,
    RELATIONS,
    SAINTS,
    SAYS,
    TITLES,
    TITLES_SMALL,
)


@dataclass(frozen=True)
class Finding:
    """Characters `start` to `end` of a text, what they look like, and what to do, in plain words."""

    kind: str
    start: int
    end: int
    text: str
    advice: str


_COMPILED: Final = tuple(
    (kind, re.compile(source, re.NOFLAG if case else re.IGNORECASE)) for kind, source, case in PATTERNS
)

_LETTER = r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u0370-\u03ff\u0400-\u052f"
WORD: Final = rf"[{_LETTER}]+(?:['\u2019-][{_LETTER}]+)*"
_WORD: Final = re.compile(WORD)
_SPACES: Final = frozenset({" ", "\u00a0"})
_AFTER_TITLE: Final = frozenset({" ", "\u00a0", ". ", "."})
_MOST_WORDS: Final = 3  # of one name: two given names and a surname
_LOOK_BACK: Final = 4  # words before 'called' among which a place says what is called so
_SHORTEST: Final = 3  # letters of a name after 'mrs' in small letters, or after an initial
_COMPASS: Final = frozenset("NSEW")  # 'E. Dulwich' is a place
_LISTED: Final = frozenset(
    ("option", "plan", "point", "block", "exit", "platform", "bay", "zone", "unit", "part")
)


def check(text: str) -> list[Finding]:
    """Return what could tell who somebody is, in the order of the text, without overlaps."""
    found: list[Finding] = []
    free = [True] * len(text)

    def claim(kind: str, start: int, end: int) -> None:
        if all(free[start:end]):
            free[start:end] = [False] * (end - start)
            found.append(Finding(kind, start, end, text[start:end], ADVICE[kind]))

    for kind, pattern in _COMPILED:
        for match in pattern.finditer(text):
            claim(kind, match.start(), match.end())
    _Names(text, claim).look()
    return sorted(found, key=lambda each: each.start)


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int
    gap: str  # what stands between this word and the next

    @property
    def small(self) -> str:
        return self.text.lower()

    @property
    def stem(self) -> str:
        """The word in small letters without the 's of possession."""
        return self.small[:-2] if self.small.endswith(("'s", "\u2019s")) else self.small

    @property
    def plain(self) -> str:
        """The stem without accents, as the list has the names."""
        letters = unicodedata.normalize("NFD", self.stem).replace("\u0142", "l")
        return "".join(each for each in letters if not unicodedata.combining(each))

    @property
    def capital(self) -> bool:
        return self.text[0] != self.text[0].lower()

    @property
    def joined(self) -> bool:
        """Whether the next word follows after a space alone."""
        return self.gap in _SPACES


class _Names:
    """Looks for people's names by what stands around them, and by a small list of given names."""

    def __init__(self, text: str, claim: Callable[[str, int, int], None]) -> None:
        found = list(_WORD.finditer(text))
        starts = [*(match.start() for match in found), len(text)]
        self.words = [
            _Word(match[0], match.start(), match.end(), text[match.end() : starts[place]])
            for place, match in enumerate(found, start=1)
        ]
        self.claim = claim

    def look(self) -> None:
        """Claim each name once, going through the text word by word."""
        at = 0
        while at < len(self.words):
            first, last = self._name_at(at)
            if last < first:
                at += 1
                continue
            self.claim("name", self.words[first].start, self.words[last].end)
            at = last + 1

    def _name_at(self, at: int) -> tuple[int, int]:
        """Return first and last word of a name told from this word; last before first for none."""
        for rule in (self._titled, self._related, self._called, self._initial, self._listed, self._saying):
            first, last = rule(at)
            if last >= first and not self._is_place(first, last):
                return first, last
        return at, at - 1

    def _titled(self, at: int) -> tuple[int, int]:
        word, then = self.words[at], self._word(at + 1)
        if then is None or word.small not in TITLES or word.gap not in _AFTER_TITLE:
            return at, at - 1
        if then.capital:
            return at, self._run(at + 1)
        typed_small = word.small in TITLES_SMALL and then.stem not in NOT_NAMES
        return at, at + 1 if typed_small and len(then.text) >= _SHORTEST else at - 1

    def _related(self, at: int) -> tuple[int, int]:
        if self.words[at].small in RELATIONS and self.words[at].gap in {" ", "\u00a0", ", "} and at > 0:
            return at + 1, self._run(at + 1)
        return at, at - 1

    def _called(self, at: int) -> tuple[int, int]:
        word, before = self.words[at], self._word(at - 1)
        pair = f"{before.small if before else ''} {word.small}"
        if not word.joined or not (word.small.replace("\u2019", "'") in CALLED or pair in CALLED):
            return at, at - 1
        earlier = self.words[max(0, at - _LOOK_BACK) : at]
        if any(each.stem in PLACES or each.stem in PLACES_CAPITAL for each in earlier):
            return at, at - 1
        return at + 1, self._run(at + 1)

    def _initial(self, at: int) -> tuple[int, int]:
        word, then, before = self.words[at], self._word(at + 1), self._word(at - 1)
        single = (
            len(word.text) == 1 and word.capital and word.text not in _COMPASS and word.gap in {".", ". "}
        )
        if not single or then is None or len(then.text) < _SHORTEST or (before and before.small in _LISTED):
            return at, at - 1
        return at, self._run(at + 1)

    def _listed(self, at: int) -> tuple[int, int]:
        word = self.words[at]
        if word.plain not in GIVEN:
            return at, at - 1
        return at, max(at, self._run(at)) if word.capital else at

    def _saying(self, at: int) -> tuple[int, int]:
        """Take a capital before 'said'; where a sentence starts, only names that are words too."""
        word, then = self.words[at], self._word(at + 1)
        if then is None or not word.joined or not word.capital or then.small not in SAYS:
            return at, at - 1
        if word.stem in AMBIGUOUS:
            return at, at
        starts = at == 0 or any(mark in self.words[at - 1].gap for mark in ".!?:;\n")
        return at, at - 1 if starts or word.stem in NOT_NAMES or word.stem in PLACES | PLACES_CAPITAL else at

    def _word(self, at: int) -> _Word | None:
        return self.words[at] if 0 <= at < len(self.words) else None

    def _run(self, at: int) -> int:
        """Return the last of up to three capitalised words from here that may be a name, at - 1 for none."""
        last = at - 1
        for place in range(at, min(at + _MOST_WORDS, len(self.words))):
            word = self.words[place]
            if not word.capital or word.stem in NOT_NAMES:
                break
            last = place
            if not word.joined or word.stem != word.small:
                break
        return last

    def _is_place(self, first: int, last: int) -> bool:
        """Whether street, station or saint says that these words name a place."""
        before, then = self._word(first - 1), self._word(last + 1)
        words = self.words[first : last + 1]
        if any(each.stem in PLACES or each.stem in PLACES_CAPITAL for each in words[1:]):
            return True
        if before and before.stem in SAINTS and before.gap in _AFTER_TITLE:
            return True
        follows = then if words[-1].joined else None
        if follows and (follows.stem in PLACES or (follows.capital and follows.stem in PLACES_CAPITAL)):
            return True
        reach = self.words[max(0, first - 1) : last + 2]
        said = " ".join(each.stem for each in reach)
        return any(brand in said for brand in BRANDS)
