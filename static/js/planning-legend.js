/* The legend of counts, whose limits belong to one answer alone. */
import { PALETTE } from "./planning-classes.js";

/** Return the list items of a legend between three limits. */
export function countLegend(limits) {
  const svg = "http://www.w3.org/2000/svg";
  return PALETTE.count.map((_, i) => {
    const item = document.createElement("li");
    const swatch = document.createElementNS(svg, "svg");
    swatch.setAttribute("class", "swatch");
    swatch.setAttribute("viewBox", "0 0 32 18");
    swatch.setAttribute("aria-hidden", "true");
    const box = document.createElementNS(svg, "rect");
    for (const [name, value] of Object.entries({ class: `fill-public-${i + 1} outline-chance`, x: 0.8, y: 0.8, width: 30.4, height: 16.4 })) {
      box.setAttribute(name, value);
    }
    swatch.append(box);
    const words = [`under ${limits[0]}`, `${limits[0]} to ${limits[1]}`, `${limits[1]} to ${limits[2]}`, `${limits[2]} +`][i];
    item.append(swatch, words);
    return item;
  });
}

/** Put limits and sums of a layer of cells into the legend, for the size that is drawn now. */
export function densityLegend(layer, { size, breaks, summary, far }) {
  const note = document.querySelector("[data-map-note]");
  if (layer === "streets") {
    note.textContent = far ? "Zoom in to see streets." : "";
    note.hidden = !far;
    return;
  }
  document.querySelector("[data-density-legend]")?.replaceChildren(...countLegend(breaks));
  const words = document.querySelector("[data-density-words]");
  if (!words || !summary) return;
  const figure = (value) => value.toLocaleString("en-GB", { maximumFractionDigits: 1 });
  const width = size === "hex200" ? "200 m" : "500 m";
  const sum = layer === "walked" ? `${figure(summary.km)} km` : figure(summary.concerns);
  const hidden = summary.not_shown ? ` ${figure(summary.not_shown)} more are not shown and not counted here.` : "";
  words.textContent = `${figure(summary.shown)} hexagons of ${width}, ${sum} in all.${hidden}`;
}
