/* The sheet of one pin. Everything said in it is kept as it is said; closing it keeps, too. */
import { $, choose, chosen, make, say } from "./dom.js";
import { showCrime } from "./crime.js";
import { showPhoto, takePhoto } from "./photo.js";
import { changePin, ofWalk, removePin, withBody } from "./things.js";
import { hour, lightOf, nameOf, stateWords } from "./words.js";
import { dropVoice, showVoice, toggleVoice } from "./voice.js";

const SHOWN = { environment: 5, behaviour: 3 };
const TYPED_MS = 350;
const form = () => $("sheet-form");

/** The sheet. `app` keeps the pin; `onClose` gets its key, `onPlace` begins to move it on the map. */
export class Sheet {
  constructor(app, { onClose, onPlace }) {
    Object.assign(this, { app, onClose, onPlace, key: null, isAll: { environment: false, behaviour: false }, work: Promise.resolve() });
    form().addEventListener("change", (event) => this.changedBy(event.target));
    $("note").addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.keepNote(), TYPED_MS);
    });
    $("sheet").addEventListener("close", () => this.closed());
    for (const button of form().querySelectorAll("[data-all]")) button.addEventListener("click", () => this.toggleAll(button));
    for (const radio of form().querySelectorAll("[name=feeling], [name=basis], [name=setting]")) {
      // A choice can be taken back: nothing in here has to be said.
      radio.addEventListener("click", () => this.again(radio));
    }
    this.swipe();
  }

  get pin() {
    return this.app.things.get(this.key);
  }

  open(key) {
    this.key = key;
    this.isAll = { environment: false, behaviour: false };
    const { pin } = this;
    if (!pin) return;
    if (this.app.outbox) this.app.outbox.held = key;
    this.fill(pin);
    $("sheet").showModal();
    $("sheet-title").focus();
    form().querySelector(".sheet__scroll").scrollTop = 0;
  }

  fill(pin) {
    const light = lightOf(pin);
    say($("sheet-title"), `${nameOf(pin)} ${pin.number} is kept`);
    const accuracy = pin.accuracy_m === null ? (pin.geometry ? "placed on the map" : "no place yet") : `±${Math.round(pin.accuracy_m)} m`;
    say($("sheet-facts"), [hour(Date.parse(pin.recorded_at)), light, accuracy, "you can stop here"].filter(Boolean).join(" · "));
    $("sheet-why").hidden = !["refused", "differs", "gone"].includes(pin.state);
    say($("sheet-why"), $("sheet-why").hidden ? "" : stateWords(pin));
    $("sheet-differs").hidden = pin.state !== "differs";
    this.showKept();
    $("note").value = pin.note ?? "";
    this.showNote(Boolean(pin.note));
    say($("remove-word"), `Remove this ${nameOf(pin).toLowerCase()}`);
    const own = ofWalk(this.app.list(), pin.walk);
    void showPhoto(this.app.shelf, own.photos.get(pin.id));
    void showVoice(this.app.shelf, own.voices.get(pin.id));
    showCrime(this.app, pin);
  }

  /** Choose what is kept, and nothing else. */
  showKept() {
    const { pin } = this;
    if (!pin) return;
    choose(form(), "about", [pin.about]);
    for (const name of ["feeling", "basis", "setting"]) choose(form(), name, [pin[name] ?? ""]);
    choose(form(), "applies", pin.applies ?? []);
    for (const group of ["environment", "behaviour"]) this.fillFactors(group);
  }

  /** Show the factors this officer uses most; the rest under 'All'. */
  fillFactors(group) {
    const all = this.app.account.factors.filter((each) => each.group === group);
    const said = this.pin.factors ?? [];
    const used = JSON.parse(localStorage.getItem("lamplight-used") ?? "{}");
    const most = [...all].sort((a, b) => (used[b.code] ?? 0) - (used[a.code] ?? 0)).slice(0, SHOWN[group]);
    const shown = this.isAll[group] ? all : all.filter((each) => most.includes(each) || said.includes(each.code));
    const chips = shown.map(({ code, label }) => {
      const chip = form().querySelector(".feelings .chip").cloneNode(true);
      const [input, words] = chip.children;
      Object.assign(input, { type: "checkbox", name: "factors", value: code, checked: said.includes(code) });
      words.lastChild.textContent = label;
      return chip;
    });
    form().querySelector(`[data-group="${group}"]`).replaceChildren(...chips);
    const button = form().querySelector(`[data-all="${group}"]`);
    button.hidden = shown.length === all.length && !this.isAll[group];
    button.textContent = this.isAll[group] ? "Fewer" : `All ${all.length}`;
    button.setAttribute("aria-expanded", String(this.isAll[group]));
  }

  toggleAll(button) {
    const group = button.dataset.all;
    this.isAll[group] = !this.isAll[group];
    this.fillFactors(group);
  }

  again(radio) {
    const { key } = this;
    if (this.pin?.[radio.name] !== radio.value) return; // chosen by this very click: the change comes after it
    radio.checked = false;
    this.change(key, (pin) => ({ ...pin, [radio.name]: null }));
  }

  changedBy(input) {
    const { key } = this;
    if (input.id === "photo") {
      void this.photo(input);
      return;
    }
    if (input.name === "note") {
      this.keepNote();
      return;
    }
    if (input.name === "about" || input.type === "radio") {
      this.change(key, (pin) => ({ ...pin, [input.name]: input.value }));
    } else if (input.name === "applies") {
      const values = chosen(form(), "applies");
      this.change(key, (pin) => ({ ...pin, applies: values }));
    } else if (input.name === "factors") this.factor(key, input);
  }

  factor(key, { value, checked }) {
    const used = JSON.parse(localStorage.getItem("lamplight-used") ?? "{}");
    if (checked) localStorage.setItem("lamplight-used", JSON.stringify({ ...used, [value]: (used[value] ?? 0) + 1 }));
    const order = this.app.account.factors.map((each) => each.code);
    this.change(key, (pin) => {
      const others = (pin.factors ?? []).filter((code) => code !== value);
      const factors = (checked ? [...others, value] : others).sort((a, b) => order.indexOf(a) - order.indexOf(b));
      return { ...pin, factors, checked: false };
    });
  }

  keepNote() {
    clearTimeout(this.typing);
    const { key, pin } = this;
    const note = $("note").value.trim();
    if (!pin || note === (pin.note ?? "")) return;
    this.change(key, (now) => ({ ...now, note, checked: false }));
  }

  /** Changes follow each other, so that the last one stays. */
  change(key, change) {
    this.work = this.work
      .then(() => changePin(this.app.shelf, key, change))
      .catch((error) => {
        this.showKept();
        say($("sheet-why"), `This could not be kept: ${error.message}. Free some space and say it again.`);
        $("sheet-why").hidden = false;
      });
    return this.work;
  }

  showNote(isShown) {
    $("note-field").hidden = !isShown;
    form().querySelector("[data-do=note]").setAttribute("aria-expanded", String(isShown));
  }

  note() {
    this.showNote(true);
    $("note").focus();
  }

  async photo(input) {
    const [file] = input.files;
    input.value = "";
    if (file) await takePhoto(this.app, this.pin, file);
  }

  voice() {
    return toggleVoice(this.app, this.pin);
  }

  voiceDrop() {
    return dropVoice(this.app, this.pin);
  }

  async remove() {
    const { key } = this;
    await this.work;
    await removePin(this.app.shelf, key);
    this.wasRemoved = true;
    $("sheet").close();
  }

  /** Decide between what this phone and what another said. */
  async decide(isOurs) {
    await changePin(this.app.shelf, this.key, (pin) => {
      if (pin.state !== "differs") return pin;
      const { theirs, collisions: _asked, ...rest } = pin;
      const kept = isOurs ? rest : withBody(rest, theirs.body);
      return { ...kept, sent: { hash: null, tag: theirs.tag }, base: theirs.body };
    });
    this.fill(this.pin);
  }

  closed() {
    this.keepNote();
    const { key, wasRemoved = false } = this;
    this.wasRemoved = false;
    this.key = null;
    void toggleVoice(this.app, null);
    if (this.app.outbox) {
      this.app.outbox.held = null;
      void this.work.then(() => this.app.outbox.soon());
    }
    this.onClose(key, wasRemoved);
  }

  replace() {
    const { key } = this;
    $("sheet").close();
    this.onPlace(key);
  }

  swipe() {
    let from = null;
    const head = form().querySelector(".sheet__head");
    head.addEventListener("pointerdown", (event) => (from = event.clientY));
    head.addEventListener("pointerup", (event) => {
      if (from !== null && event.clientY - from > 80) $("sheet").close();
      from = null;
    });
  }
}

/** Return an element that says where a pin stands. */
export const stateLine = (pin) => make("p", { className: "quiet", text: stateWords(pin) });
