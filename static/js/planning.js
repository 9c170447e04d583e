/* The planning page: a change of a filter changes map, table, caption and address without loading anew.
   The server makes the words and the table; this fetches the same page and puts its parts in place. */
import { announce } from "./announce.js";
import { fetchAreas, fetchJson, fetchOutlines } from "./planning-answers.js";
import { countBreaks } from "./planning-classes.js";
import { Ground } from "./planning-ground.js";
import { countLegend, densityLegend } from "./planning-legend.js";
import { isOver, TILED, WardMap } from "./planning-map.js";
import { boroughsOf } from "./planning-outlines.js";
import { fetchPage, fetchRows, putPage } from "./planning-parts.js";
import { Quarters } from "./planning-quarters.js";

const BUSY_AFTER_MS = 400;
const VIEW_ONLY = ["measure", "sort", "layer", "clusters", "ground", "rows"];
const FORMS = "form.filters, .planning__layer, .planning__measure, .planning__clusters, .planning__ground";
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

// What is not on the map when it opens is loaded when it is chosen.
const later = (load) => {
  let [made, coming] = [null, null];
  const get = () => {
    coming ??= load().then(
      (loaded) => (made = loaded),
      (error) => {
        coming = null; // the next choice tries again
        throw error;
      },
    );
    return coming;
  };
  return { there: () => made, get };
};
const surface = later(async () => {
  const { fetchSurface, SurfaceLayer } = await import("./planning-surface.js");
  return { fetchSurface, layer: new SurfaceLayer(map) };
});
const clusters = later(async () => new (await import("./planning-clusters.js")).ClusterLayer(map));
const ground = new Ground(map, frame.dataset);
const chosenGround = () => document.querySelector(".planning__ground [name=ground]:checked")?.value ?? "own";
const tiles = later(async () => {
  const { TileLayer } = await import("./planning-tiles.js");
  return new TileLayer(map, { few: frame.dataset.few, library: frame.dataset.library, legend: densityLegend });
});
const points = later(async () => {
  const { SharedConcerns } = await import("./planning-points.js");
  const labels = new Map([...document.querySelectorAll("#factor option")].map((each) => [each.value, each.textContent]));
  return new SharedConcerns(map, document.querySelector("[data-shared-found]"), { fetchJson, labels });
});
// The whole period as it is drawn, whatever quarter the map may show.
let held = null;
const quarters = new Quarters(document.querySelector("[data-quarters]"), {
  fetchQuarter: ({ from, to }, signal) => {
    const query = new URLSearchParams(drawn);
    query.set("from", from);
    query.set("to", to);
    return fetchAreas(`?${query}`, signal).then((answer) => {
      if (!held.layer.startsWith("hex")) held.answer.outlines.shape(answer); // as near as the map is now
      return answer;
    });
  },
  show: (answer) => wards.draw(answer, held.measure, held.scale, held.layer),
  whole: () => wards.draw(held.answer, held.measure, held.scale, held.layer),
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
  const layer = said.get("layer");
  if (layer) query.set("area", isOver(layer) ? "ward" : layer);
  const text = query.toString();
  return text ? `?${text}` : "";
}

function draw(answer, { measure, layer }, picture) {
  const areas = answer.features.map((feature) => feature.properties);
  const counts = countBreaks(areas);
  const scale = { breaks: answer.method.scale.breaks, counts };
  if (layer === "surface") surface.there().layer.draw(picture, answer, scale);
  else surface.there()?.layer.clear();
  held = { answer, measure, scale, layer };
  wards.draw(answer, measure, scale, layer);
  if (layer !== "surface") note("");
  else if (!picture) note("No walks in this period, so there is no surface. Choose another period.");
  else note("");
  const legend = document.querySelector("[data-count-legend]");
  if (legend) legend.replaceChildren(...countLegend(counts));
}

/** Draw a layer of tiles, or take it away; single concerns come with it for those who may read them. */
async function drawTiles(layer, query, kind, signal) {
  tiles.there()?.clear();
  points.there()?.clear();
  if (!TILED.includes(layer)) return;
  try {
    const cells = await tiles.get();
    const summary = layer === "streets" ? null : await fetchJson(`/planning/data/density.json${query}`, signal);
    if (signal.aborted) return;
    await cells.draw(layer, query, kind, summary);
    if (layer !== "concerns" || !frame.dataset.points) return;
    const shared = await points.get();
    if (!signal.aborted) shared.draw(query);
  } catch (error) {
    if (error.name !== "AbortError") note("This layer could not be loaded. Choose it again to try once more.");
  }
}

/** Say over the map why it shows nothing. */
function note(words) {
  const box = frame.querySelector("[data-map-note]");
  box.textContent = words;
  box.hidden = !words;
}

/** Draw circles round clusters, or take them away; the scan takes seconds, and says so. */
async function drawClusters(on, query, signal) {
  const list = document.querySelector("[data-clusters-found]");
  clusters.there()?.clear();
  list.replaceChildren();
  if (!on) return;
  list.textContent = "Looking for clusters. This can take some seconds.";
  const cells = new URLSearchParams(query);
  cells.set("area", "hex500");
  try {
    const [circles, found, grid] = await Promise.all([
      clusters.get(),
      fetchJson(`/planning/data/clusters.json${query}`, signal),
      fetchJson(`${frame.dataset.data}?${cells}`, signal),
    ]);
    const lines = circles.draw(found, grid).map((words) => {
      const line = document.createElement("p");
      line.textContent = words;
      return line;
    });
    list.replaceChildren(...lines);
  } catch (error) {
    if (error.name !== "AbortError") list.textContent = `Clusters could not be worked out. ${error.detail ?? "The map is not changed. Switch them off and on to try again."}`;
  }
}

function busy(on) {
  for (const each of [frame, part(document, "side"), part(document, "caption")]) each.setAttribute("aria-busy", String(on));
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
    const asked = new URLSearchParams(search);
    const bands = first ? frame.dataset.layer === "surface" : asked.get("layer") === "surface";
    const [page, answer, picture] = await Promise.all([
      first ? document : fetchPage(address, frame.dataset.page, mine.signal),
      query === drawn ? held.answer : fetchAreas(query, mine.signal, bands ? "fine" : "coarse"),
      bands ? surface.get().then(({ fetchSurface }) => fetchSurface(`/planning/data/surface.png${query}`, mine.signal)) : null,
    ]);
    // The sign-in has ended: go there with the address, so that no filter is lost.
    if (page === null) return window.location.assign(address);
    if (mine.signal.aborted) return undefined;
    if (!first) putPage(page, whole);
    const state = page.getElementById("planning").dataset;
    draw(answer, state, picture);
    drawClusters(document.getElementById("clusters").checked, query, mine.signal);
    ground.lay(chosenGround());
    drawTiles(state.layer, query, answer.selection.kind, mine.signal);
    if (query !== drawn) drawBoroughs(page.getElementById("planning").dataset.boundaries, mine.signal);
    drawn = query;
    look();
    if (first) fetchRows(address, mine.signal);
    // Of rates on a fixed scale, never of counts; a surface has no areas to follow.
    const steps = !isOver(state.layer) && state.measure !== "count" && answer.features.length;
    quarters.reset(steps ? answer.selection : null);
    if (!first) announce(document.querySelector(".planning__side h1").textContent);
  } catch (error) {
    if (error.name !== "AbortError") fail(address);
  } finally {
    clearTimeout(wait);
    if (asking === mine) busy(false);
  }
  return undefined;
}

