/* Handles on the map for a line's shape: each is a target of 48 px, a button for the keyboard, and can be dragged. */

const SIZE = 48;
const flip = ([lon, lat]) => [lat, lon];
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The handles of one line at a time. */
export class Handles {
  constructor(L, map) {
    Object.assign(this, { L, map, layer: L.layerGroup().addTo(map), markers: [], line: null, hint: null });
  }

  clear() {
    this.layer.clearLayers();
    Object.assign(this, { markers: [], line: null, hint: null });
  }

  /** Draw a line that is being traced, with a dot where each tap was. */
  trace(line) {
    this.clear();
    if (line.length > 1) this.drawLine(line);
    for (const at of line) {
      const dot = { radius: 6, color: colour("--amber"), weight: 3, fillColor: colour("--ground"), fillOpacity: 1, interactive: false };
      this.L.circleMarker(flip(at), dot).addTo(this.layer);
    }
  }

  drawLine(line) {
    const style = { color: colour("--amber"), weight: 7, opacity: 0.9, interactive: false };
    this.line = this.L.polyline(line.map(flip), style).addTo(this.layer);
  }

  /** Draw a line with handles at `points`, the one that is chosen on top. The same markers stay, and so does focus. */
  draw(line, points, chosen, { names, onChoose, onMoved, onKey }) {
    const focused = this.markers.findIndex((marker) => marker.getElement() === document.activeElement);
    Object.assign(this, { points, onChoose, onMoved, onKey });
    if (!this.line || this.markers.length !== points.length) {
      this.clear();
      this.drawLine(line);
      this.markers = points.map((_each, which) => this.marker(which));
    }
    this.line.setLatLngs(line.map(flip));
    this.hint?.remove();
    this.markers.forEach((marker, which) => {
      marker.setLatLng(flip(points[which])).setZIndexOffset(which === chosen ? 2000 : 1500);
      const element = marker.getElement();
      element.setAttribute("aria-label", `${names[which]}: arrow keys move it, Delete takes it away`);
      element.setAttribute("aria-pressed", String(which === chosen));
      element.classList.toggle("handle--end", which === 0 || which === points.length - 1);
    });
    if (focused >= 0 && this.markers[chosen].getElement() !== document.activeElement) this.focus(chosen);
  }

  /** Give the keyboard to a handle, without that being a choice. */
  focus(which) {
    this.isQuiet = true;
    this.markers[which].getElement().focus({ preventScroll: true });
    this.isQuiet = false;
  }

  marker(which) {
    const { L } = this;
    const icon = L.divIcon({ className: "handle", iconSize: [SIZE, SIZE] });
    const marker = L.marker([0, 0], { icon, draggable: true, keyboard: true, autoPanOnFocus: false }).addTo(this.layer);
    marker.on("click", () => {
      this.onChoose(which);
      this.focus(which);
    });
    marker.on("drag", ({ target }) => this.preview(which, target.getLatLng()));
    marker.on("dragend", ({ target }) => {
      void this.onMoved(which, [target.getLatLng().lng, target.getLatLng().lat]);
      this.focus(which);
    });
    const element = marker.getElement();
    element.addEventListener("focus", () => this.isQuiet || this.onChoose(which));
    element.addEventListener("keydown", (event) => {
      if (!this.onKey(which, event.key, event.shiftKey)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    return marker;
  }

  /** Where the line will go, while a handle is dragged. */
  preview(which, at) {
    const around = [this.points[which - 1], null, this.points[which + 1]].filter((each) => each !== undefined);
    const style = { color: colour("--chosen"), weight: 4, dashArray: "6 8", interactive: false };
    this.hint ??= this.L.polyline([], style);
    this.hint.setLatLngs(around.map((each) => (each ? flip(each) : at))).addTo(this.layer);
  }
}
