"""Folium maps that load nothing from elsewhere and carry no data and no text of users."""

from geoapp.maps.parts import AddressOf, MapParts

__all__ = ["AddressOf", "MapParts", "empty_map", "warm_up"]


def empty_map(
    name: str,
    bounds: tuple[float, float, float, float] | None,
    *,
    nonce: str,
    address_of: AddressOf,
    beside_another: bool = False,
) -> MapParts:
    """Return a Leaflet map without tiles or data, framed on `bounds`: west, south, east, north in degrees.

    `beside_another`: a map before it on the page has brought Leaflet already.
    """
    from geoapp.maps import local  # noqa: PLC0415 (folium brings pandas: a start must not wait for them)

    return local.empty_map(name, bounds, nonce=nonce, address_of=address_of, beside_another=beside_another)


def warm_up() -> None:
    """Load folium now, so that the first map of this process need not wait for it; later calls do nothing."""
    from geoapp.maps import local  # noqa: F401, PLC0415 (loading it is all)
