/* The app on the phone: which screen is shown, and what each button does. */
import { clockWords } from "./clock.js";
import { App } from "./app.js";
import { AuditSheet } from "./audit-sheet.js";
import { toggleCrime } from "./crime.js";
import { DoneScreen } from "./done.js";
import { $, say } from "./dom.js";
import { dropPhoto } from "./photo.js";
import { applyTheme, Settings } from "./settings.js";
import { Sheet } from "./sheet.js";
import { participantsSaid, showStart, step } from "./start.js";
import { startWalk } from "./things.js";
import { register, renew } from "./install.js";
import { WalkScreen } from "./walk.js";
import { WordingSheet } from "./wording.js";

const BARS = {
  offline: "No signal. Pins are kept on this phone.",
  away: "No answer from the server. Pins are kept on this phone.",
};
let screen = "start";
let problem = "";
let isBeginning = false;

const app = new App((state) => draw(state));
app.problem = (words) => {
  problem = words;
  drawBars();
};
const walk = new WalkScreen(app, { sheet: (key) => sheet.open(key), ended: (id) => show(id ? "done" : "start", id) });
app.isRecording = () => screen === "walk";
const sheet = new Sheet(app, {
  onClose: (key, wasRemoved) => screen === "walk" && walk.showUndo(key, wasRemoved),
  onPlace: (key) => void place(key),
});
const wording = new WordingSheet(app);
const audit = new AuditSheet(app, {
  onKept: ({ key, geometry }) => geometry || walk.placeByNextFix(key),
  onPlace: (key) => void place(key),
});
const done = new DoneScreen(app, {
  sheet: (key) => sheet.open(key),
  place: (key) => void place(key),
  wording: (key) => wording.open(key),
  stop: (key) => audit.open(key),
  left: () => show("start"),
});
const settings = new Settings(app, () => {
  walk.map?.paint();
  walk.drawAnew();
});

/** Move a pin on the map; from the receipt the walk's map is shown for it, without recording again. */
async function place(key) {
  const pin = app.things.get(key);
  if (screen === "done") {
    await show("walk", pin.walk, { isTidying: true });
  }
  await walk.move(key);
}

/** A stretch has its shape: back to the walk, or to the receipt it was opened from. */
function doneMoving() {
  walk.reshape.close();
  if (walk.isTidying) return backFromMap();
  $("pin").focus();
  return null;
}

/** Whether the page may be loaded anew: nothing is under way, nothing half said. */
const mayReload = () => screen === "start" && !isBeginning && !document.querySelector("dialog[open]");

async function show(name, walkId = null, { isTidying = false } = {}) {
  if (screen === "done") done.close();
  screen = name;
  isBeginning = false;
  for (const each of ["start", "walk", "done"]) $(each).hidden = each !== name;
  $("walk").classList.toggle("is-tidying", isTidying);
  $("walk").querySelector("[data-do=end]").textContent = isTidying ? "Back" : "End";
  if (name === "walk" && isTidying) await walk.look(walkId);
  else if (name === "walk") await walk.open(walkId);
  if (name === "done") done.open(walkId);
  if (name === "start") void renew(mayReload);
  draw();
  $(name).querySelector("h1").focus();
}

function drawBars() {
  const { sending, other } = app;
  const isWalking = screen === "walk";
  const out = isWalking ? "Signed out. Still recording; sign in to send." : "Signed out. Sign in to send what is kept here.";
  const someone = other && `${other.name} is signed in. What is kept here waits for ${app.record.name}.`;
  const words = BARS[sending] ?? (sending === "signed-out" ? out : someone) ?? "";
  $("bar").hidden = !words;
  say($("bar").querySelector("span"), words);
  $("bar").querySelector("a").hidden = !["signed-out", "other"].includes(sending);
  const lost = app.wasNotKept ? "Storage is full. The last thing was not kept. Free some space, then try again." : "";
  const full = app.isFull ? "Storage is nearly full. End soon, or free some space." : "";
  const warning = lost || problem || full || clockWords();
  $("warning").hidden = !warning;
  say($("warning").querySelector("span"), warning);
}

function draw(state) {
  drawBars();
  if (screen === "start") showStart(app);
  if (screen === "walk") walk.draw();
  if (screen === "done") {
    done.draw();
    if (state === "quiet" && !done.isWhole) void done.check();
  }
}

const DOES = {
  begin: async () => {
    isBeginning = true;
    const begun = await startWalk(app.shelf, participantsSaid());
    app.things.set(begun.key, begun);
    await show("walk", begun.id);
  },
  resume: ({ walk: id }) => show("walk", id),
  tidy: ({ walk: id }) => show("done", id),
  fewer: () => step(-1),
  more: () => step(1),
  settings: () => settings.open(screen === "walk", Boolean(walk.pausedAt), walk.rest.isResting),
  pin: (_data, event) => walk.pin(event),
  "pin-here": (_data, event) => walk.pinHere(event),
  "pin-middle": async (_data, event) => {
    $("settings").close();
    const [lon, lat] = walk.map.middle();
    await walk.pin(event, { lon, lat, method: "map" });
  },
  undo: () => walk.undo(),
  route: () => walk.route(),
  centre: () => {
    walk.rest.set(false);
    walk.map?.centre(walk.position.last);
  },
  allow: () => walk.position.restart(),
  trace: () => walk.tracing.begin(),
  untrace: () => walk.tracing.back(),
  "trace-middle": () => walk.tracing.tapped(),
  "reshape-previous": () => walk.reshape.choose(walk.reshape.at - 1),
  "reshape-next": () => walk.reshape.choose(walk.reshape.at + 1),
  "reshape-drop": () => walk.reshape.drop(),
  "reshape-back": () => walk.reshape.back(),
  "reshape-done": () => doneMoving(),
  rest: () => {
    $("settings").close();
    walk.rest.set(!walk.rest.isResting);
  },
  pause: async () => {
    await walk.pause();
    $("settings").close();
  },
  end: () => (walk.isTidying ? backFromMap() : walk.end()),
  audit: () => {
    $("settings").close();
    audit.begin(walk.walkId, walk.position.fresh());
  },
  "audit-ours": () => audit.decide(true),
  "audit-theirs": () => audit.decide(false),
  "audit-place": () => audit.place(),
  "audit-remove": () => audit.remove(),
  crime: () => toggleCrime(app, sheet.pin),
  note: () => sheet.note(),
  voice: () => sheet.voice(),
  "voice-drop": () => sheet.voiceDrop(),
  "photo-drop": () => dropPhoto(app, sheet.pin),
  replace: () => sheet.replace(),
  remove: () => sheet.remove(),
  ours: () => sheet.decide(true),
  theirs: () => sheet.decide(false),
  "wording-keep": () => wording.keep(),
  "share-all": () => done.shareAll(),
  export: () => done.export(),
  finish: () => done.finish(),
  "sign-out": () => settings.signOut(),
};

function backFromMap() {
  const id = walk.walkId;
  walk.close();
  app.problem("");
  return show("done", id);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-do]");
  if (!button) return;
  Promise.resolve(DOES[button.dataset.do](button.dataset, event)).catch((error) => {
    console.error(error);
    app.problem(`That did not work: ${error.message}`);
  });
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  applyTheme();
  void app.checkStorage();
});

applyTheme();
await app.start();
$("start").hidden = screen !== "start";
document.documentElement.dataset.ready = "yes";
register(app, mayReload);
