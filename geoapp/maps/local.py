"""A Folium map reduced to its frame: our own Leaflet, the request's nonce, no data inside.

Folium writes popups and tooltips as JavaScript template literals, so nothing that a person has typed passes
through here. The page's own module fetches the data by address and draws it.
"""

import folium
from branca.element import Figure
from folium.template import Template
from markupsafe import Markup

from geoapp.maps.parts import AddressOf, MapParts

_LEAFLET_JS, _LEAFLET_CSS = "vendor/leaflet/leaflet.js", "vendor/leaflet/leaflet.css"
_BRITAIN = (-6.5, 49.9, 1.8, 55.9)


class EmptyMap(folium.Map):
    """A folium.Map without tiles, jQuery, Bootstrap and marker fonts.

    Its template keeps Folium's own script and writes less around it: no second viewport (Folium's forbids
    zooming, which readers need), no styles for the whole page, and a nonce on what stands inline.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 (folium reads them as class attributes)
    default_css: list[tuple[str, str]] = []  # noqa: RUF012
    _template = Template("""
        {% macro header(this, kwargs) %}
        <style nonce="{{ this.nonce }}">
            #{{ this.get_name() }} { position: relative; width: 100%; height: 100%; }
        </style>
        {% endmacro %}
        {% macro html(this, kwargs) %}
        <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        {{ this.folium_script(kwargs) }}
        {% endmacro %}
    """)

    def __init__(self, name: str, nonce: str) -> None:
        """Name the map so that the page's module finds it; zoom by quarters, so that an answer fills it."""
        super().__init__(location=(0, 0), tiles=None, zoom_snap=0.25, zoom_delta=0.5, keyboard_pan_delta=120)
        self._name, self._id, self.nonce = "map", name, nonce

    def folium_script(self, kwargs: dict[str, object]) -> str:
        """Return what Folium itself writes to start this map."""
        return str(folium.Map._template.module.script(self, kwargs))  # noqa: SLF001 (a subclass asks its parent)


def empty_map(
    name: str,
    bounds: tuple[float, float, float, float] | None,
    *,
    nonce: str,
    address_of: AddressOf,
    beside_another: bool = False,
) -> MapParts:
    """Return a map that shows `bounds` (west, south, east, north in degrees; None: Great Britain).

    `name` is letters and underscores. `address_of` gives the address of a file under static.
    `beside_another`: a map before it on the page has brought Leaflet already.
    """
    if not name.isidentifier():
        raise ValueError(f"{name!r} cannot name a map")
    drawn = EmptyMap(name, nonce)
    west, south, east, north = bounds or _BRITAIN
    drawn.fit_bounds([(south, west), (north, east)], padding_top_left=(72, 68), padding_bottom_right=(16, 36))
    drawn.default_css = [("leaflet_css", address_of(_LEAFLET_CSS))]
    drawn.default_js = [("leaflet", address_of(_LEAFLET_JS))]
    figure = drawn.get_root()
    if not isinstance(figure, Figure):
        raise TypeError("a Folium map stands in a figure")
    for child in list(figure._children.values()):  # noqa: SLF001 (branca has no other way to render parts)
        child.render()
    head = figure.header
    links = [each for key, each in head._children.items() if key == "leaflet_css"]  # noqa: SLF001
    loads = [each for key, each in head._children.items() if key == "leaflet"]  # noqa: SLF001
    styles = [each for key, each in head._children.items() if key == drawn.get_name()]  # noqa: SLF001
    script = figure.script.render()
    return MapParts(
        name=drawn.get_name(),
        head=Markup("\n").join(
            Markup(each.render())  # noqa: S704 (no text of users)
            for each in ([] if beside_another else links) + styles
        ),
        body=Markup(figure.html.render()),  # noqa: S704
        scripts=Markup("\n").join(
            [
                *(Markup(each.render()) for each in ([] if beside_another else loads)),  # noqa: S704
                Markup(f'<script nonce="{nonce}">\n{script}\n</script>'),  # noqa: S704
            ]
        ),
    )
