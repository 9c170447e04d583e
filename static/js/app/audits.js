/* Safety-audit stops: eight things rated from 0 to 3 by a rubric that has a version. No concern, in no figure. */
import { now } from "./clock.js";
import { uuid7 } from "./ids.js";
import { rounded, stamp, unsent } from "./things.js";

const stateOf = ({ scores, geometry }) => (Object.keys(scores).length ? (geometry ? "waiting" : "unplaced") : "open");

/** Keep a stop once its first level was chosen. `stop` is {walk, rubric, at, position}: where and when it began. */
export function addAudit(shelf, { walk, rubric, at, position }, scores) {
  const id = uuid7(now());
  const audit = {
    key: `audit ${id}`,
    kind: "audit",
    walk,
    id,
    ...unsent(),
    removed: false,
    rubric,
    scores,
    geometry: position && { type: "Point", coordinates: rounded([position.lon, position.lat]) },
    recorded_at: stamp(at),
    accuracy_m: position?.accuracy ?? null,
    position_method: position?.method ?? null,
  };
  return shelf.add({ ...audit, state: stateOf(audit) }, { counted: true });
}

/** Rate one thing at a stop; a level of null takes it back. It is to be sent again. */
export function rate(shelf, key, parameter, level) {
  return shelf.update(key, (audit) => {
    const { [parameter]: _before, ...others } = audit.scores;
    const changed = { ...audit, scores: level === null ? others : { ...others, [parameter]: level } };
    return { ...changed, state: stateOf(changed), why: "" };
  });
}

/** Take a stop away: at once if the server has never heard of it, else when it knows. */
export async function removeAudit(shelf, key) {
  const audit = await shelf.get(key);
  if (!audit) return;
  if (!audit.sent && !audit.tried.length) await shelf.drop([key]);
  else await shelf.update(key, (now) => ({ ...now, removed: true, state: "waiting", why: "" }));
}
