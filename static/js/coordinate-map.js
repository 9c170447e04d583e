/* The meeting point: a click on the map fills the coordinates, and typed coordinates move the pin. */
import { addGround } from "./capture-ground.js";

const L = window.L;
const box = document.getElementById("meeting-map");
const lat = document.getElementById("lat");
const lon = document.getElementById("lon");
const extent = document.getElementById("meeting-extent");
const DECIMALS = 6;

function typed() {
  const found = [Number.parseFloat(lat.value), Number.parseFloat(lon.value)];
  const within = Math.abs(found[0]) <= 90 && Math.abs(found[1]) <= 180;
  return found.every(Number.isFinite) && within ? found : null;
}

function start() {
  box.hidden = false;
  const map = L.map(box, { maxZoom: 19, attributionControl: false });
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Map: click to put the meeting point, or type its coordinates below");
  const at = typed();
  if (at) map.setView(at, 17);
  else if (extent) map.fitBounds(JSON.parse(extent.textContent));
  else map.setView([54, -2], 5);
  addGround(map);
  const icon = L.divIcon({ className: "coordinate__pin", iconSize: [24, 24] });
  let pin = null;
  const put = (place) => {
    if (!place) {
      pin?.remove();
      pin = null;
    } else if (pin) pin.setLatLng(place);
    else {
      pin = L.marker(place, { icon, keyboard: false, draggable: true }).addTo(map);
      pin.on("dragend", () => fill(pin.getLatLng()));
    }
  };
  const fill = (place) => {
    lat.value = place.lat.toFixed(DECIMALS);
    lon.value = place.lng.toFixed(DECIMALS);
    put(place);
  };
  put(at);
  map.on("click", (event) => fill(event.latlng));
  for (const input of [lat, lon])
    input.addEventListener("change", () => {
      const place = typed();
      put(place);
      if (place) map.panTo(place);
    });
}

if (L && box) start();
