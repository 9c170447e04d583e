"""Folium maps that load nothing from elsewhere and carry no data and no text of users."""

from geoapp.maps.local import AddressOf, EmptyMap, MapParts, empty_map

__all__ = ["AddressOf", "EmptyMap", "MapParts", "empty_map"]
