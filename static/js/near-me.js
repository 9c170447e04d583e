/* 'Walks near me': the browser looks for its ward in the outlines that every visitor gets, and puts the walks
   in order itself. Nothing that follows from the position is sent: no request is made after it is known. */

const EARTH_M = 111195;

function rings(geometry) {
  return geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
}

function inside(ring, x, y) {
  let odd = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

function toSegment(a, b, x, y, stretch) {
  const ax = (a[0] - x) * stretch;
  const ay = a[1] - y;
  const dx = (b[0] - a[0]) * stretch;
  const dy = b[1] - a[1];
  const along = dx || dy ? Math.min(1, Math.max(0, -(ax * dx + ay * dy) / (dx * dx + dy * dy))) : 0;
  return Math.hypot(ax + along * dx, ay + along * dy) * EARTH_M;
}

/** Metres from a place to a ward; 0 inside. Degrees are stretched by the latitude, which is enough for an order. */
export function distance(geometry, x, y) {
  const stretch = Math.cos((y * Math.PI) / 180);
  let nearest = Infinity;
  for (const polygon of rings(geometry)) {
    if (polygon.reduce((odd, ring) => (inside(ring, x, y) ? !odd : odd), false)) return 0;
    for (const ring of polygon) {
      for (let i = 1; i < ring.length; i += 1) nearest = Math.min(nearest, toSegment(ring[i - 1], ring[i], x, y, stretch));
    }
  }
  return nearest;
}

const FAR_M = 30000;
const box = document.getElementById("near-me");
const list = document.getElementById("walks");

function order(wards, { longitude, latitude }) {
  const metres = new Map(wards.features.map((ward) => [ward.properties.code, distance(ward.geometry, longitude, latitude)]));
  const nearest = wards.features.reduce((a, b) => (metres.get(a.properties.code) <= metres.get(b.properties.code) ? a : b));
  if (metres.get(nearest.properties.code) > FAR_M) return null;
  const far = (item) => metres.get(item.dataset.ward) ?? Infinity;
  list?.append(...[...list.children].sort((a, b) => far(a) - far(b)));
  return nearest.properties.name;
}

async function look(status) {
  status.textContent = box.dataset.looking;
  // The outlines are fetched before the position is asked for, so that nothing at all is sent after it.
  const wards = await (await fetch(box.dataset.wards)).json();
  if (!wards.features.length) return box.dataset.outside;
  const position = await new Promise((found, lost) => {
    navigator.geolocation.getCurrentPosition(found, lost, { maximumAge: 300000, timeout: 20000 });
  });
  const name = order(wards, position.coords);
  return name ? box.dataset.found.replace("WARD", name) : box.dataset.outside;
}

if (box && "geolocation" in navigator) {
  box.hidden = false;
  const status = box.querySelector("[role=status]");
  const button = box.querySelector("button");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      status.textContent = await look(status);
    } catch {
      status.textContent = box.dataset.none;
    }
    button.disabled = false;
    button.focus();
  });
  if (location.hash === "#near-me") button.click();
}
