/* Layers that come as vector tiles of cells: concerns and walking by their density, and streets in the colour of
   the cell that they run through. What the reader may not see has been withheld by the server. */
import { PALETTE } from "./planning-classes.js";
import { patternTile } from "./planning-cells.js";

const INK = "#17212b";
const LINE = "#7d868e";
const SMALL_FROM_ZOOM = 14; // of the map: its tiles are one level coarser
const figure = (value, most) => value.toLocaleString("en-GB", { maximumFractionDigits: most });
const count = (value) => figure(value, Number.isInteger(Math.round(value * 1e6) / 1e6) ? 0 : 1);

/** Load the library once, when a layer needs it that the page came without. */
function library(address) {
  if (window.protomapsL) return Promise.resolve();
  return new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", loaded);
    script.addEventListener("error", () => failed(new Error("The map's library could not be loaded")));
    document.head.append(script);
  });
}

const props = (feature) => feature.props;
const state = (...wanted) => (_zoom, feature) => wanted.includes(props(feature).state);
const classOf = (value, breaks) => breaks.filter((limit) => value >= limit).length;

function densityRules(value, breaksOf) {
  const { PolygonSymbolizer } = window.protomapsL;
  const cells = (symbolizer, filter) => ({ dataLayer: "cells", symbolizer: new PolygonSymbolizer(symbolizer), filter });
  const seen = (feature) => props(feature)[value] !== undefined;
  const colour = (zoom, feature) => (props(feature)[value] === 0 ? "#ffffff" : PALETTE.count[classOf(props(feature)[value], breaksOf(zoom))]);
  return [
    cells({ pattern: patternTile("url(#lamplight-dots)"), stroke: LINE, width: 0.6 }, (_zoom, feature) => !seen(feature)),
    // A colour by feature: the symbolizer finds out by the number of its parameters.
    cells({ fill: (zoom, feature) => colour(zoom, feature), stroke: () => "#ffffff", width: () => 0.6, per_feature: true, perFeature: true }, (_zoom, feature) => seen(feature) && props(feature)[value] > 0),
    cells({ fill: "#ffffff", stroke: LINE, width: 0.6 }, (_zoom, feature) => seen(feature) && props(feature)[value] === 0),
  ];
}

function streetRules() {
  const { LineSymbolizer } = window.protomapsL;
  const line = (symbolizer, filter) => ({ dataLayer: "streets", symbolizer: new LineSymbolizer(symbolizer), filter });
  const shade = (kind) => (_zoom, feature) => PALETTE[kind][props(feature).class - 1];
  return [
    line({ color: "#5c6873", width: 1.2, dash: [2, 4], dashColor: "#5c6873", dashWidth: 1.2 }, state("never", "not_shown")),
    line({ color: LINE, width: 4, dash: [5, 4], dashColor: LINE, dashWidth: 3 }, state("thin")),
    line({ color: LINE, width: 5 }, state("none", "as_expected")),
    line({ color: "#ffffff", width: 3.4 }, state("none")),
    line({ color: shade("chance"), width: 4, perFeature: true }, state("as_expected")),
    line({ color: INK, width: 6.4 }, state("higher", "lower")),
    line({ color: shade("clear"), width: 4, perFeature: true }, state("higher", "lower")),
  ];
}

const VERDICTS = { higher: "higher than expected", lower: "lower than expected", as_expected: "as expected", thin: "too little walking to say", none: "nothing raised" };

/** Return the lines of a cell's tip. */
export function cellLines(cell, layer, few, kind) {
  const what = kind === "positive" ? ["place that works well", "places that work well"] : ["concern", "concerns"];
  if (cell.n === undefined) return cell.state === "never" ? ["Never walked"] : [`Not shown, fewer than ${few} walks`];
  const raised = `${count(cell.n)} ${cell.n === 1 ? what[0] : what[1]}`;
  const walked = `${figure(cell.km, 1)} km on ${figure(cell.walks, 0)} ${cell.walks === 1 ? "walk" : "walks"}`;
  if (layer === "walked") return [cell.km === 0 ? "Never walked" : `Walked ${walked}`];
  if (layer === "concerns") return [raised, cell.km === 0 ? "Never walked" : `Walked ${walked}`];
  if (cell.km === 0) return ["Never walked"];
  const words = VERDICTS[cell.state] ?? "";
  return [`In this hexagon of 200 m: ${words}`, `${raised}, ${walked}`];
}

export class TileLayer {
  constructor(map, { few, library: address, legend }) {
    Object.assign(this, { map, few, address, legend });
    const pane = map.createPane("cells");
    pane.style.zIndex = 395;
    pane.style.pointerEvents = "none";
    this.tip = L.tooltip({ direction: "auto", opacity: 1, offset: [12, 0] });
    map.on("mousemove", (event) => this.point(event.latlng));
    map.on("mouseout movestart", () => this.tip.remove());
    map.on("zoomend", () => this.say());
  }

  clear() {
    this.tiles?.remove();
    this.tip.remove();
    this.tiles = this.summary = null;
    this.layer = "";
  }

  /** Draw streets, concerns or walked of a selection's query; `summary` has the limits of the classes. */
  async draw(layer, query, kind, summary) {
    await library(this.address);
    this.clear();
    Object.assign(this, { layer, kind, summary });
    const streets = layer === "streets";
    const rules = streets ? streetRules() : densityRules(layer === "walked" ? "km" : "n", (zoom) => this.breaks(zoom + 1));
    this.tiles = window.protomapsL.leafletLayer({
      url: `/planning/data/${streets ? "streets" : "density"}/{z}/{x}/{y}.mvt${query}`,
      maxDataZoom: 15,
      attribution: "",
      noWrap: true,
      pane: "cells",
      paintRules: rules,
      labelRules: [],
    });
    this.tiles.addTo(this.map);
    this.say();
  }

  size(zoom) {
    return zoom >= SMALL_FROM_ZOOM ? "hex200" : "hex500";
  }

  breaks(zoom) {
    const found = this.summary?.[this.size(zoom)];
    return (this.layer === "walked" ? found?.km_breaks : found?.breaks) ?? [1, 2, 3];
  }

  /** Tell the legend which size of cells is drawn now, and what it holds. */
  say() {
    if (!this.layer) return;
    const zoom = Math.round(this.map.getZoom());
    this.legend(this.layer, { size: this.size(zoom), breaks: this.breaks(zoom), summary: this.summary?.[this.size(zoom)], far: zoom < 12 });
  }

  /** Open the tip of what lies under the pointer. */
  point(latlng) {
    if (!this.tiles) return;
    const under = [...this.tiles.queryTileFeaturesDebug(latlng.lng, latlng.lat, 5).values()].flat()[0];
    if (!under) return void this.tip.remove();
    const box = document.createElement("div");
    cellLines(under.feature.props, this.layer, this.few, this.kind).forEach((line, i) => {
      const part = document.createElement(i ? "span" : "strong");
      part.className = i ? "" : "planning__tip-name";
      part.textContent = line;
      box.append(part);
    });
    this.tip.setLatLng(latlng).setContent(box);
    if (!this.map.hasLayer(this.tip)) this.tip.addTo(this.map);
  }
}
