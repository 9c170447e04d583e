/* Short ways to the page. Text goes in through textContent alone. */

export const $ = (id) => document.getElementById(id);

/** Return a new element with classes, text and children. */
export function make(tag, { className = "", text = "", ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Put words into an element, only if they are new: screen readers speak what changes. */
export function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** Return a copy of one of the page's icons. */
export const icon = (name) => $("icons").content.querySelector(`[data-icon="${name}"]`).firstElementChild.cloneNode(true);

/** Ask a question; true when the answer is the one that `yes` names. */
export function ask(words, yes) {
  const dialog = $("ask");
  $("ask-words").textContent = words;
  $("ask-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Return the chosen values of a group of chips. */
export const chosen = (form, name) => [...form.querySelectorAll(`[name="${name}"]:checked`)].map((input) => input.value);

/** Choose values in a group of chips. */
export function choose(form, name, values) {
  for (const input of form.querySelectorAll(`[name="${name}"]`)) input.checked = values.includes(input.value);
}

/** Return a diamond or circle with a pin's number. */
export function markOf(pin) {
  const isPositive = pin.about === "positive" ? " mark--positive" : "";
  const isReceived = pin.state === "received" ? " is-received" : "";
  return make("span", { className: `mark${isPositive}${isReceived}`, "aria-hidden": "true" }, make("span", { text: String(pin.number) }));
}
