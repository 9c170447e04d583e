/* One polite live region for the whole page, so that short messages do not talk over each other. */
const region = document.getElementById("announce");
let clearing;

/** Have `message` read out once; the same message can be read again later. */
export function announce(message) {
  if (!region) return;
  clearTimeout(clearing);
  region.textContent = message;
  clearing = setTimeout(() => {
    region.textContent = "";
  }, 4000);
}
