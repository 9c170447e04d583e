/* The list of what was received: the server draws it, this page fetches it again after each change. */

/** Show what needs scripts, now that they run. */
export function unhide(root) {
  for (const part of root.querySelectorAll("[data-needs-script]")) part.hidden = false;
}

/** Return what the page came with for the map. */
export function walkData() {
  return JSON.parse(document.getElementById("walk-data").textContent);
}

/** Fetch the page again and put its list, count and map data in place of the old ones. */
export async function refreshList() {
  const list = document.getElementById("list");
  list.setAttribute("aria-busy", "true");
  const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) {
    list.removeAttribute("aria-busy");
    return false;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["list", "count", "walk-data"]) {
    const next = fresh.getElementById(id);
    if (id === "walk-data") document.getElementById(id).textContent = next.textContent;
    else document.getElementById(id).replaceWith(document.adoptNode(next));
  }
  unhide(document.getElementById("list"));
  return true;
}

/** Go to a concern in the list, or to one of its controls. */
export function goTo(id, control = "") {
  const item = document.querySelector(`[data-concern="${CSS.escape(id)}"]`);
  const goal = (control && item?.querySelector(control)) || item || document.getElementById("list");
  goal.scrollIntoView({ block: "nearest" });
  goal.focus();
}

/** Say beside a concern what went wrong with it. */
export function sayAt(id, message) {
  const item = document.querySelector(`[data-concern="${CSS.escape(id)}"]`);
  if (item) item.querySelector(".capture-item__problem").textContent = message;
}
