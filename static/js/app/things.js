/* What is kept on a walk, and the bodies that are sent of it.

   Every thing has a state: open (still being recorded), unplaced (a pin without a place), waiting (to be sent),
   received, refused (the server said why), differs (changed on another phone too), gone (removed elsewhere).
   `sent` is the hash and tag the server last acknowledged, `base` the body that went with it, `tried` the hashes
   that may have arrived without an answer. */
import { clockOffset, clockSure, now } from "./clock.js";
import { keepable } from "./canonical.js";
import { uuid7 } from "./ids.js";

const PLACES = 7;
const NOTHING = new Set([null, undefined, ""]);
export const FIELDS = ["kind", "factors", "feeling", "applies", "basis", "setting", "note", "accuracy_m", "position_method"];

export const stamp = (ms) => new Date(Math.round(ms)).toISOString();
export const rounded = ([lon, lat]) => [Number(lon.toFixed(PLACES)), Number(lat.toFixed(PLACES))];
export const unsent = () => ({ state: "waiting", sent: null, base: null, tried: [], why: "", clock: clockOffset(), isSure: clockSure() });
const said = (value) => !NOTHING.has(value) && value.length !== 0;

/** Begin a walk. `participants` is a number or null. */
export function startWalk(shelf, participants) {
  const id = uuid7(now());
  const body = { started_at: stamp(now()), ended_at: null, participants };
  return shelf.add({ key: `walk ${id}`, kind: "walk", walk: id, id, ...unsent(), ...body, gaps: [], metres: 0, paused: 0 });
}

/** Keep a pin at a position ({lon, lat, accuracy, method}) or, without one, to be placed later. */
export function addPin(shelf, walk, position, more = {}) {
  const id = uuid7(now());
  const pin = {
    key: `concern ${id}`,
    kind: "concern",
    walk,
    id,
    ...unsent(),
    removed: false,
    about: "concern",
    geometry: position && { type: "Point", coordinates: rounded([position.lon, position.lat]) },
    recorded_at: stamp(now()),
    accuracy_m: position?.accuracy ?? null,
    position_method: position?.method ?? null,
    ...more,
  };
  if (!pin.geometry) pin.state = "unplaced";
  return shelf.add(pin, { counted: true });
}

/** Change what is said of a pin; it is to be sent again, unless it is still being recorded. */
export function changePin(shelf, key, change) {
  return shelf.update(key, (pin) => {
    const changed = change(pin) ?? pin;
    if (changed.state === "open") return changed;
    return { ...changed, state: changed.geometry ? "waiting" : "unplaced", why: "" };
  });
}

/** Give a pin another place; how it was found is kept beside it. */
export function movePin(shelf, key, position) {
  return changePin(shelf, key, (pin) => {
    const method = pin.position_method === null || pin.position_method === "map" ? "map" : "moved";
    return {
      ...pin,
      geometry: { type: "Point", coordinates: rounded([position.lon, position.lat]) },
      accuracy_m: position.accuracy ?? null,
      position_method: position.method ?? method,
    };
  });
}

/** Give a stretch another line, if it still lies as `from` has it; its accuracy stays that of what was walked. */
export async function reshapePin(shelf, key, from, line) {
  const before = JSON.stringify(from);
  const coordinates = line.map(rounded);
  const kept = await changePin(shelf, key, (pin) => {
    if (JSON.stringify(pin.geometry?.coordinates) !== before) return pin;
    return { ...pin, geometry: { type: "LineString", coordinates }, position_method: pin.position_method === "gps" ? "moved" : (pin.position_method ?? "map") };
  });
  return JSON.stringify(kept?.geometry?.coordinates) === JSON.stringify(coordinates);
}

/** Remove a pin: it goes from the screen now, from the phone when the server knows. */
export const removePin = (shelf, key) => shelf.update(key, (pin) => ({ ...pin, removed: true, state: "waiting", why: "" }));

/** Return the keys of what hangs on a pin and goes with it. */
export const beside = (id) => ["photo", "share", "voice", "mark"].map((kind) => `${kind} ${id}`);

