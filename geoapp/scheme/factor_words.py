"""What factors are called on public pages, in the page's language."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

LABELS = {
    "lighting": _("Lighting"),
    "sightlines": _("Sightlines"),
    "entrapment": _("No way out"),
    "isolation": _("Isolation"),
    "vegetation": _("Overgrown"),
    "maintenance": _("Maintenance"),
    "vandalism": _("Vandalism"),
    "abandoned_building": _("Abandoned building"),
    "poor_design": _("Poor design"),
    "no_cctv": _("No CCTV"),
    "signage": _("Signs"),
    "transport_stop": _("Bus stop or station"),
    "followed": _("Being followed"),
    "verbal_abuse": _("Verbal abuse"),
    "harassment_group": _("Harassment by a group"),
    "unwanted_comments": _("Unwanted comments"),
    "threatened": _("Threats"),
    "drug_activity": _("Drug activity"),
    "street_drinking": _("Street drinking"),
    "other_behaviour": _("Other behaviour"),
}


def factor_name(code: str, labels: Mapping[str, str]) -> str:
    """Return the factor's public name, or the label stored for one that the scheme has added itself."""
    return str(LABELS[code]) if code in LABELS else labels.get(code, code)
