/* What the walk's screen says above and below the map: how well the phone knows its place, and what has arrived. */
import { $, say } from "./dom.js";
import { grade } from "./position.js";

const MOST_BOXES = 24;

/** Say where a Position stands. */
export function sayPosition({ last, state }) {
  $("denied").hidden = state !== "denied";
  say($("hud-accuracy"), last && state === "here" ? `±${Math.round(last.accuracy)} m` : "–");
  const words = { denied: "position: not allowed", lost: "position: none, tap the map", waiting: "position: none yet" }[state];
  const poor = last && grade(last.accuracy) === "poor" ? "position: poor, tap the map to place it" : null;
  say($("hud-grade"), words ?? poor ?? (last ? `position: ${grade(last.accuracy)}` : "position: none yet"));
}

/** Say how many pins are kept and received, with a box for each of the last. */
export function sayTally(pins, isSending) {
  const kept = pins.length;
  const received = pins.filter((pin) => pin.state === "received").length;
  const all = kept ? `All ${kept} received` : "Nothing kept yet";
  const sending = isSending && received < kept ? `, sending ${kept - received}` : "";
  say($("tally"), received === kept ? all : `${kept} kept on this phone, ${received} received${sending}`);
  const last = pins.slice(-MOST_BOXES).map((pin) => pin.state === "received");
  const boxes = $("tally-boxes");
  if (boxes.dataset.drawn === String(last)) return;
  boxes.dataset.drawn = String(last);
  boxes.replaceChildren(...last.map((isReceived) => Object.assign(document.createElement("i"), { className: isReceived ? "is-received" : "" })));
}
