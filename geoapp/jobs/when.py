"""Days and times as participants read them, in London."""

from datetime import datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_NOON = 12


def day(when: datetime) -> str:
    """Return 'Thursday 16 April 2026'."""
    local = when.astimezone(LONDON)
    return f"{local:%A} {local.day} {local:%B %Y}"


def short_day(when: datetime) -> str:
    """Return 'Thu 16 April'."""
    local = when.astimezone(LONDON)
    return f"{local:%a} {local.day} {local:%B}"


def clock(when: datetime) -> str:
    """Return '6:30pm', '7pm', and 'noon' and 'midnight' as such."""
    local = when.astimezone(LONDON)
    if (local.hour, local.minute) in {(0, 0), (12, 0)}:
        return "midnight" if local.hour == 0 else "noon"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % _NOON or _NOON}{minutes}{'am' if local.hour < _NOON else 'pm'}"
