/* Draws an answer on the Leaflet map that the page comes with: wards, marks, tips, borough lines.
   What people have typed is set as text and never as markup. */
import { isClear, overSurface, stateOf, styleOf, tipLines } from "./planning-classes.js";
import { anchorOf } from "./planning-anchor.js";
import { cellRenderer } from "./planning-cells.js";

const SVG = "http://www.w3.org/2000/svg";
const NAMED_FROM_ZOOM = 13.5;
// A mark on a ward smaller than this would hide it and its neighbours: a triangle is drawn smaller, a figure not.
const ROOM_PX = 26;
// Lines of so many wards would hide what lies under them.
const MANY = 200;
/** Layers of tiles, and all that lies over the areas' lines in the place of their fills. */
export const TILED = ["streets", "concerns", "walked"];
export const isOver = (layer) => layer === "surface" || TILED.includes(layer);
const UP = "M0-8l9 15.5h-18z";
const DOWN = "M0 8l9-15.5h-18z";

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function triangle(verdict, small) {
  const svg = document.createElementNS(SVG, "svg");
  if (small) svg.setAttribute("class", "ward-mark__small");
  svg.setAttribute("viewBox", "-10 -9 20 18");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("class", "verdict-mark");
  path.setAttribute("d", verdict === "higher" ? UP : DOWN);
  svg.append(path);
  return svg;
}

/** What an area is called: a hexagon after its place in the grid. */
const nameOf = (area) => (isCell(area) ? `Hexagon ${area.code.slice(area.code.indexOf(":") + 1)}` : area.name);
const isCell = (area) => area.code.startsWith("hex");

function cellStyle(area, style, measure) {
  const clear = isClear(area) && measure !== "count"; // counts bear no verdict
  const mark = stateOf(area) === "none" ? "0" : clear ? area.verdict : null;
  return { ...style, mark, weight: clear ? style.weight : 0.6 };
}

function tip(area, lines) {
  const box = element("div", "");
  box.append(element("strong", "planning__tip-name", nameOf(area)));
  for (const line of lines) box.append(element("span", "", line), document.createElement("br"));
  box.lastChild.remove();
  return box;
}

export class WardMap {
  constructor(map, { few, onLight, addressOf, linesOf = tipLines }) {
    this.map = map;
    this.few = few;
    this.onLight = onLight;
    this.addressOf = addressOf;
    this.linesOf = linesOf;
    this.paths = new Map();
    this.lit = null;
    this.neighbours = [];
    const lines = map.createPane("boroughs");
    lines.style.zIndex = 420;
    lines.style.pointerEvents = "none";
    map.createPane("neighbours").style.zIndex = 350;
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    map.attributionControl.setPrefix(false);
    this.marks = L.layerGroup().addTo(map);
    map.on("zoomend", () => this.drawMarks());
  }

  /** Draw the areas of an answer; `counts` and `breaks` are the limits of its classes. Over a surface only
      their lines are drawn. */
  draw(answer, measure, scale, layer = "ward") {
    this.answer = answer;
    this.layer = layer;
    this.measure = isOver(layer) ? "eb" : measure;
    this.scale = scale;
    this.wards?.remove();
    this.canvas?.remove(); // or it would lie over wards and take their pointer
    const cells = layer.startsWith("hex");
    this.cells = cells;
    if (cells) this.canvas ??= cellRenderer();
    const style = (area) => {
      if (isOver(layer)) return { ...overSurface(area), ...(answer.features.length > MANY ? { weight: 0.6, opacity: 0.6 } : {}) };
      const made = styleOf(area, measure, scale);
      return cells ? cellStyle(area, made, measure) : made;
    };
    this.paths.clear();
    // Strong outlines lie over pale ones.
    const features = [...answer.features].sort((a, b) => isClear(a.properties) - isClear(b.properties));
    this.wards = L.geoJSON({ type: "FeatureCollection", features }, {
      ...(cells ? { renderer: this.canvas } : {}),
      // Over tiles of cells the pointer asks the cells.
      interactive: !TILED.includes(layer),
      style: (feature) => style(feature.properties),
      onEachFeature: (feature, path) => this.listen(feature.properties, path, TILED.includes(layer)),
    }).addTo(this.map);
    // Chromium makes whatever listens for focus a tab stop, as Leaflet's tips do. The table's rows are the stops.
    for (const path of this.paths.values()) path.getElement()?.setAttribute("tabindex", "-1");
    this.drawMarks();
  }

  listen(area, path, quiet) {
    this.paths.set(area.code, path);
    if (quiet) return;
    path.bindTooltip(() => tip(area, this.linesOf(area, this.few)), { sticky: true, direction: "auto", opacity: 1 });
    path.on("mouseover", () => this.light(area.code, true));
    path.on("mouseout", () => this.light(null, true));
    if (!isCell(area)) path.on("click", () => window.location.assign(this.addressOf(area.code)));
  }

  /** Outline and tip one area, or none, as when another map or a table is pointed at. */
  point(code) {
    if (this.tipped) this.paths.get(this.tipped)?.closeTooltip();
    this.tipped = code;
    this.light(code);
    const found = code && this.answer?.features.find((each) => each.properties.code === code);
    if (found) this.paths.get(code)?.openTooltip(anchorOf(found.geometry) ?? undefined);
  }

  /** Move to one area and outline it. */
  goTo(code) {
    const path = this.paths.get(code);
    if (!path) return;
    this.map.fitBounds(path.getBounds().pad(4), { animate: false });
    this.light(code);
  }

