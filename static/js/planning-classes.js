/* Which fill and state an area has: the rules of the legend, on one area's figures. */

export const PALETTE = {
  clear: ["#0b565e", "#4c9599", "#cfc6a6", "#cb8a2e", "#7e4407"],
  chance: ["#c3dbda", "#dce8e4", "#f1ede2", "#f1dfbf", "#e5c494"],
  count: ["#e3eef0", "#b4d2d6", "#7db0b7", "#3f868f"],
};
const INK = "#17212b";
const MIDDLE = 2;

/** Return never, not-shown, none, thin, higher, lower or as-expected. */
export function stateOf(area) {
  if (area.verdict === "never_walked") return "never";
  if (area.verdict === "suppressed") return "not-shown";
  if (area.concerns === 0) return "none";
  if (area.verdict === "too_little_walking") return "thin";
  return area.verdict.replace("_", "-");
}

/** Whether the difference is clear of chance, also where nothing was raised. */
export const isClear = (area) => area.verdict === "higher" || area.verdict === "lower";

/** Return round limits between four classes of counts; they belong to this answer alone. */
export function countBreaks(areas) {
  const most = Math.max(0, ...areas.map((area) => area.concerns ?? 0));
  const step = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500].find((one) => one * 4 >= most) ?? Math.ceil(most / 4);
  return [step, step * 2, step * 3];
}

const classOf = (value, breaks) => breaks.filter((limit) => value >= limit).length;

/** Return Leaflet's path options for an area under a measure. */
export function styleOf(area, measure, scale) {
  const state = stateOf(area);
  const quiet = { color: "#ffffff", weight: 1.1, fillOpacity: 1, opacity: 1, dashArray: null };
  if (state === "never") return { ...quiet, fillColor: "#f7f6f2", color: "#5c6873", weight: 1.4, dashArray: "5 4" };
  if (state === "not-shown") return { ...quiet, fillColor: "url(#lamplight-dots)", color: "#7d868e", weight: 1 };
  const outline = isClear(area) && measure !== "count" ? { color: INK, weight: 1.6 } : {};
  if (state === "none") return { ...quiet, fillColor: "#ffffff", color: "#7d868e", weight: 1, ...outline };
  if (measure === "count") return { ...quiet, fillColor: PALETTE.count[classOf(area.concerns, scale.counts)] };
  if (state === "thin") return { ...quiet, fillColor: "url(#lamplight-hatch)", color: "#7d868e", weight: 1 };
  const value = measure === "rate" ? area.rate : area.eb_rate;
  const step = scale.breaks.length ? classOf(value, scale.breaks) : MIDDLE;
  return { ...quiet, fillColor: PALETTE[isClear(area) ? "clear" : "chance"][step], ...outline };
}

/** Return the lines of the tip: name, what is known, how sure. */
export function tipLines(area, few) {
  const figure = (value, decimals) => value.toLocaleString("en-GB", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const count = (value) => figure(value, Number.isInteger(Math.round(value * 1e6) / 1e6) ? 0 : 1);
  switch (stateOf(area)) {
    case "never":
      return [area.reason === "no_track" ? `Never walked; ${count(area.concerns)} raised without a track` : "Never walked"];
    case "not-shown":
      return [`Not shown, fewer than ${few} walks`];
    case "none":
      return [`Walked ${figure(area.km, 1)} km, nothing raised`, ...(isClear(area) ? ["Lower than expected"] : [])];
    case "thin":
      return ["Too little walking to say", `${figure(area.km_needed ?? 0, 1)} km more would do`];
  }
  const words = { higher: "higher than expected", lower: "lower than expected", "as-expected": "as expected" };
  return [
    `${figure(area.rate, 2)} per km, ${words[stateOf(area)]}`,
    `95%: ${figure(area.rate_low, 1)} to ${figure(area.rate_high, 1)} · ${count(area.concerns)} on ${area.walks} walks, ${figure(area.km, 0)} km`,
  ];
}

/** Return the style of a ward over the surface: its line, and nothing that hides the bands. */
export function overSurface(area) {
  const never = stateOf(area) === "never";
  return { color: never ? "#5c6873" : "#46525e", weight: never ? 1.4 : 0.8, dashArray: never ? "5 4" : null, opacity: 1, fillOpacity: 0 };
}
