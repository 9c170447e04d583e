/* A stretch that feels unsafe: press, walk, press again; or tap along it on the map, with or without a position. */
import { metresBetween } from "./track.js";
import { addPin, rounded } from "./things.js";

const MOVED_M = 6;
const MOST_VERTICES = 1_900;
const LONGEST_M = 4_900;
const WORST_M = 50;

/** Return metres along a line of [lon, lat]. */
export const lengthOf = (line) => line.slice(1).reduce((sum, at, index) => sum + metresBetween(line[index], at), 0);

/** Whether the server takes a line so long. */
export const isTakeable = (line) => line.length <= MOST_VERTICES && lengthOf(line) <= LONGEST_M;

const lineOf = (coordinates) => ({ type: "LineString", coordinates });

/** The stretch of one walk that is being recorded, if there is one; `key` is its pin. */
export class Stretch {
  constructor(shelf, walk) {
    Object.assign(this, { shelf, walk, key: null, line: [], isTracing: false, accuracy: null, work: Promise.resolve() });
  }

  /** Go on with a stretch that was open when the app was closed. */
  async takeUp(things) {
    const open = things.find((thing) => thing.kind === "concern" && thing.walk === this.walk && thing.state === "open" && !thing.removed);
    if (!open) return;
    this.key = open.key;
    this.line = open.geometry?.coordinates ?? [];
    this.accuracy = open.accuracy_m;
    this.isTracing = open.position_method !== "gps";
  }

  /** Begin where the phone is; without a position it is traced on the map. */
  async begin(position) {
    this.line = position ? [rounded([position.lon, position.lat])] : [];
    this.accuracy = position?.accuracy ?? null;
    this.isTracing = !position;
    const more = { state: "open", geometry: lineOf(this.line) };
    const kept = await addPin(this.shelf, this.walk, position ?? { lon: 0, lat: 0, accuracy: null, method: "map" }, more);
    this.key = kept.key;
  }

  /** Trace it on the map from now on: what was walked of it so far goes, where the phone is no longer matters. */
  retrace() {
    Object.assign(this, { isTracing: true, line: [], accuracy: null });
    return this.keep();
  }

  /** Take a fix of Position. */
  add({ lon, lat, accuracy }) {
    if (!this.key || this.isTracing || accuracy > WORST_M) return;
    const at = rounded([lon, lat]);
    if (this.line.length && metresBetween(this.line.at(-1), at) < MOVED_M) return;
    this.accuracy = Math.max(this.accuracy ?? 0, accuracy);
    void this.trace(at);
  }

  /** Add a position to the line. Return whether there is room: the server takes no line of any length. */
  trace(position) {
    const line = [...this.line, rounded(position)];
    if (!isTakeable(line)) return false;
    this.line = line;
    void this.keep();
    return true;
  }

  /** Take the last traced position back. */
  untrace() {
    this.line = this.line.slice(0, -1);
    return this.keep();
  }

  keep() {
    const { key, line, accuracy, isTracing } = this;
    const position_method = isTracing ? "map" : "gps";
    const change = (pin) => ({ ...pin, geometry: lineOf(line), accuracy_m: accuracy, position_method });
    this.work = this.work.then(() => this.shelf.update(key, change));
    return this.work;
  }

  /** End it where the phone is. Return its key; a stretch of one place becomes a pin there. */
  async end(position) {
    const { key } = this;
    if (position && !this.isTracing) {
      const at = rounded([position.lon, position.lat]);
      if (!this.line.length || metresBetween(this.line.at(-1), at) > 1) {
        this.accuracy = Math.max(this.accuracy ?? 0, position.accuracy);
        this.trace(at);
      }
    }
    await this.work;
    const { line } = this;
    await this.shelf.update(key, (pin) => {
      if (!line.length) return { ...pin, geometry: null, state: "unplaced", position_method: null, accuracy_m: null };
      const geometry = line.length > 1 ? lineOf(line) : { type: "Point", coordinates: line[0] };
      return { ...pin, geometry, state: "waiting" };
    });
    Object.assign(this, { key: null, line: [], isTracing: false, accuracy: null });
    return key;
  }
}
