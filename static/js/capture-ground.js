/* The base map under a walk, from this service's own vector tiles: streets plain enough to point at. */

const MAIN = new Set(["main", "motorway", "trunk", "primary", "secondary"]);
const FONT = "Atkinson Hyperlegible Next, sans-serif";

function paint({ PolygonSymbolizer, LineSymbolizer }) {
  const fill = (dataLayer, colour) => ({ dataLayer, symbolizer: new PolygonSymbolizer({ fill: colour }) });
  const line = (dataLayer, color, width, filter) => ({ dataLayer, filter, symbolizer: new LineSymbolizer({ color, width }) });
  const main = (_zoom, feature) => MAIN.has(feature.props.class);
  const other = (zoom, feature) => !main(zoom, feature);
  return [
    fill("land", "#ecebe5"),
    fill("park", "#dde5d3"),
    fill("water", "#c6d8e0"),
    line("river", "#c6d8e0", (zoom) => Math.max(2, zoom - 9)),
    line("street", "#d3d1c8", (zoom) => Math.max(1.4, (zoom - 11) * 2 + 1.5), other),
    line("street", "#ffffff", (zoom) => Math.max(0.8, (zoom - 11) * 2), other),
    line("street", "#c9c6bb", (zoom) => Math.max(2, (zoom - 10) * 2.4 + 1.5), main),
    line("street", "#ffffff", (zoom) => Math.max(1.2, (zoom - 10) * 2.4), main),
    line("railway", "#a9a69b", () => 1.4),
  ];
}

function names({ CenteredTextSymbolizer, LineLabelSymbolizer }) {
  const words = { fill: "#46525e", stroke: "#ffffff", width: 2.5, labelProps: ["name"] };
  return [
    { dataLayer: "station", minzoom: 13, symbolizer: new CenteredTextSymbolizer({ ...words, font: `600 13px ${FONT}` }) },
    { dataLayer: "street", minzoom: 14, symbolizer: new LineLabelSymbolizer({ ...words, font: `400 13px ${FONT}` }) },
  ];
}

/** Add the base map to `map`; without the library, plain ground stays. */
export function addGround(map) {
  const library = window.protomapsL;
  if (!library) return;
  library
    .leafletLayer({
      url: "/ground/{z}/{x}/{y}.mvt",
      maxDataZoom: 15,
      noWrap: true,
      attribution: "",
      paintRules: paint(library),
      labelRules: names(library),
    })
    .addTo(map);
}