/** Say whether the council may see a pin, and with which words. */
export async function sharePin(shelf, pin, wanted, wording) {
  const key = `share ${pin.id}`;
  const wish = { wanted, wording: wording || null, state: "waiting", why: "" };
  const found = await shelf.update(key, (share) => ({ ...share, ...wish }));
  return found ?? shelf.add({ key, kind: "share", walk: pin.walk, id: pin.id, ...unsent(), ...wish });
}

/** Return the body by which the server knows a walk, a concern or a chunk. */
export function bodyOf(thing) {
  if (thing.kind === "chunk") {
    const why = thing.gap_before && thing.gap_reason ? { gap_reason: thing.gap_reason } : {};
    return { fixes: thing.fixes, gap_before: thing.gap_before, ...why };
  }
  if (thing.kind === "walk") {
    const body = { started_at: thing.started_at, ended_at: thing.ended_at, participants: thing.participants };
    return Object.fromEntries(Object.entries(body).filter(([, value]) => said(value)));
  }
  if (thing.kind === "mark") return {};
  if (thing.kind === "audit") {
    const { walk, rubric, recorded_at, geometry, scores, accuracy_m } = thing;
    return { walk, rubric, recorded_at, geometry, scores, ...(said(accuracy_m) && { accuracy_m }) };
  }
  if (thing.kind === "share") return thing.wording ? { wording: keepable(thing.wording) } : {};
  const properties = { walk: thing.walk, recorded_at: thing.recorded_at };
  for (const name of FIELDS) {
    const value = name === "kind" ? thing.about : thing[name];
    if (said(value)) properties[name] = name === "note" ? keepable(value) : value;
  }
  return { type: "Feature", geometry: thing.geometry, properties };
}

/** Return the thing with what a body says of it: the way back from bodyOf. */
export function withBody(thing, body) {
  if (thing.kind === "walk") {
    const { started_at, ended_at = null, participants = null } = body;
    return { ...thing, started_at, ended_at, participants };
  }
  if (thing.kind === "audit") {
    const { rubric, recorded_at, geometry, scores, accuracy_m = null } = body;
    return { ...thing, rubric, recorded_at, geometry, scores, accuracy_m };
  }
  const said = Object.fromEntries(FIELDS.filter((name) => name !== "kind").map((name) => [name, body.properties[name] ?? null]));
  const { kind, recorded_at } = body.properties;
  return { ...thing, ...said, about: kind, recorded_at, geometry: body.geometry };
}

/** Return what the phone keeps of one walk, in the order it was kept. */
export function ofWalk(things, walk) {
  const own = things.filter((thing) => thing.walk === walk);
  const pins = own.filter((thing) => thing.kind === "concern" && !thing.removed);
  const one = (kind) => new Map(own.filter((thing) => thing.kind === kind).map((thing) => [thing.id, thing]));
  return {
    all: own,
    walk: own.find((thing) => thing.kind === "walk"),
    pins: pins.sort((a, b) => a.number - b.number),
    audits: own.filter((thing) => thing.kind === "audit" && !thing.removed).sort((a, b) => a.number - b.number),
    marks: one("mark"),
    chunks: own.filter((thing) => thing.kind === "chunk").sort((a, b) => a.number - b.number),
    photos: one("photo"),
    shares: one("share"),
    voices: one("voice"),
  };
}

/** Return the thing with its times moved by `ms`, for a clock that was found to be wrong before it was sent. */
export function shifted(thing, ms) {
  const moved = { ...thing, clock: thing.clock + ms };
  for (const name of ["recorded_at", "started_at", "ended_at"]) {
    if (thing[name]) moved[name] = stamp(Date.parse(thing[name]) + ms);
  }
  if (thing.gaps) {
    const later = (at) => stamp(Date.parse(at) + ms);
    moved.gaps = thing.gaps.map((gap) => ({ ...gap, from: later(gap.from), to: later(gap.to) }));
  }
  if (thing.fixes) moved.fixes = thing.fixes.map(([lon, lat, at, accuracy]) => [lon, lat, Math.round(at + ms), accuracy]);
  return moved;
}
