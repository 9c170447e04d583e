/* What the app knows: who is signed in, what this phone keeps of theirs, and where its sending stands. */
import { startClock } from "./clock.js";
import { locked, renewed, unlocked } from "./keys.js";
import { NotSignedIn, me, signOut } from "./net.js";
import { Outbox } from "./outbox.js";
import { setAside } from "./reserve.js";
import * as store from "./store.js";
import { setFactors } from "./words.js";

const NEARLY_FULL = 0.9;
const LITTLE_LEFT = 25_000_000;
const LOOK_MS = 10_000;
const WHO_PATIENCE_MS = 1_200;
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One app for one person at a time. `changed` is called after anything has changed. */
export class App {
  constructor(changed) {
    this.changed = changed;
    this.things = new Map();
    this.record = null;
    this.shelf = null;
    this.outbox = null;
    this.account = { factors: [], extent: null };
    this.sending = "quiet";
    this.other = null;
    this.isFull = false;
    this.wasNotKept = false;
    this.looked = 0;
    this.isRecording = () => false;
  }

  /** Open what lies here. Where an answer is quick, somebody else who has signed in never sees it; where there is
      none, the phone is opened as it was left. */
  async start() {
    await startClock();
    this.account = (await store.plain("account")) ?? this.account;
    setFactors(this.account.factors);
    store.onFull((wasKept) => this.noSpace(wasKept));
    const asking = this.askWho();
    if (navigator.onLine !== false) await Promise.race([asking, later(WHO_PATIENCE_MS)]);
    const last = await store.plain("person");
    const record = last && (await store.person(last));
    if (record?.key && !this.record) await this.open(record);
    store.onNews((key) => void this.hear(key));
    this.changed();
    void navigator.storage?.persist?.();
    void this.checkStorage();
  }

  async open(record) {
    this.outbox?.stop();
    this.record = record;
    this.shelf = new store.Shelf(record);
    this.things = new Map((await this.shelf.all()).map((thing) => [thing.key, thing]));
    this.outbox = new Outbox(this.shelf, (state, more) => this.heardOf(state, more));
    this.outbox.start();
  }

  heardOf(state, more) {
    this.sending = state;
    this.other = state === "other" ? more : null;
    if (state === "offline" || state === "away") this.whenBack?.();
    this.changed(state);
  }

  /** There was no space: the last thing was kept in what had been set aside, or it is not on the phone at all. */
  noSpace(wasKept) {
    this.isFull = true;
    this.wasNotKept = !wasKept;
    this.looked = Date.now();
    this.changed();
  }

  async hear(key) {
    const hasSpaceAgain = this.wasNotKept;
    this.wasNotKept = false;
    if (hasSpaceAgain || Date.now() - this.looked > LOOK_MS) void this.checkStorage();
    if (key === "person") {
      if ((await store.plain("person")) !== this.record?.id && !this.isRecording()) window.location.reload();
      return;
    }
    if (key.startsWith("walk ") && !(await this.shelf?.get(key))) {
      this.things = new Map((await this.shelf.all()).map((thing) => [thing.key, thing]));
    } else {
      const thing = await this.shelf?.get(key);
      if (thing) this.things.set(key, thing);
      else this.things.delete(key);
      if (thing?.state === "waiting" && this.sending !== "sending") this.outbox.soon();
    }
    this.changed();
  }

  /** Ask the server who is signed in; without an answer everything stays as it is. */
  async askWho() {
    try {
      await this.signedIn(await me());
    } catch (error) {
      if (error instanceof NotSignedIn) this.heardOf("signed-out");
    }
    this.changed();
  }

  async signedIn(said) {
    this.account = { factors: said.factors, extent: said.extent, sources: said.map_sources };
    setFactors(said.factors);
    await store.setPlain("account", this.account);
    const isSame = this.record?.id === said.person.id;
    if (isSame) return;
    if (this.record && this.isRecording()) {
      this.heardOf("other", said.person);
      return;
    }
    for (const each of await store.people()) {
      if (each.id !== said.person.id && each.key) await store.setPerson(locked(each));
    }
    const record = await unlocked(await store.person(said.person.id), said.person, said.key_share);
    await store.setPerson(record);
    await store.setPlain("person", record.id);
    await this.open(record);
    store.tell("person");
  }

  /** After the last walk is cleared: a new key, so that not even remains of the old bytes can be read. */
  async renewKey() {
    if (this.things.size) return;
    const said = await me();
    if (said.person.id !== this.record.id || (await this.shelf.all()).length) return;
    const record = await renewed(this.record, said.key_share);
    await store.setPerson(record);
    await this.open(record);
  }

  /** Sign out: what is kept stays, locked until the same person signs in here again. */
  async signOut() {
    await signOut();
    this.outbox?.stop();
    await store.setPerson(locked(this.record));
    await store.setPlain("person", null);
    window.location.assign("/login?next=/capture/");
  }

  async checkStorage() {
    this.looked = Date.now();
    const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    const isLittle = quota > 0 && (usage / quota > NEARLY_FULL || quota - usage < LITTLE_LEFT);
    const isFull = !(await setAside()) || isLittle;
    if (isFull !== this.isFull) {
      this.isFull = isFull;
      this.changed();
    }
  }

  list() {
    return [...this.things.values()];
  }

  walks() {
    return this.list().filter((thing) => thing.kind === "walk").sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
  }
}
