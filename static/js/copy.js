/* Buttons that copy: data-copy names the element whose text is copied, data-copy-value has the text itself,
   and data-copy-address alone copies the address of this page. */
import { announce } from "./announce.js";

const SHOWN_MS = 2500;

function textFor(button) {
  if ("copyAddress" in button.dataset) return window.location.href;
  if (button.dataset.copyValue !== undefined) return button.dataset.copyValue;
  const source = document.getElementById(button.dataset.copy);
  return source ? (source.dataset.copyFull ?? source.value ?? source.textContent).trim() : "";
}

async function put(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Plain http on an internal network has no clipboard interface.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "govuk-visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("The browser refused to copy");
}

function say(button, message) {
  const word = button.querySelector("[data-word]");
  announce(message);
  if (!word || button.dataset.saying) return;
  const before = word.textContent;
  button.dataset.saying = "yes";
  word.textContent = message;
  setTimeout(() => {
    word.textContent = before;
    delete button.dataset.saying;
  }, SHOWN_MS);
}

/** Make every copy button under `root` work. */
export function startCopyButtons(root) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-value], [data-copy-address]");
    if (!button) return;
    const within = document.activeElement;
    try {
      await put(textFor(button));
      say(button, "Copied");
    } catch {
      say(button, "Could not copy");
    }
    within?.focus();
  });
}
