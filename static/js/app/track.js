/* The walk's track: fixes kept as they come, in chunks that are sent when full. A gap is never bridged: the chunk
   after it says `gap_before`, and why in `gap_reason`: hidden, paused, no_position, poor_accuracy or restarted. */
import { clockOffset, clockSure, now } from "./clock.js";
import { rounded, stamp } from "./things.js";
import { uuid7 } from "./ids.js";

const FULL = 120;
const LONGEST_MS = 180_000;
const EVERY_MS = 4_000;
const STILL_MS = 20_000;
const MOVED_M = 4;
const GAP_MS = 60_000;
const HIDDEN_GAP_MS = 20_000;
const WORST_M = 50;
const FASTEST_MPS = 4;
const STOPS = ["visibilitychange", "freeze", "resume"];
const EARTH_M = 6_371_008.8;

/** Return metres between two [lon, lat] on a sphere: for the screen, never for figures. */
export function metresBetween([lon1, lat1], [lon2, lat2]) {
  const rad = Math.PI / 180;
  const half = Math.sin(((lat2 - lat1) * rad) / 2) ** 2 + Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(half));
}

/** Return {pieces, metres} of chunks in order: lines of [lon, lat] that end wherever there is a gap. */
export function trackOf(chunks) {
  const pieces = [];
  let metres = 0;
  let last = null;
  for (const chunk of chunks) {
    if (chunk.gap_before) last = null;
    for (const fix of chunk.fixes) {
      if (fix[3] > WORST_M) continue;
      if (last && fix[2] - last[2] > GAP_MS) last = null;
      const step = last ? metresBetween(last, fix) : 0;
      if (last && step / Math.max((fix[2] - last[2]) / 1000, 0.5) > FASTEST_MPS) continue;
      if (!last) pieces.push([]);
      pieces.at(-1).push([fix[0], fix[1]]);
      metres += step;
      last = fix;
    }
  }
  return { pieces, metres };
}

/** Writes the track of one walk. One tab at a time does; `isRecording` says whether it is this one. */
export class Recorder {
  constructor(shelf, walk) {
    this.shelf = shelf;
    this.walk = walk;
    this.isRecording = false;
    this.last = null;
    this.heard = null; // the last fix good enough to be walked along, kept or not, and what came after it
    this.chunk = null;
    this.gap = null;
    this.work = Promise.resolve();
  }

  /** Take the recorder's place, if no other tab has it; what was left open by a closed app is closed first. */
  async start() {
    const taken = await new Promise((resolve) => {
      void navigator.locks.request(`lamplight-recorder ${this.walk}`, { ifAvailable: true }, (lock) => {
        resolve(Boolean(lock));
        return lock ? new Promise((release) => (this.release = release)) : null;
      });
    });
    if (!taken) return false;
    await this.closeLeftOpen().catch((error) => console.warn(error)); // a full phone closes it at the next start
    this.isRecording = true; // only now: what comes meanwhile would be taken for left open, and kept twice
    this.wasHidden = document.hidden;
    this.hidden = ({ type }) => {
      if (document.hidden || type === "freeze") this.wasHidden = true;
      else this.queue(() => this.noticeGap(now()));
      if (document.hidden) this.queue(() => this.seal());
    };
    for (const name of STOPS) document.addEventListener(name, this.hidden);
    return true;
  }

  async closeLeftOpen() {
    const chunks = (await this.shelf.all()).filter((thing) => thing.kind === "chunk" && thing.walk === this.walk);
    for (const { key } of chunks.filter((each) => each.state === "open")) {
      await this.shelf.update(key, (chunk) => ({ ...chunk, state: "waiting" }));
    }
    const last = chunks.sort((a, b) => a.number - b.number).at(-1)?.fixes.at(-1);
    if (last) this.gap = { from: last[2], reason: "restarted" };
  }

  /** Stop: the last chunk is closed and may be sent. */
  async stop() {
    for (const name of STOPS) document.removeEventListener(name, this.hidden);
    this.queue(() => this.seal());
    if (this.isRecording) this.queue(() => this.closeLeftOpen()); // what a full phone could not close before
    await this.work;
    this.isRecording = false;
    this.release?.();
  }

