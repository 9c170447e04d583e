/* Service worker of the phone's app; the server puts before this: `APP` (version, page, files with their hashes), and
   `sendWaiting`, imported where workers are modules, null where they are not.

   1. Installing fetches the page and every file and checks each against its hash: a version is whole or not there.
   2. Activating drops the files of other versions. What people keep is in IndexedDB and is not touched.
   3. The page and the files come from here. Streets come from here once they were fetched. Everything else, above
      all what the server says about walks and people, goes to the network and is never kept. */

const OWN = `lamplight-app-${APP.version}`;
const GROUND = "lamplight-ground-1";
const MOST_TILES = 600;
const ADDRESS = `/capture/files/${APP.version}/`;

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function fetchWhole(cache, path, hash) {
  const answer = await fetch(ADDRESS + path, { redirect: "error" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const bytes = await answer.clone().arrayBuffer();
  if (hex(await crypto.subtle.digest("SHA-256", bytes)) !== hash) throw new Error(`${path} is not what it should be`);
  await cache.put(ADDRESS + path, answer);
}

async function install() {
  const cache = await caches.open(OWN);
  const page = await fetch(APP.page, { redirect: "error", cache: "no-cache" });
  const text = await page.clone().text();
  if (!page.ok || !text.includes(ADDRESS)) throw new Error("the page is of another version");
  await Promise.all(Object.entries(APP.files).map(([path, hash]) => fetchWhole(cache, path, hash)));
  await cache.put(APP.page, page);
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith("lamplight-app-") && name !== OWN) await caches.delete(name);
  }
  await self.clients.claim();
}

async function kept(address) {
  const cache = await caches.open(OWN);
  return (await cache.match(address, { ignoreVary: true })) ?? fetch(address);
}

async function tile(request) {
  const cache = await caches.open(GROUND);
  const found = await cache.match(request.url, { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(request);
  // A full phone keeps no more streets, and shows them all the same.
  if (answer.status === 200 || answer.status === 204) await keepTile(cache, request.url, answer.clone()).catch(() => {});
  return answer;
}

async function keepTile(cache, address, answer, hash = "") {
  const names = await cache.keys();
  if (names.length >= MOST_TILES) await cache.delete(names[0]);
  // A cache takes no 204: an empty tile is kept as an empty body.
  const body = answer.status === 204 ? new Uint8Array() : await answer.arrayBuffer();
  await cache.put(address, new Response(body, { headers: { "Content-Type": "application/vnd.mapbox-vector-tile", "X-Hash": hash } }));
}

/** Fetch the streets that are new, each named by its address and hash. */
async function keepGround(tiles) {
  const cache = await caches.open(GROUND);
  for (const { url: address, hash } of tiles) {
    const found = await cache.match(address, { ignoreVary: true });
    if (found && (found.headers.get("X-Hash") ?? "") === hash) continue;
    const answer = await fetch(address).catch(() => null);
    if (!answer) return;
    if (answer.status === 200 || answer.status === 204) await keepTile(cache, new URL(address, self.location).href, answer, hash).catch(() => {});
  }
}

/** There is signal again. An app that is seen sends by itself; else this worker does, as long as the browser lets it.
    An error asks the browser to try once more; who is not signed in, or not the one who recorded, sends nothing. */
async function send() {
  const found = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const client of found) client.postMessage("send");
  if (!sendWaiting || found.some((client) => client.visibilityState === "visible" && client.url.includes(APP.page))) return;
  const state = await sendWaiting();
  if (state === "away" || state === "offline") throw new Error(`still ${state}`);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("sync", (event) => event.waitUntil(send()));
self.addEventListener("message", (event) => {
  if (event.data === "take over") void self.skipWaiting();
  else if (event.data?.ground) event.waitUntil(keepGround(event.data.ground));
});
self.addEventListener("fetch", (event) => {
  const { pathname, origin, searchParams } = new URL(event.request.url);
  if (origin !== self.location.origin || event.request.method !== "GET") return;
  if (event.request.mode === "navigate" && pathname === APP.page && !searchParams.has("walk")) event.respondWith(kept(APP.page));
  else if (pathname.startsWith(ADDRESS)) event.respondWith(kept(pathname));
  else if (/^\/ground\/\d+\/\d+\/\d+\.mvt$/.test(pathname)) event.respondWith(tile(event.request));
});
