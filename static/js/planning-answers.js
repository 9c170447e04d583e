/* The planning room's answers as the map needs them: figures, and beside them the outlines that stay the same. */
import { Outlines } from "./planning-outlines.js";

const AREAS = "/planning/data/areas.json";
const SCREEN = "/planning/data/screen.json";
const OUTLINES = "/planning/data/outlines.json";

/** Return the response, or throw where it is none; `detail` is what the server says to do, where it does. */
export async function answerOf(response) {
  if (response.ok) return response;
  const problem = response.status < 500 && response.headers.get("Content-Type")?.startsWith("application/problem+json");
  const { detail } = problem ? await response.json() : {};
  throw Object.assign(new Error(`The server answered ${response.status}`), { detail });
}

/** Return the JSON at an address. */
export async function fetchJson(address, signal) {
  return (await answerOf(await fetch(address, { signal, credentials: "same-origin" }))).json();
}

// What wards look like stays the same while figures change: asked once for each set of boroughs and boundaries.
const kept = new Map();

/** Return the outlines of the wards of a query, `detail` coarse or fine. Not ended with the state that asked
    first: the next one waits for the same. */
export function fetchOutlines(query, detail = "fine") {
  const asked = new URLSearchParams(query);
  const key = [detail, ...["borough", "edition", "to"].map((name) => asked.getAll(name).join(","))].join("|");
  if (!kept.has(key)) {
    asked.set("detail", detail);
    asked.delete("area");
    const found = fetchJson(`${OUTLINES}?${asked}`).then((packed) => new Outlines(packed));
    kept.set(key, found);
    found.catch(() => kept.delete(key));
  }
  return kept.get(key);
}

/** Return the figures that come by columns as an answer with features. */
function asFeatures({ columns, ...rest }) {
  const names = Object.keys(columns);
  const features = columns.code.map((code, i) => ({
    type: "Feature",
    id: code,
    geometry: null,
    properties: Object.fromEntries(names.map((name) => [name, columns[name][i]])),
  }));
  return { ...rest, features };
}

/** Return the answer of a query, and under `outlines` the wards' own. Wards are drawn by those, which are coarse
    where all are on the screen together; hexagons come with theirs. */
export async function fetchAreas(query, signal, detail = "coarse") {
  const asked = new URLSearchParams(query);
  const wards = (asked.get("area") ?? "ward") === "ward";
  const [answer, outlines] = await Promise.all([
    wards ? fetchJson(SCREEN + query, signal).then(asFeatures) : fetchJson(AREAS + query, signal),
    fetchOutlines(query, detail),
  ]);
  if (wards) outlines.shape(answer);
  return { ...answer, outlines };
}
