/* The words and the table of the planning page, which the server makes: fetched with another state, put in place. */
import { setFold } from "./folds.js";
import { answerOf } from "./planning-answers.js";

const PARTS = ["side", "legend", "caption", "method", "link", "attribution"];
const part = (root, name) => root.querySelector(`[data-part="${name}"]`);

/** Put the table in the place of the link to it, where it was too long to come with the page. */
export async function fetchRows(address, signal) {
  const place = document.querySelector("[data-rows-apart]");
  if (!place) return;
  try {
    const response = await answerOf(await fetch(address, { signal, headers: { Accept: "text/html", "X-Requested-With": "fetch-side" } }));
    const side = new DOMParser().parseFromString(await response.text(), "text/html");
    const rows = side.querySelector(".table-box");
    if (rows && place.isConnected) place.replaceWith(document.adoptNode(rows));
  } catch {
    // The link to the table stays.
  }
}

/** Return another state of the page; null where the sign-in has ended and its page came instead of `path`. */
export async function fetchPage(address, path, signal) {
  const response = await answerOf(await fetch(address, { signal, headers: { Accept: "text/html", "X-Requested-With": "fetch" } }));
  if (new URL(response.url).pathname !== path) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/** Put the parts of another state of the page in place; groups stay as the reader has folded them. */
export function putPage(page, whole) {
  const folds = new Map([...document.querySelectorAll(".ranked__button")].map((button) => [button.getAttribute("aria-controls"), button.getAttribute("aria-expanded")]));
  const sortedBy = document.activeElement?.closest?.("th[aria-sort] a")?.textContent.trim();
  for (const name of whole ? [...PARTS, "filters"] : PARTS) {
    const [before, after] = [part(document, name), part(page, name)];
    if (before && after) before.replaceWith(document.adoptNode(after));
  }
  if (!whole) putPeriod(page);
  for (const button of document.querySelectorAll(".ranked__button")) {
    const kept = folds.get(button.getAttribute("aria-controls"));
    if (kept) setFold(button, kept === "true");
  }
  const [links, fresh] = [document.querySelectorAll("[data-sync-links] a"), page.querySelectorAll("[data-sync-links] a")];
  links.forEach((link, i) => fresh[i] && link.setAttribute("href", fresh[i].getAttribute("href")));
  for (const name of ["measure", "layer", "ground"]) {
    const chosen = page.querySelector(`[name=${name}]:checked`)?.value;
    for (const radio of document.querySelectorAll(`.map__tools [name=${name}], .planning__measure [name=${name}], .planning__ground [name=${name}]`)) radio.checked = radio.value === chosen;
  }
  document.getElementById("clusters").checked = page.getElementById("clusters").checked;
  document.querySelector(".planning__measure").hidden = page.querySelector(".planning__measure").hidden;
  document.title = page.title;
  if (sortedBy) [...document.querySelectorAll("th[aria-sort] a")].find((link) => link.textContent.trim() === sortedBy)?.focus();
}

function putPeriod(page) {
  const [now, next] = [document.querySelector(".period"), page.querySelector(".period")];
  now.querySelector(".period__button").firstChild.textContent = next.querySelector(".period__button").firstChild.textContent;
  now.querySelector(".period__presets").replaceWith(document.adoptNode(next.querySelector(".period__presets")));
  for (const name of ["from", "to"]) {
    const chosen = next.querySelector(`[name=${name}]`).value;
    now.querySelector(`[name=${name}]`).value = chosen;
  }
}
