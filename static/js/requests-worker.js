/* Keeps a confirmed page, and what it is made of, for as long as its answer says (X-Keep-Until); any other answer
   from that address removes it again: cancelled, erased, over. Nothing else is kept, nothing is sent. */

const KEPT = "lamplight-confirmed";
const PATH = /^\/requests\/[^/]+$/;
const OWN = /^\/requests\/[^/]+/;

async function forget(path) {
  const cache = await caches.open(KEPT);
  await cache.delete(path);
  if (!(await cache.keys()).some((each) => PATH.test(new URL(each.url).pathname))) await caches.delete(KEPT);
}

async function keep(path, answer) {
  const until = Number(answer.headers.get("X-Keep-Until") ?? 0);
  if (!answer.ok || until * 1000 < Date.now()) return forget(path);
  return (await caches.open(KEPT)).put(path, answer);
}

async function page(event, path) {
  try {
    const answer = await fetch(event.request);
    event.waitUntil(keep(path, answer.clone()));
    return answer;
  } catch (error) {
    const kept = await caches.match(path, { cacheName: KEPT });
    if (!kept || Number(kept.headers.get("X-Keep-Until")) * 1000 < Date.now()) {
      await forget(path);
      throw error;
    }
    return kept;
  }
}

async function part(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request, { cacheName: KEPT });
    if (!kept) throw error;
    return kept;
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && PATH.test(url.pathname)) event.respondWith(page(event, url.pathname));
  else if (url.pathname.startsWith("/static/")) event.respondWith(part(event.request));
});

self.addEventListener("message", (event) => {
  const path = OWN.exec(event.data.page)?.[0]; // of the page itself, also when one of its forms was sent
  const { parts } = event.data;
  event.waitUntil(
    (async () => {
      if (!path) return;
      const answer = await fetch(path);
      const kept = answer.headers.has("X-Keep-Until");
      await keep(path, answer);
      if (!kept) return;
      const cache = await caches.open(KEPT);
      const own = parts.filter((each) => each.startsWith(`${self.location.origin}/static/`));
      await Promise.all(own.map((each) => cache.add(each).catch(() => {})));
    })(),
  );
});
