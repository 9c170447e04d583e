/* The planning page: a change of a filter changes map, table, caption and address without loading anew.
   The server makes the words and the table; this fetches the same page and puts its parts in place. */
import { announce } from "./announce.js";
import { setFold } from "./folds.js";
import { countBreaks, PALETTE } from "./planning-classes.js";
import { addGround } from "./planning-ground.js";
import { WardMap } from "./planning-map.js";

const BUSY_AFTER_MS = 400;
const VIEW_ONLY = ["measure", "sort"];
const PARTS = ["side", "legend", "caption", "method", "link", "attribution"];
const frame = document.getElementById("planning");
const map = window[frame.dataset.map];
const part = (root, name) => root.querySelector(`[data-part="${name}"]`);
let asking = null;
let drawn = "";

const wards = new WardMap(map, {
  few: frame.dataset.few,
  onLight: lightRow,
  addressOf: (code) => rowOf(code)?.querySelector("a")?.href ?? `${frame.dataset.wards}${encodeURIComponent(code)}${dataQuery(window.location.search)}`,
});

function rowOf(code) {
  return [...document.querySelectorAll("tr[data-code]")].find((row) => row.dataset.code === code);
}

function lightRow(code) {
  for (const row of document.querySelectorAll("tr.is-lit")) row.classList.remove("is-lit");
  if (code) rowOf(code)?.classList.add("is-lit");
}

/** The page's query without what only changes how it is shown, as the data's address has it. */
function dataQuery(search) {
  const said = new URLSearchParams(search);
  const query = new URLSearchParams();
  for (const [name, value] of said) if (value && !VIEW_ONLY.includes(name)) query.append(name, value);
  const text = query.toString();
  return text ? `?${text}` : "";
}

async function answerOf(response) {
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  return response;
}

async function fetchJson(address, signal) {
  return (await answerOf(await fetch(address, { signal, credentials: "same-origin" }))).json();
}

