/* What was not sent, as a file that a person keeps. */
import { bodyOf } from "./things.js";

const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

async function entry(shelf, thing) {
  const { kind, id, number, state, why } = thing;
  const said = { kind, id, walk: thing.walk, number, state, why };
  if (kind === "photo") return { ...said, jpeg_base64: base64(await shelf.blob(thing.key)) };
  return { ...said, removed: thing.removed || undefined, body: bodyOf(thing) };
}

/** Hand over things as a JSON file. */
export async function download(shelf, things) {
  const entries = await Promise.all(things.map((thing) => entry(shelf, thing)));
  const text = JSON.stringify({ exported_at: new Date().toISOString(), things: entries }, null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "lamplight-not-sent.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
