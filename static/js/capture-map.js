/* The map of a walk: what was received, and the place that is being given. Leaflet wants latitude first. */
import { addGround } from "./capture-ground.js";

const L = window.L;
const flip = ([lon, lat]) => [lat, lon];

function mark(number, kind, draft) {
  const shape = document.createElement("span");
  shape.className = `capture-mark${kind === "positive" ? " capture-mark--positive" : ""}${draft ? " capture-mark--draft" : ""}`;
  const words = document.createElement("span");
  words.textContent = number;
  shape.append(words);
  return L.divIcon({ className: "capture-pin", html: shape, iconSize: [36, 36] });
}

/** A map in `element`. `onPlace` gets [lon, lat] for a click, `onMove` for a dragged mark, `onChoose` an id. */
export class WalkMap {
  constructor(element, { extent, onPlace, onMove, onChoose }) {
    this.map = L.map(element, { zoomSnap: 0.5, maxZoom: 19, attributionControl: false });
    this.map.zoomControl.setPosition("topleft");
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(this.map);
    this.map.fitBounds(extent, { maxZoom: 16 });
    addGround(this.map);
    this.onMove = onMove;
    this.onChoose = onChoose;
    this.stored = L.layerGroup().addTo(this.map);
    this.draft = L.layerGroup().addTo(this.map);
    if (onPlace) this.map.on("click", (event) => onPlace([event.latlng.lng, event.latlng.lat]));
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", "Map: arrow keys move it, plus and minus zoom");
  }

  /** Draw what was received; with `fit`, show all of it. */
  show(concerns, fit) {
    this.stored.clearLayers();
    const bounds = L.latLngBounds([]);
    for (const { id, number, kind, place } of concerns) {
      const line = place.type === "LineString" ? place.coordinates.map(flip) : [flip(place.coordinates)];
      const layers = [L.marker(line[0], { icon: mark(number, kind, false), keyboard: false })];
      if (line.length > 1) layers.push(L.polyline(line, { className: "capture-route", weight: 6 }));
      for (const layer of layers) layer.on("click", () => this.onChoose(id)).addTo(this.stored);
      bounds.extend(line);
    }
    if (fit && bounds.isValid()) this.map.fitBounds(bounds, { padding: [48, 48], maxZoom: 17 });
  }

  /** Draw the place that is being given. */
  showDraft(positions, kind) {
    this.draft.clearLayers();
    const line = positions.map(flip);
    if (line.length > 1) L.polyline(line, { className: "capture-route capture-route--draft", weight: 6 }).addTo(this.draft);
    line.forEach((at, index) => {
      const label = line.length > 1 ? String(index + 1) : "";
      L.marker(at, { icon: mark(label, kind, true), keyboard: false, draggable: true, zIndexOffset: 1000 })
        .on("dragend", (event) => this.onMove(index, [event.target.getLatLng().lng, event.target.getLatLng().lat]))
        .addTo(this.draft);
    });
  }

  /** Bring a place into sight. */
  see(position) {
    if (!this.map.getBounds().contains(flip(position))) this.map.panTo(flip(position), { animate: false });
  }

  /** Return the middle of what is seen as [lon, lat]. */
  middle() {
    const { lng, lat } = this.map.getCenter();
    return [lng, lat];
  }
}
