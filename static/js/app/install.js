/* The service worker: keeps the app and the team's streets on the phone. */

const IDLE_MS = 3_000;

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
    const registration = await registered();
    if (registration.waiting && mayReload()) registration.waiting.postMessage("take over");
    await serviceWorker.ready;
    app.whenBack = () => void registration.sync?.register("send").catch(() => {});
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && app.list().some((thing) => thing.state === "waiting")) app.whenBack();
    });
    setTimeout(() => void keepGround(), IDLE_MS);
  } catch (error) {
    console.warn("The app could not be kept for use without signal.", error.message);
  }
}

/** Where the browser wakes workers for sending, the worker is a module that can send; elsewhere a plain script. */
async function registered() {
  const how = { scope: "/capture/", updateViaCache: "none" };
  const { serviceWorker } = navigator;
  if ("sync" in ServiceWorkerRegistration.prototype) {
    try {
      // Its modules have their version in their address, so that they may come from the browser's cache.
      return await serviceWorker.register("/capture/worker.js?sends", { ...how, type: "module", updateViaCache: "imports" });
    } catch (error) {
      if (!(error instanceof TypeError || error.name === "SyntaxError")) throw error;
      console.warn("This browser's workers cannot send.", error.message);
    }
  }
  return serviceWorker.register("/capture/worker.js", how);
}

/** Ask the worker to keep the streets of the wards where the team walks: what is new of them. */
async function keepGround() {
  if (!navigator.onLine) return;
  try {
    const answer = await fetch("/capture/api/ground", { headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) return;
    const { tiles } = await answer.json();
    navigator.serviceWorker.controller?.postMessage({ ground: tiles.map(({ url, hash }) => ({ url, hash })) });
  } catch {
    // No signal: what is kept already has to do.
  }
}
