/* The form that a concern is raised or changed with. What it holds beyond its fields: identifier, tag, positions. */
import { uuid7 } from "./capture-uuid.js";

const PLACES = 7;
const form = document.getElementById("concern-form");
const field = (id) => document.getElementById(id);
const FIELDS = {
  "properties.note": "note",
  "properties.recorded_at": "recorded",
  "properties.feeling": "feeling",
  "properties.basis": "basis",
  "properties.setting": "setting",
};

const two = (number) => String(number).padStart(2, "0");
const chosen = (name) => form.querySelector(`[name="${name}"]:checked`)?.value ?? "";
const ticked = (name) => [...form.querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.value);

/** Write a time as a field of local time takes it. */
export function localTime(when) {
  const day = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  return `${day}T${two(when.getHours())}:${two(when.getMinutes())}`;
}

function number(id) {
  const text = field(id).value.trim().replace(",", ".");
  return text === "" ? NaN : Number(text);
}

/** The concern that is being written. `draw(positions, kind)` shows its place whenever that changes. */
export class Draft {
  constructor({ walk, lastAt, draw }) {
    this.walk = walk;
    this.lastAt = lastAt;
    this.draw = draw;
    this.clear();
  }

  get isRoute() {
    return chosen("shape") === "LineString";
  }

  /** Begin a new one. */
  clear() {
    form.reset();
    Object.assign(this, { id: uuid7(), tag: null, positions: [], method: null, accuracy: null, number: null, at: null });
    this.showTime(this.lastAt());
    field("form-title").textContent = "Add a concern";
    field("start-over").textContent = "Clear";
    this.placed();
  }

  /** Take up one that is stored, to change it. */
  takeUp(id, number, stored, tag) {
    this.clear();
    const said = stored.properties;
    const isRoute = stored.geometry.type === "LineString";
    const positions = isRoute ? stored.geometry.coordinates : [stored.geometry.coordinates];
    const [method, accuracy] = [said.position_method ?? null, said.accuracy_m ?? null];
    Object.assign(this, { id, tag, number, method, accuracy });
    this.positions = positions.map(([lon, lat]) => [lon, lat]);
    this.choose("kind", [said.kind]);
    this.choose("shape", [stored.geometry.type]);
    this.choose("feeling", said.feeling ? [said.feeling] : []);
    this.choose("factors", said.factors ?? []);
    this.choose("applies", said.applies ?? []);
    for (const name of ["basis", "setting", "note"]) field(name).value = said[name] ?? "";
    this.showTime(said.recorded_at);
    field("form-title").textContent = `Change concern ${number}`;
    field("start-over").textContent = "Leave it as it was";
    this.placed();
  }

  choose(name, values) {
    for (const input of form.querySelectorAll(`[name="${name}"]`)) input.checked = values.includes(input.value);
  }

  /** Give the place, or the next position of a stretch. */
  place(position, method, accuracy = null) {
    const rounded = position.map((degrees) => Number(degrees.toFixed(PLACES)));
    this.positions = this.isRoute ? [...this.positions, rounded] : [rounded];
    this.method = this.tag && !this.isRoute ? "moved" : method;
    this.accuracy = accuracy;
    this.placed();
  }

  move(index, position) {
    this.positions[index] = position.map((degrees) => Number(degrees.toFixed(PLACES)));
    this.method = "moved";
    this.accuracy = null;
    this.placed();
  }

  takeBack() {
    this.positions = this.positions.slice(0, -1);
    this.placed();
  }

  /** A place has one position: choosing it for a stretch of several keeps the first. */
  reshape() {
    if (!this.isRoute) this.positions = this.positions.slice(0, 1);
    this.placed();
  }

  /** Return what is typed as [lon, lat], or null. */
  typed() {
    const position = [number("longitude"), number("latitude")];
    return position.every(Number.isFinite) ? position : null;
  }

  placed() {
    const last = this.positions.at(-1);
    field("longitude").value = last && !this.isRoute ? last[0] : "";
    field("latitude").value = last && !this.isRoute ? last[1] : "";
    field("add-position").hidden = !this.isRoute;
    field("undo-position").hidden = !this.isRoute || !last;
    field("place-hint").textContent = this.isRoute
      ? "Click along the stretch on the map, or type each position and add it."
      : "Click the map, or type where it is.";
    const count = this.positions.length;
    field("place-said").textContent = this.isRoute ? `${count} position${count === 1 ? "" : "s"}` : this.accuracyWords();
    this.draw(this.positions, chosen("kind"));
  }

  accuracyWords() {
    if (this.accuracy === null) return "";
    const grade = this.accuracy <= 15 ? "good" : this.accuracy <= 40 ? "fair" : "poor, click the map to place it";
    return `Position: ${grade} (±${Math.round(this.accuracy)} m)`;
  }

  /** Return what is wrong before anything is sent, as problems of the service are told. */
  missing() {
    if (this.positions.length < (this.isRoute ? 2 : 1)) {
      const message = this.isRoute ? "A stretch needs two positions or more." : "Say where it is: click the map or type it.";
      return [{ field: "geometry", message }];
    }
    return field("recorded").value ? [] : [{ field: "properties.recorded_at", message: "Say when it was raised." }];
  }

  /** Return the concern as the capture API takes it, without what was not said. */
  body() {
    const said = {
      walk: this.walk,
      kind: chosen("kind"),
      recorded_at: this.recordedAt(),
      factors: ticked("factors"),
      feeling: chosen("feeling"),
      applies: ticked("applies"),
      basis: field("basis").value,
      setting: field("setting").value,
      note: field("note").value.trim(),
      accuracy_m: this.accuracy,
      position_method: this.method,
    };
    const kept = Object.entries(said).filter(([, value]) => value !== null && value !== "" && value.length !== 0);
    const coordinates = this.isRoute ? this.positions : this.positions[0];
    const geometry = { type: this.isRoute ? "LineString" : "Point", coordinates };
    return { type: "Feature", geometry, properties: Object.fromEntries(kept) };
  }

  /** Show a time; of another day than today the walk is written up later, and a new concern follows its last. */
  showTime(at) {
    const today = at && new Date(at).toDateString() === new Date().toDateString();
    this.at = at && (this.tag || !today) ? at : new Date().toISOString();
    this.shownAt = localTime(new Date(this.at));
    field("recorded").value = this.shownAt;
  }

  /** A time that was not touched stays to the second. */
  recordedAt() {
    const shown = field("recorded").value;
    return shown === this.shownAt ? this.at : new Date(shown).toISOString();
  }
}

/** Show what is wrong above the form, and go to it; with nothing wrong, clear it. */
export function showProblem(message, errors = []) {
  const box = field("form-problem");
  for (const marked of form.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
  box.replaceChildren();
  box.hidden = !message;
  if (!message) return;
  const title = document.createElement("h3");
  title.textContent = "It is not saved yet";
  const lines = (errors.length ? errors.map((each) => each.message) : [message]).map((words) => {
    const line = document.createElement("p");
    line.textContent = words;
    return line;
  });
  box.append(title, ...lines);
  for (const { field: name } of errors) {
    const id = FIELDS[name] ?? (name.startsWith("geometry") ? "longitude" : null);
    if (id) field(id)?.setAttribute("aria-invalid", "true");
  }
  box.focus();
}
