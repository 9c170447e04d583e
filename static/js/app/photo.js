/* A photo of the place: drawn anew on the phone, so that nothing but the picture leaves it. */
import { $ } from "./dom.js";
import { sha256 } from "./canonical.js";

const LONGEST_SIDE = 2048;
const QUALITY = 0.82;
let shown = "";

/** Return a picture file as plain JPEG bytes, upright, its longest side at most 2,048 px. */
export async function redrawn(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return new Uint8Array(await blob.arrayBuffer());
}

/** Keep a photo for a pin, in the place of an earlier one. */
export async function takePhoto(app, pin, file) {
  const field = $("photo-field");
  let bytes;
  try {
    bytes = await redrawn(file);
  } catch {
    $("sheet-why").textContent = "This picture cannot be read. Take it again.";
    $("sheet-why").hidden = false;
    return;
  }
  const key = `photo ${pin.id}`;
  const hash = await sha256(bytes);
  const before = await app.shelf.get(key);
  const thing = { key, kind: "photo", walk: pin.walk, id: pin.id, state: "waiting", sent: null, base: null, tried: [], why: "", clock: 0, hash };
  try {
    if (before) {
      await app.shelf.setBlob(key, pin.walk, bytes);
      await app.shelf.update(key, (now) => ({ ...now, hash, state: "waiting", why: "" }));
    } else {
      await app.shelf.add(thing, { blob: { key, bytes } });
    }
  } catch (error) {
    $("sheet-why").textContent = `This photo could not be kept: ${error.message}. Free some space and take it again.`;
    $("sheet-why").hidden = false;
    return;
  }
  field.hidden = false;
  await showPhoto(app.shelf, thing);
  void app.checkStorage();
}

/** Show a pin's photo in its sheet, or none. */
export async function showPhoto(shelf, photo) {
  URL.revokeObjectURL(shown);
  $("photo-field").hidden = !photo;
  if (!photo) return;
  $("photo-drop").hidden = photo.tried.length > 0 || photo.sent !== null;
  const bytes = await shelf.blob(photo.key);
  shown = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
  $("photo-shown").src = shown;
}

/** Take a photo back that has not left the phone. One that was sent goes with its pin. */
export async function dropPhoto(app, pin) {
  const photo = await app.shelf.get(`photo ${pin.id}`);
  if (!photo || photo.tried.length || photo.sent) return;
  await app.shelf.drop([photo.key], [photo.key]);
  await showPhoto(app.shelf, null);
}
