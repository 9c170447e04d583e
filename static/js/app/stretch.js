/* A stretch that feels unsafe: press, walk, press again; or tap along it on the map. */
import { metresBetween } from "./track.js";
import { addPin, rounded } from "./things.js";

const MOVED_M = 6;
const MOST_VERTICES = 1_900;
const LONGEST_M = 4_900;
const WORST_M = 50;

const lengthOf = (line) => line.slice(1).reduce((sum, at, index) => sum + metresBetween(line[index], at), 0);

/** The stretch of one walk that is being recorded, if there is one; `key` is its pin. */
export class Stretch {
  constructor(shelf, walk) {
    Object.assign(this, { shelf, walk, key: null, line: [], isTracing: false, work: Promise.resolve() });
  }

  /** Go on with a stretch that was open when the app was closed. */
  async takeUp(things) {
    const open = things.find((thing) => thing.kind === "concern" && thing.walk === this.walk && thing.state === "open" && !thing.removed);
    if (!open) return;
    this.key = open.key;
    this.line = open.geometry?.coordinates ?? [];
    this.isTracing = !open.position_method;
  }

  /** Begin where the phone is; without a position it is traced on the map. */
  async begin(position) {
    this.line = position ? [rounded([position.lon, position.lat])] : [];
    this.isTracing = !position;
    const more = { state: "open", geometry: { type: "LineString", coordinates: this.line } };
    const kept = await addPin(this.shelf, this.walk, position ?? { lon: 0, lat: 0, accuracy: null, method: null }, more);
    this.key = kept.key;
  }

  /** Take a fix of Position. */
  add({ lon, lat, accuracy }) {
    if (!this.key || this.isTracing || accuracy > WORST_M) return;
    const at = rounded([lon, lat]);
    if (this.line.length && metresBetween(this.line.at(-1), at) < MOVED_M) return;
    void this.trace(at);
  }

  /** Add a position to the line, as long as the server takes one so long. */
  trace(position) {
    const line = [...this.line, rounded(position)];
    if (line.length > MOST_VERTICES || lengthOf(line) > LONGEST_M) return this.work;
    this.line = line;
    const { key } = this;
    this.work = this.work.then(() => this.shelf.update(key, (pin) => ({ ...pin, geometry: { type: "LineString", coordinates: line } })));
    return this.work;
  }

  /** End it where the phone is. Return its key; a stretch of one place becomes a pin there. */
  async end(position) {
    const { key } = this;
    if (position && !this.isTracing) {
      const at = rounded([position.lon, position.lat]);
      if (!this.line.length || metresBetween(this.line.at(-1), at) > 1) await this.trace(at);
    }
    await this.work;
    const { line } = this;
    const method = this.isTracing ? "map" : "gps";
    await this.shelf.update(key, (pin) => {
      if (!line.length) return { ...pin, geometry: null, state: "unplaced", position_method: null, accuracy_m: null };
      const geometry = line.length > 1 ? { type: "LineString", coordinates: line } : { type: "Point", coordinates: line[0] };
      return { ...pin, geometry, state: "waiting", position_method: method };
    });
    Object.assign(this, { key: null, line: [], isTracing: false });
    return key;
  }
}
