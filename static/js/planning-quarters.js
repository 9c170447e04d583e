/* The same map quarter by quarter: rates on the one fixed scale, never counts. Nothing moves until asked to,
   and nothing plays by itself for those who want less motion; the table and the caption stay of the whole. */

const STEP_MS = 1600;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number) => String(number).padStart(2, "0");
const figure = (value, most) => value.toLocaleString("en-GB", { maximumFractionDigits: most });

/** Return the quarters that two days touch, cut at the period's ends: {from, to, words}. */
export function quartersOf(from, to) {
  const [firstYear, firstMonth] = from.split("-").map(Number);
  const [lastYear, lastMonth] = to.split("-").map(Number);
  const [begin, end] = [firstYear * 12 + firstMonth - 1, lastYear * 12 + lastMonth - 1];
  const found = [];
  for (let quarter = begin - (begin % 3); quarter <= end; quarter += 3) {
    const [first, last] = [Math.max(quarter, begin), Math.min(quarter + 2, end)];
    const [year, a, b] = [Math.floor(first / 12), first % 12, last % 12];
    const days = new Date(Date.UTC(year, b + 1, 0)).getUTCDate();
    const words = a === b ? `${MONTHS[a]} ${year}` : `${MONTHS[a]} to ${MONTHS[b]} ${year}`;
    found.push({ from: `${year}-${two(a + 1)}-01`, to: `${year}-${two(b + 1)}-${two(days)}`, words });
  }
  return found;
}

export class Quarters {
  constructor(box, { fetchQuarter, show, whole }) {
    Object.assign(this, { box, fetchQuarter, show, whole, found: [], at: -1 });
    this.words = box.querySelector("[data-quarter-words]");
    box.addEventListener("click", (event) => {
      const { step } = event.target.closest("button")?.dataset ?? {};
      if (step === "open") this.start();
      else if (step === "play") this.timer ? this.pause() : this.play();
      else if (step === "close") this.close();
      else if (step) this.go(this.at + Number(step), true);
    });
  }

  /** Begin anew for another state of the page; `selection` is that of its answer, null where there are no areas. */
  reset(selection) {
    this.pause();
    this.asking?.abort();
    this.found = selection ? quartersOf(selection.from, selection.to) : [];
    this.kind = selection?.kind;
    this.at = -1;
    this.box.hidden = this.found.length < 2;
    this.open(false);
  }

  open(on) {
    this.box.querySelector('[data-step="open"]').hidden = on;
    this.box.querySelector("[data-quarter-tools]").hidden = !on;
    if (!on) this.words.textContent = "";
  }

  start() {
    this.open(true);
    this.go(0, true);
    this.box.querySelector('[data-step="play"]').focus();
    if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) this.play();
  }

  close() {
    this.pause();
    this.asking?.abort();
    this.at = -1;
    this.open(false);
    this.whole();
    this.box.querySelector('[data-step="open"]').focus();
  }

  play() {
    const next = async () => {
      await this.go(this.at + 1, false);
      if (this.timer) this.timer = setTimeout(next, STEP_MS);
    };
    this.timer = setTimeout(next, STEP_MS);
    this.name("Pause");
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
    this.name("Play");
  }

  name(words) {
    this.box.querySelector('[data-step="play"]').textContent = words;
  }

  /** Show a quarter; after the last comes the first. A hand on the buttons stops the playing. */
  async go(to, byHand) {
    if (byHand) this.pause();
    this.at = (to + this.found.length) % this.found.length;
    const quarter = this.found[this.at];
    this.asking?.abort();
    const mine = new AbortController();
    this.asking = mine;
    try {
      quarter.answer ??= await this.fetchQuarter(quarter, mine.signal);
      if (mine.signal.aborted) return;
      this.show(quarter.answer);
      const { concerns, walks, km } = quarter.answer.totals;
      const what = this.kind === "positive" ? "places that work well" : "concerns";
      this.words.textContent = `${quarter.words}: ${figure(concerns, 1)} ${what} on ${figure(walks, 0)} walks, ${figure(km, 0)} km. Same classes throughout; table and caption are of the whole period.`;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.pause();
      this.words.textContent = `${quarter.words} could not be worked out. The map is not changed.`;
    }
  }
}
