/* Talking to the server: who is signed in, and requests with a token that is renewed when it is stale. */
import { measure } from "./clock.js";

const PATIENCE_MS = 20_000;
let token = "";
let signedIn = null;

/** No answer: no signal, a server that is away, or an answer that was lost. */
export class NoAnswer extends Error {}

/** Nobody is signed in any more, or somebody else is. */
export class NotSignedIn extends Error {
  constructor(other = null) {
    super(other ? "somebody else is signed in" : "nobody is signed in");
    this.other = other;
  }
}

async function asked(path, options, patience = PATIENCE_MS) {
  let answer;
  try {
    answer = await fetch(path, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(patience), ...options });
    answer.bytes = await answer.arrayBuffer();
  } catch (error) {
    throw new NoAnswer(error.message);
  }
  measure(answer);
  return answer;
}

/** Return the body of an answer as JSON, null when it is none. */
export function jsonOf(answer) {
  try {
    return JSON.parse(new TextDecoder().decode(answer.bytes));
  } catch {
    return null;
  }
}

/** Ask who is signed in; NotSignedIn or NoAnswer say why that is not known. */
export async function me() {
  const answer = await asked("/capture/me", { method: "GET", headers: { Accept: "application/json" } });
  if (answer.status === 401 || answer.status === 403) {
    signedIn = null;
    throw new NotSignedIn();
  }
  const said = answer.ok ? jsonOf(answer) : null;
  if (!said) throw new NoAnswer(`status ${answer.status}`);
  token = said.csrf;
  signedIn = said.person.id;
  return said;
}

async function sureOf(person) {
  if (!token || signedIn !== person) {
    const { person: found } = await me();
    if (found.id !== person) throw new NotSignedIn(found);
  }
}

/** Send a request as `person`, never as anybody else. Return the answer with its bytes read. */
export async function send(person, method, path, { json, bytes, type, tag, patience } = {}) {
  for (let again = false; ; again = true) {
    await sureOf(person);
    const headers = { Accept: "application/json" };
    if (method !== "GET") headers["X-CSRF-Token"] = token;
    if (json !== undefined) headers["Content-Type"] = "application/json";
    if (type) headers["Content-Type"] = type;
    if (tag) headers["If-Match"] = tag;
    const body = json === undefined ? bytes : JSON.stringify(json);
    const answer = await asked(`/capture/api${path}`, { method, headers, body }, patience);
    if (answer.status === 401) {
      token = "";
      throw new NotSignedIn();
    }
    // A stale token and a bad body are both 400: the first is over once the token is new.
    if (answer.status !== 400 || again) return answer;
    token = "";
  }
}

/** Sign out here and on the server. */
export async function signOut() {
  await me();
  const form = new URLSearchParams({ csrf_token: token });
  await fetch("/logout", { method: "POST", body: form, redirect: "manual" });
  token = "";
  signedIn = null;
}
