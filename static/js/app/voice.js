/* A voice note: stays on this phone until somebody has typed it up, then it is deleted. It is never sent. */
import { $, say } from "./dom.js";
import { now } from "./clock.js";
import { hour } from "./words.js";

const LONGEST_MS = 120_000;
let recording = null;
let shown = "";

function button(words) {
  say($("voice").querySelector("span"), words);
}

/** Begin a voice note for a pin, or end the one that is running. Without a pin: end it. */
export async function toggleVoice(app, pin) {
  if (recording) {
    recording.stop();
    return;
  }
  if (!pin) return;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    say($("voice-words"), "The microphone is not allowed. Allow it for this site, or type a note.");
    $("voice-field").hidden = false;
    return;
  }
  const parts = [];
  recording = new MediaRecorder(stream);
  const ends = setTimeout(() => recording?.stop(), LONGEST_MS);
  recording.addEventListener("dataavailable", (event) => parts.push(event.data));
  recording.addEventListener("stop", () => {
    clearTimeout(ends);
    for (const track of stream.getTracks()) track.stop();
    const type = recording.mimeType;
    recording = null;
    button("Voice");
    void keep(app, pin, new Blob(parts, { type }));
  });
  recording.start(1000);
  button("Stop");
  $("voice-field").hidden = false;
  say($("voice-words"), "Listening. Two minutes at most.");
}

async function keep(app, pin, blob) {
  const key = `voice ${pin.id}`;
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const thing = { key, kind: "voice", walk: pin.walk, id: pin.id, state: "kept", type: blob.type, at: now() };
  try {
    if (await app.shelf.get(key)) await app.shelf.drop([key], [key]);
    await app.shelf.add(thing, { blob: { key, bytes } });
  } catch (error) {
    say($("voice-words"), `This voice note could not be kept: ${error.message}. Free some space and say it again.`);
    return;
  }
  await showVoice(app.shelf, thing);
}

/** Show a pin's voice note in its sheet, or none. It does not play by itself. */
export async function showVoice(shelf, voice) {
  if (recording) return;
  URL.revokeObjectURL(shown);
  $("voice-field").hidden = !voice;
  $("voice-play").hidden = !voice;
  if (!voice) return;
  say($("voice-words"), `Voice note of ${hour(voice.at)}. It stays on this phone: type it up as a note, then delete it.`);
  shown = URL.createObjectURL(new Blob([await shelf.blob(voice.key)], { type: voice.type }));
  $("voice-play").src = shown;
}

/** Delete the voice note: it has been typed up. */
export async function dropVoice(app, pin) {
  await app.shelf.drop([`voice ${pin.id}`], [`voice ${pin.id}`]);
  await showVoice(app.shelf, null);
}
