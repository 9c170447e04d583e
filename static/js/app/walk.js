/* The walk under way: time, distance, accuracy, one large button, and what happens to what it keeps. */
import { clockWords, now } from "./clock.js";
import { $, ask, say } from "./dom.js";
import { sayPosition, sayTally } from "./hud.js";
import { Position } from "./position.js";
import { Reshape } from "./reshape.js";
import { MapRest } from "./rest.js";
import { Stretch } from "./stretch.js";
import { addPin, movePin, ofWalk, removePin, stamp } from "./things.js";
import { Recorder, trackOf } from "./track.js";
import { Tracing } from "./tracing.js";
import { km, many, nameOf, span } from "./words.js";

const UNDO_MS = 8_000;
const PLACED_BY_NEXT_FIX_MS = 30_000;
const DRAW_MS = 1_000;

/** The walk screen. `sheet(key)` opens a pin, `ended(walk)` goes on to the receipt. */
export class WalkScreen {
  constructor(app, { sheet, ended }) {
    Object.assign(this, { app, sheet, ended, walkId: null, map: null, waiting: null, moving: null, drawn: {} });
    this.position = new Position();
    this.position.told.add(() => this.moved());
    this.reshape = new Reshape(app, () => this.drawAnew());
    this.tracing = new Tracing(() => this.map, () => this.map?.resized());
    this.rest = new MapRest(() => this.rested());
    document.addEventListener("visibilitychange", () => {
      this.tick();
      if (document.hidden) return;
      sayPosition(this.position);
      this.draw();
    });
  }

  get walk() {
    return this.app.things.get(`walk ${this.walkId}`);
  }

  /** Show a walk and record it: this tab, if no other does. */
  async open(walkId) {
    Object.assign(this, { walkId, drawn: {}, isTidying: false });
    this.position.start();
    this.recorder = new Recorder(this.app.shelf, walkId);
    this.stretch = new Stretch(this.app.shelf, walkId);
    const isOurs = await this.recorder.start();
    this.isElsewhere = !isOurs;
    if (this.position.last) this.recorder.add(this.position.last); // it came while the recorder was getting ready
    await this.stretch.takeUp(this.app.list());
    this.tick();
    this.draw();
    void this.rest.watch();
    void this.showMap();
  }

  /** Show a finished walk's map, to place its pins; nothing is recorded. */
  async look(walkId) {
    Object.assign(this, { walkId, drawn: {}, isTidying: true, recorder: null, stretch: null });
    this.rest.set(false);
    await this.showMap();
    this.map.follows = false;
  }

  async showMap() {
    if (this.rest.isResting) return;
    const { openMap } = await import("./map.js");
    this.map ??= await openMap($("map"), {
      extent: this.app.account.extent,
      onTap: (position) => void this.tapped(position),
      onPin: (key) => this.sheet(key),
    });
    say($("map-source"), (this.app.account.sources ?? []).join(", "));
    this.map.resized();
    this.map.follows = !this.stretch?.isTracing;
    this.drawAnew();
  }

  /** Draw everything now, as after another theme was chosen. */
  drawAnew() {
    this.drawn = {};
    this.draw();
  }

  /** The map went to sleep, or woke. */
  rested() {
    if (this.rest.isResting) this.reshape.close();
    else if (this.walkId) void this.showMap();
  }

  close() {
    clearTimeout(this.ticking);
    this.reshape.close();
    this.tracing.draw(null);
    this.position.stop();
    this.walkId = null;
  }

  /** Once a second while it is seen: nothing runs with the screen off. */
  tick() {
    clearTimeout(this.ticking);
    if (!this.walk || document.hidden || this.isTidying) return;
    const paused = this.pausedAt ? now() - this.pausedAt : 0;
    const words = span(now() - Date.parse(this.walk.started_at) - (this.walk.paused ?? 0) - paused);
    $("hud-time").textContent = words;
    say($("hud-time-word"), this.pausedAt ? "paused" : this.isElsewhere ? "recorded in another tab" : "walking");
    this.ticking = setTimeout(() => this.tick(), 1000);
  }

