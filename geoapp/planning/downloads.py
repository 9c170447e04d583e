"""What can be taken away from a page of the planning room: only what this installation serves."""

from flask import current_app

from geoapp.planning.address import with_query

Pairs = list[tuple[str, str]]


def is_served(path: str) -> bool:
    """Whether there is a route of this path, written with its parameters: '/planning/briefing/<code>.pdf'."""
    return any(rule.rule == path for rule in current_app.url_map.iter_rules())


def downloads(selection: Pairs, view: Pairs) -> tuple[dict[str, str], ...]:
    """Return the links of the map's download menu."""
    offered = (
        ("/planning/picture.png", selection + view, "Picture", "PNG"),
        ("/planning/data/areas.csv", selection, "Table", "CSV"),
        ("/planning/data/areas.json", selection, "Map data", "GeoJSON"),
        ("/planning/data/areas.gpkg", selection, "Map data", "GeoPackage"),
        ("/planning/exports", selection, "Ward briefings", "PDF"),
    )
    return tuple(
        {"href": with_query(path, pairs), "text": text, "kind": kind}
        for path, pairs, text, kind in offered
        if is_served(path)
    )


def briefing(code: str, selection: Pairs) -> str | None:
    """Return the address of a ward's briefing, or None where none are made."""
    if not is_served("/planning/briefing/<code>.pdf"):
        return None
    return with_query(f"/planning/briefing/{code}.pdf", selection)
