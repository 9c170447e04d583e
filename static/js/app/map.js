/* The map of a walk: streets from the phone's own tiles, the track, the pins. Leaflet wants latitude first. */
import { ground } from "./ground.js";
import { markOf } from "./dom.js";
import { Handles } from "./handles.js";

const FILES = new URL("../../", import.meta.url);
const flip = ([lon, lat]) => [lat, lon];
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function script(path) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = new URL(path, FILES).href;
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
    document.head.append(element);
  });
}

async function libraries() {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("vendor/leaflet/leaflet.css", FILES).href;
  document.head.prepend(style);
  await script("vendor/leaflet/leaflet.js");
  await script("vendor/protomaps-leaflet/protomaps-leaflet.js").catch(() => {});
}

/** Load the libraries and return a map in `element`. `onTap` gets [lon, lat], `onPin` a key. */
export async function openMap(element, options) {
  if (!window.L) await libraries();
  return new WalkMap(window.L, element, options);
}

class WalkMap {
  constructor(L, element, { extent, onTap, onPin }) {
    this.L = L;
    this.map = L.map(element, { zoomControl: false, attributionControl: false, zoomSnap: 0.5, maxZoom: 19, fadeAnimation: false, inertia: false });
    const [west, south, east, north] = extent ?? [-6.5, 49.9, 1.8, 58.7];
    this.map.fitBounds([[south, west], [north, east]], { maxZoom: 16 });
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", "Map: arrow keys move it, plus and minus zoom");
    this.onPin = onPin;
    this.follows = true;
    this.track = L.layerGroup().addTo(this.map);
    this.pins = L.layerGroup().addTo(this.map);
    this.self = L.layerGroup().addTo(this.map);
    this.tapped = L.layerGroup().addTo(this.map);
    this.handles = new Handles(L, this.map);
    this.map.on("click", ({ latlng }) => onTap([latlng.lng, latlng.lat]));
    this.map.on("dragstart", () => (this.follows = false));
    this.paint();
  }

  /** Draw the ground in the colours of the theme. */
  paint() {
    this.ground?.remove();
    this.ground = ground(document.documentElement.dataset.theme === "night");
    this.ground?.addTo(this.map);
  }

  drawTrack(pieces) {
    const { L } = this;
    this.track.clearLayers();
    let end = null;
    for (const piece of pieces) {
      const line = piece.map(flip);
      if (end) {
        const dots = { color: colour("--map-attribution"), weight: 4, dashArray: "0.1 10", interactive: false };
        L.polyline([end, line[0]], dots).addTo(this.track);
      }
      L.polyline(line, { color: colour("--track-casing"), weight: 9, interactive: false }).addTo(this.track);
      L.polyline(line, { color: colour("--track"), weight: 5, interactive: false }).addTo(this.track);
      end = line.at(-1);
    }
  }

  /** Draw the pins; `moving` is the key of the one that can be dragged, `onMoved` gets where to. */
  drawPins(pins, moving, onMoved) {
    const { L } = this;
    this.pins.clearLayers();
    for (const pin of pins) {
      if (!pin.geometry) continue;
      const line = pin.geometry.type === "Point" ? [flip(pin.geometry.coordinates)] : pin.geometry.coordinates.map(flip);
      if (!line.length) continue;
      if (line.length > 1) L.polyline(line, { color: colour("--amber"), weight: 7, opacity: 0.8 }).on("click", () => this.onPin(pin.key)).addTo(this.pins);
      const draggable = pin.key === moving && line.length === 1;
      const icon = L.divIcon({ className: "", html: markOf(pin), iconSize: [32, 32] });
      L.marker(line[0], { icon, keyboard: false, draggable, zIndexOffset: draggable ? 1000 : 0 })
        .on("click", () => this.onPin(pin.key))
        .on("dragend", ({ target }) => onMoved([target.getLatLng().lng, target.getLatLng().lat]))
        .addTo(this.pins);
    }
  }

  drawSelf(position) {
    const { L } = this;
    this.self.clearLayers();
    if (!position) return;
    const at = [position.lat, position.lon];
    const ring = { radius: position.accuracy, color: colour("--amber"), weight: 2, fillOpacity: 0.12, interactive: false };
    L.circle(at, ring).addTo(this.self);
    const spot = L.divIcon({ className: "self", iconSize: [22, 22] });
    L.marker(at, { icon: spot, keyboard: false, interactive: false }).addTo(this.self);
    if (this.follows) this.map.setView(at, Math.max(this.map.getZoom(), 16), { animate: false });
  }

  /** Mark where was tapped, or nothing. */
  drawTap(position) {
    this.tapped.clearLayers();
    if (!position) return;
    this.L.circleMarker(flip(position), { radius: 10, color: colour("--chosen"), weight: 3, fill: false, interactive: false }).addTo(this.tapped);
  }

  centre(position) {
    this.follows = true;
    if (position) this.drawSelf(position);
  }

  see(position) {
    this.follows = false;
    this.map.setView(flip(position), Math.max(this.map.getZoom(), 17), { animate: false });
  }

  /** Show all of a line. */
  fit(line) {
    this.follows = false;
    const { x, y } = this.map.getSize();
    this.map.fitBounds(line.map(flip), { maxZoom: 18, padding: [Math.min(56, x / 4), Math.min(56, y / 4)], animate: false });
  }

  /** Move the map only if a position is out of sight. */
  keepInSight(position) {
    this.follows = false;
    this.map.panInside(flip(position), { padding: [56, 56], animate: false });
  }

  /** Return the position some pixels beside another. */
  beside(position, [right, down]) {
    const at = this.map.latLngToContainerPoint(flip(position)).add([right, down]);
    const { lng, lat } = this.map.containerPointToLatLng(at);
    return [lng, lat];
  }

  middle() {
    const { lng, lat } = this.map.getCenter();
    return [lng, lat];
  }

  resized() {
    this.map.invalidateSize({ animate: false });
  }
}
