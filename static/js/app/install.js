/* The service worker: keeps the app and the team's streets on the phone. */

const IDLE_MS = 3_000;
const LEAVING_MS = [300, 1_000, 2_000]; // a page that was just left lets go of its walk a little later
const ANSWER_MS = 2_000;
const RELOADED = "lamplight-version";
const VERSION = new URL(import.meta.url).pathname.split("/").at(-4);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Return {newest, isRecording} as the worker knows them; nothing without a worker or an answer. */
function versions() {
  const { controller } = navigator.serviceWorker ?? {};
  if (!controller) return {};
  const { port1, port2 } = new MessageChannel();
  const said = new Promise((resolve) => port1.addEventListener("message", ({ data }) => resolve(data)));
  port1.start();
  controller.postMessage("versions", [port2]);
  return Promise.race([said, pause(ANSWER_MS).then(() => ({}))]);
}

/** Load the page anew, once, if a newer version is there, no tab records a walk, and `mayReload` allows it. */
export async function renew(mayReload) {
  for (const wait of [...LEAVING_MS, 0]) {
    const { newest, isRecording } = await versions();
    if (!newest || newest === VERSION || !mayReload() || sessionStorage.getItem(RELOADED) === newest) return;
    if (!isRecording) {
      sessionStorage.setItem(RELOADED, newest);
      window.location.reload();
      return;
    }
    await pause(wait);
  }
}

/** Register the worker. A new version is opened at the opening after it came. */
export async function register(app, mayReload) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  serviceWorker.addEventListener("message", ({ data }) => {
    if (data === "send") app.outbox?.soon();
  });
  try {
    await renew(mayReload);
    const registration = await registered();
    await serviceWorker.ready;
    serviceWorker.controller?.postMessage({ opened: VERSION });
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
