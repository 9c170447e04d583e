/* What of a walk has arrived, by the server's own receipt: identifiers and hashes, one by one. */
import { hashOf, tagOf } from "./canonical.js";
import { storedBody } from "./merge.js";
import { jsonOf, send } from "./net.js";
import { bodyOf, ofWalk, withBody } from "./things.js";

/** Compare a walk with its receipt. Return {captured, received, isWhole, at, revisions}: pins are what is
    counted, and everything else, walk, track and photos, has to be there as well before `isWhole`. */
export async function compare(shelf, walkId, now) {
  const answer = await send(shelf.person, "GET", `/walks/${walkId}/receipt`);
  if (!answer.ok && answer.status !== 404) throw new Error(`receipt: ${answer.status}`);
  const said = answer.ok ? jsonOf(answer) : { concerns: [], chunks: [], photos: [] };
  const there = {
    concern: new Map(said.concerns.map((each) => [each.id, each.hash])),
    chunk: new Map(said.chunks.map((each) => [each.chunk, each.hash])),
    photo: new Map(said.photos.map((each) => [each.concern, each.hash])),
  };
  const own = ofWalk(await shelf.all(), walkId);
  const missing = [];
  for (const thing of own.all) {
    if (!(await hasArrived(shelf, thing, there))) missing.push(thing);
  }
  const captured = own.pins.filter((pin) => pin.state !== "gone").length;
  const open = missing.filter((thing) => thing.kind === "concern" && !thing.removed && thing.state !== "gone").length;
  const revisions = own.all.map((thing) => `${thing.key} ${thing.rev}`).sort().join();
  return { captured, received: captured - open, isWhole: missing.length === 0, at: now, revisions };
}

async function hasArrived(shelf, thing, there) {
  if (thing.kind === "voice") return true; // stays on the phone on purpose
  if (thing.kind === "walk") return thing.state === "received" && thing.sent?.tag === tagOf(await hashOf(bodyOf(thing)));
  if (thing.kind === "share") return thing.state === "received";
  if (thing.removed) return false; // until the server knows of it
  if (thing.state === "gone") return !there.concern.has(thing.id);
  if (thing.kind === "chunk") return (await hashOf(bodyOf(thing))) === there.chunk.get(thing.number) && thing.state === "received";
  if (thing.kind === "photo") return thing.hash === there.photo.get(thing.id) && thing.state === "received";
  const isThere = (await hashOf(bodyOf(thing))) === there.concern.get(thing.id);
  if (isThere && thing.state === "received") return true;
  if (thing.state === "received") await lookAgain(shelf, thing);
  return false;
}

/** It was received, and the server now says otherwise: changed or removed elsewhere, or lost there. */
async function lookAgain(shelf, thing) {
  const answer = await send(shelf.person, "GET", `/concerns/${thing.id}`);
  await shelf.update(thing.key, (now) => {
    if (now.state !== "received") return null;
    if (answer.status === 410) return { ...now, state: "gone", why: "Removed on another phone." };
    if (answer.status === 404) return { ...now, state: "waiting", sent: null, tried: [] };
    if (!answer.ok) return null;
    const body = storedBody("concern", jsonOf(answer));
    return { ...withBody(now, body), sent: { hash: null, tag: answer.headers.get("ETag") }, base: body };
  });
}
