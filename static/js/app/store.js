/* What lies on the phone, in IndexedDB. Nothing counts as kept before its transaction is complete on disk.

   people  one record each: id, name, team, salt, key
   things  what is kept for the server: walk, concern, chunk, photo, share, mark, audit; sealed but for what sending needs
   blobs   bytes of photos and voice notes, sealed
   plain   what is no secret: the factors, who used the phone last, counters of pin numbers */
import { openDB } from "../../vendor/idb/index.js";
import { giveUp } from "./reserve.js";
import { open, openBytes, seal, sealBytes } from "./keys.js";

const NAME = "lamplight-capture";
const STRICT = { durability: "strict" };
const elsewhere = new BroadcastChannel("lamplight-things");
const listeners = new Set();
let opening = null;
elsewhere.addEventListener("message", (event) => hear(event.data));

function hear(key) {
  for (const told of listeners) told(key);
}

/** Tell this tab and all others that something was changed. */
export function tell(key) {
  elsewhere.postMessage(key);
  hear(key);
}

function database() {
  opening ??= openDB(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("people", { keyPath: "id" });
      const things = db.createObjectStore("things", { keyPath: "key" });
      things.createIndex("person", "person");
      db.createObjectStore("blobs", { keyPath: "key" });
      db.createObjectStore("plain");
    },
    blocking: (_now, _next, event) => event.target.close(),
    terminated() {
      opening = null; // the next call opens it again
    },
  });
  return opening;
}

/** Call back with the key of whatever was changed, here or in another tab. Return how to stop that. */
export function onNews(told) {
  listeners.add(told);
  return () => listeners.delete(told);
}

export const person = async (id) => (await database()).get("people", id);
export const people = async () => (await database()).getAll("people");
export const plain = async (name) => (await database()).get("plain", name);

const troubled = new Set();

/** Call back whenever there was no space: with true if it was kept all the same, from what had been set aside. */
export const onFull = (told) => troubled.add(told);

/** Whether a write failed for want of space. */
export const isFull = (error) => error?.name === "QuotaExceededError";

async function tried(stores, change, how) {
  const transaction = (await database()).transaction(stores, "readwrite", how);
  const [said, done] = await Promise.allSettled([change(transaction), transaction.done]);
  const error = done.reason ?? said.reason; // why the transaction ended says more than the request that ended with it
  if (error !== undefined) throw error;
  return said.value;
}

/** Do something in a transaction; it is done when all of it is on disk, and an error says that none of it is.
    Without space it is done once more in what was set aside: `change` may be called twice. */
async function transact(stores, change, how = STRICT) {
  try {
    return await tried(stores, change, how);
  } catch (error) {
    if (!isFull(error)) throw error;
    const result = (await giveUp()) ? await tried(stores, change, how).then((value) => ({ value }), () => null) : null;
    for (const told of troubled) told(result !== null);
    if (result === null) throw error;
    return result.value;
  }
}

const written = (stores, change) => transact(stores, change);

export const setPlain = (name, value) => written(["plain"], (t) => t.objectStore("plain").put(value, name));
export const setPerson = (record) => written(["people"], (t) => t.objectStore("people").put(record));

/** The kept things of one person, opened with that person's key. */
export class Shelf {
  constructor(record) {
    this.person = record.id;
    this.cryptoKey = record.key;
  }

  async opened(row) {
    const { iv, box, ...clear } = row;
    return { ...clear, ...(await open(this.cryptoKey, row.key, { iv, box })) };
  }

  async sealed(thing) {
    const { key, person: _person, walk, kind, rev, number, ...secret } = thing;
    return { key, person: this.person, walk, kind, rev, number, ...(await seal(this.cryptoKey, key, secret)) };
  }

  /** Return everything that this person keeps here. */
  async all() {
    const rows = await (await database()).getAllFromIndex("things", "person", this.person);
    return Promise.all(rows.map((row) => this.opened(row)));
  }

  async get(key) {
    const row = await (await database()).get("things", key);
    return row && row.person === this.person ? this.opened(row) : undefined;
  }

  /** Keep a new thing; with `counted`, number it within its walk. Return it once it is on disk. */
  async add(thing, { counted = false, relaxed = false, blob = null } = {}) {
    const first = { ...thing, person: this.person, rev: 1 };
    const row = await this.sealed(first);
    const bytes = blob && { key: blob.key, person: this.person, walk: thing.walk, ...(await sealBytes(this.cryptoKey, blob.key, blob.bytes)) };
    const change = async (transaction) => {
      const requests = [];
      if (counted) {
        const numbers = transaction.objectStore("plain");
        const next = ((await numbers.get(`count ${thing.walk} ${thing.kind}`)) ?? 0) + 1;
        requests.push(numbers.put(next, `count ${thing.walk} ${thing.kind}`));
        row.number = next;
      }
      requests.push(transaction.objectStore("things").add(row));
      if (bytes) requests.push(transaction.objectStore("blobs").put(bytes));
      await Promise.all(requests);
    };
    await transact(["things", "plain", "blobs"], change, relaxed ? {} : STRICT);
    tell(thing.key);
    return { ...first, number: row.number };
  }

  /** Change a thing by `change(thing)`, whoever else changes it meanwhile. Return it, undefined if it is gone. */
  async update(key, change, { relaxed = false } = {}) {
    for (;;) {
      const before = await this.get(key);
      if (!before) return undefined;
      const changed = change(structuredClone(before));
      if (!changed) return before;
      const after = { ...changed, rev: before.rev + 1 };
      const row = await this.sealed(after);
      const put = async (transaction) => {
        const things = transaction.objectStore("things");
        const found = await things.get(key);
        if (found?.rev !== before.rev) return false;
        await things.put(row);
        return true;
      };
      if (await transact(["things"], put, relaxed ? {} : STRICT)) {
        tell(key);
        return after;
      }
    }
  }

  async blob(key) {
    const row = await (await database()).get("blobs", key);
    return row && row.person === this.person ? openBytes(this.cryptoKey, key, row) : undefined;
  }

  async setBlob(key, walk, bytes) {
    const row = { key, person: this.person, walk, ...(await sealBytes(this.cryptoKey, key, bytes)) };
    await written(["blobs"], (t) => t.objectStore("blobs").put(row));
  }

  /** Take things and blobs away for good. */
  async drop(keys, blobs = []) {
    await written(["things", "blobs"], (t) => {
      const gone = (name, each) => t.objectStore(name).delete(each);
      return Promise.all([...keys.map((key) => gone("things", key)), ...blobs.map((key) => gone("blobs", key))]);
    });
    for (const key of keys) tell(key);
  }

  /** Take a whole walk away, if it is still just what was compared: `revisions` of all its things. */
  async dropWalk(walk, revisions) {
    const isDropped = await written(["things", "blobs", "plain"], async (t) => {
      const rows = (await t.objectStore("things").getAll()).filter((row) => row.walk === walk && row.person === this.person);
      if (rows.map((row) => `${row.key} ${row.rev}`).sort().join() !== revisions) return false;
      for (const name of ["things", "blobs"]) {
        for (const row of await t.objectStore(name).getAll()) {
          if (row.walk === walk && row.person === this.person) t.objectStore(name).delete(row.key);
        }
      }
      for (const kind of ["concern", "chunk", "audit"]) t.objectStore("plain").delete(`count ${walk} ${kind}`);
      return true;
    });
    tell(`walk ${walk}`);
    return isDropped;
  }
}
