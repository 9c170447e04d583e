/* Sending without the app: the service worker does it when the browser says that there is signal again.

   It is the same outbox under the same lock, with the key of the person who used the phone last. The key cannot be
   read out, by a worker as little as by a page; while it is locked away nothing is opened and nothing is sent. */
import { startClock } from "./clock.js";
import { Outbox } from "./outbox.js";
import { Shelf, person, plain } from "./store.js";

/** Send what waits. Return the state it ended in: quiet, offline, away, signed-out, other or locked. */
export async function sendWaiting() {
  await startClock();
  const last = await plain("person");
  const record = last && (await person(last));
  return record?.key ? new Outbox(new Shelf(record)).once() : "locked";
}
