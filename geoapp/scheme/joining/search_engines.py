"""What search engines are told: which pages there are, and which are not for them."""

from datetime import date
from xml.sax.saxutils import escape

from flask import Response

from geoapp.access import public
from geoapp.db import reading
from geoapp.queries import joining, said_and_did
from geoapp.scheme.joining.room import bp, settings, today

# Pages for staff, and pages that belong to one person. Personal links say noindex themselves, too.
_NOT_FOR_THEM = (
    "/admin/",
    "/capture/",
    "/login",
    "/planning/",
    "/requests/",
    "/coordinate/",
    "/walks/*/ask",
    "/ground/",
)
_PAGES = ("/", "/walks", "/said-and-did", "/privacy", "/accessibility")
_HOUR_S = 3600


@bp.get("/robots.txt")
@public
def robots() -> Response:
    """Answer which pages are not for search engines, and where the list of the others is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_THEM)]
    lines += ["", f"Sitemap: {settings().public_url}/sitemap.xml", ""]
    return _kept("\n".join(lines), "text/plain; charset=utf-8")


@bp.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """Answer the addresses of all pages for everybody, in each language."""
    with reading() as connection:
        walks = joining.open_walks(connection, most=1000)
        wards = said_and_did.public_wards(connection, today())
        answers, _ = said_and_did.answers(connection, most=1000)
    latest: dict[str, date] = {}
    for each in answers:
        latest.setdefault(each.ward_code, each.happened_on)
    entries = [_entry(path) for path in _PAGES]
    entries += [_entry(f"/walks/{walk.id}") for walk in walks]
    entries += [_entry(f"/said-and-did/{ward.code}", latest.get(ward.code)) for ward in wards]
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {spaces}>\n{"".join(entries)}</urlset>\n'
    return _kept(body, "application/xml; charset=utf-8")


def _entry(path: str, changed: date | None = None) -> str:
    address = escape(settings().public_url + path)
    when = f"<lastmod>{changed.isoformat()}</lastmod>" if changed else ""
    other = "".join(
        f'<xhtml:link rel="alternate" hreflang="{tag}" href="{address}{query}"/>'
        for tag, query in (("en-GB", ""), ("cy", "?lang=cy"))
    )
    return f"<url><loc>{address}</loc>{when}{other}</url>\n"


def _kept(body: str, content_type: str) -> Response:
    made = Response(body, content_type=content_type)
    made.headers["Cache-Control"] = f"public, max-age={_HOUR_S}"
    return made
