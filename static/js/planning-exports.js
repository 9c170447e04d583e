/* Says how far a download is, until it is ready or could not be made; then the page itself says the rest. */
const box = document.querySelector("[data-export]");
const words = box.querySelector(".working p");
const bar = box.querySelector(".working progress");

async function look() {
  let seconds = 3;
  try {
    const response = await fetch(box.dataset.export, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!response.ok) return window.location.reload();
    const found = await response.json();
    if (found.status === "ready" || found.status === "failed") return window.location.reload();
    words.textContent = `${found.done} of ${found.total} briefings are made`;
    bar.max = found.total;
    bar.value = found.done;
    bar.setAttribute("aria-label", words.textContent);
    seconds = Number(response.headers.get("Retry-After")) || seconds;
  } catch {
    seconds = 15; // the line is away: ask less often, and lose nothing
  }
  return setTimeout(look, seconds * 1000);
}

setTimeout(look, 1000);