  moved() {
    if (!document.hidden) sayPosition(this.position);
    const { last, state } = this.position;
    if (state !== "here" || !this.walkId) return;
    this.recorder?.add(last);
    this.stretch?.add(last);
    this.drawSoon();
    const { waiting } = this;
    if (waiting && !waiting.byHand && performance.now() < waiting.until) void this.place(waiting.key, this.position.fresh());
  }

  /** Keep a pin, then say so; then ask for more. */
  async pin(event, given = null) {
    const position = given ?? this.position.fresh();
    let kept;
    try {
      kept = await addPin(this.app.shelf, this.walkId, position);
    } catch (error) {
      this.app.problem(`This pin could not be kept: ${error.message}. Free some space and press again.`);
      return;
    }
    this.app.problem("");
    performance.measure("pin kept", { start: event.timeStamp, end: performance.now() });
    navigator.vibrate?.(40);
    this.app.things.set(kept.key, kept);
    if (!position) this.placeByNextFix(kept.key);
    this.last = { key: kept.key, number: kept.number };
    this.draw();
    this.sheet(kept.key);
  }

  /** Something was kept without a place: the next position is its place, if it comes soon. */
  placeByNextFix(key) {
    this.waiting = { key, until: performance.now() + PLACED_BY_NEXT_FIX_MS };
    this.position.ask();
  }

  async tapped(position) {
    const { moving, waiting } = this;
    const at = { lon: position[0], lat: position[1] };
    if (this.reshape.key) {
      await this.reshape.tapped(position);
      return;
    }
    if (moving || waiting) {
      await this.place((moving ?? waiting).key, at);
      return;
    }
    if (this.isTidying) return;
    if (this.stretch?.isTracing) {
      this.tracing.tapped(position);
      return;
    }
    this.here = { ...at, method: "map" };
    this.map.drawTap(position);
    $("here").hidden = false;
    clearTimeout(this.hiding);
    this.hiding = setTimeout(() => this.forgetTap(), UNDO_MS);
  }

  forgetTap() {
    this.here = null;
    $("here").hidden = true;
    this.map?.drawTap(null);
  }

  async pinHere(event) {
    const { here } = this;
    this.forgetTap();
    if (here) await this.pin(event, here);
  }

  async place(key, position) {
    if (!position) return;
    if (this.waiting?.key === key) this.waiting = null;
    if (this.moving?.key === key) this.moving = null;
    await movePin(this.app.shelf, key, position);
    this.app.problem("");
    this.draw();
  }

  /** Let a pin be dragged, or its new place be tapped; a stretch is given another shape. */
  async move(key) {
    const pin = this.app.things.get(key);
    if (pin.state === "open") {
      this.app.problem("This stretch is still being recorded. End it first, then move it.");
      return;
    }
    this.rest.set(false);
    if (!this.map) await this.showMap();
    if (pin.geometry?.type === "LineString") {
      this.moving = null;
      this.reshape.open(key, this.map);
      return;
    }
    this.reshape.close();
    this.moving = { key };
    const isDrawn = pin.kind === "concern";
    const name = `${nameOf(pin).toLowerCase()} ${pin.number}`;
    this.app.problem(isDrawn ? `Drag ${name} to its place, or tap the place.` : `Tap the place of ${name} on the map.`);
    if (pin.geometry?.type === "Point") this.map?.see(pin.geometry.coordinates);
    this.drawAnew();
  }

