/* Single shared concerns, near enough to tell streets apart: place, day, light, factors and checked words, as the
   council feed has them. The list under the map says the same. What people have typed is set as text alone. */
import { announce } from "./announce.js";

export const POINTS_FROM_ZOOM = 15;
const STEP = 0.02; // degrees: a frame that small moves of the map stay within
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const LIGHTS = { day: "by day", twilight: "in twilight", dark: "in the dark" };
const STATUSES = { shared: "Shared", in_hand: "In hand", done: "Done", no_action: "No action" };
const STYLE = { color: "#ffffff", weight: 2, fillColor: "#17212b", fillOpacity: 1, radius: 7 };

const Diamond = () =>
  L.CircleMarker.extend({
    _updatePath() {
      const { _renderer: renderer, _point: at, _radius: r } = this;
      if (!renderer._drawing || this._empty()) return;
      const context = renderer._ctx;
      context.beginPath();
      context.moveTo(at.x, at.y - r);
      context.lineTo(at.x + r, at.y);
      context.lineTo(at.x, at.y + r);
      context.lineTo(at.x - r, at.y);
      context.closePath();
      renderer._fillStroke(context, this);
    },
  });

function words({ properties: said }, labels) {
  const factors = said.factors.map((code) => labels.get(code) ?? code).join(", ") || "No factors named";
  const first = `${STATUSES[said.status] ?? said.status}, ${DAY.format(new Date(said.date))}, ${LIGHTS[said.light] ?? said.light}`;
  return [first, said.feeling ? `${factors}; ${said.feeling}` : factors, ...(said.wording ? [`“${said.wording}”`] : [])];
}

function lines(feature, labels) {
  const box = document.createElement("div");
  words(feature, labels).forEach((line, i) => {
    const part = document.createElement(i ? "span" : "strong");
    part.textContent = line;
    if (!i) part.className = "planning__tip-name";
    box.append(part, document.createElement("br"));
  });
  box.lastChild.remove();
  return box;
}

export class SharedConcerns {
  constructor(map, list, { fetchJson, labels }) {
    Object.assign(this, { map, list, fetchJson, labels });
    const pane = map.createPane("points");
    pane.style.zIndex = 455;
    this.group = L.layerGroup().addTo(map);
    map.on("moveend", () => this.look());
  }

  clear() {
    this.asking?.abort();
    this.on = false;
    this.frame = "";
    this.group.clearLayers();
    this.list.replaceChildren();
  }

  /** Show what was shared of a selection, as soon as the map is near enough. */
  draw(query) {
    this.clear();
    this.on = true;
    this.query = query;
    this.look();
  }

  async look() {
    if (!this.on) return;
    if (this.map.getZoom() < POINTS_FROM_ZOOM) {
      this.asking?.abort();
      this.frame = "";
      this.group.clearLayers();
      this.tell("Zoom in to see single concerns that were shared.");
      return;
    }
    const bounds = this.map.getBounds();
    const out = (value, round) => (round(value / STEP) * STEP).toFixed(2);
    const frame = [out(bounds.getWest(), Math.floor), out(bounds.getSouth(), Math.floor), out(bounds.getEast(), Math.ceil), out(bounds.getNorth(), Math.ceil)].join(",");
    if (frame === this.frame) return;
    this.frame = frame;
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const query = new URLSearchParams(this.query);
      query.delete("area");
      query.set("bbox", frame);
      this.put(await this.fetchJson(`/planning/data/shared.json?${query}`, this.asking.signal));
    } catch (error) {
      if (error.name === "AbortError") return;
      this.frame = "";
      this.tell("Shared concerns could not be loaded. Move the map to try again.");
    }
  }

  tell(text) {
    const line = document.createElement("p");
    line.textContent = text;
    this.list.replaceChildren(line);
  }

  put(found) {
    this.group.clearLayers();
    const renderer = L.canvas({ pane: "points", tolerance: 8 });
    const Mark = Diamond();
    for (const feature of found.features) {
      const options = { ...STYLE, renderer, pane: "points" };
      const layer = feature.geometry.type === "Point"
        ? new Mark([feature.geometry.coordinates[1], feature.geometry.coordinates[0]], options)
        : L.geoJSON(feature.geometry, { style: { ...options, color: "#17212b", weight: 4, fill: false } });
      layer.bindTooltip(() => lines(feature, this.labels), { direction: "auto", opacity: 1 }).addTo(this.group);
    }
    const many = found.features.length;
    const sum = `${many}${found.more ? " or more" : ""} shared ${many === 1 && !found.more ? "concern" : "concerns"} in or near this view`;
    announce(sum);
    if (!many) return void this.tell("Nothing was shared in this view.");
    const details = document.createElement("details");
    details.className = "govuk-details";
    const summary = document.createElement("summary");
    summary.className = "govuk-details__summary";
    const text = document.createElement("span");
    text.className = "govuk-details__summary-text";
    text.textContent = found.more ? `${sum}; zoom in for all` : sum;
    summary.append(text);
    const list = document.createElement("ul");
    list.className = "planning__shared";
    for (const feature of found.features) {
      const item = document.createElement("li");
      item.append(lines(feature, this.labels));
      list.append(item);
    }
    details.append(summary, list);
    this.list.replaceChildren(details);
  }
}
