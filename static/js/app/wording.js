/* The words that leave the force: somebody looks at them before they do. */
import { $, make, say } from "./dom.js";

let look = null;

/** Return what could tell who somebody is, as sentences; without the rules nothing is pointed out. */
async function findingsIn(text) {
  look ??= import("../wording.js").catch(() => ({ check: () => [] }));
  const { check } = await look;
  return check(text).map((each) => `“${each.text}”: ${each.advice}`);
}

/** The sheet in which a pin's words are checked. */
export class WordingSheet {
  constructor(app) {
    Object.assign(this, { app, key: null });
    $("wording-text").addEventListener("input", () => void this.look());
  }

  open(key) {
    const pin = this.app.things.get(key);
    this.key = key;
    $("wording-note").hidden = !pin.note;
    say($("wording-note"), pin.note ?? "");
    $("wording-crime").hidden = !this.app.things.get(`mark ${pin.id}`)?.wanted;
    $("wording-text").value = pin.wording ?? "";
    $("wording-sure").querySelector("input").checked = false;
    void this.look();
    $("wording").showModal();
    $("wording-title").focus();
  }

  async look() {
    const text = $("wording-text").value;
    const found = await findingsIn(text);
    if (text !== $("wording-text").value) return;
    this.found = found;
    $("wording-found").replaceChildren(...found.map((words) => make("li", { text: words })));
    $("wording-sure").hidden = !found.length;
  }

  async keep() {
    await this.look();
    if (this.found.length && !$("wording-sure").querySelector("input").checked) {
      $("wording-sure").querySelector("input").focus();
      return;
    }
    const wording = $("wording-text").value.trim();
    // The words are kept beside the pin and are no part of what is sent of it.
    await this.app.shelf.update(this.key, (pin) => ({ ...pin, wording, checked: true }));
    const share = this.app.things.get(`share ${this.key.split(" ")[1]}`);
    if (share?.wanted) await this.app.shelf.update(share.key, (now) => ({ ...now, wording: wording || null, state: "waiting" }));
    $("wording").close();
  }
}
