"""Invented names: sober, believable, and of no real street."""

from typing import Final

import numpy as np

_STEMS_TEXT: Final = """
Abbey Acacia Alder Almond Anchor Angel Apple Archer Argyle Ash Aspen Avon Baker Barley Barn Barrel Bay
Beacon Beech Bell Birch Blossom Bluebell Bobbin Bramble Brewer Briar Brick Brook Broom Candle Carder
Caxton Cedar Chalk Chandler Chapel Cherry Chestnut Clay Clover Cobbler Cooper Copper Coral Cork Corner
Cotton Cowslip Crane Cress Crown Curlew Cutler Cypress Dairy Daisy Dale Damson Dean Dock Dove Drapers Dyer
Eagle East Elder Elm Ember Fair Falcon Farrier Fennel Fern Field Finch Fir Flax Fletcher Flint Forge
Foundry Fountain Fox Fuller Furnace Gable Garnet Garth Gilder Glazier Globe Glover Gorse Granary Green
Grove Hart Harvest Hatter Hawthorn Hazel Heath Heron Hillside Holly Holm Hop Hope Horn Hurst Iris Ivy
Jasmine Jetty Jubilee Juniper Keel Kestrel Kiln King's Knoll Larch Lark Laurel Lavender Leaf Lilac Lime
Linden Linen Linnet Lock Locust Loom Magnolia Mallow Malt Maple Mariner Market Marl Mason May Meadow
Medlar Mercer Merlin Miller Mint Moat Moor Mulberry Myrtle Nettle New North Nut Oak Oast Olive Orchard
Osier Otter Oxlip Packet Parade Park Pasture Pear Peartree Pepper Pigeon Pilot Pine Plover Plum Poplar
Poppy Potter Primrose Prior's Quarry Queen's Quince Raven Reed Regent Robin Rook Rose Rowan Rush Saddler
Saffron Sailmaker Salt Sand Sawyer School Sedge Shell Sheaf Shore Silver Skinner Slate Sluice Smithy
Sorrel South Sparrow Spindle Spring Spruce Starling Station Stone Summer Sun Swallow Swan Sycamore Tanner
Teasel Temple Thatch Thistle Thorn Thyme Tide Tiller Timber Tower Trellis Turner Union Vale Vicarage Vine
Violet Wainwright Walnut Warren Water Weaver Well West Wharf Wheat Wheel White Willow Winter Wood Wool
Wren Yarrow Yew
"""
_STEMS: Final = tuple(_STEMS_TEXT.split())
_LONG_M: Final = 230.0
_LONG: Final = ("Road", "Road", "Avenue", "Street", "Street", "Lane", "Grove")
_SHORT: Final = ("Street", "Terrace", "Row", "Walk", "Gardens", "Place", "Lane")
_CLOSED: Final = ("Close", "Court", "Mews", "Yard")
_BEFORE: Final = ("", "Upper ", "Little ", "Old ", "Great ", "Lower ")


class StreetNamer:
    """Deals out street names, each once, in an order that the seed decides."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Shuffle every combination once; `rng` is used here and not kept."""
        self._waiting = {
            kind: self._shuffled(endings, rng)
            for kind, endings in (("long", _LONG), ("short", _SHORT), ("close", _CLOSED))
        }
        self._given: set[str] = set()

    @staticmethod
    def _shuffled(endings: tuple[str, ...], rng: np.random.Generator) -> list[str]:
        dealt: list[str] = []
        for before in reversed(_BEFORE):
            names = [f"{before}{stem} {ending}" for stem in _STEMS for ending in dict.fromkeys(endings)]
            dealt.extend(names[i] for i in rng.permutation(len(names)))
        return dealt

    def name(self, length_m: float, close: bool) -> str:
        """Return a name that was not given before, fitting a street of this length."""
        waiting = self._waiting["close" if close else "long" if length_m > _LONG_M else "short"]
        name = waiting.pop()
        while name in self._given:
            name = waiting.pop()
        self._given.add(name)
        return name
