"""Which language a public page is in, its strings, and how its dates are written.

Staff pages stay in English. A language is taken on by `?lang=`, kept in a cookie that holds its code alone.
The pseudo-language proves that nothing is left untranslated and that pages work from right to left: it is
made from the English at reading, and offered in debug and in tests alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import dates
from babel.messages import mofile, pofile
from babel.support import NullTranslations, Translations
from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale

LONDON: Final = ZoneInfo("Europe/London")
PUBLIC_ROOMS: Final = frozenset({"joining", "changed", "release", "requests"})
_TRANSLATIONS = Path(__file__).parent / "translations"
_COOKIE = "lamplight_language"
_YEAR_S = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class Language:
    """A language of the public pages: its own name, its tag in pages, its locale, which way it runs."""

    code: str
    name: str
    tag: str
    locale: str
    right_to_left: bool = False
    note: str = ""


ENGLISH: Final = Language("en", "English", "en-GB", "en_GB")
WELSH: Final = Language("cy", "Cymraeg", "cy", "cy")
# Its code is one that ISO 639 leaves to everybody's own use; its dates, and its tag in pages, are Arabic.
PSEUDO: Final = Language("qps", "⟦Pseudo⟧", "ar-x-pseudo", "ar", right_to_left=True)


class _Strings(Domain):  # type: ignore[misc]  # the library has no types
    """Catalogues read from their .po files, so that nothing compiled can be out of step."""

    def get_translations(self) -> NullTranslations:
        return _catalogue(language().code)


class PseudoTranslations(NullTranslations):
    """Every string between brackets; what a page shows outside of them was never asked for."""

    def gettext(self, message: str) -> str:
        """Return the message between brackets."""
        return _pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for this number between brackets."""
        return _pseudo(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:  # noqa: ARG002 (the base class hands it over)
        """Return the message between brackets."""
        return _pseudo(message)

    ugettext = gettext
    ungettext = ngettext
    upgettext = pgettext


def _pseudo(message: str) -> str:
    return f"⟦{message}⟧"


@cache
def _catalogue(code: str) -> NullTranslations:
    if code == PSEUDO.code:
        return PseudoTranslations()
    file = _TRANSLATIONS / code / "LC_MESSAGES" / "messages.po"
    if not file.exists():
        return NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as text:
        mofile.write_mo(compiled, pofile.read_po(text, locale=code))
    compiled.seek(0)
    return Translations(compiled)


def languages() -> tuple[Language, ...]:
    """Return the languages that can be chosen here."""
    return (ENGLISH, WELSH, PSEUDO) if current_app.testing or current_app.debug else (ENGLISH, WELSH)


def language() -> Language:
    """Return the language of this request's page: of its address, its cookie, or English.

    What is made in the background, without a request, is for staff.
    """
    if not has_request_context() or request.blueprint not in PUBLIC_ROOMS:
        return ENGLISH
    if "language" not in g:
        known = {each.code: each for each in languages()}
        wanted = (request.args.get("lang"), request.cookies.get(_COOKIE))
        g.language = next((known[each] for each in wanted if each in known), ENGLISH)
    found: Language = g.language
    return found


def day(when: date | datetime) -> str:
    """Return a day as '16 April 2026'; a time counts as its day in London."""
    return _date(when, "d MMMM y")


def weekday_day(when: date | datetime) -> str:
    """Return a day as 'Thursday 16 April 2026'."""
    return _date(when, "EEEE d MMMM y")


def day_part(when: date | datetime, pattern: str) -> str:
    """Return a part of a day by a CLDR pattern, as 'EEE' for 'Thu'."""
    return _date(when, pattern)


def clock(when: datetime) -> str:
    """Return a time in London as '6:30pm'."""
    return dates.format_time(when.astimezone(LONDON).time(), "h:mma", locale=get_locale() or "en_GB").replace(
        "\N{NARROW NO-BREAK SPACE}", ""
    )


def month_span(first: date, last: date) -> str:
    """Return whole months as 'January to June 2026' in the page's language, without its word for 'to'."""
    return f"{_date(first, 'MMMM')} \N{EN DASH} {_date(last, 'MMMM y')}"


def _date(when: date | datetime, pattern: str) -> str:
    if isinstance(when, datetime) and when.tzinfo is not None:
        when = when.astimezone(LONDON)
    return dates.format_date(when, pattern, locale=get_locale() or "en_GB")


def _links() -> list[dict[str, str]]:
    """Return a link to this page in each other language; pages that were posted lead to their address."""
    arguments: Mapping[str, Any] = request.args.to_dict()
    return [
        {
            "text": each.name,
            "tag": each.tag,
            "href": f"{request.path}?{urlencode({**arguments, 'lang': each.code})}",
        }
        for each in languages()
        if each != language()
    ]


def _keep(response: Response) -> Response:
    if request.blueprint in PUBLIC_ROOMS:
        if request.args.get("lang") == language().code:
            response.set_cookie(
                _COOKIE,
                language().code,
                max_age=_YEAR_S,
                httponly=True,
                samesite="Lax",
                secure=current_app.config["SETTINGS"].secure_cookies,
            )
        response.headers.add("Vary", "Cookie")
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Language", language().tag)
    return response


def init_app(app: Flask) -> None:
    """Give `app` the strings of the public pages, and templates the words for days and times."""
    babel = Babel()
    babel.init_app(app, default_locale="en_GB", locale_selector=lambda: language().locale)
    babel.domain_instance = _Strings()
    app.jinja_env.filters.update(day=day, weekday_day=weekday_day, day_part=day_part, clock=clock)
    app.context_processor(lambda: {"language": language(), "language_links": _links})
    app.after_request(_keep)