let boroughsAre = "";

/** Draw the lines of boroughs, and those around; a change of either moves the map to them. */
async function drawBoroughs(address, signal) {
  const { outlines, selection, features } = held.answer;
  const key = [selection.borough, selection.edition].join("|");
  wards.drawBorders(outlines.borders);
  if (key === boroughsAre) return;
  const fits = boroughsAre !== "" || features.length === 0;
  boroughsAre = key;
  try {
    // All that there are leave none around.
    wards.drawAround(selection.borough ? boroughsOf(await fetchJson(address, signal)) : []);
    if (fits) wards.fit();
  } catch (error) {
    boroughsAre = ""; // they are drawn with the next answer; the figures stand without them
    if (error.name !== "AbortError") console.warn("Boroughs around could not be loaded");
  }
}

/** Fetch finer lines where the map is so near that those on it would show corners. */
async function look() {
  const { outlines } = held?.answer ?? {};
  if (!outlines) return;
  const { lat } = map.getCenter();
  const metresPerPixel = (40_075_017 * Math.cos((lat * Math.PI) / 180)) / (256 * 2 ** map.getZoom());
  if (outlines.metres <= metresPerPixel) return;
  const query = drawn;
  const fine = await fetchOutlines(query).catch(() => outlines); // coarse lines are better than none
  if (query !== drawn || held.answer.outlines !== outlines || fine === outlines) return;
  held.answer.outlines = fine;
  if (!held.layer.startsWith("hex")) {
    fine.shape(held.answer);
    wards.reshape(fine);
  }
  wards.drawBorders(fine.borders);
}

function addressFrom(...forms) {
  const query = new URLSearchParams();
  for (const form of forms) {
    for (const [name, value] of new FormData(form)) if (value) query.set(name, value);
  }
  if (query.get("measure") === "eb") query.delete("measure");
  if (query.get("ground") === "own") query.delete("ground");
  // Areas are said as such in an address; what lies over them is a layer.
  const layer = query.get("layer");
  if (!isOver(layer)) query.delete("layer");
  query.delete("area");
  if (layer.startsWith("hex")) query.set("area", layer);
  if (!document.getElementById("clusters").checked) query.delete("clusters");
  if (query.get("from") > query.get("to")) query.set("to", query.get("from"));
  return `${frame.dataset.page}?${query}`;
}

function go(address, options) {
  window.history.pushState(null, "", address);
  show(address, options);
}

function listen() {
  document.addEventListener("change", (event) => {
    if (!event.target.closest(FORMS)) return;
    go(addressFrom(...document.querySelectorAll(FORMS)));
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(FORMS)) return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-planning-link]");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      go(link.getAttribute("href"), { whole: true });
    }
    const cell = event.target.closest("a[data-show-area]");
    if (cell) {
      event.preventDefault();
      wards.goTo(cell.closest("tr").dataset.code);
    }
    const period = document.querySelector(".period[open]");
    if (period && !period.contains(event.target)) period.open = false;
  });
  window.addEventListener("popstate", () => show(window.location.href, { whole: true }));
  for (const [kind, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(kind, (event) => {
      const row = event.target.closest?.("tr[data-code]");
      if (row) wards.point(on ? row.dataset.code : null);
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
  box.setAttribute("aria-label", "Map. Arrow keys move it, plus and minus zoom, Escape leaves. The table has the same figures.");
  ground.lay(chosenGround());
  const tools = frame.querySelector(".map__tools");
  new ResizeObserver(() => frame.style.setProperty("--tools-height", `${tools.offsetHeight}px`)).observe(tools);
  listen();
  map.on("zoomend", look);
  show(window.location.href, { first: true });
}

start();
