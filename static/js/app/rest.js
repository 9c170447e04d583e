/* The map's sleep: nothing of it is drawn or fetched while the walk is recorded on. By hand, or when the battery of
   a phone that tells it falls under 15 %; then it wakes by itself once the phone is being charged. */
import { $, say } from "./dom.js";

const LOW = 0.15;

/** `changed` is called after the map went to sleep or woke. */
export class MapRest {
  constructor(changed) {
    Object.assign(this, { changed, isResting: false, isLow: false, isByBattery: false });
  }

  /** Listen to the battery, without asking it again and again. */
  async watch() {
    this.battery ??= navigator.getBattery?.().catch(() => null);
    const battery = await this.battery;
    if (!battery || this.isWatching) return;
    this.isWatching = true;
    const look = () => {
      const wasLow = this.isLow;
      this.isLow = battery.level < LOW && !battery.charging;
      if (this.isLow && !wasLow) this.set(true, true);
      else if (wasLow && !this.isLow && this.isByBattery) this.set(false);
    };
    for (const each of ["levelchange", "chargingchange"]) battery.addEventListener(each, look);
    look();
  }

  set(isResting, isByBattery = false) {
    if (this.isResting === isResting) return;
    Object.assign(this, { isResting, isByBattery: isResting && isByBattery });
    $("rest").hidden = !isResting;
    $("map").hidden = isResting;
    say($("rest-words"), this.isByBattery ? "Battery under 15%: the map is asleep." : "The map is asleep.");
    this.changed();
  }
}
