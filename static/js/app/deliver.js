/* Sending one thing so that it is stored once, whatever gets lost on the way.

   1. The hash is written down as tried before anything leaves.
   2. PUT, with If-Match once a tag is known. 200 or 201: received, unless it was changed meanwhile.
   3. 409 or 412: read what is stored. If it is something this phone tried, its tag is taken and step 2 follows.
      If it came from elsewhere, both are merged; what both changed is left for a person to decide.
   4. 410: it was removed elsewhere. Other 4xx: refused, with the server's words. Neither holds up the rest. */
import { canonical, hashOf, sha256, tagOf } from "./canonical.js";
import { merge, storedBody, widest } from "./merge.js";
import { NoAnswer, jsonOf, send } from "./net.js";
import { isFull } from "./store.js";
import { beside, bodyOf, withBody } from "./things.js";

const PHOTO_PATIENCE_MS = 90_000;
const MOST_TRIES = 6;
const LATER = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The server cannot take it now. `waitMs` is what it asked for, `here` whether only this thing is in trouble. */
export class Later extends Error {
  constructor(answer) {
    super(`status ${answer.status}`);
    this.waitMs = 1000 * (Number(answer.headers.get("Retry-After")) || 0);
    this.here = answer.status === 500;
  }
}

const tagIn = (answer) => answer.headers.get("ETag");
/** Return the address under which a thing is kept. */
function pathOf({ kind, id, walk, number }) {
  if (kind === "walk") return `/walks/${id}`;
  if (kind === "chunk") return `/walks/${walk}/track/${number}`;
  return kind === "audit" ? `/audits/${id}` : `/concerns/${id}`;
}

function wordsOf(answer) {
  const said = jsonOf(answer);
  return said?.errors?.map((each) => each.message).join(" ") || said?.detail || `The server answered ${answer.status}.`;
}

/** Sends what one person keeps. */
export class Delivery {
  constructor(shelf) {
    this.shelf = shelf;
  }

  async request(method, path, options) {
    const answer = await send(this.shelf.person, method, path, options);
    if (LATER.has(answer.status)) throw new Later(answer);
    return answer;
  }

  /** Keep what has become of a thing. On a full phone it cannot be kept, and sending goes on all the same: what is
      sent once more is stored once. */
  async set(thing, change) {
    try {
      return await this.shelf.update(thing.key, change);
    } catch (error) {
      if (!isFull(error)) throw error;
      this.wasFull = true;
      return change(structuredClone(thing)) ?? thing;
    }
  }

  refuse(thing, answer) {
    const why = wordsOf(answer);
    return this.set(thing, (now) => (now.rev === thing.rev ? { ...now, state: "refused", why } : null));
  }

  /** Deliver a waiting thing; throws NoAnswer, NotSignedIn or Later when that has to wait. */
  deliver(thing) {
    if (thing.removed) return this.remove(thing);
    if (thing.kind === "photo") return this.photo(thing);
    if (thing.kind === "mark") return this.mark(thing);
    if (thing.kind === "share") return this.share(thing);
    return this.put(thing);
  }

  async remove(thing) {
    const answer = await this.request("DELETE", pathOf(thing));
    if (!answer.ok) return this.refuse(thing, answer);
    const own = thing.kind === "concern" ? beside(thing.id) : [];
    return this.shelf.drop([thing.key, ...own], own);
  }

  /** Write down what is about to leave: an answer may be lost, and then this tells our own from another's. */
  tries(thing, hash, body) {
    if (thing.tried.includes(hash)) return thing;
    return this.set(thing, (now) => ({ ...now, tried: [...now.tried, hash], base: now.base ?? body }));
  }

  async put(thing) {
    let held = thing;
    for (let tries = 0; tries < MOST_TRIES && held?.state === "waiting"; tries += 1) {
      const body = bodyOf(held);
      const hash = await hashOf(body);
      held = await this.tries(held, hash, body);
      if (!held || held.removed) return held && this.remove(held);
      const answer = await this.request("PUT", pathOf(held), { json: body, tag: held.sent?.tag });
      if (answer.ok) return this.received(held, body, hash, tagIn(answer));
      if (answer.status === 410) return this.set(held, (now) => ({ ...now, state: "gone", why: "Removed on another phone." }));
      if (answer.status !== 409 && answer.status !== 412) return this.refuse(held, answer);
      held = await this.reconcile(held, hash);
    }
    if (held?.state === "waiting") throw new NoAnswer("it changes as fast as it is read");
    return held;
  }

  received(thing, body, hash, tag) {
    const sent = { hash, tag: tag ?? tagOf(hash) };
    const text = canonical(body);
    return this.set(thing, (now) => {
      const isSame = canonical(bodyOf(now)) === text && !now.removed && now.state === "waiting";
      return { ...now, sent, base: body, tried: isSame ? [] : now.tried, state: isSame ? "received" : now.state, why: isSame ? "" : now.why };
    });
  }

