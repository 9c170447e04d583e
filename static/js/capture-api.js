/* The capture API as this page uses it. Every write can be repeated, so a lost answer is simply asked for again. */

const WAITS_MS = [400, 1200, 3000];
const AGAIN = new Set([429, 502, 503, 504]);
const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the service said against a request: status, a sentence, and what is wrong with which field. */
export class Problem extends Error {
  constructor(status, message, errors = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

async function problemOf(answer) {
  if (answer.status === 401) {
    return new Problem(401, "Signed out. Sign in again in another tab, then press the button here once more.");
  }
  try {
    const said = await answer.json();
    return new Problem(answer.status, said.detail, said.errors ?? []);
  } catch {
    return new Problem(answer.status, "The service could not be reached. Try again.");
  }
}

async function attempt(path, options) {
  try {
    return await fetch(`/capture/api${path}`, options);
  } catch {
    return null; // no signal: the same as a service that is away
  }
}

/** Send a request, up to four times if nothing comes back. Return {status, body, tag}; throw Problem. */
export async function send(method, path, { body, ifMatch } = {}) {
  const headers = { Accept: "application/json", "X-CSRF-Token": token() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (ifMatch) headers["If-Match"] = ifMatch;
  const options = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
  for (let tries = 0; ; tries += 1) {
    const answer = await attempt(path, options);
    if (answer?.ok) {
      const text = await answer.text();
      return { status: answer.status, body: text ? JSON.parse(text) : null, tag: answer.headers.get("ETag") };
    }
    if (tries >= WAITS_MS.length || (answer && !AGAIN.has(answer.status))) {
      throw answer ? await problemOf(answer) : new Problem(0, "No signal. What you typed is still here; try again.");
    }
    await pause(WAITS_MS[tries]);
  }
}

/** Store a concern under an identifier that only this page has, also when an earlier try was stored unseen. */
export async function keepNew(id, body) {
  try {
    return await send("PUT", `/concerns/${id}`, { body });
  } catch (problem) {
    if (problem.status !== 409) throw problem;
    const stored = await send("GET", `/concerns/${id}`);
    return send("PUT", `/concerns/${id}`, { body, ifMatch: stored.tag });
  }
}
