/* The officer's page: start a walk, raise, change, remove and share concerns. Everything goes through the capture API. */
import { announce } from "./announce.js";
import { keepNew, send } from "./capture-api.js";
import { Draft, localTime, showProblem } from "./capture-form.js";
import { goTo, refreshList, sayAt, unhide, walkData } from "./capture-list.js";
import { WalkMap } from "./capture-map.js";
import { uuid7 } from "./capture-uuid.js";

const SURE_MS = 6000;
const field = (id) => document.getElementById(id);
let data = walkData();
let draft = null;
let busy = false;

const map = new WalkMap(field("map"), {
  extent: data.extent,
  onPlace: data.walk && ((position) => draft.place(position, "map")),
  onMove: (index, position) => draft.move(index, position),
  onChoose: (id) => goTo(id),
});

/** Let one thing be sent at a time, so that a second press does not undo the first. */
async function alone(work, fail) {
  if (busy) return;
  busy = true;
  try {
    await work();
  } catch (problem) {
    fail(problem);
  } finally {
    busy = false;
  }
}

async function refreshed() {
  await refreshList();
  data = walkData();
  map.show(data.concerns, false);
}

function save(event) {
  event.preventDefault();
  const missing = draft.missing();
  if (missing.length) return showProblem(missing[0].message, missing);
  const { id, tag } = draft;
  field("form-said").textContent = "Sending";
  const fail = (problem) => {
    field("form-said").textContent = "";
    showProblem(problem.message, problem.errors);
  };
  return alone(async () => {
    const body = draft.body();
    await (tag ? send("PUT", `/concerns/${id}`, { body, ifMatch: tag }) : keepNew(id, body));
    showProblem("");
    await refreshed();
    draft.clear();
    const kept = data.concerns.find((each) => each.id === id);
    field("form-said").textContent = kept ? `Concern ${kept.number} is received.` : "The concern is received.";
  }, fail);
}

function startForm() {
  const draw = (positions, kind) => map.showDraft(positions, kind);
  draft = new Draft({ walk: data.walk, lastAt: () => data.last_at ?? data.started_at, draw });
  const form = field("concern-form");
  form.addEventListener("submit", save);
  form.addEventListener("change", (event) => {
    if (event.target.name === "shape") draft.reshape();
    if (event.target.name === "kind") draft.placed();
    if (!["longitude", "latitude"].includes(event.target.id) || draft.isRoute) return;
    const typed = draft.typed();
    if (typed) give(typed, "map");
  });
  field("add-position").addEventListener("click", () => {
    const typed = draft.typed();
    if (typed) give(typed, "map");
    else showProblem("Type a longitude and a latitude, in degrees.", [{ field: "geometry", message: "Type a longitude and a latitude, in degrees." }]);
  });
  field("map-middle").addEventListener("click", () => draft.place(map.middle(), "map"));
  field("undo-position").addEventListener("click", () => draft.takeBack());
  field("my-position").addEventListener("click", locate);
  field("start-over").addEventListener("click", () => {
    showProblem("");
    draft.clear();
    field("form-said").textContent = "";
  });
}

function give(position, method, accuracy) {
  draft.place(position, method, accuracy);
  if (Math.abs(position[0]) <= 180 && Math.abs(position[1]) <= 90) map.see(position);
}

function locate() {
  const say = (words) => {
    field("place-said").textContent = words;
  };
  if (!navigator.geolocation) return say("This browser has no position. Click the map or type it.");
  say("Finding your position");
  const found = ({ coords }) => give([coords.longitude, coords.latitude], "gps", coords.accuracy);
  const failed = (error) =>
    say(error.code === 1 ? "The browser may not tell the position. Allow it in its settings, or click the map." : "No position found. Click the map or type it.");
  return navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: true, timeout: 15000 });
}

const numberOf = (id) => data.concerns.find((each) => each.id === id)?.number;

async function change(id) {
  const stored = await send("GET", `/concerns/${id}`);
  draft.takeUp(id, numberOf(id), stored.body, stored.tag);
  showProblem("");
  map.see(draft.positions[0]);
  field("concern-form").scrollIntoView({ block: "start" });
  field("concern-form").focus();
}

/** Ask once on the button itself; a second press within some seconds removes. */
async function remove(id, button) {
  const word = button.querySelector("[data-word]");
  if (!button.dataset.sure) {
    button.dataset.sure = "yes";
    word.textContent = "Remove for good";
    announce("Press again to remove it for good");
    setTimeout(() => {
      delete button.dataset.sure;
      word.textContent = "Remove";
    }, SURE_MS);
    return;
  }
  await send("DELETE", `/concerns/${id}`);
  if (draft.id === id) draft.clear();
  await refreshed();
  announce("Removed");
  field("list").focus();
}

async function share(id, button) {
  const on = button.getAttribute("aria-checked") !== "true";
  const words = button.closest("[data-concern]").querySelector("[data-wording]")?.value.trim();
  if (on) await send("PUT", `/concerns/${id}/share`, { body: words ? { wording: words } : {} });
  else await send("DELETE", `/concerns/${id}/share`);
  await refreshed();
  announce(on ? "Shared" : "Not shared");
  goTo(id, "[data-share]");
}

function press(event) {
  const button = event.target.closest("button");
  const id = button?.closest("[data-concern]")?.dataset.concern;
  if (!id) return;
  const fail = (problem) => sayAt(id, problem.message);
  sayAt(id, "");
  if ("change" in button.dataset) alone(() => change(id), fail);
  if ("remove" in button.dataset) alone(() => remove(id, button), fail);
  if ("share" in button.dataset) alone(() => share(id, button), fail);
}

function startWalk(event) {
  event.preventDefault();
  const id = field("start-walk").dataset.walk;
  const count = field("participants").value.trim();
  const body = { started_at: new Date(field("started").value || Date.now()).toISOString() };
  if (count) body.participants = Number.isNaN(Number(count)) ? count : Number(count);
  const fail = (problem) => {
    field("start-said").textContent = (problem.errors[0] ?? problem).message;
  };
  alone(async () => {
    await send("PUT", `/walks/${id}`, { body });
    window.location.assign(`/capture/desk?walk=${id}`);
  }, fail);
}

unhide(document);
field("start-walk").dataset.walk = uuid7();
field("started").value = localTime(new Date());
field("start-walk").addEventListener("submit", startWalk);
if (data.walk) startForm();
document.addEventListener("click", press);
map.show(data.concerns, true);
