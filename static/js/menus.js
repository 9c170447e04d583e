/* A menu is a button with aria-expanded and a list of links: Tab walks through it, Escape closes it and gives
   the focus back, leaving it or pressing elsewhere closes it. */

function listOf(button) {
  return document.getElementById(button.getAttribute("aria-controls"));
}

function set(button, open) {
  button.setAttribute("aria-expanded", String(open));
  listOf(button)?.toggleAttribute("data-collapsed", !open);
}

function start(menu) {
  const button = menu.querySelector("[data-menu-button]");
  const list = button && listOf(button);
  if (!list) return;
  const isOpen = () => button.getAttribute("aria-expanded") === "true";
  set(button, false);
  button.addEventListener("click", () => set(button, !isOpen()));
  menu.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a, button")];
    if (event.key === "Escape" && isOpen()) {
      set(button, false);
      button.focus();
      event.stopPropagation();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      set(button, true);
      const at = links.indexOf(document.activeElement);
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = at < 0 && step < 0 ? links.length - 1 : (at + step + links.length) % links.length;
      links[next]?.focus();
    }
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) set(button, false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (isOpen() && !menu.contains(event.target)) set(button, false);
  });
}

/** Make every menu under `root` work. */
export function startMenus(root) {
  for (const menu of root.querySelectorAll("[data-menu]")) start(menu);
}
