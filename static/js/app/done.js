/* The end of a walk: what has arrived by the server's own receipt, what is to tidy up, what the council may see. */
import { drawStops } from "./audit-sheet.js";
import { now } from "./clock.js";
import { markWords } from "./crime.js";
import { $, ask, icon, make, markOf, say } from "./dom.js";
import { download } from "./export.js";
import { NoAnswer, NotSignedIn } from "./net.js";
import { compare } from "./receipt.js";
import { beside, ofWalk, sharePin } from "./things.js";
import { trackOf } from "./track.js";
import { gapWords, headingOf, hour, isAboutPeople, km, lightOf, many, nameOf, needsWords, stateWords, todoOf } from "./words.js";

const AGAIN_MS = 15_000;

/** The receipt of one walk. `sheet(key)` opens a pin, `place(key)` its place, `wording(key)` its words,
    `stop(key)` a stop of a safety audit. */
export class DoneScreen {
  constructor(app, { sheet, place, wording, stop, left }) {
    Object.assign(this, { app, sheet, place, wording, stop, left, walkId: null, found: null });
    for (const radio of document.getElementsByName("which")) radio.addEventListener("change", () => this.draw());
  }

  get own() {
    return ofWalk(this.app.list(), this.walkId);
  }

  open(walkId) {
    this.walkId = walkId;
    this.found = null;
    $("larger").href = `/capture/walks/${walkId}`;
    this.app.outbox.soon();
    this.draw();
    void this.check();
  }

  close() {
    clearTimeout(this.again);
    this.walkId = null;
  }

