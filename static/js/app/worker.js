/* Service worker of the phone's app; the server puts before this: `APP` (version, page, files with their hashes), and
   `sendWaiting`, imported where workers are modules, null where they are not.

   1. Installing fetches the page and every file and checks each against its hash: a version is whole or not there.
   2. A page that opens is of the version that came last, whichever worker is active: the active one serves both, and
      browsers put the next in its place when the app is closed. Asking for that at once (skipWaiting) can leave a
      page waiting for minutes. While a walk is being recorded in any tab, pages stay of the version that was opened.
      What people keep is in IndexedDB and is not touched by any of this.
   3. The page and the files come from here. Streets come from here once they were fetched. Everything else, above
      all what the server says about walks and people, goes to the network and is never kept. */

const NAME = "lamplight-app-";
const MARKS = "lamplight-versions";
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
  const cache = await caches.open(NAME + APP.version);
  const page = await fetch(APP.page, { redirect: "error", cache: "no-cache" });
  const text = await page.clone().text();
  if (!page.ok || !text.includes(ADDRESS)) throw new Error("the page is of another version");
  await Promise.all(Object.entries(APP.files).map(([path, hash]) => fetchWhole(cache, path, hash)));
  await cache.put(APP.page, page);
  await mark("newest", APP.version);
}

const mark = async (what, version) => (await caches.open(MARKS)).put(`/${what}`, new Response(version));
const marked = async (what) => (await (await caches.open(MARKS)).match(`/${what}`))?.text();

async function isRecording() {
  const { held } = await navigator.locks.query();
  return held.some(({ name }) => name.startsWith("lamplight-recorder "));
}

const tellVersions = async (port) => port.postMessage({ newest: await marked("newest"), isRecording: await isRecording() });

/** A page of a version has opened: drop the files of those that nobody can ask for. */
async function opened(version) {
  await mark("opened", version);
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (open.filter(({ url }) => new URL(url).pathname === APP.page).length > 1) return;
  const wanted = [NAME + version, NAME + (await marked("newest"))];
  const isWhole = await caches.match(APP.page, { cacheName: wanted[0], ignoreVary: true });
  for (const name of isWhole ? await caches.keys() : []) {
    const isComing = self.registration.installing && name !== NAME + APP.version;
    if (name.startsWith(NAME) && !wanted.includes(name) && !isComing) await caches.delete(name);
  }
}

/** Return the page: of the newest version, or of that which is open while a walk is being recorded. */
async function page() {
  const versions = [await marked("newest"), APP.version];
  if (await isRecording()) versions.unshift(await marked("opened"));
  for (const version of versions) {
    const found = await caches.match(APP.page, { cacheName: NAME + version, ignoreVary: true });
    if (found) return found;
  }
  return fetch(APP.page);
}

const file = async (address) => (await caches.match(address, { ignoreVary: true })) ?? fetch(address);

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
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("sync", (event) => event.waitUntil(send()));
self.addEventListener("message", (event) => {
  if (event.data?.opened) event.waitUntil(opened(event.data.opened));
  else if (event.data === "versions") event.waitUntil(tellVersions(event.ports[0]));
  else if (event.data?.ground) event.waitUntil(keepGround(event.data.ground));
});
self.addEventListener("fetch", (event) => {
  const { pathname, origin, searchParams } = new URL(event.request.url);
  if (origin !== self.location.origin || event.request.method !== "GET") return;
  if (event.request.mode === "navigate" && pathname === APP.page && !searchParams.has("walk")) event.respondWith(page());
  else if (pathname.startsWith("/capture/files/")) event.respondWith(file(pathname));
  else if (/^\/ground\/\d+\/\d+\/\d+\.mvt$/.test(pathname)) event.respondWith(tile(event.request));
});
