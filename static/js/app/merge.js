/* The same thing changed in two places: what only one of them changed is taken, what both did is asked. */
import { canonical } from "./canonical.js";

const ADDED = ["ward", "borough", "light", "status"];
const ADDED_TO_WALK = ["id", "team", "metres", "minutes"];

/** Return the body that was stored, out of an answer that adds what was worked out. */
export function storedBody(kind, answer) {
  const body = structuredClone(answer);
  if (kind === "walk") {
    for (const name of ADDED_TO_WALK) delete body[name];
    return body;
  }
  delete body.id;
  for (const name of ADDED) delete body.properties[name];
  return body;
}

const flat = (body) => (body?.type === "Feature" ? { geometry: body.geometry, ...body.properties } : (body ?? {}));
const same = (a, b) => (a === undefined || b === undefined ? a === b : canonical(a) === canonical(b));

function unflat(like, members) {
  const kept = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  if (like.type !== "Feature") return kept;
  const { geometry, ...properties } = kept;
  return { type: "Feature", geometry, properties };
}

/** Return {body, collisions}: three ways merged; `collisions` names members that both changed differently.
    In `body` these stand as `ours` has them. Where it was moved, its accuracy and method go with the place. */
export function merge(base, ours, theirs) {
  const [b, o, t] = [flat(base), flat(ours), flat(theirs)];
  const merged = {};
  const collisions = [];
  for (const name of new Set([...Object.keys(o), ...Object.keys(t), ...Object.keys(b)])) {
    if (same(o[name], t[name]) || same(t[name], b[name])) merged[name] = o[name];
    else if (same(o[name], b[name])) merged[name] = t[name];
    else {
      merged[name] = o[name];
      collisions.push(name);
    }
  }
  const place = same(merged.geometry, t.geometry) && !same(o.geometry, t.geometry) ? t : o;
  for (const name of ["accuracy_m", "position_method"]) {
    if (merged.geometry) merged[name] = place[name];
  }
  return { body: unflat(ours, merged), collisions: collisions.filter((name) => !["accuracy_m", "position_method"].includes(name)) };
}
