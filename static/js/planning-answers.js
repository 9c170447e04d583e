/* The planning room's answers as the map needs them: figures, and beside them the outlines that stay the same. */

const AREAS = "/planning/data/areas.json";

/** Return the response, or throw where it is none. */
export async function answerOf(response) {
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  return response;
}

/** Return the JSON at an address. */
export async function fetchJson(address, signal) {
  return (await answerOf(await fetch(address, { signal, credentials: "same-origin" }))).json();
}

// What wards look like stays the same while figures change: asked once for each set of boroughs and boundaries.
const sketches = new Map();

/** Return the MultiPolygon of rings that are kept as a first corner and the steps from there. */
function unpacked(polygons, scale) {
  const ring = (steps) => {
    const corners = [];
    let [x, y] = [0, 0];
    for (let at = 0; at < steps.length; at += 2) {
      x += steps[at];
      y += steps[at + 1];
      corners.push([x / scale, y / scale]);
    }
    return [...corners, corners[0]];
  };
  return { type: "MultiPolygon", coordinates: polygons.map((rings) => rings.map(ring)) };
}

/** Return the outlines by code. Not ended with the state that asked first: the next one waits for the same. */
function sketchOf(query) {
  const asked = new URLSearchParams(query);
  const key = ["borough", "edition", "to"].map((name) => asked.getAll(name).join(",")).join("|");
  if (!sketches.has(key)) {
    const found = fetchJson(`/planning/data/sketch.json${query}`).then(
      ({ per_degree: scale, wards }) => new Map(Object.entries(wards).map(([code, polygons]) => [code, unpacked(polygons, scale)])),
    );
    sketches.set(key, found);
    found.catch(() => sketches.delete(key));
  }
  return sketches.get(key);
}

/** Return the answer of areas.json; wards come without outlines, and get those that the screen needs. */
export async function fetchAreas(query, signal) {
  const asked = new URLSearchParams(query);
  if ((asked.get("area") ?? "ward") !== "ward") return fetchJson(AREAS + query, signal);
  asked.set("geometry", "none");
  const [answer, outlines] = await Promise.all([fetchJson(`${AREAS}?${asked}`, signal), sketchOf(query)]);
  for (const feature of answer.features) feature.geometry = outlines.get(feature.id) ?? null;
  return answer;
}
