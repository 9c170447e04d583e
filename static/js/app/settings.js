/* Settings: theme, hand, and signing out. They are of this phone and say nothing about anybody. */
import { $, ask, choose, say } from "./dom.js";
import { lightAt } from "./sun.js";
import { clockWords, now } from "./clock.js";
import { many } from "./words.js";

const LONDON = [-0.12, 51.5];
const get = (name, otherwise) => localStorage.getItem(`lamplight-${name}`) ?? otherwise;

/** Show the theme that was chosen, or the one of the sun at [lon, lat]; true when it has changed. */
export function applyTheme([lon, lat] = LONDON) {
  const wish = get("theme", "sun");
  const isNight = wish === "night" || (wish === "sun" && lightAt(lon, lat, now()) !== "day");
  const theme = isNight ? "night" : "day";
  const { dataset } = document.documentElement;
  dataset.hand = get("hand", "right");
  if (dataset.theme === theme) return false;
  dataset.theme = theme;
  document.querySelector('meta[name="theme-color"]').content = isNight ? "#000000" : "#F6F4EF";
  return true;
}

/** The settings sheet; `themed` is called after another theme was chosen. */
export class Settings {
  constructor(app, themed) {
    this.app = app;
    $("settings").addEventListener("change", ({ target }) => {
      localStorage.setItem(`lamplight-${target.name}`, target.value);
      applyTheme();
      themed();
    });
  }

  open(isWalking, isPaused, isResting) {
    choose($("settings"), "theme", [get("theme", "sun")]);
    choose($("settings"), "hand", [get("hand", "right")]);
    $("walk-tools").hidden = !isWalking;
    $("sign-out").hidden = isWalking || !this.app.record;
    $("pause").setAttribute("aria-pressed", String(isPaused));
    say($("rest-toggle"), isResting ? "Wake the map" : "Put the map to sleep");
    say($("pause"), isPaused ? "Go on with the walk" : "Pause the walk");
    const left = this.left();
    const kept = left ? `${many(left, "thing")} on this phone still to send.` : "Nothing on this phone waits to be sent.";
    say($("settings-state"), [clockWords(), kept, "What is kept here is locked to the person signed in."].filter(Boolean).join(" "));
    $("settings").showModal();
    $("settings-title").focus();
  }

  left() {
    return this.app.list().filter((thing) => thing.state !== "received").length;
  }

  async signOut() {
    $("settings").close();
    const left = this.left();
    const words = left ? `${many(left, "thing")} still to send. They stay on this phone, locked until you sign in here again.` : "Sign out on this phone?";
    if (!(await ask(words, "Sign out"))) return;
    try {
      await this.app.signOut();
    } catch {
      this.app.problem("Signing out needs signal. Try again when there is some.");
    }
  }
}
