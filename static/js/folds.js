/* Buttons that open and fold a part of the page: aria-controls names it, data-fold is "narrow" for parts that
   fold on small screens alone. Style sheets hide [data-collapsed]; without this script all is open. */

/** Open or fold what `button` controls. */
export function setFold(button, open) {
  const target = document.getElementById(button.getAttribute("aria-controls"));
  button.setAttribute("aria-expanded", String(open));
  if (!target) return;
  if (open) target.removeAttribute("data-collapsed");
  else target.setAttribute("data-collapsed", button.dataset.fold);
}

/** Make every fold button under `root` work. */
export function startFolds(root) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fold]");
    if (button) setFold(button, button.getAttribute("aria-expanded") !== "true");
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const button of document.querySelectorAll('[data-fold="narrow"][aria-expanded="true"]')) {
      const target = document.getElementById(button.getAttribute("aria-controls"));
      if (!target?.contains(document.activeElement) && document.activeElement !== button) continue;
      if (!button.checkVisibility()) continue; // on wide screens there is nothing to fold
      setFold(button, false);
      button.focus();
    }
  });
}
