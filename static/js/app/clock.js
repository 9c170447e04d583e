/* What time it is. Phones can be days wrong; every answer of the server tells by how much. */

import { plain, setPlain } from "./store.js";

const KEPT = "clock";
const TOLERATED_MS = 90_000;
let offset = 0;
let measured = false;
let start = 0; // when the page was begun, by the phone's clock at the time it was measured

/** Take up what was measured when the app was last open. */
export async function startClock() {
  offset = (await plain(KEPT)) ?? 0;
}

/** Return milliseconds since 1970, put right by the server's clock where that is known. */
export const now = () => Date.now() + offset;

/** Return how far the phone is behind the server in milliseconds; 0 while it is right or not known. */
export const clockOffset = () => offset;

/** Whether the server's clock was seen since the app was opened. */
export const clockMeasured = () => measured;

/** Whether `now` is right beyond doubt: measured since the app was opened, and the clock was not set meanwhile. */
export const clockSure = () => measured && Math.abs(Date.now() - performance.now() - start) <= TOLERATED_MS;

/** Take the time out of an answer. Its Date has whole seconds, so that small differences mean nothing. */
export function measure(answer) {
  const said = Date.parse(answer.headers.get("Date") ?? "");
  if (!Number.isFinite(said)) return;
  const behind = said + 500 - Date.now();
  measured = true;
  start = Date.now() - performance.now();
  if (Math.abs(behind - offset) <= TOLERATED_MS && offset !== 0) return;
  offset = Math.abs(behind) <= TOLERATED_MS ? 0 : behind;
  void setPlain(KEPT, offset);
}

/** Return in words what is wrong with the phone's clock, or nothing. */
export function clockWords() {
  if (!offset) return "";
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const much = minutes < 120 ? `${minutes} minutes` : minutes < 2880 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
  return `This phone's clock is ${much} ${offset > 0 ? "behind" : "ahead"}. Times are put right.`;
}
