/* The service worker: keeps the app and the team's streets on the phone. */

const GROUND_SECONDS_IDLE = 3_000;
const ZOOMS = [12, 13, 14, 15];
const MOST_TILES = 150;

const column = (lon, z) => Math.floor(((lon + 180) / 360) * 2 ** z);
const row = (lat, z) => {
  const rad = (lat * Math.PI) / 180;
  return Math.floor(((1 - Math.asinh(Math.tan(rad)) / Math.PI) / 2) * 2 ** z);
};

/** Return the addresses of the tiles over a box in degrees, near zooms left out when they would be too many. */
export function tilesOver([west, south, east, north]) {
  const found = [];
  for (const z of ZOOMS) {
    const own = [];
    for (let x = column(west, z); x <= column(east, z); x += 1) {
      for (let y = row(north, z); y <= row(south, z); y += 1) own.push(`/ground/${z}/${x}/${y}.mvt`);
    }
    if (found.length + own.length > MOST_TILES) break;
    found.push(...own);
  }
  return found;
}

/** Register the worker. A new version takes over at once where `mayReload` allows it, else at the next opening. */
export async function register(app, mayReload) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  const hadOne = Boolean(serviceWorker.controller);
  serviceWorker.addEventListener("controllerchange", () => {
    if (hadOne && mayReload() && !document.querySelector("dialog[open]")) window.location.reload();
  });
  serviceWorker.addEventListener("message", ({ data }) => {
    if (data === "send") app.outbox?.soon();
  });
  try {
    const registration = await serviceWorker.register("/capture/worker.js", { scope: "/capture/", updateViaCache: "none" });
    if (registration.waiting && mayReload()) registration.waiting.postMessage("take over");
    await serviceWorker.ready;
    app.afterSending = () => void registration.sync?.register("send").catch(() => {});
    setTimeout(() => keepGround(app), GROUND_SECONDS_IDLE);
  } catch (error) {
    console.warn("The app could not be kept for use without signal.", error.message);
  }
}

/** Ask the worker to keep the streets where the team works. */
function keepGround(app) {
  const { extent } = app.account;
  if (extent && navigator.onLine) navigator.serviceWorker.controller?.postMessage({ ground: tilesOver(extent) });
}