  /** The server has something else under this identifier: find out whose it is. Return the thing to go on with. */
  async reconcile(thing, hash) {
    if (thing.kind === "chunk") return this.renumber(thing, hash);
    const answer = await this.request("GET", pathOf(thing));
    if (answer.status === 410) return this.set(thing, (now) => ({ ...now, state: "gone", why: "Removed on another phone." }));
    if (answer.status === 404) return this.set(thing, (now) => ({ ...now, sent: null }));
    if (!answer.ok) return this.refuse(thing, answer);
    const tag = tagIn(answer);
    const theirs = storedBody(thing.kind, jsonOf(answer));
    return this.set(thing, (now) => {
      if (now.tried.map(tagOf).includes(tag)) return { ...now, sent: { hash: null, tag } };
      const { body, collisions } = merge(now.base, bodyOf(now), theirs);
      if (thing.kind === "walk" && collisions.length) {
        return { ...withBody(now, widest(body, bodyOf(now), theirs)), sent: { hash: null, tag }, base: theirs };
      }
      if (collisions.length) {
        return { ...now, state: "differs", theirs: { body: theirs, tag }, collisions, why: "Changed on another phone too." };
      }
      return { ...withBody(now, body), sent: { hash: null, tag }, base: theirs };
    });
  }

  /** Another phone has used this number for its part of the track: ours goes behind all others. */
  async renumber(thing, hash) {
    const answer = await this.request("GET", `/walks/${thing.walk}/receipt`);
    if (!answer.ok) return this.refuse(thing, answer);
    const { chunks } = jsonOf(answer);
    const found = chunks.find((each) => each.hash === hash);
    const last = Math.max(0, ...chunks.map((each) => each.chunk));
    const own = (await this.shelf.all()).filter((each) => each.kind === "chunk" && each.walk === thing.walk);
    const next = Math.max(last, ...own.map((each) => each.number)) + 1;
    return this.set(thing, (now) => ({ ...now, number: found?.chunk ?? next, gap_before: found ? now.gap_before : true }));
  }

  async photo(thing) {
    const bytes = await this.shelf.blob(thing.key);
    const hash = await sha256(bytes);
    const held = await this.tries(thing, hash, null);
    const options = { bytes, type: "image/jpeg", patience: PHOTO_PATIENCE_MS };
    let answer = await this.request("PUT", `/concerns/${thing.id}/photo`, { ...options, tag: held.sent?.tag });
    if (answer.status === 409 || answer.status === 412) {
      const stored = await this.request("GET", `/concerns/${thing.id}/photo`);
      const tag = tagIn(stored);
      if (stored.ok && ![...held.tried, hash].map(tagOf).includes(tag) && held.overwrite !== tag) {
        const why = "Another phone sent a photo of this pin.";
        return this.set(held, (now) => ({ ...now, state: "differs", theirs: { tag }, collisions: ["photo"], why }));
      }
      answer = await this.request("PUT", `/concerns/${thing.id}/photo`, { ...options, tag: stored.ok ? tag : undefined });
    }
    if (answer.status === 410) return this.shelf.drop([thing.key], [thing.key]);
    if (!answer.ok) return this.refuse(held, answer);
    const sent = { hash, tag: tagIn(answer) };
    return this.set(held, (now) => ({ ...now, sent, state: now.hash === hash ? "received" : now.state, why: "" }));
  }

  /** A mark waits for its concern, too. It has nothing in it that could differ: there, or not there. */
  async mark(thing) {
    const path = `/concerns/${thing.id}/crime`;
    const answer = thing.wanted ? await this.request("PUT", path, { json: bodyOf(thing) }) : await this.request("DELETE", path);
    const isGone = answer.status === 410 || (answer.status === 404 && !thing.wanted);
    if (isGone) return this.shelf.drop([thing.key]);
    if (!answer.ok) return this.refuse(thing, answer);
    return this.set(thing, (now) => ({ ...now, state: now.wanted === thing.wanted ? "received" : "waiting", why: "" }));
  }

  /** A sharing waits for its concern. Words that came from this phone may be replaced by it. */
  async share(thing) {
    const path = `/concerns/${thing.id}/share`;
    const body = bodyOf(thing);
    let answer;
    if (!thing.wanted) answer = await this.request("DELETE", path);
    else {
      const hash = await hashOf(body);
      const held = await this.tries(thing, hash, body);
      answer = await this.request("PUT", path, { json: body, tag: held.sent?.tag });
      if ((answer.status === 409 || answer.status === 412) && (held.tried.length > 1 || held.sent)) {
        answer = await this.request("PUT", path, { json: body, tag: "*" });
      }
    }
    const isGone = answer.status === 410 || (answer.status === 404 && !thing.wanted);
    if (isGone) return this.shelf.drop([thing.key]);
    if (!answer.ok) return this.set(thing, (now) => ({ ...now, state: "refused", why: wordsOf(answer) }));
    const sent = thing.wanted ? { hash: null, tag: tagIn(answer) } : null;
    return this.set(thing, (now) => {
      const isSame = now.wanted === thing.wanted && now.wording === thing.wording;
      return { ...now, sent, tried: isSame ? [] : now.tried, state: isSame ? "received" : "waiting", why: "" };
    });
  }
}

export { NoAnswer };
