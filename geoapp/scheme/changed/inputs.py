"""What comes in by the address: where a list goes on."""

from datetime import date

from geoapp.errors import malformed

_LONGEST = 40
_LARGEST = 2**63


def after(text: str | None) -> tuple[date, int] | None:
    """Return the day and number after which the list goes on, from '2026-04-16.12'; Malformed otherwise."""
    if not text:
        return None
    day, _, number = text[:_LONGEST].partition(".")
    try:
        found = date.fromisoformat(day), int(number)
    except ValueError as error:
        raise malformed("after", "The list cannot go on from there. Begin again.") from error
    if not 0 <= found[1] < _LARGEST:
        raise malformed("after", "The list cannot go on from there. Begin again.")
    return found
