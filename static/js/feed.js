/* The map beside a table of features: the same page of items, and the highlight goes from row to mark and back.
   All text is set as text. Without this script the table and its links stand alone. */
import { addGround } from "./planning-ground.js";

// The painter of vector tiles knows Leaflet by its global name, and there can only be one.
const { L } = window;

const RADIUS_PX = 6;
const CLOSEST_ZOOM = 17;
const OVER_STREETS = { pane: "markerPane", fillOpacity: 1, opacity: 1 };

function classes(base, kind) {
  return kind === "positive" ? `${base} ${base}--positive` : base;
}

function mark(feature) {
  const { type, coordinates } = feature.geometry;
  const place = (position) => [position[1], position[0]];
  if (type === "Point") {
    return L.circleMarker(place(coordinates), { ...OVER_STREETS, radius: RADIUS_PX, className: classes("feed__mark", feature.kind) });
  }
  if (type === "LineString") {
    return L.polyline(coordinates.map(place), { ...OVER_STREETS, className: classes("feed__line", feature.kind) });
  }
  return L.geoJSON(feature.geometry, { style: { className: "feed__ward", fillOpacity: 0.5 } });
}

/** Light up a row and its mark, and nothing else. */
function light(rows, marks, id) {
  for (const [each, row] of rows) row.classList.toggle("is-lit", each === id);
  for (const [each, layer] of marks) {
    const parts = layer.getLayers ? layer.getLayers() : [layer];
    for (const part of parts) part.getElement()?.classList.toggle("is-lit", each === id);
    if (each === id && layer.bringToFront) layer.bringToFront();
  }
}

/** Draw the base map, and say whose streets it shows. */
function drawGround(map, ground) {
  addGround(map, ground.tiles);
  const words = document.createElement("span");
  words.textContent = ground.credit;
  map.attributionControl.addAttribution(words.innerHTML); // the text, with its markup escaped
}

/** Draw the wards of the newest edition that counts today under everything else. */
async function drawOutlines(map, address) {
  const answer = await fetch(new URL(new URL(address).search, `${location.origin}/feed/collections/wards/items`));
  if (!answer.ok) return;
  const { features } = await answer.json();
  const today = new Date().toISOString().slice(0, 10);
  const from = (feature) => feature.properties.valid_from ?? "";
  const newest = features.map(from).filter((day) => day <= today).sort().at(-1);
  const shown = features.filter((feature) => from(feature) === newest);
  const layer = L.geoJSON(shown, { interactive: false, style: { className: "feed__outline", fillOpacity: 0.5 } });
  layer.addTo(map).bringToBack();
}

function start(card) {
  const data = JSON.parse(card.querySelector("[data-feed-data]").textContent);
  if (data.features.length === 0) return;
  card.hidden = false;
  const box = card.querySelector("[data-feed-map]");
  const map = L.map(box, { scrollWheelZoom: false, zoomAnimation: false, fadeAnimation: false });
  map.attributionControl.setPrefix(false);
  L.control.scale({ imperial: false }).addTo(map);
  const marks = new Map(data.features.map((feature) => [feature.id, mark(feature)]));
  const all = L.featureGroup([...marks.values()]);
  map.fitBounds(all.getBounds(), { padding: [24, 24], maxZoom: CLOSEST_ZOOM });
  all.addTo(map);
  link(marks);
  if (data.ground) drawGround(map, data.ground);
  if (data.outlines) drawOutlines(map, data.outlines).catch(() => {}); // the marks say the same without them
}

function link(marks) {
  const rows = new Map([...document.querySelectorAll("[data-feed-rows] tr[data-id]")].map((row) => [row.dataset.id, row]));
  for (const [id, row] of rows) {
    row.addEventListener("mouseenter", () => light(rows, marks, id));
    row.addEventListener("focusin", () => light(rows, marks, id));
  }
  for (const [id, layer] of marks) {
    layer.on("mouseover", () => light(rows, marks, id));
    layer.on("click", () => rows.get(id)?.querySelector("a").focus());
  }
}

for (const card of document.querySelectorAll("[data-feed-card]")) start(card);