  /** Compare with the server's receipt, whenever sending has come to rest. */
  async check() {
    clearTimeout(this.again);
    const { walkId } = this;
    if (!walkId || this.isChecking) return;
    this.isChecking = true;
    try {
      const found = await compare(this.app.shelf, walkId, now());
      if (walkId === this.walkId) this.found = found;
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof NotSignedIn)) console.error(error);
    } finally {
      this.isChecking = false;
    }
    if (walkId === this.walkId && !this.found?.isWhole) this.again = setTimeout(() => document.hidden || void this.check(), AGAIN_MS);
    this.draw();
  }

  /** What the phone keeps of the walk, in short: a receipt is of one state and of no other. */
  revisions() {
    return this.own.all.map((thing) => `${thing.key} ${thing.rev}`).sort().join();
  }

  get isWhole() {
    return Boolean(this.found?.isWhole && this.found.revisions === this.revisions());
  }

  draw() {
    if (!this.walkId) return;
    const { own } = this;
    this.drawReceipt(own);
    const pins = own.pins.filter((pin) => pin.state !== "gone");
    const todos = new Map(pins.map((pin) => [pin, todoOf(pin, { voice: own.voices.get(pin.id), share: own.shares.get(pin.id) })]));
    const toDo = pins.filter((pin) => todos.get(pin));
    say($("which-tidy"), `To tidy up (${toDo.length})`);
    say($("which-all"), `All (${pins.length})`);
    const isAll = document.querySelector("[name=which]:checked").value === "all";
    const shown = (isAll ? pins : toDo).toReversed();
    $("heads").hidden = !shown.length;
    $("pins-none").hidden = shown.length > 0;
    say($("pins-none"), isAll ? "Nothing was raised on this walk." : "Nothing is left to tidy up.");
    this.drawRows(shown, todos, own);
    const ready = this.readyToShare(own);
    $("share-all").hidden = ready.length < 2;
    say($("share-all"), `Share ${ready.length} about the place with council`);
    drawStops(own.audits, { open: (key) => this.stop(key), place: (key) => this.place(key) });
    this.drawTrouble(own);
  }

  drawReceipt(own) {
    const { found, isWhole } = this;
    const captured = own.pins.filter((pin) => pin.state !== "gone").length;
    const received = isWhole ? found.received : Math.min(own.pins.filter((pin) => pin.state === "received").length, found?.received ?? Infinity);
    say($("receipt-count"), `${captured} captured, ${found ? received : "?"} received`);
    this.drawBeside(own, found);
    const waits = own.all.filter((thing) => thing.state === "waiting").length;
    const open = waits ? "Keep this open on Wi-Fi, or leave it: it sends by itself" : "Not all of it has been received yet";
    say($("receipt-at"), isWhole ? `Checked one by one at ${hour(found.at)}` : found ? open : "Not checked yet. It is checked when there is signal.");
    $("receipt-tick").hidden = !isWhole;
    say($("finish"), isWhole ? "Finish and clear this phone" : "Finish, send later");
    const { walk } = own;
    if (!walk) return;
    const [from, to] = [Date.parse(walk.started_at), Date.parse(walk.ended_at ?? walk.started_at)];
    say($("fact-time"), `${Math.round((to - from) / 60_000)} min`);
    say($("fact-hours"), `${hour(from)} to ${hour(to)}`);
    const { metres } = trackOf(own.chunks);
    const isSent = own.chunks.every((chunk) => chunk.state === "received");
    say($("fact-distance"), km(metres));
    say($("fact-route"), isSent ? "route received" : "route to send");
    const lasted = walk.gaps.reduce((sum, gap) => sum + Date.parse(gap.to) - Date.parse(gap.from), 0);
    say($("fact-gaps"), walk.gaps.length ? many(walk.gaps.length, "gap") : "No gap");
    say($("fact-gap"), walk.gaps.length ? `${many(Math.max(1, Math.round(lasted / 60_000)), "minute")}: ${[...new Set(walk.gaps.map((gap) => gapWords(gap.reason)))].join(", ")}` : "in the route");
  }

  /** What was captured beside pins, with where it stands: it has to be received as well. */
  drawBeside(own, found) {
    const stops = own.audits.filter((audit) => audit.state !== "gone");
    const marks = [...own.marks.values()].filter((mark) => mark.wanted);
    const received = (things) => things.filter((thing) => thing.state === "received").length;
    const words = [];
    if (stops.length) words.push(`${many(stops.length, "stop")} rated, ${Math.min(received(stops), found?.stops.received ?? 0)} received`);
    if (marks.length) words.push(`${many(marks.length, "possible crime")} marked, ${received(marks)} received`);
    $("receipt-beside").hidden = !words.length;
    say($("receipt-beside"), words.join(" · "));
  }

  drawRows(shown, todos, own) {
    const keys = JSON.stringify(shown.map((pin) => [pin.key, pin.rev, own.shares.get(pin.id)?.rev, own.marks.get(pin.id)?.rev, own.photos.get(pin.id)?.rev, Boolean(own.voices.get(pin.id))]));
    if (keys === this.drawnRows) return;
    this.drawnRows = keys;
    const { activeElement } = document;
    const focused = activeElement?.closest?.("#pins [data-key]") && [activeElement.dataset.key, activeElement.dataset.role];
    $("pins").replaceChildren(...shown.map((pin) => this.row(pin, todos.get(pin), own)));
    if (focused) $("pins").querySelector(`[data-key="${focused[0]}"][data-role="${focused[1]}"]`)?.focus();
  }

  row(pin, todo, own) {
    const labels = new Map(this.app.account.factors.map((each) => [each.code, each.label]));
    const factors = (pin.factors ?? []).map((code) => labels.get(code) ?? code).join(", ") || "No factors";
    const light = pin.applies?.length ? pin.applies.join(", ") : lightOf(pin);
    const poor = pin.accuracy_m > 40 ? `position ±${Math.round(pin.accuracy_m)} m` : "";
    const words = make(
      "div",
      { className: "row__words" },
      make("p", {}, make("span", { className: "away", text: `${nameOf(pin)} ${pin.number}: ` }), headingOf(pin)),
      make("p", { className: "quiet", text: [factors, poor || light].filter(Boolean).join(" · ") }),
    );
    if (pin.state !== "received") words.append(make("p", { className: "quiet", text: stateWords(pin) }));
    const marked = markWords(own.marks.get(pin.id));
    if (marked) words.append(make("p", { className: "row__mark" }, icon("notice"), marked));
    const open = make("button", { className: "link row__todo", type: "button", "data-key": pin.key, "data-role": "todo" });
    open.append(icon(todo?.icon ?? "pencil"), todo?.words ?? "Change", make("span", { className: "away", text: `, ${nameOf(pin).toLowerCase()} ${pin.number}` }));
    open.addEventListener("click", () => this[{ place: "place", wording: "wording" }[todo?.does] ?? "sheet"](pin.key));
    words.append(open);
    return make("li", { className: "row" }, markOf(pin), words, this.shareSwitch(pin, own));
  }

  shareSwitch(pin, own) {
    const share = own.shares.get(pin.id);
    const isOn = Boolean(share?.wanted && share.state !== "refused");
    // What may be a crime is looked at once more before it leaves.
    const isBlocked = (needsWords(pin) || (own.marks.get(pin.id)?.wanted && !pin.checked)) && !isOn;
    const button = make("button", { className: "switch", type: "button", role: "switch", "aria-checked": String(isOn), "data-key": pin.key, "data-role": "share" });
    button.setAttribute("aria-label", `Share ${nameOf(pin).toLowerCase()} ${pin.number} with council`);
    if (isBlocked) button.setAttribute("aria-disabled", "true");
    const words = isOn ? (share.state === "received" ? "Shared" : "To be shared") : share && share.state === "waiting" && share.sent ? "Taking back" : "Not shared";
    button.append(make("i"), make("span", { text: words }));
    const shared = () => sharePin(this.app.shelf, pin, !isOn, pin.wording).catch((error) => this.app.problem(`This could not be kept: ${error.message}`));
    button.addEventListener("click", () => (isBlocked ? this.wording(pin.key) : void shared()));
    return button;
  }

  readyToShare(own) {
    return own.pins.filter((pin) => pin.geometry && pin.state !== "gone" && pin.factors?.length && !isAboutPeople(pin) && !needsWords(pin) && !own.marks.get(pin.id)?.wanted && !own.shares.get(pin.id)?.wanted);
  }

  async shareAll() {
    for (const pin of this.readyToShare(this.own)) await sharePin(this.app.shelf, pin, true, pin.wording);
  }

  drawTrouble(own) {
    const stuck = own.all.filter((thing) => ["refused", "gone"].includes(thing.state));
    $("trouble").hidden = !stuck.length;
    const keys = stuck.map((thing) => `${thing.key} ${thing.rev}`).join();
    if (keys === this.drawnTrouble) return;
    this.drawnTrouble = keys;
    $("trouble-list").replaceChildren(...stuck.map((thing) => this.troubleRow(thing)));
  }

  troubleRow(thing) {
    const names = { walk: "The walk", chunk: `Part ${thing.number} of the route`, photo: "A photo", share: "A sharing", mark: "A mark of a possible crime" };
    const name = names[thing.kind] ?? `${nameOf(thing)} ${thing.number}`;
    const words = make("div", { className: "row__words" }, make("p", { text: name }), make("p", { className: "quiet", text: stateWords(thing) }));
    const buttons = make("div", { className: "buttons" });
    if (thing.state === "refused") buttons.append(this.button("Try again", () => this.app.shelf.update(thing.key, (now) => ({ ...now, state: "waiting", why: "" }))));
    if (thing.kind !== "walk") buttons.append(this.button("Discard", () => this.discard(thing, name)));
    words.append(buttons);
    return make("li", { className: "row row--walk" }, words);
  }

  button(text, pressed) {
    const button = make("button", { className: "control", type: "button", text });
    button.addEventListener("click", () => void pressed());
    return button;
  }

  async discard(thing, name) {
    if (!(await ask(`Discard this for good? ${name} is only on this phone.`, "Discard"))) return;
    const own = thing.kind === "concern" ? beside(thing.id) : [];
    await this.app.shelf.drop([thing.key, ...own], [thing.key, ...own]);
  }

  export() {
    return download(this.app.shelf, this.own.all.filter((thing) => !["received", "kept"].includes(thing.state)));
  }

  /** Finish: clears the phone only with a receipt of just what is on it. */
  async finish() {
    if (!this.isWhole) {
      this.left();
      return;
    }
    const voices = this.own.voices.size;
    if (voices && !(await ask(`${many(voices, "voice note")} not typed up yet will be deleted.`, "Delete and finish"))) return;
    const { walkId } = this;
    const again = await compare(this.app.shelf, walkId, now()).catch(() => null);
    if (!again?.isWhole || !(await this.app.shelf.dropWalk(walkId, again.revisions))) {
      await this.check();
      return;
    }
    this.close();
    await this.app.renewKey().catch(() => {});
    this.left();
  }
}
