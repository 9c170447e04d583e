/* Another shape for a stretch, on the map: its ends and the bends between them are dragged, moved by keys or by a
   tap, or taken away. A walked line has hundreds of positions; handles are at those that give it its shape. What
   lies between a handle that moves and its neighbours becomes straight, everything else stays as it was walked. */
import { metresBetween } from "./track.js";
import { $, say } from "./dom.js";
import { rounded, reshapePin } from "./things.js";
import { isTakeable, lengthOf } from "./stretch.js";
import { nameOf } from "./words.js";

const MOST_HANDLES = 10;
const FINEST_M = 4;
const STEP_PX = 8;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Return metres from a position to the straight line between two others, all near each other. */
function metresOff(at, from, to) {
  const wide = Math.cos((at[1] * Math.PI) / 180);
  const [x, y] = [(to[0] - from[0]) * wide, to[1] - from[1]];
  const [px, py] = [(at[0] - from[0]) * wide, at[1] - from[1]];
  const along = Math.min(1, Math.max(0, (px * x + py * y) / (x * x + y * y || 1)));
  return metresBetween(at, [from[0] + (to[0] - from[0]) * along, from[1] + (to[1] - from[1]) * along]);
}

/** Return which positions give a line its shape: both ends, then the farthest off the line through those found. */
export function handlesOf(line) {
  const found = [0, line.length - 1];
  while (found.length < Math.min(MOST_HANDLES, line.length)) {
    let [farthest, most] = [-1, FINEST_M];
    for (let part = 1; part < found.length; part += 1) {
      for (let index = found[part - 1] + 1; index < found[part]; index += 1) {
        const off = metresOff(line[index], line[found[part - 1]], line[found[part]]);
        if (off > most) [farthest, most] = [index, off];
      }
    }
    if (farthest < 0) break;
    found.push(farthest);
    found.sort((a, b) => a - b);
  }
  return found;
}

/** Return {line, handles} with handle `which` put to `position`, or taken away when that is null. */
export function withHandle(line, handles, which, position) {
  const before = which > 0 ? line.slice(0, handles[which - 1] + 1) : [];
  const after = which < handles.length - 1 ? line.slice(handles[which + 1]) : [];
  const middle = position ? [rounded(position)] : [];
  const shift = before.length + middle.length - (handles[which + 1] ?? 0);
  const later = handles.slice(which + 1).map((index) => index + shift);
  return { line: [...before, ...middle, ...after], handles: [...handles.slice(0, which), ...middle.map(() => before.length), ...later] };
}

/** The tool. `changed` is called when it opens or closes, or when the line is another. */
export class Reshape {
  constructor(app, changed) {
    Object.assign(this, { app, changed, key: null, line: [], handles: [], at: 0, before: [], work: Promise.resolve() });
  }

  /** Begin with a stretch on a map. */
  open(key, map) {
    const { geometry } = this.app.things.get(key);
    const line = geometry.coordinates;
    Object.assign(this, { key, map, line, handles: handlesOf(line), at: 0, before: [], trouble: "" });
    this.show();
    map.fit(line);
    $("reshape-title").focus();
  }

  close() {
    if (!this.key) return;
    this.key = null;
    this.map.handles.clear();
    this.show();
  }

  /** The stretch was kept anew, or somebody else has removed it meanwhile. */
  check() {
    if (!this.key) return;
    if (!this.pin || this.pin.removed || this.pin.geometry?.type !== "LineString") this.close();
    else this.sayWhere();
  }

  sayWhere() {
    const { pin, line } = this;
    const methods = { gps: "as walked", moved: "moved by hand", map: "traced on the map" };
    const accuracy = pin.accuracy_m === null ? "" : `, ±${Math.round(pin.accuracy_m)} m where walked`;
    const words = `${Math.round(lengthOf(line))} m, ${methods[pin.position_method] ?? methods.map}${accuracy}. Drag a point, or tap its place.`;
    say($("reshape-words"), this.trouble || words);
  }

  get pin() {
    return this.app.things.get(this.key);
  }

  show() {
    $("reshape").hidden = !this.key;
    $("walk").classList.toggle("is-reshaping", Boolean(this.key));
    this.map?.resized();
    if (this.key) this.draw();
    this.changed();
  }

  draw() {
    const { pin, at, handles, line } = this;
    if (!pin) return;
    const last = handles.length - 1;
    const name = at === 0 ? "start" : at === last ? "end" : `bend ${at}`;
    say($("reshape-title"), `${nameOf(pin)} ${pin.number}: ${name}, ${at + 1} of ${handles.length}`);
    this.sayWhere();
    for (const [does, isOff] of Object.entries({ previous: at === 0, next: at === last, drop: handles.length < 3, back: !this.before.length })) {
      $("reshape").querySelector(`[data-do=reshape-${does}]`).setAttribute("aria-disabled", String(isOff));
    }
    const points = handles.map((index) => line[index]);
    const names = points.map((_each, index) => (index === 0 ? "Start" : index === last ? "End" : `Bend ${index}`));
    this.map.handles.draw(line, points, at, {
      names,
      onChoose: (which) => this.choose(which),
      onMoved: (which, position) => this.put(which, position),
      onKey: (which, key, isFar) => this.step(which, key, isFar),
    });
  }

  choose(which) {
    if (which < 0 || which >= this.handles.length) return;
    this.at = which;
    this.trouble = "";
    this.map.keepInSight(this.line[this.handles[which]]);
    this.draw();
  }

  /** A tap puts the chosen handle there. */
  tapped(position) {
    return this.put(this.at, position);
  }

  /** Arrow keys move a handle a little, with Shift farther; Delete takes it away. */
  step(which, key, isFar) {
    if (key === "Delete" || key === "Backspace") return this.drop(which);
    const step = STEPS[key];
    if (!step) return false;
    const by = step.map((each) => each * STEP_PX * (isFar ? 5 : 1));
    void this.put(which, this.map.beside(this.line[this.handles[which]], by));
    return true;
  }

  put(which, position) {
    return this.take(which, withHandle(this.line, this.handles, which, position));
  }

  drop(which = this.at) {
    if (this.handles.length < 3) return false;
    void this.take(Math.max(0, which - 1), withHandle(this.line, this.handles, which, null));
    return true;
  }

  back() {
    const last = this.before.pop();
    if (last) void this.keep(last);
  }

  take(at, next) {
    this.trouble = "";
    if (!isTakeable(next.line)) {
      this.trouble = "A stretch is at most 5 km long.";
      this.draw();
      return this.work;
    }
    this.before.push({ line: this.line, handles: this.handles, at: this.at });
    return this.keep({ ...next, at });
  }

  /** Each change is kept at once; one after another, so that the last one stays. */
  keep(next) {
    const { key, line } = this;
    Object.assign(this, next, { line: next.line.map(rounded) });
    this.draw();
    this.changed();
    this.work = this.work
      .then(() => reshapePin(this.app.shelf, key, line, next.line))
      .then((isKept) => isKept || this.startOver(key))
      .catch((error) => this.app.problem(`This could not be kept: ${error.message}. Free some space and move it again.`));
    return this.work;
  }

  /** It lies elsewhere by now, by another phone or tab: go on from there. */
  async startOver(key) {
    const line = (await this.app.shelf.get(key))?.geometry?.coordinates;
    if (this.key !== key) return;
    if (Array.isArray(line?.[0])) Object.assign(this, { line, handles: handlesOf(line), at: 0, before: [] });
    this.trouble = "It was moved on another phone or tab meanwhile. Move it again.";
    this.draw();
  }
}