  /** Outline one ward, or none; `told` when the pointer on the map did it, so that the table follows. */
  light(code, told = false) {
    if (this.lit && this.paths.has(this.lit)) this.wards.resetStyle(this.paths.get(this.lit));
    this.lit = code;
    const path = code && this.paths.get(code);
    if (path) {
      path.setStyle({ color: "#17212b", weight: 3, dashArray: null });
      path.bringToFront();
    }
    if (told) this.onLight(code);
  }

  drawMarks() {
    this.marks.clearLayers();
    if (this.cells) return void this.nameAround([]); // a canvas paints its own
    const near = this.map.getZoom() >= NAMED_FROM_ZOOM;
    const tiled = isOver(this.layer); // what lies over the wards speaks for itself
    const taken = [];
    const order = [...(this.answer?.features ?? [])].sort(
      (a, b) => isClear(b.properties) - isClear(a.properties) || (a.properties.q_value ?? 2) - (b.properties.q_value ?? 2),
    );
    // A name never hides another ward's triangle.
    for (const { properties: area, geometry } of tiled || this.measure === "count" ? [] : order) {
      const at = isClear(area) && anchorOf(geometry);
      if (!at) continue;
      const { x, y } = this.map.latLngToLayerPoint(at);
      taken.push({ code: area.code, left: x - 9, right: x + 9, top: y - 14, bottom: y + 4 });
    }
    for (const { properties: area, geometry } of order) {
      const clear = !tiled && isClear(area) && this.measure !== "count";
      const small = this.widthOf(area.code) < ROOM_PX;
      const zero = !tiled && !small && stateOf(area) === "none";
      if (!clear && !zero && !near) continue;
      const box = element("div", "ward-mark");
      if (clear) box.append(triangle(area.verdict, small));
      if (zero) box.append(element("span", "map-label", "0"));
      const name = element("span", "map-label", area.name);
      const anchor = anchorOf(geometry);
      if (!anchor) continue;
      if ((clear || near) && this.hasRoom(anchor, area, taken)) box.append(name);
      if (!box.childElementCount) continue;
      const icon = L.divIcon({ html: box, className: "", iconSize: [0, 0], iconAnchor: [0, small ? 5 : 14] });
      L.marker(anchor, { icon, interactive: false, keyboard: false }).addTo(this.marks);
    }
    this.nameAround(taken);
  }

  /** How wide a ward is on the screen, in pixels: the side of a square of its box. */
  widthOf(code) {
    const box = this.paths.get(code)?.getBounds?.();
    if (!box?.isValid()) return 0;
    const size = this.map.latLngToLayerPoint(box.getSouthEast()).subtract(this.map.latLngToLayerPoint(box.getNorthWest()));
    return Math.sqrt(Math.abs(size.x * size.y));
  }

  hasRoom(anchor, { code, name }, taken) {
    const at = this.map.latLngToLayerPoint(anchor);
    const width = Math.min(112, name.length * 7.2);
    const lines = Math.ceil((name.length * 7.2) / 112);
    const box = { left: at.x - width / 2, right: at.x + width / 2, top: at.y - 12, bottom: at.y + 6 + lines * 17 };
    const free = taken.every((t) => t.code === code || box.right < t.left || box.left > t.right || box.bottom < t.top || box.top > t.bottom);
    if (free) taken.push({ code, ...box });
    return free;
  }

  /** Draw lines of boroughs over the areas. */
  drawBorders(borders) {
    this.lines?.remove();
    this.lines = L.geoJSON(borders, {
      pane: "boroughs",
      interactive: false,
      style: { fill: false, color: "#46525e", weight: 1.5 },
    }).addTo(this.map);
  }

  /** Draw the boroughs beside those of the answer as quiet ground with a name. */
  drawAround(boroughs) {
    this.around?.remove();
    this.around = L.geoJSON({ type: "FeatureCollection", features: boroughs }, {
      pane: "neighbours",
      interactive: false,
      style: { fillColor: "#e7e6df", fillOpacity: 1, color: "#d3d1c8", weight: 1 },
    }).addTo(this.map);
    this.neighbours = boroughs.map(({ properties, geometry }) => ({ ...properties, anchor: anchorOf(geometry) }));
    this.drawMarks();
  }

  /** Name the boroughs around where that touches no other name. */
  nameAround(taken) {
    for (const each of this.neighbours) {
      if (!each.anchor || !this.hasRoom(each.anchor, each, taken)) continue;
      const box = element("div", "ward-mark");
      box.append(element("span", "map-label map-label--neighbour", each.name));
      const icon = L.divIcon({ html: box, className: "", iconSize: [0, 0] });
      L.marker(each.anchor, { icon, interactive: false, keyboard: false }).addTo(this.marks);
    }
  }

  /** Give the wards that are drawn the finer lines that a nearer look needs. */
  reshape(outlines) {
    outlines.shape(this.answer);
    for (const { id, geometry } of this.answer.features) {
      if (geometry) this.paths.get(id)?.setLatLngs(L.GeoJSON.coordsToLatLngs(geometry.coordinates, 2));
    }
    this.drawMarks();
  }

  /** Move to what the answer holds. */
  fit() {
    // Without a ward the neighbours say where this is; else the map would open on half the world.
    const bounds = [this.wards, this.lines, this.around].map((each) => each?.getBounds()).find((each) => each?.isValid());
    if (bounds) this.map.fitBounds(bounds, { paddingTopLeft: [72, 68], paddingBottomRight: [16, 36], animate: false });
  }
}
