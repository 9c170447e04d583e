/* The mark that a pin may be a crime. It reports nothing, and it never leaves the force. */
import { $, say } from "./dom.js";
import { ofWalk, unsent } from "./things.js";
import { stateWords } from "./words.js";

/** Mark a pin, or take the mark off; kept on the phone and sent like everything else. */
export async function markPin(shelf, pin, wanted) {
  const key = `mark ${pin.id}`;
  const found = await shelf.update(key, (mark) => ({ ...mark, wanted, state: "waiting", why: "" }));
  return found ?? shelf.add({ key, kind: "mark", walk: pin.walk, id: pin.id, ...unsent(), wanted });
}

/** Return where a mark stands in words, nothing without one. */
export function markWords(mark) {
  if (!mark || (!mark.wanted && mark.state === "received")) return "";
  if (!mark.wanted) return "The mark is being taken off";
  return mark.state === "received" ? "May be a crime" : `May be a crime · ${stateWords(mark)}`;
}

const markOf = (app, pin) => ofWalk(app.list(), pin.walk).marks.get(pin.id);

/** Show in a pin's sheet whether it is marked. */
export function showCrime(app, pin) {
  const mark = markOf(app, pin);
  say($("crime-word"), mark?.wanted ? "Take the mark off" : "Mark it: this may be a crime");
  say($("crime-words"), mark?.wanted ? `${markWords(mark)}. Nothing has been reported by this.` : markWords(mark));
  $("crime-calls").hidden = !mark?.wanted;
}

/** Mark a pin or take the mark off again; what could not be kept is said and not shown as kept. */
export async function toggleCrime(app, pin) {
  try {
    const mark = await markPin(app.shelf, pin, !markOf(app, pin)?.wanted);
    app.things.set(mark.key, mark);
    showCrime(app, pin);
  } catch (error) {
    say($("crime-words"), `This could not be kept: ${error.message}. Free some space and press again.`);
  }
}
