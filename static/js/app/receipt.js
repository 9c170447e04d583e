/* What of a walk has arrived, by the server's own receipt: identifiers and hashes, one by one. */
import { hashOf, tagOf } from "./canonical.js";
import { storedBody } from "./merge.js";
import { jsonOf, send } from "./net.js";
import { bodyOf, ofWalk, withBody } from "./things.js";

/** Compare a walk with its receipt. Return {captured, received, stops, isWhole, at, revisions}: pins are what is
    counted, beside them stops of a safety audit ({captured, received}), and everything else, walk, track, photos
    and marks, has to be there as well before `isWhole`. */
export async function compare(shelf, walkId, now) {
  const answer = await send(shelf.person, "GET", `/walks/${walkId}/receipt`);
  if (!answer.ok && answer.status !== 404) throw new Error(`receipt: ${answer.status}`);
  const said = answer.ok ? jsonOf(answer) : { concerns: [], chunks: [], photos: [], audits: [], crimes: [] };
  const there = {
    concern: new Map(said.concerns.map((each) => [each.id, each.hash])),
    chunk: new Map(said.chunks.map((each) => [each.chunk, each.hash])),
    photo: new Map(said.photos.map((each) => [each.concern, each.hash])),
    audit: new Map(said.audits.map((each) => [each.id, each.hash])),
    mark: new Map(said.crimes.map((each) => [each.concern, each.hash])),
  };
  const own = ofWalk(await shelf.all(), walkId);
  const missing = [];
  for (const thing of own.all) {
    if (!(await hasArrived(shelf, thing, there))) missing.push(thing);
  }
  const revisions = own.all.map((thing) => `${thing.key} ${thing.rev}`).sort().join();
  return { ...counted(own.pins, missing), stops: counted(own.audits, missing), isWhole: missing.length === 0, at: now, revisions };
}

function counted(things, missing) {
  const captured = things.filter((thing) => thing.state !== "gone");
  return { captured: captured.length, received: captured.filter((thing) => !missing.includes(thing)).length };
}

async function hasArrived(shelf, thing, there) {
  if (thing.kind === "voice") return true; // stays on the phone on purpose
  if (thing.kind === "walk") return thing.state === "received" && thing.sent?.tag === tagOf(await hashOf(bodyOf(thing)));
  if (thing.kind === "share") return thing.state === "received";
  if (thing.kind === "mark") return markHasArrived(shelf, thing, there);
  if (thing.removed) return false; // until the server knows of it
  if (thing.state === "gone") return !there[thing.kind].has(thing.id);
  if (thing.kind === "chunk") return (await hashOf(bodyOf(thing))) === there.chunk.get(thing.number) && thing.state === "received";
  if (thing.kind === "photo") return thing.hash === there.photo.get(thing.id) && thing.state === "received";
  const isThere = (await hashOf(bodyOf(thing))) === there[thing.kind].get(thing.id);
  if (isThere && thing.state === "received") return true;
  if (thing.state === "received") await lookAgain(shelf, thing);
  return false;
}

/** A mark that a colleague has since taken off, or made, stays as the colleague has it. */
async function markHasArrived(shelf, thing, there) {
  if (thing.state !== "received") return false;
  const isThere = there.mark.get(thing.id) === (await hashOf(bodyOf(thing)));
  if (isThere !== thing.wanted) await shelf.update(thing.key, (now) => (now.rev === thing.rev ? { ...now, wanted: isThere } : null));
  return isThere === thing.wanted;
}

/** It was received, and the server now says otherwise: changed or removed elsewhere, or lost there. */
async function lookAgain(shelf, thing) {
  const answer = await send(shelf.person, "GET", `/${thing.kind}s/${thing.id}`);
  await shelf.update(thing.key, (now) => {
    if (now.state !== "received") return null;
    if (answer.status === 410) return { ...now, state: "gone", why: "Removed on another phone." };
    if (answer.status === 404) return { ...now, state: "waiting", sent: null, tried: [] };
    if (!answer.ok) return null;
    const body = storedBody(thing.kind, jsonOf(answer));
    return { ...withBody(now, body), sent: { hash: null, tag: answer.headers.get("ETag") }, base: body };
  });
}