  /** What was just kept, and how to take it back: eight seconds. */
  showUndo(key, wasRemoved) {
    const pin = this.app.things.get(key);
    clearTimeout(this.undoing);
    $("toast").hidden = wasRemoved || !pin || this.last?.key !== key || Boolean(this.reshape.key);
    if ($("toast").hidden) return;
    say($("toast-title"), `${nameOf(pin)} ${pin.number} kept`);
    say($("toast-more"), pin.geometry ? "Add to it now or after the walk" : "Without a place: tap the map, or place it later");
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!still) $("toast-rest").animate([{ transform: "scaleX(1)" }, { transform: "scaleX(0)" }], { duration: UNDO_MS, fill: "forwards" });
    this.undoing = setTimeout(() => ($("toast").hidden = true), UNDO_MS);
  }

  async undo() {
    clearTimeout(this.undoing);
    $("toast").hidden = true;
    if (this.last) await removePin(this.app.shelf, this.last.key);
    if (this.waiting?.key === this.last?.key) this.waiting = null;
    this.last = null;
    $("pin").focus();
  }

  async route() {
    if (this.stretch.key) {
      const key = await this.stretch.end(this.position.fresh());
      this.last = key && { key };
      if (key) this.sheet(key);
    } else {
      this.reshape.close();
      await this.stretch.begin(this.position.fresh());
    }
    this.draw();
  }

  async pause() {
    if (this.pausedAt) {
      const lasted = now() - this.pausedAt;
      await this.app.shelf.update(`walk ${this.walkId}`, (walk) => ({ ...walk, paused: (walk.paused ?? 0) + lasted }));
      this.pausedAt = 0;
    } else this.pausedAt = now();
    await this.recorder.pause(Boolean(this.pausedAt));
    this.tick();
  }

  async end() {
    const own = ofWalk(this.app.list(), this.walkId);
    const left = own.pins.filter((pin) => pin.state !== "received").length;
    const words = left ? `End the walk? ${many(left, "pin")} still to send.` : "End the walk?";
    if (!(await ask(words, "End the walk"))) return;
    this.isEnding = true;
    const ended = this.walkId;
    try {
      if (this.stretch.key) await this.stretch.end(this.position.fresh());
      if (this.pausedAt) await this.pause();
      await this.recorder.stop();
      await this.app.shelf.update(`walk ${ended}`, (walk) => ({ ...walk, ended_at: stamp(now()), state: "waiting" }));
    } catch (error) {
      await this.open(ended); // it has not ended: go on recording
      throw error;
    } finally {
      this.isEnding = false;
    }
    this.close();
    this.ended(ended);
  }

  /** Another tab has ended this walk. */
  endedElsewhere() {
    if (this.isEnding) return;
    const { walkId } = this;
    void this.recorder.stop();
    this.close();
    this.ended(this.app.things.has(`walk ${walkId}`) ? walkId : null);
  }

  draw() {
    if (!this.walkId || !this.app.shelf) return;
    if (!this.isTidying && (!this.walk || this.walk.ended_at)) {
      this.endedElsewhere();
      return;
    }
    if (document.hidden) return; // drawn when it is seen
    const own = ofWalk(this.app.list(), this.walkId);
    sayTally(own.pins, this.app.sending === "sending");
    this.tracing.draw(this.stretch);
    this.reshape.check();
    const isRoute = Boolean(this.stretch?.key);
    $("walk").querySelector("[data-do=route]").setAttribute("aria-pressed", String(isRoute));
    say($("route-word"), isRoute ? "End stretch" : "Route");
    this.app.clockSaid = clockWords();
    this.drawSoon();
  }

  /** The map is drawn at most once a second, only what is new of it, and not while nobody sees it. */
  drawSoon() {
    clearTimeout(this.drawing);
    if (document.hidden || !this.walkId) return;
    const wait = DRAW_MS - (performance.now() - (this.drawn.at ?? -DRAW_MS));
    if (wait > 0 && this.drawn.at) {
      this.drawing = setTimeout(() => this.drawSoon(), wait);
      return;
    }
    this.drawn.at = performance.now();
    const own = ofWalk(this.app.list(), this.walkId);
    const track = own.chunks.map((chunk) => `${chunk.number} ${chunk.rev}`).join();
    if (this.drawn.said !== track) {
      this.drawn.said = track;
      this.drawn.pieces = trackOf(own.chunks);
      say($("hud-distance"), km(this.drawn.pieces.metres));
    }
    if (!this.map || this.rest.isResting) return;
    this.drawMap(own, track);
  }

  drawMap(own, track) {
    const { drawn, position, reshape } = this;
    const moved = ([lon, lat]) => void this.place(this.moving.key, { lon, lat });
    const shown = own.pins.filter((pin) => pin.key !== reshape.key && !(pin.state === "open" && this.stretch?.isTracing));
    const pins = [this.moving?.key, ...shown.map((pin) => `${pin.key} ${pin.rev}`)].join();
    if (drawn.track !== track) this.map.drawTrack(drawn.pieces.pieces);
    if (drawn.pins !== pins) this.map.drawPins(shown, this.moving?.key, moved);
    if (drawn.self !== position.last) this.map.drawSelf(position.last);
    Object.assign(drawn, { track, pins, self: position.last });
  }
}
