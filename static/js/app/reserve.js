/* Space set aside, so that a full phone is noticed before it hurts: when a write finds none, this is given up, the
   write is done again, and there is still room to end the walk. Browsers do not say how much is left (Chromium's
   estimate is a fixed sum), and a cache gives its space back at once, where a database does not. */

const NAME = "lamplight-reserve";
const ADDRESS = "/capture/reserve";
const BYTES = 4_000_000;

/** Set space aside unless it is already. Return whether it is there now; without caches nothing is known. */
export async function setAside() {
  if (!globalThis.caches) return true;
  try {
    const cache = await caches.open(NAME);
    if (!(await cache.keys()).length) await cache.put(ADDRESS, new Response(new Uint8Array(BYTES)));
    return true;
  } catch (error) {
    return error?.name !== "QuotaExceededError";
  }
}

/** Give the space up. Return whether there was any. */
export async function giveUp() {
  try {
    // The cache itself stays: one that is deleted gives its space back only when nobody holds it any more.
    return Boolean(globalThis.caches && (await (await caches.open(NAME)).delete(ADDRESS)));
  } catch {
    return false;
  }
}
