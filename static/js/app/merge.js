/* The same thing changed in two places: what only one of them changed is taken, what both did is asked. */
import { canonical } from "./canonical.js";

const ADDED = ["ward", "borough", "light", "status"];
const ADDED_TO = { walk: ["id", "team", "metres", "minutes"], audit: ["id", "light"] };
const SCORE = "scores.";

/** Return the body that was stored, out of an answer that adds what was worked out. */
export function storedBody(kind, answer) {
  const body = structuredClone(answer);
  if (kind in ADDED_TO) {
    for (const name of ADDED_TO[kind]) delete body[name];
    return body;
  }
  delete body.id;
  for (const name of ADDED) delete body.properties[name];
  return body;
}

/** Return the members that are merged one by one; of a safety audit each level is one. */
function flat(body) {
  if (body?.type === "Feature") return { geometry: body.geometry, ...body.properties };
  const { scores = {}, ...members } = body ?? {};
  for (const [name, level] of Object.entries(scores)) members[SCORE + name] = level;
  return members;
}

const same = (a, b) => (a === undefined || b === undefined ? a === b : canonical(a) === canonical(b));

function unflat(like, members) {
  const kept = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  if (like.scores) {
    const levels = Object.keys(kept).filter((name) => name.startsWith(SCORE));
    const scores = Object.fromEntries(levels.map((name) => [name.slice(SCORE.length), kept[name]]));
    return { ...Object.fromEntries(Object.entries(kept).filter(([name]) => !levels.includes(name))), scores };
  }
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

/** Return a walk that two phones have changed: from the earlier beginning to the later end, with the larger number
    of women. Nobody needs to be asked: what was recorded on either phone lies within. */
export function widest(merged, ours, theirs) {
  const { started_at, ended_at, participants } = theirs;
  const walk = { ...merged };
  if (Date.parse(started_at) < Date.parse(ours.started_at)) walk.started_at = started_at;
  if (ended_at && ours.ended_at) walk.ended_at = Date.parse(ended_at) > Date.parse(ours.ended_at) ? ended_at : ours.ended_at;
  if (participants !== undefined && ours.participants !== undefined) walk.participants = Math.max(participants, ours.participants);
  return walk;
}