async function fetchPage(address, signal) {
  const response = await answerOf(await fetch(address, { signal, headers: { Accept: "text/html", "X-Requested-With": "fetch" } }));
  // The sign-in has ended: go there with the address, so that no filter is lost.
  if (new URL(response.url).pathname !== frame.dataset.page) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

function draw(answer, measure) {
  const areas = answer.features.map((feature) => feature.properties);
  const counts = countBreaks(areas);
  wards.draw(answer, measure, { breaks: answer.method.scale.breaks, counts });
  const legend = document.querySelector("[data-count-legend]");
  if (legend) legend.replaceChildren(...countLegend(counts));
}

function countLegend(limits) {
  const svg = "http://www.w3.org/2000/svg";
  return PALETTE.count.map((_, i) => {
    const item = document.createElement("li");
    const swatch = document.createElementNS(svg, "svg");
    swatch.setAttribute("class", "swatch");
    swatch.setAttribute("viewBox", "0 0 32 18");
    swatch.setAttribute("aria-hidden", "true");
    const box = document.createElementNS(svg, "rect");
    for (const [name, value] of Object.entries({ class: `fill-public-${i + 1} outline-chance`, x: 0.8, y: 0.8, width: 30.4, height: 16.4 })) {
      box.setAttribute(name, value);
    }
    swatch.append(box);
    const words = [`under ${limits[0]}`, `${limits[0]} to ${limits[1]}`, `${limits[1]} to ${limits[2]}`, `${limits[2]} +`][i];
    item.append(swatch, words);
    return item;
  });
}

function busy(on) {
  for (const each of [frame, part(document, "side"), part(document, "caption")]) each.setAttribute("aria-busy", String(on));
}

/** Put the parts of another state of the page in place; groups stay as the reader has folded them. */
function put(page, whole) {
  const folds = new Map([...document.querySelectorAll(".ranked__button")].map((button) => [button.getAttribute("aria-controls"), button.getAttribute("aria-expanded")]));
  const sortedBy = document.activeElement?.closest?.("th[aria-sort] a")?.textContent.trim();
  for (const name of whole ? [...PARTS, "filters"] : PARTS) {
    const [before, after] = [part(document, name), part(page, name)];
    if (before && after) before.replaceWith(document.adoptNode(after));
  }
  if (!whole) putPeriod(page);
  for (const button of document.querySelectorAll(".ranked__button")) {
    const kept = folds.get(button.getAttribute("aria-controls"));
    if (kept) setFold(button, kept === "true");
  }
  const [links, fresh] = [document.querySelectorAll("[data-sync-links] a"), page.querySelectorAll("[data-sync-links] a")];
  links.forEach((link, i) => fresh[i] && link.setAttribute("href", fresh[i].getAttribute("href")));
  const measure = page.querySelector("[name=measure]:checked")?.value;
  for (const radio of document.querySelectorAll(".planning__measure [name=measure]")) radio.checked = radio.value === measure;
  document.title = page.title;
  if (sortedBy) [...document.querySelectorAll("th[aria-sort] a")].find((link) => link.textContent.trim() === sortedBy)?.focus();
}

function putPeriod(page) {
  const [now, next] = [document.querySelector(".period"), page.querySelector(".period")];
  now.querySelector(".period__button").firstChild.textContent = next.querySelector(".period__button").firstChild.textContent;
  now.querySelector(".period__presets").replaceWith(document.adoptNode(next.querySelector(".period__presets")));
  for (const name of ["from", "to"]) {
    const chosen = next.querySelector(`[name=${name}]`).value;
    now.querySelector(`[name=${name}]`).value = chosen;
  }
}

function fail(address) {
  const box = document.createElement("div");
  box.className = "panel-error planning__error";
  box.setAttribute("role", "alert");
  box.tabIndex = -1;
  const title = document.createElement("h2");
  title.textContent = "The map could not be worked out";
  const words = document.createElement("p");
  words.textContent = "Your filters are kept.";
  const again = document.createElement("button");
  again.type = "button";
  again.className = "button";
  again.textContent = "Try again";
  again.addEventListener("click", () => show(address, { whole: true }));
  box.append(title, words, again);
  frame.append(box);
  box.focus();
}

/** Show another state of the page: its words and table, and its data where that differs. */
async function show(address, { whole = false, first = false } = {}) {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  frame.querySelector(".planning__error")?.remove();
  const { search } = new URL(address, window.location.href);
  const query = first ? new URL(frame.dataset.areas, window.location.href).search : dataQuery(search);
  const wait = setTimeout(() => busy(true), first ? 0 : BUSY_AFTER_MS);
  try {
    const [page, answer] = await Promise.all([
      first ? document : fetchPage(address, mine.signal),
      query === drawn ? wards.answer : fetchJson(frame.dataset.data + query, mine.signal),
    ]);
    if (page === null) return window.location.assign(address);
    if (mine.signal.aborted) return undefined;
    if (!first) put(page, whole);
    // The page's own data names the measure at first; later the address does.
    draw(answer, first ? frame.dataset.measure : new URLSearchParams(search).get("measure") || "eb");
    if (query !== drawn) drawBoroughs(page.getElementById("planning").dataset.boundaries, mine.signal);
    drawn = query;
    if (!first) announce(document.querySelector(".planning__side h1").textContent);
  } catch (error) {
    if (error.name !== "AbortError") fail(address);
  } finally {
    clearTimeout(wait);
    if (asking === mine) busy(false);
  }
  return undefined;
}

let boundariesOf = "";

async function drawBoroughs(address, signal) {
  const { searchParams } = new URL(address, window.location.href);
  const key = ["borough", "edition", "to"].map((name) => searchParams.get(name)).join("|");
  if (key === boundariesOf) return;
  const fits = boundariesOf !== "" || wards.answer.features.length === 0;
  boundariesOf = key;
  try {
    wards.drawBoroughs(await fetchJson(address, signal));
    if (fits) wards.fit();
  } catch (error) {
    boundariesOf = ""; // lines are drawn with the next answer; the figures stand without them
    if (error.name !== "AbortError") console.warn("Borough lines could not be loaded");
  }
}

function addressFrom(...forms) {
  const query = new URLSearchParams();
  for (const form of forms) {
    for (const [name, value] of new FormData(form)) if (value) query.set(name, value);
  }
  if (query.get("measure") === "eb") query.delete("measure");
  if (query.get("from") > query.get("to")) query.set("to", query.get("from"));
  return `${frame.dataset.page}?${query}`;
}

function go(address, options) {
  window.history.pushState(null, "", address);
  show(address, options);
}

function listen() {
  document.addEventListener("change", (event) => {
    if (!event.target.closest("form.filters, .planning__measure")) return;
    const forms = [document.querySelector("form.filters"), document.querySelector(".planning__measure")];
    go(addressFrom(...forms));
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.filters, .planning__measure")) return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-planning-link]");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      go(link.getAttribute("href"), { whole: true });
    }
    const period = document.querySelector(".period[open]");
    if (period && !period.contains(event.target)) period.open = false;
  });
  window.addEventListener("popstate", () => show(window.location.href, { whole: true }));
  for (const [kind, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(kind, (event) => {
      const row = event.target.closest?.("tr[data-code]");
      if (row) wards.light(on ? row.dataset.code : null);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const period = document.querySelector(".period[open]");
    if (period) {
      period.open = false;
      period.querySelector("summary").focus();
    } else if (map.getContainer().contains(document.activeElement)) document.getElementById("figures").focus();
  });
}

function start() {
  const box = map.getContainer();
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "Map of wards. Arrow keys move it, plus and minus zoom, Escape leaves. The table has the same figures.");
  if (frame.dataset.ground) {
    addGround(map, frame.dataset.ground);
    const words = document.createElement("span");
    words.textContent = `Streets: ${frame.dataset.groundSource}`;
    map.attributionControl.addAttribution(words.innerHTML); // the text, with its markup escaped
  }
  listen();
  show(window.location.href, { first: true });
}

start();
