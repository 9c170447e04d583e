/* What every page does: GOV.UK components, folds, menus and copy buttons. */
import { initAll } from "../vendor/govuk-frontend/govuk-frontend.min.js";
import { startCopyButtons } from "./copy.js";
import { startFolds } from "./folds.js";
import { startMenus } from "./menus.js";

initAll();
startFolds(document);
startMenus(document);
startCopyButtons(document);

// An error that a page comes with is read first.
document.querySelector("[data-focus-first]")?.focus();
