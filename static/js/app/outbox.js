/* What waits is sent when there is signal: one tab at a time, nothing held up by another thing, backing off. */
import { clockMeasured, clockOffset } from "./clock.js";
import { Delivery, Later } from "./deliver.js";
import { NoAnswer, NotSignedIn, me } from "./net.js";
import { shifted } from "./things.js";

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 300_000;
const CLOCK_TOLERATED_MS = 120_000;
const ORDER = ["walk", "concern", "mark", "audit", "chunk", "share", "photo"];
const ON_A_CONCERN = new Set(["share", "mark"]);
const SETTLED = new Set(["received", "gone"]);
const LOCK = "lamplight-sender";
const LOCK_PATIENCE_MS = 60_000;

const isSendable = (thing) => thing.state === "waiting" && ORDER.includes(thing.kind);

/** Return what may leave now: a sharing or mark waits for its concern, and goes with it when that is removed. */
function sendable(things) {
  const concerns = new Map(things.filter((thing) => thing.kind === "concern").map((thing) => [thing.id, thing]));
  return things.filter((thing) => isSendable(thing) && (!ON_A_CONCERN.has(thing.kind) || SETTLED.has(concerns.get(thing.id)?.state)));
}

/** Sends what a shelf holds. Tells `told(state)`: quiet, sending, offline, away, signed-out or other. */
export class Outbox {
  constructor(shelf, told = () => {}) {
    this.shelf = shelf;
    this.delivery = new Delivery(shelf);
    this.told = told;
    this.wait = FIRST_WAIT_MS;
    this.timer = 0;
    this.fails = new Map();
    this.state = "quiet";
    this.isStopped = false;
    this.held = null; // the pin whose sheet is open: it is sent when it is closed
  }

  /** Begin: now, whenever signal returns, whenever the page is seen again. */
  start() {
    this.stopping = new AbortController();
    const { signal } = this.stopping;
    const soon = () => this.soon();
    globalThis.addEventListener("online", soon, { signal });
    globalThis.addEventListener("offline", () => this.say("offline"), { signal });
    globalThis.document?.addEventListener("visibilitychange", () => document.hidden || this.soon(), { signal });
    this.soon();
  }

  stop() {
    this.isStopped = true;
    this.stopping?.abort();
    clearTimeout(this.timer);
  }

  say(state, more = null) {
    this.state = state;
    this.told(state, more);
  }

  /** Something new waits, or signal is back: try at once. */
  soon() {
    this.wait = FIRST_WAIT_MS;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), 0);
  }

  later(ms) {
    if (this.isStopped || this.isOnce) return;
    clearTimeout(this.timer);
    const wait = Math.max(ms, this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
    this.timer = setTimeout(() => void this.run(), wait);
  }

  /** Send what waits, unless another tab is at it. */
  async run() {
    if (this.isStopped) return;
    if (globalThis.navigator.onLine === false) {
      this.say("offline");
      return;
    }
    await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (lock) await this.sendAll();
      else if (await this.waiting().then((found) => found.length)) this.later(FIRST_WAIT_MS);
    });
  }

  /** Send what waits once whoever is at it has done, with no timer left behind. Return the state it ended in. */
  async once() {
    this.isOnce = true;
    if (globalThis.navigator.onLine === false) return "offline";
    try {
      await navigator.locks.request(LOCK, { signal: AbortSignal.timeout(LOCK_PATIENCE_MS) }, () => this.sendAll());
    } catch (error) {
      if (error.name !== "TimeoutError") throw error;
      return "away";
    }
    return this.state;
  }

  async waiting() {
    const found = sendable(await this.shelf.all()).filter((thing) => thing.key !== this.held);
    const rank = (thing) => (this.fails.get(thing.key) ?? 0) * 10 + ORDER.indexOf(thing.kind);
    return found.sort((a, b) => rank(a) - rank(b) || (a.number ?? 0) - (b.number ?? 0));
  }

  async sendAll() {
    let inTrouble = 0;
    let waitMs = -1;
    let done = new Set();
    try {
      for (;;) {
        const waiting = (await this.waiting()).filter((thing) => !done.has(`${thing.key} ${thing.rev}`));
        if (!waiting.length || this.isStopped) break;
        this.say("sending", waiting.length);
        await this.rightenClock(waiting);
        for (const { key } of waiting) {
          const thing = await this.shelf.get(key);
          if (!thing || !isSendable(thing)) continue;
          done.add(`${key} ${thing.rev}`);
          try {
            await this.delivery.deliver(thing);
            this.fails.delete(key);
            inTrouble = 0;
          } catch (error) {
            if (!(error instanceof NoAnswer) && !(error instanceof Later && error.here)) throw error;
            // One thing may be in trouble alone. Two in a row: it is the way, not the thing.
            this.fails.set(key, (this.fails.get(key) ?? 0) + 1);
            waitMs = Math.max(waitMs, 0);
            inTrouble += 1;
            if (error instanceof NoAnswer && inTrouble > 1) throw error;
          }
        }
        if (done.size > 5000) done = new Set();
      }
    } catch (error) {
      this.trouble(error);
      return;
    }
    // What has arrived and could not be marked so on a full phone is asked about again, more and more seldom.
    if (waitMs >= 0 || this.delivery.wasFull) this.later(waitMs);
    else this.wait = FIRST_WAIT_MS;
    this.delivery.wasFull = false;
    this.say(waitMs >= 0 ? "away" : "quiet");
  }

  trouble(error) {
    if (error instanceof NotSignedIn) this.say(error.other ? "other" : "signed-out", error.other);
    else if (error instanceof NoAnswer || error instanceof Later) {
      this.say(globalThis.navigator.onLine === false ? "offline" : "away");
      this.later(error.waitMs ?? 0);
    } else {
      console.error(error);
      this.say("away");
      this.later(LONGEST_WAIT_MS / 5);
    }
  }

  /** Times that were written down by a clock since found to be wrong are put right before they leave. */
  async rightenClock(waiting) {
    if (!clockMeasured()) await me();
    for (const thing of waiting) {
      const wrong = clockOffset() - thing.clock;
      // What was recorded by a clock known to be right stays, whatever the clock has done since.
      if (thing.isSure || thing.sent || thing.tried.length || Math.abs(wrong) < CLOCK_TOLERATED_MS) continue;
      await this.shelf.update(thing.key, (now) => (now.tried.length ? null : shifted(now, clockOffset() - now.clock)));
    }
  }
}
