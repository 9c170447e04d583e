/* Bodies as the server keeps and hashes them: canonical JSON of RFC 8785, SHA-256 in hexadecimal. */

/** Return the canonical text of a JSON value: names sorted by UTF-16, numbers as ECMAScript writes them. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}

/** Return the SHA-256 of bytes in hexadecimal. */
export async function sha256(bytes) {
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the hash by which a receipt names a body. */
export const hashOf = (value) => sha256(new TextEncoder().encode(canonical(value)));

/** Return the strong tag under which a body of this hash is stored. */
export const tagOf = (hash) => `"${hash.slice(0, 40)}"`;

/** Return text without what JSON cannot carry there: NUL and half characters. */
export const keepable = (text) => text.replaceAll("\0", "").toWellFormed();
