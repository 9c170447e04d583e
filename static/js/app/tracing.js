/* What is shown and pressed while a stretch is open: walk it, or tap along it on the map. */
import { $, ask, say } from "./dom.js";
import { lengthOf } from "./stretch.js";
import { many } from "./words.js";

const WORTH_ASKING_M = 20;
const TOO_LONG = "A stretch is at most 5 km long. End it here, and begin another.";

/** The panel under the map. `map()` returns the map, `changed` is called when the panel comes or goes. */
export class Tracing {
  constructor(map, changed) {
    Object.assign(this, { map, changed, stretch: null, drawn: "" });
  }

  /** Draw it for a stretch, or take it away. */
  draw(stretch) {
    this.stretch = stretch;
    const isOpen = Boolean(stretch?.key);
    const wasHidden = $("tracing").hidden;
    $("tracing").hidden = !isOpen;
    if (wasHidden === isOpen) this.changed();
    const { line = [], isTracing = false, accuracy } = stretch ?? {};
    const drawn = isOpen && isTracing ? JSON.stringify(line) : "";
    if (drawn !== this.drawn && this.map()) {
      this.drawn = drawn;
      if (drawn) this.map().handles.trace(line);
      else this.map().handles.clear();
    }
    if (!isOpen) return;
    const metres = `${Math.round(lengthOf(line))} m`;
    say($("tracing-title"), isTracing ? "Tap along the stretch" : "Walk along the stretch");
    say($("tracing-words"), isTracing ? `${many(line.length, "point")}, ${metres}` : `${metres}${accuracy === null ? "" : `, ±${Math.round(accuracy)} m`}`);
    $("tracing").querySelector("[data-do=trace]").hidden = isTracing;
    for (const each of ["untrace", "trace-middle"]) $("tracing").querySelector(`[data-do=${each}]`).hidden = !isTracing;
    $("tracing").querySelector("[data-do=untrace]").setAttribute("aria-disabled", String(!line.length));
  }

  /** Trace on the map instead of walking. */
  async begin() {
    const { stretch } = this;
    const walked = lengthOf(stretch.line);
    const words = `Trace it on the map instead of the ${Math.round(walked)} m walked so far?`;
    if (walked > WORTH_ASKING_M && !(await ask(words, "Trace it"))) return;
    if (!stretch.key) return;
    await stretch.retrace();
    if (this.map()) this.map().follows = false;
    this.draw(stretch);
    $("tracing").querySelector("[data-do=trace-middle]").focus();
  }

  /** Take a tapped position, or the middle of the map for those who cannot tap it. */
  tapped(position = this.map()?.middle()) {
    if (!position || !this.stretch?.isTracing) return;
    const isTaken = this.stretch.trace(position);
    this.draw(this.stretch);
    if (!isTaken) say($("tracing-words"), TOO_LONG);
  }

  back() {
    if (!this.stretch?.line.length) return;
    void this.stretch.untrace();
    this.draw(this.stretch);
  }
}
