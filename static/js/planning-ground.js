/* The base map: vector tiles of this service, painted calmly. Below the wards land, water and parks; above
   them, where one is near enough to care, streets as thin lines that leave the fills as they are. */

const LAND = "#ecebe5";
const WATER = "#c6d8e0";
const PARK = "#dfe4d6";
const STREET = "#f8f7f3";
const RAIL = "#c9c6bb";
const OVER = "rgb(70 82 94 / .28)";
const MAIN = new Set(["main", "motorway", "trunk", "primary", "secondary"]);

const isMain = (feature) => MAIN.has(feature.props.class);

function below() {
  const { PolygonSymbolizer, LineSymbolizer } = window.protomapsL;
  const fill = (dataLayer, colour) => ({ dataLayer, symbolizer: new PolygonSymbolizer({ fill: colour }) });
  const line = (dataLayer, color, width, extra = {}) => ({
    dataLayer,
    symbolizer: new LineSymbolizer({ color, width }),
    ...extra,
  });
  return [
    fill("land", LAND),
    fill("park", PARK),
    fill("water", WATER),
    line("river", WATER, (zoom) => Math.max(2, zoom - 9)),
    line("street", STREET, (zoom) => Math.max(0.6, (zoom - 11) * 0.8), { filter: (_zoom, feature) => !isMain(feature) }),
    line("street", "#ffffff", (zoom) => Math.max(1, (zoom - 10) * 1.1), { filter: (_zoom, feature) => isMain(feature) }),
    line("railway", RAIL, 1.2),
  ];
}

function above() {
  const { LineSymbolizer } = window.protomapsL;
  return [
    { dataLayer: "street", minzoom: 13, symbolizer: new LineSymbolizer({ color: OVER, width: (zoom) => (zoom >= 15 ? 1.2 : 0.6) }) },
    { dataLayer: "railway", minzoom: 13, symbolizer: new LineSymbolizer({ color: OVER, width: 1.6, dash: [6, 4] }) },
  ];
}

function names() {
  const { CenteredTextSymbolizer, LineLabelSymbolizer } = window.protomapsL;
  const words = { fill: "#46525e", stroke: "#ffffff", width: 2.5, labelProps: ["name"] };
  return [
    { dataLayer: "station", minzoom: 13, symbolizer: new CenteredTextSymbolizer({ ...words, font: "600 12px Atkinson Hyperlegible Next, sans-serif" }) },
    { dataLayer: "street", minzoom: 15, symbolizer: new LineLabelSymbolizer({ ...words, font: "400 12px Atkinson Hyperlegible Next, sans-serif" }) },
  ];
}

/** Add the base map under and over the wards of `map`; returns its layers. */
export function addGround(map, url) {
  if (!window.protomapsL) return [];
  const options = { url, maxDataZoom: 15, attribution: "", noWrap: true };
  const under = window.protomapsL.leafletLayer({ ...options, paintRules: below(), labelRules: [] }).addTo(map);
  const pane = map.getPane("streets") ?? map.createPane("streets");
  pane.classList.add("planning__streets");
  pane.style.zIndex = 450;
  pane.style.pointerEvents = "none";
  const over = window.protomapsL.leafletLayer({ ...options, pane: "streets", minZoom: 13, paintRules: above(), labelRules: names() }).addTo(map);
  return [under, over];
}

/** What the map lies on: our own streets, or the configured tiles, which this service fetches itself. */
export class Ground {
  constructor(map, { ground, groundSource, tiles, tilesZoom, tilesSource }) {
    Object.assign(this, { map, ground, tiles, tilesZoom, names: { own: groundSource && `Streets: ${groundSource}`, tiles: tilesSource } });
    this.layers = [];
    this.laid = "";
  }

  lay(kind) {
    if (kind === this.laid) return;
    for (const layer of this.layers) layer.remove();
    if (this.said) this.map.attributionControl.removeAttribution(this.said);
    this.laid = kind;
    const tiles = kind === "tiles" && this.tiles;
    // Fills over a picture darken it instead of hiding it, so that its streets stay to be read.
    this.map.getContainer().classList.toggle("planning__over-tiles", Boolean(tiles));
    if (tiles) this.layers = [L.tileLayer(this.tiles, { maxNativeZoom: Number(this.tilesZoom), maxZoom: 22, noWrap: true }).addTo(this.map)];
    else this.layers = this.ground ? addGround(this.map, this.ground) : [];
    const words = document.createElement("span");
    words.textContent = this.names[tiles ? "tiles" : "own"] ?? "";
    this.said = words.innerHTML; // the text, with its markup escaped
    if (this.said) this.map.attributionControl.addAttribution(this.said);
  }
}
