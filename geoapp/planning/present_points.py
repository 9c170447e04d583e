"""Single shared concerns as GeoJSON: every member named here, and none that the feed does not give."""

import json
from collections.abc import Sequence

from geoapp.queries.shared_concerns import SharedConcern


def shared_json(found: Sequence[SharedConcern], *, more: bool) -> str:
    """Return a FeatureCollection; geometries go in as they were written by the database."""
    features = ",\n".join(
        f'{{"type":"Feature","id":{_json(each.id)},"geometry":{each.geometry},"properties":{_json(_said(each))}}}'
        for each in found
    )
    return f'{{"type":"FeatureCollection","more":{_json(more)},"features":[{features}]}}\n'


def _said(each: SharedConcern) -> dict[str, object]:
    return {
        "kind": each.kind,
        "factors": list(each.factors),
        "feeling": each.feeling,
        "light": each.light,
        "date": each.day.isoformat(),
        "status": each.status,
        "wording": each.wording,
        "ward_name": each.ward,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
