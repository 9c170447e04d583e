"""What a Folium map is made of once it is text."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

AddressOf = Callable[[str], str]


@dataclass(frozen=True)
class MapParts:
    """What a page puts in its head, in its body, and before its own scripts.

    `name` is the element's id and the global variable under which the page's module finds the Leaflet map.
    """

    name: str
    head: Markup
    body: Markup
    scripts: Markup
