/* Under which key a person's walks lie on the phone.

   The key is made of two parts: a salt that only this phone has, and a share that the server gives to this
   person alone, when signed in. It cannot be taken out of the browser. Locking drops the key and keeps the
   salt: then nobody opens what is kept until the same person signs in here again. Renewing drops the salt
   too: what was written under the old key is lost for good. */

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const INFO = encoder.encode("lamplight walks on a phone");

async function derive(salt, share) {
  const base = await crypto.subtle.importKey("raw", bytesOf(share), "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: INFO };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** Return the person's record with a key that opens what they kept; a new one for somebody new here. */
export async function unlocked(record, person, share) {
  const salt = record?.salt ?? crypto.getRandomValues(new Uint8Array(32));
  const key = record?.key ?? (await derive(salt, share));
  return { ...record, ...person, salt, key };
}

/** Return the person's record with a new salt and key. */
export async function renewed(record, share) {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  return { ...record, salt, key: await derive(salt, share) };
}

/** Return the record without its key. */
export const locked = ({ key: _dropped, ...record }) => record;

/** Return bytes sealed for the key; `name` is sealed with them, so that no record can pass for another. */
export async function sealBytes(key, name, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: "AES-GCM", iv, additionalData: encoder.encode(name) };
  return { iv, box: await crypto.subtle.encrypt(how, key, bytes) };
}

/** Return the bytes of a sealed box; throws for another key or another name. */
export async function openBytes(key, name, { iv, box }) {
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: encoder.encode(name) }, key, box));
}

export const seal = (key, name, value) => sealBytes(key, name, encoder.encode(JSON.stringify(value)));

export const open = async (key, name, sealed) => JSON.parse(decoder.decode(await openBytes(key, name, sealed)));
