/* The first screen: start a walk, or go on with one that is still on this phone. */
import { $, make, say } from "./dom.js";
import { ofWalk } from "./things.js";
import { day, hour, many } from "./words.js";

let participants = null;

/** Return the number of women walking along, null when it was not said. */
export const participantsSaid = () => participants;

/** Add one or take one away; below none is 'not said'. */
export function step(by) {
  participants = participants === null ? (by > 0 ? 1 : null) : participants + by;
  if (participants !== null && participants < 0) participants = null;
  if (participants > 1000) participants = 1000;
  say($("participants"), participants === null ? "Not said" : String(participants));
}

function row(app, walk) {
  const own = ofWalk(app.list(), walk.id);
  const left = own.all.filter((thing) => thing.state !== "received" && thing.kind !== "voice").length;
  const at = Date.parse(walk.started_at);
  const words = make(
    "div",
    { className: "row__words" },
    make("p", { text: `Walk of ${day(at)}, ${hour(at)}` }),
    make("p", { className: "quiet", text: `${many(own.pins.length, "pin")}, ${own.audits.length ? `${many(own.audits.length, "stop")}, ` : ""}${left ? `${left} still to send` : "all sent"}` }),
  );
  const button = make("button", { className: "control", type: "button", "data-do": walk.ended_at ? "tidy" : "resume", "data-walk": walk.id });
  button.textContent = walk.ended_at ? "Tidy up" : "Go on";
  return make("li", { className: "row row--walk" }, words, button);
}

/** Draw the screen. */
export function showStart(app) {
  const walks = app.walks();
  $("start-ready").hidden = !app.shelf;
  $("kept").hidden = !walks.length;
  const who = app.record ? `${app.record.name}, ${app.record.team}` : "";
  say($("who"), app.shelf ? who : app.sending === "signed-out" ? "Sign in to begin." : "Open this page once with signal and signed in. After that it works without.");
  const shown = walks.map((walk) => `${walk.id} ${walk.ended_at} ${walk.state}`).join() + app.list().length + app.list().filter((thing) => thing.state === "received").length;
  if ($("kept-list").dataset.shown === shown) return;
  $("kept-list").dataset.shown = shown;
  $("kept-list").replaceChildren(...walks.map((walk) => row(app, walk)));
}
