/* Streets, parks and water from this service's own vector tiles, as the night and the day have them. */

const MAIN = new Set(["main", "motorway", "trunk", "primary", "secondary"]);
const FONT = "Atkinson Hyperlegible Next, sans-serif";
const NIGHT = { land: "#000000", park: "#10150d", water: "#0d1113", small: "#362c1f", main: "#52432d", railway: "#2a2318", words: "#cdb795", halo: "#000000" };
const DAY = { land: "#ecebe5", park: "#dde5d3", water: "#c6d8e0", small: "#ffffff", main: "#ffffff", railway: "#a9a69b", words: "#46525e", halo: "#ffffff" };
const EDGE = { small: "#d3d1c8", main: "#c9c6bb" };

function paint({ PolygonSymbolizer, LineSymbolizer }, hues, isNight) {
  const fill = (dataLayer, colour) => ({ dataLayer, symbolizer: new PolygonSymbolizer({ fill: colour }) });
  const line = (dataLayer, color, width, filter) => ({ dataLayer, filter, symbolizer: new LineSymbolizer({ color, width }) });
  const main = (_zoom, feature) => MAIN.has(feature.props.class);
  const other = (zoom, feature) => !main(zoom, feature);
  const small = (zoom) => Math.max(0.8, (zoom - 12) * 1.5);
  const wide = (zoom) => Math.max(1.6, (zoom - 11) * 2.4);
  const edges = [line("street", EDGE.small, (zoom) => small(zoom) + 1.5, other), line("street", EDGE.main, (zoom) => wide(zoom) + 1.5, main)];
  return [
    fill("land", hues.land),
    fill("park", hues.park),
    fill("water", hues.water),
    line("river", hues.water, (zoom) => Math.max(2, zoom - 9)),
    ...(isNight ? [] : edges),
    line("street", hues.small, small, other),
    line("street", hues.main, wide, main),
    line("railway", hues.railway, () => 1.4),
  ];
}

function names({ CenteredTextSymbolizer, LineLabelSymbolizer }, hues, isNight) {
  const words = { fill: hues.words, stroke: hues.halo, width: 2.5, labelProps: ["name"] };
  return [
    { dataLayer: "station", minzoom: isNight ? 17 : 14, symbolizer: new CenteredTextSymbolizer({ ...words, font: `600 13px ${FONT}` }) },
    { dataLayer: "street", minzoom: isNight ? 17 : 15, symbolizer: new LineLabelSymbolizer({ ...words, font: `400 13px ${FONT}` }) },
  ];
}

/** Return the ground as a layer for Leaflet; null without the library: the plain ground stays. */
export function ground(isNight) {
  const library = window.protomapsL;
  if (!library) return null;
  const hues = isNight ? NIGHT : DAY;
  return library.leafletLayer({
    url: "/ground/{z}/{x}/{y}.mvt",
    maxDataZoom: 15,
    noWrap: true,
    attribution: "",
    backgroundColor: hues.land,
    paintRules: paint(library, hues, isNight),
    labelRules: names(library, hues, isNight),
  });
}