  /** Stop for a while, or go on. */
  pause(isPaused) {
    this.isPaused = isPaused;
    if (isPaused) {
      this.queue(async () => {
        await this.seal();
        this.gap = { from: this.gap?.from ?? now(), reason: "paused" };
      });
    }
    return this.work;
  }

  /** Take a fix of Position; kept when it says something new. */
  add(fix) {
    if (!this.isRecording || this.isPaused) return;
    this.queue(() => this.take(fix));
  }

  queue(step) {
    this.work = this.work.then(step).catch((error) => console.error(error));
  }

  /** A gap is a time without any fix to walk along: shorter ones count when the page was hidden meanwhile. */
  noticeGap(at) {
    const { heard, wasHidden } = this;
    if (this.gap || !heard || at - heard.at <= (wasHidden ? HIDDEN_GAP_MS : GAP_MS)) return;
    this.gap = { from: heard.at, reason: wasHidden ? "hidden" : heard.wasPoor ? "poor_accuracy" : "no_position" };
  }

  async take({ lon, lat, accuracy, at }) {
    const fix = [...rounded([lon, lat]), Math.round(at), accuracy];
    if (this.clock !== clockOffset()) await this.beginAnew();
    if (accuracy > WORST_M) {
      if (this.heard) this.heard.wasPoor = true;
      if (this.isWorth(fix)) await this.keep(fix); // the server decides what it can use
      return;
    }
    this.noticeGap(at);
    this.wasHidden = document.hidden;
    this.heard = { at };
    if (!this.gap && !this.isWorth(fix)) return;
    if (this.gap) await this.endGap(at);
    await this.keep(fix);
  }

  /** Whether a fix says something new after the last one kept. */
  isWorth(fix) {
    if (!this.last) return true;
    const [moved, waited] = [metresBetween(this.last, fix), fix[2] - this.last[2]];
    return waited >= EVERY_MS && (moved >= MOVED_M || waited >= STILL_MS);
  }

  /** The clock was put right: times before and after do not go together. */
  async beginAnew() {
    await this.seal();
    Object.assign(this, { clock: clockOffset(), last: null, heard: null });
  }

  async endGap(at) {
    await this.seal();
    const gap = { from: stamp(this.gap.from), to: stamp(at), reason: this.gap.reason };
    await this.shelf.update(`walk ${this.walk}`, (walk) => ({ ...walk, gaps: [...walk.gaps, gap] }));
    Object.assign(this, { gap: null, endedGap: gap.reason });
  }

  async keep(fix) {
    const isFirst = !this.last;
    this.last = fix;
    if (!this.chunk) {
      await this.beginChunk(fix, isFirst);
      return;
    }
    this.chunk = await this.shelf.update(this.chunk.key, (now) => ({ ...now, fixes: [...now.fixes, fix] }), { relaxed: true });
    const { fixes } = this.chunk ?? { fixes: [] };
    if (fixes.length >= FULL || fix[2] - fixes[0]?.[2] > LONGEST_MS) await this.seal();
  }

  async beginChunk(fix, isFirst) {
    const walk = await this.shelf.get(`walk ${this.walk}`);
    if (!walk || walk.ended_at) return; // another tab has ended it
    const chunk = { key: `chunk ${uuid7()}`, kind: "chunk", walk: this.walk, state: "open", sent: null, base: null, tried: [], why: "", clock: clockOffset(), isSure: clockSure() };
    const reason = this.endedGap;
    const gap = { gap_before: isFirst || Boolean(reason), ...(reason && { gap_reason: reason }) };
    this.chunk = await this.shelf.add({ ...chunk, fixes: [fix], ...gap }, { counted: true, relaxed: true });
    this.endedGap = null;
  }

  async seal() {
    if (!this.chunk) return;
    await this.shelf.update(this.chunk.key, (chunk) => ({ ...chunk, state: "waiting" }));
    this.chunk = null;
  }
}
