"""Which wards a postcode district touches: a list that the operator brings, replaced as a whole."""

import re
from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.orm import Session

from geoapp.actions import audit
from geoapp.errors import refused
from geoapp.model import PostcodeDistrict

_DISTRICT = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?")
_WARD = re.compile(r"[A-Za-z0-9_:-]{1,40}")


def replace_districts(session: Session, pairs: Iterable[tuple[str, str]], *, by: str) -> int:
    """Keep these pairs of district and ward code instead of all others, and return how many they are.

    Refused, naming the row, for a district that is none (as 'SW8') or a code that no ward can have.
    """
    found = set()
    for row, (district, ward) in enumerate(pairs, start=1):
        code = district.strip().upper()
        if not _DISTRICT.fullmatch(code) or not _WARD.fullmatch(ward.strip()):
            raise refused(f"row {row}", f"Row {row} is not a district, as SW8, and a ward code.")
        found.add((code, ward.strip()))
    session.execute(delete(PostcodeDistrict))
    session.add_all(PostcodeDistrict(code=code, ward_code=ward) for code, ward in sorted(found))
    audit.note(
        session, actor=by, action="districts replaced", subject="districts", detail={"pairs": len(found)}
    )
    return len(found)
