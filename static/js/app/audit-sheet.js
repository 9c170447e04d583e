/* The sheet of a safety-audit stop. Place and time are taken when it is opened; each level is kept as it is chosen. */
import { addAudit, rate, removeAudit } from "./audits.js";
import { now } from "./clock.js";
import { $, ask, make, say } from "./dom.js";
import { changePin, withBody } from "./things.js";
import { hour, lightOf, stateWords } from "./words.js";

const form = () => $("audit-form");

/** The rubric that this version of the app asks by. */
export const rubricNow = () => form().dataset.rubric;

/** Return how much of a stop was rated. */
export const ratedWords = (audit) => `${Object.keys(audit.scores).length} of ${form().querySelectorAll("fieldset[data-parameter]").length} rated`;

/** The sheet. `app` keeps the stop; `onKept(audit)` is called once it is kept, `onPlace(key)` begins to place it. */
export class AuditSheet {
  constructor(app, { onKept, onPlace }) {
    Object.assign(this, { app, onKept, onPlace, key: null, begun: null, work: Promise.resolve() });
    form().addEventListener("change", ({ target }) => this.choose(target));
    form().addEventListener("click", ({ target }) => this.takeBack(target));
    $("audit").addEventListener("close", () => void this.closed());
  }

  get audit() {
    return this.app.things.get(this.key);
  }

  /** Begin a stop here and now; nothing is kept before something was rated. */
  begin(walk, position) {
    this.begun = { walk, rubric: rubricNow(), at: now(), position };
    this.show(null);
  }

  /** Open a stop that is kept. */
  open(key) {
    this.begun = null;
    this.show(key);
  }

  show(key) {
    this.key = key;
    if (this.app.outbox) this.app.outbox.held = key;
    this.fill();
    $("audit").showModal();
    $("audit-title").focus();
    form().querySelector(".sheet__scroll").scrollTop = 0;
  }

  fill() {
    const { audit } = this;
    for (const input of form().querySelectorAll("input")) input.checked = audit?.scores[input.name] === Number(input.value);
    $("audit-differs").hidden = audit?.state !== "differs";
    this.facts();
  }

  facts() {
    const { audit, begun } = this;
    const at = audit ? Date.parse(audit.recorded_at) : begun.at;
    const accuracy = audit ? audit.accuracy_m : begun.position?.accuracy;
    const hasPlace = Boolean(audit ? audit.geometry : begun.position);
    const place = hasPlace ? (accuracy === null ? "placed on the map" : `±${Math.round(accuracy)} m`) : "no place yet";
    say($("audit-title"), audit ? `Stop ${audit.number} is kept` : "Safety audit of this place");
    say($("audit-facts"), [hour(at), audit && lightOf(audit), place].filter(Boolean).join(" · "));
    const isSaid = audit && ["refused", "differs", "gone"].includes(audit.state);
    say($("audit-state"), isSaid ? stateWords(audit) : audit ? `${ratedWords(audit)}, you can stop here` : "Kept with the first answer");
    $("audit-tools").hidden = !audit;
  }

  choose(input) {
    if (input.type === "radio") this.change(input.name, Number(input.value));
  }

  /** A level that is pressed again is taken back: what cannot be told is left out. */
  takeBack(input) {
    if (input.type !== "radio" || this.audit?.scores[input.name] !== Number(input.value)) return;
    input.checked = false;
    this.change(input.name, null);
  }

  /** Changes follow each other, so that the first one makes the stop and the last one stays. */
  change(parameter, level) {
    this.work = this.work
      .then(() => this.keep(parameter, level))
      .catch((error) => {
        say($("audit-state"), `This could not be kept: ${error.message}. Free some space and say it again.`);
        this.uncheck(parameter);
      });
    return this.work;
  }

  async keep(parameter, level) {
    if (this.key) {
      const rated = await rate(this.app.shelf, this.key, parameter, level);
      if (rated) this.app.things.set(rated.key, rated);
    } else {
      const kept = await addAudit(this.app.shelf, this.begun, { [parameter]: level });
      this.app.things.set(kept.key, kept);
      this.key = kept.key;
      if (this.app.outbox && $("audit").open) this.app.outbox.held = kept.key;
      this.onKept(kept);
    }
    this.facts();
  }

  /** What is not kept must not look chosen. */
  uncheck(parameter) {
    const level = this.audit?.scores[parameter];
    for (const input of form().querySelectorAll(`[name="${parameter}"]`)) input.checked = Number(input.value) === level;
  }

  async decide(isOurs) {
    await changePin(this.app.shelf, this.key, (audit) => {
      if (audit.state !== "differs") return audit;
      const { theirs, collisions: _asked, ...rest } = audit;
      const kept = isOurs ? rest : withBody(rest, theirs.body);
      return { ...kept, sent: { hash: null, tag: theirs.tag }, base: theirs.body };
    });
    this.app.things.set(this.key, await this.app.shelf.get(this.key));
    this.fill();
  }

  async remove() {
    if (!(await ask("Remove this stop and what was rated?", "Remove"))) return;
    await this.work;
    await removeAudit(this.app.shelf, this.key);
    $("audit").close();
  }

  place() {
    const { key } = this;
    $("audit").close();
    this.onPlace(key);
  }

  /** Closing keeps. A stop of which every level was taken back is none. */
  async closed() {
    await this.work;
    const { audit } = this;
    if (this.app.outbox) this.app.outbox.held = null;
    if (audit && !audit.removed && !Object.keys(audit.scores).length) await removeAudit(this.app.shelf, audit.key);
    this.app.outbox?.soon();
  }
}

/** Draw the stops of a walk as rows; `open(key)` and `place(key)` go on with one. */
export function drawStops(audits, { open, place }) {
  $("stops").hidden = !audits.length;
  const keys = audits.map((audit) => `${audit.key} ${audit.rev}`).join();
  if ($("stops-list").dataset.drawn === keys) return;
  $("stops-list").dataset.drawn = keys;
  $("stops-list").replaceChildren(...audits.map((audit) => row(audit, { open, place })));
}

function row(audit, { open, place }) {
  const words = make("div", { className: "row__words" }, make("p", { text: `Stop ${audit.number}` }));
  const facts = [hour(Date.parse(audit.recorded_at)), lightOf(audit), ratedWords(audit)].filter(Boolean).join(" · ");
  words.append(make("p", { className: "quiet", text: facts }), make("p", { className: "quiet", text: stateWords(audit) }));
  const needsPlace = !audit.geometry && audit.state !== "open";
  const button = make("button", { className: "control", type: "button", text: needsPlace ? "Set the place" : audit.state === "differs" ? "Choose" : "Change" });
  button.append(make("span", { className: "away", text: `stop ${audit.number}` }));
  button.addEventListener("click", () => (needsPlace ? place : open)(audit.key));
  const isOlder = audit.rubric !== rubricNow();
  if (isOlder) words.append(make("p", { className: "quiet", text: "Rated by other words than the app has now. It is changed at a desk." }));
  return make("li", { className: "row row--walk" }, words, ...(isOlder && !needsPlace ? [] : [button]));
}
