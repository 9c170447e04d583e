"""How a participant is reached: e-mail addresses and telephone numbers as they are kept."""

import re
from dataclasses import dataclass, replace
from uuid import UUID

from geoapp.errors import FieldError, Refused

PREFERRED = {
    "weekday_morning": "weekday mornings",
    "weekday_daytime": "weekdays, in the day",
    "weekday_evening": "weekday evenings",
    "weekend_morning": "weekend mornings",
    "weekend_daytime": "weekends, in the day",
    "weekend_evening": "weekend evenings",
}
KINDS = ("group", "one_to_one")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{4,190}$)"
    r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
_UNWRITTEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_NAME_MOST, _TEXT_MOST = 60, 1000


@dataclass(frozen=True)
class NewRequest:
    """What somebody asks for: a walk by its identifier, or another time in a ward.

    `preferred` holds keys of PREFERRED; `times_note`, `access_needs` and `ease` are her own words.
    """

    first_name: str
    email: str | None
    phone: str | None
    adult: bool
    walk_id: UUID | None = None
    kind: str = "group"
    ward_code: str | None = None
    preferred: tuple[str, ...] = ()
    times_note: str | None = None
    access_needs: str | None = None
    ease: str | None = None

    @property
    def contacts(self) -> list[str]:
        """Return what she can be reached by."""
        return [each for each in (self.email, self.phone) if each]


def email_of(sent: str | None) -> str | None:
    """Return the address without the blanks around it and in lower case, or None where it is empty."""
    return (sent or "").strip().lower() or None


def phone_of(sent: str | None) -> str | None:
    """Return a number as +447700900123: British numbers may be written with their leading 0."""
    plain = re.sub(r"[\s().\u00a0-]", "", sent or "")
    if not plain:
        return None
    if plain.startswith("00"):
        return "+" + plain[2:]
    if plain.startswith("+440"):
        return "+44" + plain[4:]
    return "+44" + plain[1:] if plain.startswith("0") else plain


def checked(new: NewRequest) -> NewRequest:
    """Return the request as it is kept; Refused names every field that is not right."""
    new = replace(
        new,
        first_name=" ".join(_UNWRITTEN.sub(" ", new.first_name).split()),
        email=email_of(new.email),
        phone=phone_of(new.phone),
        preferred=tuple(sorted(set(new.preferred))),
        times_note=_words(new.times_note),
        access_needs=_words(new.access_needs),
        ease=_words(new.ease),
    )
    wrong = list(_wrong(new))
    if wrong:
        raise Refused(wrong[0].message, errors=tuple(wrong))
    return new


def checked_times(preferred: tuple[str, ...], times_note: str | None) -> tuple[tuple[str, ...], str | None]:
    """Return preferred times as they are kept; Refused names the field that is not right."""
    note = _words(times_note)
    wrong = _wrong_times(preferred) + _wrong_length("times_note", note)
    if wrong:
        raise Refused(wrong[0].message, errors=tuple(wrong))
    return tuple(sorted(set(preferred))), note


def _words(sent: str | None) -> str | None:
    return _UNWRITTEN.sub(" ", sent or "").strip() or None


def _wrong(new: NewRequest) -> list[FieldError]:
    found = []
    if not new.first_name:
        found.append(FieldError("first_name", "Give a first name. Any name that you answer to will do."))
    if len(new.first_name) > _NAME_MOST:
        found.append(FieldError("first_name", f"A first name has at most {_NAME_MOST} characters."))
    if new.email is None and new.phone is None:
        found.append(FieldError("email", "Give an e-mail address or a telephone number."))
    if new.email is not None and not _EMAIL.fullmatch(new.email):
        found.append(FieldError("email", "Give an e-mail address like name@example.com."))
    if new.phone is not None and not _PHONE.fullmatch(new.phone):
        found.append(FieldError("phone", "Give a telephone number like 07700 900123."))
    if not new.adult:
        found.append(FieldError("adult", "Walks are for people of 18 or over. Tick the box if you are."))
    if new.walk_id is None and not new.ward_code:
        found.append(FieldError("ward_code", "Choose the ward where you live or work."))
    if new.kind not in KINDS:
        found.append(FieldError("kind", "Choose a group or a walk of your own."))
    found += _wrong_times(new.preferred)
    for name in ("times_note", "access_needs", "ease"):
        found += _wrong_length(name, getattr(new, name))
    return found


def _wrong_times(preferred: tuple[str, ...]) -> list[FieldError]:
    if set(preferred) <= set(PREFERRED):
        return []
    return [FieldError("preferred", "Choose from the times on the list.")]


def _wrong_length(name: str, words: str | None) -> list[FieldError]:
    if len(words or "") <= _TEXT_MOST:
        return []
    return [FieldError(name, f"This has at most {_TEXT_MOST:,} characters. Shorten it.")]
