/* Points out what could tell who somebody is while the words for the council are typed. */
import { check } from "./wording.js";

const WAIT_MS = 400;
const field = (id) => document.getElementById(id);
const box = field("wording");
let waiting;

function show() {
  const found = check(box.value);
  const list = document.createElement("ul");
  for (const { text, advice } of found) {
    const line = document.createElement("li");
    const said = document.createElement("mark");
    said.textContent = text;
    line.append(said, ` ${advice}`);
    list.append(line);
  }
  const title = document.createElement("h2");
  title.textContent = "Check the wording";
  const part = document.createElement("div");
  part.className = "tidy-findings";
  part.append(title, list);
  field("findings").replaceChildren(...(found.length ? [part] : []));
  field("checked-part").hidden = !found.length;
  field("checked").checked = false;
  field("pointed-out").value = found.map((each) => each.text).join("\n");
}

box.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, WAIT_MS);
});
