/* What the screens say of pins, walks and sending. */
import { lightAt } from "./sun.js";

const FEELINGS = { frightening: "Frightening", uncomfortable: "Uncomfortable", acceptable: "Acceptable", comfortable: "Comfortable" };
const POOR_M = 40;

export const hour = (ms) => new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/London" });
export const day = (ms) => new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "long", timeZone: "Europe/London" });
export const km = (metres) => `${(metres / 1000).toFixed(1)} km`;
export const many = (count, one, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;

/** Return how long something took, as 38:12 or 1:02:05. */
export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** Return day, twilight or dark at a pin; empty while it has no place. */
export function lightOf(pin) {
  const { geometry } = pin;
  if (!geometry?.coordinates.length) return "";
  const [lon, lat] = geometry.type === "Point" ? geometry.coordinates : geometry.coordinates[0];
  return lightAt(lon, lat, Date.parse(pin.recorded_at));
}

export const nameOf = (pin) => (pin.kind === "audit" ? "Stop" : pin.geometry?.type === "LineString" || pin.state === "open" ? "Stretch" : "Pin");

/** Return what a pin is called in lists. */
export const headingOf = (pin) => (pin.about === "positive" ? "Works well here" : (FEELINGS[pin.feeling] ?? "No feeling chosen"));

/** Return where a thing stands, in words. */
export function stateWords(thing) {
  const words = {
    open: thing.kind === "audit" ? "Nothing rated yet" : "Still being recorded",
    unplaced: "Kept here, without a place yet",
    waiting: "Kept on this phone, to be sent",
    received: "Received",
    refused: `Not accepted. ${thing.why}`,
    differs: `${thing.why} Choose which to keep.`,
    gone: thing.why,
  };
  return words[thing.state];
}

/** Return what is still to be done for a pin: {icon, words, does} or null. */
export function todoOf(pin, { voice, share }) {
  if (pin.state === "gone") return null;
  if (pin.state === "refused" || share?.state === "refused") return { icon: "notice", words: "See why it was not accepted", does: "open" };
  if (pin.state === "differs") return { icon: "pencil", words: "Choose which to keep", does: "open" };
  if (!pin.geometry || (pin.position_method === "gps" && pin.accuracy_m > POOR_M)) return { icon: "pin", words: "Check the place", does: "place" };
  if (voice) return { icon: "voice", words: "Type up the voice note", does: "open" };
  if (pin.about === "concern" && !pin.feeling) return { icon: "plus", words: "Add feeling", does: "open" };
  if (needsWords(pin)) return { icon: "pencil", words: "Check the wording", does: "wording" };
  if (!pin.factors?.length) return { icon: "plus", words: "Add factors", does: "open" };
  return null;
}

const GAPS = {
  hidden: "screen off or another app open",
  paused: "paused",
  no_position: "no position",
  poor_accuracy: "poor position",
  restarted: "the app was closed",
};

/** Return why there is a gap, in words; gaps of an earlier version have their words already. */
export const gapWords = (reason) => GAPS[reason] ?? reason.toLowerCase();

let behaviour = new Set();

/** Tell which factors are about what people do. */
export function setFactors(factors) {
  behaviour = new Set(factors.filter((each) => each.group === "behaviour").map((each) => each.code));
}

export const isAboutPeople = (pin) => (pin.factors ?? []).some((code) => behaviour.has(code));

/** Whether somebody has to look at the words before this pin can leave. */
export const needsWords = (pin) => !pin.checked && Boolean(pin.note || pin.wording || isAboutPeople(pin));
