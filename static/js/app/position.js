/* Where the phone is, while a walk is being recorded, and the screen kept awake meanwhile. */
import { now } from "./clock.js";

const OPTIONS = { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 };
const FRESH_MS = 20_000;

/** Return how good a position is in words: good to 15 m, fair to 40, poor above. */
export const grade = (accuracy) => (accuracy <= 15 ? "good" : accuracy <= 40 ? "fair" : "poor");

/** Follows the phone's position. `state` is off, waiting, here, lost or denied. */
export class Position {
  constructor() {
    this.state = "off";
    this.last = null;
    this.told = new Set();
    this.watch = null;
  }

  start() {
    if (this.watch !== null) return;
    if (!navigator.geolocation) {
      this.say("denied");
      return;
    }
    this.say("waiting");
    this.watch = navigator.geolocation.watchPosition(
      (found) => this.take(found),
      (error) => this.say(error.code === error.PERMISSION_DENIED ? "denied" : "lost"),
      OPTIONS,
    );
    this.stayAwake();
    this.seen = () => document.hidden || this.stayAwake();
    document.addEventListener("visibilitychange", this.seen);
  }

  stop() {
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch);
    document.removeEventListener("visibilitychange", this.seen);
    void this.awake?.release().catch(() => {});
    Object.assign(this, { watch: null, awake: null, last: null });
    this.say("off");
  }

  /** Begin again, as after the permission was given. */
  restart() {
    this.stop();
    this.start();
  }

  say(state) {
    this.state = state;
    for (const told of this.told) told(this);
  }

  /** Ask once more: some phones say nothing while they stand still. */
  ask() {
    if (this.state === "denied" || this.watch === null) return;
    navigator.geolocation.getCurrentPosition((found) => this.take(found), () => {}, OPTIONS);
  }

  take({ coords }) {
    const { longitude, latitude, accuracy, heading } = coords;
    const exact = Math.round(accuracy * 10) / 10;
    this.last = { lon: longitude, lat: latitude, accuracy: exact, heading, at: now(), since: performance.now() };
    this.say("here");
  }

  /** Return the present position, null when there is none of the last seconds. */
  fresh() {
    const { last } = this;
    if (!last || performance.now() - last.since > FRESH_MS) return null;
    return { lon: last.lon, lat: last.lat, accuracy: last.accuracy, method: "gps" };
  }

  async stayAwake() {
    try {
      this.awake = await navigator.wakeLock?.request("screen");
    } catch {
      this.awake = null; // low battery: the phone decides
    }
  }
}
