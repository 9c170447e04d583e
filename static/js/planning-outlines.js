/* Outlines as they come: each border once, as steps from corner to corner, and every shape a walk along them. */

/** Return the lines of a packed answer as corners [lon, lat]. */
function linesOf({ lines, per_degree: scale }) {
  let [x, y] = [0, 0];
  return lines.map((steps) => {
    const corners = [];
    for (let at = 0; at < steps.length; at += 2) {
      x += steps[at];
      y += steps[at + 1];
      corners.push([x / scale, y / scale]);
    }
    return corners;
  });
}

/** Return the MultiPolygon that walks along these lines; a number below zero walks one backwards. */
function walked(polygons, lines) {
  const ring = (walk) => {
    const corners = [];
    for (const step of walk) {
      const line = step < 0 ? [...lines[-1 - step]].reverse() : lines[step];
      corners.push(...(corners.length ? line.slice(1) : line));
    }
    return corners;
  };
  return { type: "MultiPolygon", coordinates: polygons.map((rings) => rings.map(ring)) };
}

/** Return the boroughs of boundaries.json as features. */
export function boroughsOf(packed) {
  const lines = linesOf(packed);
  return packed.boroughs.map(({ code, name, polygons }) => ({ type: "Feature", geometry: walked(polygons, lines), properties: { code, name } }));
}

/** The wards of an answer as the screen draws them; `metres` is how far their lines may be off, and `borders` are
    the lines between boroughs and around them all. */
export class Outlines {
  constructor(packed) {
    const lines = linesOf(packed);
    const beside = lines.map(() => []);
    this.metres = packed.metres;
    this.wards = new Map();
    for (const [code, [borough, polygons]] of Object.entries(packed.wards)) {
      this.wards.set(code, walked(polygons, lines));
      // A ward of no borough has no such line of its own.
      if (borough !== null) for (const step of polygons.flat(2)) beside[step < 0 ? -1 - step : step].push(borough);
    }
    const isBorder = (boroughs) => boroughs.length === 1 || new Set(boroughs).size > 1;
    const coordinates = lines.filter((_, i) => isBorder(beside[i]));
    this.borders = { type: "Feature", geometry: { type: "MultiLineString", coordinates }, properties: {} };
  }

  /** Give each ward of an answer its shape. */
  shape(answer) {
    for (const feature of answer.features) feature.geometry = this.wards.get(feature.id) ?? null;
  }
}
