/* Two periods on two maps that move together, or the change alone on one. The server makes all words: a change
   of a filter fetches the same page and puts its parts in place, and the maps stay where they are. */
import { announce } from "./announce.js";
import { fetchAreas, fetchJson } from "./planning-answers.js";
import { addGround } from "./planning-ground.js";
import { WardMap } from "./planning-map.js";
import { boroughsOf } from "./planning-outlines.js";

const RATIO_BREAKS = [0.6, 0.85, 1.15, 1.45];
const box = document.getElementById("compare");
const figure = (value) => value.toLocaleString("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const changes = new Map();
const sides = [];

function lightRow(code) {
  for (const row of document.querySelectorAll("tr.is-lit")) row.classList.remove("is-lit");
  if (code) [...document.querySelectorAll("tr[data-code]")].find((row) => row.dataset.code === code)?.classList.add("is-lit");
}

function addressOf(code) {
  const row = [...document.querySelectorAll("tr[data-code]")].find((each) => each.dataset.code === code);
  return row?.querySelector("a")?.href ?? `/planning/wards/${encodeURIComponent(code)}`;
}

/** Return the lines of a tip where a map shows the change. */
function changeLines(area, few) {
  const { change, clear, reason } = changes.get(area.code) ?? {};
  if (reason === "suppressed") return [`Not shown, fewer than ${few} walks in one period`];
  if (!change) return ["Not walked in both periods"];
  if (change.ratio === null) return [change.later.concerns ? "Nothing raised in the earlier period" : "Nothing raised in either period"];
  const ends = `${figure(change.ratio_low)} to ${change.ratio_high === null ? "no upper limit" : figure(change.ratio_high)}`;
  return [`${figure(change.ratio)} times the earlier rate, ${clear ? "clear of chance" : "could be chance"}`, `95%: ${ends}`];
}

/** Return an answer whose areas have the change where a map of one period has the rate. */
function asChange(answer) {
  const features = answer.features.map((feature) => {
    const { change, clear, reason } = changes.get(feature.properties.code) ?? {};
    const told = change && change.ratio !== null;
    const verdict = reason === "suppressed" ? "suppressed" : !change ? "never_walked" : clear && told ? (change.ratio > 1 ? "higher" : "lower") : "as_expected";
    // Nothing raised at all is the white of nothing; nothing before but something now lies beyond every class.
    const concerns = change ? change.earlier.concerns + change.later.concerns : null;
    return { ...feature, properties: { ...feature.properties, verdict, concerns, eb_rate: told ? change.ratio : Infinity, q_value: null } };
  });
  return { ...answer, features };
}

function open(frame) {
  const map = window[frame.dataset.map];
  const container = map.getContainer();
  container.setAttribute("role", "region");
  container.setAttribute("aria-label", `Map, ${frame.dataset.title}. Arrow keys move both maps, plus and minus zoom, Escape leaves. The table has the changes.`);
  if (box.dataset.ground) {
    addGround(map, box.dataset.ground);
    const words = document.createElement("span");
    words.textContent = `Streets: ${box.dataset.groundSource}`;
    map.attributionControl.addAttribution(words.innerHTML); // the text, with its markup escaped
  }
  const wards = new WardMap(map, {
    few: box.dataset.few,
    addressOf,
    ...(box.dataset.show === "change" ? { linesOf: changeLines } : {}),
    onLight: (code) => {
      lightRow(code);
      for (const other of sides) if (other.wards !== wards) other.wards.point(code);
    },
  });
  return { map, wards, frame };
}

/** Let each map follow the other. */
function moveTogether() {
  let leading = null;
  for (const side of sides) {
    side.map.on("move", () => {
      if (leading) return;
      leading = side;
      for (const other of sides) if (other !== side) other.map.setView(side.map.getCenter(), side.map.getZoom(), { animate: false });
      leading = null;
    });
  }
}

function listen() {
  for (const [kind, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(kind, (event) => {
      const row = event.target.closest?.("tr[data-code]");
      if (row) for (const side of sides) side.wards.point(on ? row.dataset.code : null);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && box.contains(document.activeElement)) document.getElementById("figures").focus();
  });
}

function say(words) {
  const note = document.querySelector("[data-compare-note]");
  note.textContent = words;
  note.hidden = !words;
}

async function draw(signal) {
  const change = box.dataset.show === "change";
  const [around, compared, ...answers] = await Promise.all([
    fetchJson(box.dataset.boundaries, signal),
    change ? fetchJson(box.dataset.changes, signal) : null,
    ...sides.map((side) => fetchAreas(new URL(side.frame.dataset.areas, window.location.href).search, signal, "fine")),
  ]);
  changes.clear();
  for (const ward of compared?.wards ?? []) changes.set(ward.code, ward);
  // One scale for both: that of the later period.
  const breaks = change ? RATIO_BREAKS : answers[answers.length - 1].method.scale.breaks;
  sides.forEach((side, i) => {
    side.wards.draw(change ? asChange(answers[i]) : answers[i], "eb", { breaks, counts: [1, 2, 3] });
    side.wards.drawBorders(answers[i].outlines.borders);
    side.wards.drawAround(boroughsOf(around));
  });
}

/** Put the words and addresses of another state in place; false where its maps are others. */
function put(page) {
  const fresh = page.getElementById("compare");
  if (!fresh || fresh.dataset.show !== box.dataset.show) return false;
  const frames = [...fresh.querySelectorAll(".compare__map")];
  if (frames.length !== sides.length) return false;
  for (const name of ["changes", "boundaries", "few"]) box.dataset[name] = fresh.dataset[name];
  sides.forEach((side, i) => {
    side.frame.dataset.areas = frames[i].dataset.areas;
  });
  for (const selector of [".compare__head", ".compare__legend", ".compare__words", ".menu__list", ".filters__fold span"]) {
    const [before, after] = [document.querySelectorAll(selector), page.querySelectorAll(selector)];
    // A menu keeps its list's state, and focus never stands in these: it is in the form.
    before.forEach((each, i) => after[i] && each.replaceChildren(...[...after[i].childNodes].map((node) => document.adoptNode(node))));
  }
  document.title = page.title;
  return true;
}

let asking = null;

/** Show another state of the page. */
async function show(address) {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  const wait = setTimeout(() => box.setAttribute("aria-busy", "true"), 400);
  try {
    const response = await fetch(address, { signal: mine.signal, credentials: "same-origin", headers: { Accept: "text/html", "X-Requested-With": "fetch" } });
    // Periods that overlap, a sign-in that has ended, other maps: the page itself says that best.
    const same = response.ok && new URL(response.url).pathname === window.location.pathname;
    if (!same || !put(new DOMParser().parseFromString(await response.text(), "text/html"))) return window.location.assign(address);
    window.history.pushState(null, "", address);
    say("");
    await draw(mine.signal);
    announce(document.querySelector(".compare__words h1").textContent);
  } catch (error) {
    if (error.name !== "AbortError") say("The comparison could not be worked out. Your filters are kept. Change one, or load the page again, to try once more.");
  } finally {
    clearTimeout(wait);
    if (asking === mine) box.removeAttribute("aria-busy");
  }
  return undefined;
}

const addressOfForm = (form) => `${form.getAttribute("action")}?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value))}`;

function followFilters() {
  const form = document.querySelector("form.filters");
  form.addEventListener("change", () => show(addressOfForm(form)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(addressOfForm(form));
  });
  // The form's fields would have to go back too, so that the page is loaded as it was.
  window.addEventListener("popstate", () => window.location.reload());
}

async function start() {
  sides.push(...[...document.querySelectorAll(".compare__map")].map(open));
  listen();
  followFilters();
  try {
    await draw();
    for (const side of sides) side.wards.fit();
    moveTogether();
  } catch {
    say("The maps could not be worked out. Your filters are kept, and the table stands. Load the page again to try once more.");
  }
}

start();
