/* Maps of the pages for tidying up: a walk with its pins and track, or one pin whose place is typed or dragged. */
import { announce } from "./announce.js";
import { addGround } from "./capture-ground.js";

const L = window.L;
const PLACES = 7;
const POOR_M = 40;
const field = (id) => document.getElementById(id);
const flip = ([lon, lat]) => [lat, lon];
const data = JSON.parse(field("tidy-data").textContent);

function mark(label, kind) {
  const shape = document.createElement("span");
  shape.className = `capture-mark${kind === "positive" ? " capture-mark--positive" : ""}`;
  const words = document.createElement("span");
  words.textContent = label;
  shape.append(words);
  return L.divIcon({ className: "capture-pin", html: shape, iconSize: [36, 36] });
}

function openMap(element) {
  for (const part of document.querySelectorAll("[data-needs-map]")) part.hidden = false;
  const map = L.map(element, { zoomSnap: 0.5, maxZoom: 19, attributionControl: false });
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  map.fitBounds(data.extent, { maxZoom: 16 });
  addGround(map);
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "Map: arrow keys move it, plus and minus zoom");
  return map;
}

/** Draw the track with dots where it has gaps, and the marks; return what all of it takes up. */
function drawWalk(map) {
  const bounds = L.latLngBounds([]);
  const pieces = (data.track?.coordinates ?? []).map((piece) => piece.map(flip));
  pieces.forEach((piece, index) => {
    L.polyline(piece, { className: "tidy-track", weight: 5, interactive: false }).addTo(map);
    bounds.extend(piece);
    if (!index) return;
    const gap = [pieces[index - 1].at(-1), piece[0]];
    L.polyline(gap, { className: "tidy-gap", weight: 4, interactive: false }).addTo(map);
  });
  for (const { id, number, kind, place, accuracy } of data.pins) {
    const line = place.type === "LineString" ? place.coordinates.map(flip) : [flip(place.coordinates)];
    if (line.length > 1) L.polyline(line, { className: "capture-route", weight: 6 }).addTo(map);
    if (accuracy > POOR_M) L.circle(line[0], { radius: accuracy, className: "tidy-ring", interactive: false }).addTo(map);
    const pin = L.marker(line[0], { icon: mark(number, kind), keyboard: false }).addTo(map);
    pin.on("click", () => field(`p-${id}`)?.focus());
    bounds.extend(line);
  }
  return bounds;
}

/** The positions that stand in the field, as far as they can be read. */
function typed() {
  const lines = field("place").value.split("\n").map((line) => line.trim().split(/[\s,;]+/).map(Number));
  return lines.filter((pair) => pair.length === 2 && pair.every(Number.isFinite));
}

function write(positions) {
  field("place").value = positions.map((pair) => pair.map((each) => each.toFixed(PLACES)).join(", ")).join("\n");
}

/** A map whose marks can be dragged; the field and the marks follow each other. */
function editPlace(map) {
  const layer = L.layerGroup().addTo(map);
  const pin = data.stop ? { number: "", kind: "positive" } : data.pins[0];

  function draw() {
    layer.clearLayers();
    const positions = typed();
    const line = positions.map(flip);
    if (data.route) L.polyline(line, { className: "capture-route", weight: 6, interactive: false }).addTo(layer);
    line.forEach((at, index) => {
      const label = data.route ? index + 1 : pin.number;
      L.marker(at, { icon: mark(label, pin.kind), draggable: true, keyboard: false })
        .on("drag", ({ target }) => {
          const { lng, lat } = target.getLatLng();
          positions[index] = [lng, lat];
          write(positions);
        })
        .on("dragend", () => {
          draw();
          announce("Moved. Save to keep it.");
        })
        .addTo(layer);
    });
    return line;
  }

  function place({ lng, lat }) {
    write([[lng, lat]]);
    draw();
    announce("Moved. Save to keep it.");
  }

  function locate() {
    const said = (words) => {
      field("place-said").textContent = words;
    };
    said("Looking for your position");
    const found = ({ coords: { longitude, latitude, accuracy } }) => {
      place(L.latLng(latitude, longitude));
      map.setView([latitude, longitude], 17);
      said(`Position: ±${Math.round(accuracy)} m`);
    };
    const failed = () => said("Your position is not known. Tap the map or type it.");
    navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: true, timeout: 15000 });
  }

  const line = draw();
  const start = line.length ? L.latLngBounds(line) : drawWalk(map);
  if (start.isValid()) map.fitBounds(start, { maxZoom: 17, padding: [48, 48] });
  field("my-position")?.addEventListener("click", locate);
  field("place").addEventListener("change", draw);
  if (data.route) return;
  map.on("click", (event) => place(event.latlng));
  field("use-middle")?.addEventListener("click", () => place(map.getCenter()));
}

const element = field("map");
if (element && L) {
  const map = openMap(element);
  if (field("pin-form")) {
    editPlace(map);
  } else {
    const bounds = drawWalk(map);
    if (bounds.isValid()) map.fitBounds(bounds, { padding: [36, 36], maxZoom: 17 });
  }
}
