"""How figures, dates and roles are written on every screen."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from geoapp.access import Person

_LONDON = ZoneInfo("Europe/London")
_WHOLE_KM_FROM = 100
_NAMED_BOROUGHS = 3
_NO_BREAK = "\N{NO-BREAK SPACE}"


def day_month_year(when: date | datetime | str | None) -> str:
    """Return a day as '16 April 2026'; a time with a zone counts as its day in London.

    Text is read as ISO 8601. Nothing for None: the page says beside it why there is no date.
    """
    if when is None:
        return ""
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    if isinstance(when, datetime) and when.tzinfo is not None:
        when = when.astimezone(_LONDON)
    return f"{when.day} {when:%B %Y}"


def number(value: float | None, decimals: int = 0) -> str:
    """Return a figure as '3,652', with as many decimals as asked; nothing for None, never a zero for it."""
    return "" if value is None else f"{value:,.{decimals}f}"


def km(length_km: float | None) -> str:
    """Return kilometres as '4.2 km', whole from 100 km on ('2,100 km'), held together by a no-break space."""
    if length_km is None:
        return ""
    # Rounded first, so that 99.96 does not turn into '100.0'.
    decimals = 0 if round(length_km, 1) >= _WHOLE_KM_FROM else 1
    return f"{number(length_km, decimals)}{_NO_BREAK}km"


def role_name(person: Person) -> str:
    """Return the role as its plain name, 'planner', as navigation lists name it."""
    return person.role.value


def role_line(person: Person) -> str:
    """Return who is signed in: 'Planner · Lambeth, Southwark', 'Planner · 5 boroughs', 'Officer · Stockwell'.

    Boroughs that are codes are only counted; without any, the team stands there.
    """
    role = role_name(person).capitalize()
    boroughs = person.boroughs
    if not boroughs:
        return f"{role} · {person.team_name}"
    are_codes = any(each[:1].isupper() and each[1:].isdigit() for each in boroughs)
    if are_codes or len(boroughs) > _NAMED_BOROUGHS:
        return f"{role} · {len(boroughs)} borough{'s' if len(boroughs) > 1 else ''}"
    return f"{role} · {', '.join(boroughs)}"
