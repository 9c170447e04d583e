/* The surface: a picture of stepped bands from the server, over hatching that shows where walking is thin. */
import { stateOf, styleOf } from "./planning-classes.js";

const THIN = "url(#lamplight-hatch)";

/** Fetch the picture; null where there is none, as when nobody walked. */
export async function fetchSurface(address, signal) {
  const response = await fetch(address, { signal, credentials: "same-origin" });
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  const bounds = response.headers.get("X-Bounds")?.split(",").map(Number);
  const picture = await response.blob();
  if (bounds?.length !== 4) return null;
  const [west, south, east, north] = bounds;
  return { picture, bounds: [[south, west], [north, east]] };
}

export class SurfaceLayer {
  constructor(map) {
    this.map = map;
    for (const [name, order] of [["thin", 380], ["surface", 390]]) {
      const pane = map.createPane(name);
      pane.style.zIndex = order;
      pane.style.pointerEvents = "none";
    }
  }

  clear() {
    this.image?.remove();
    this.thin?.remove();
    if (this.url) URL.revokeObjectURL(this.url);
    this.image = this.thin = this.url = null;
  }

  /** Draw `found` over the wards of an answer, which are hatched where the picture says nothing. */
  draw(found, answer, scale) {
    this.clear();
    this.thin = L.geoJSON(answer, {
      pane: "thin",
      interactive: false,
      style: ({ properties }) => {
        const state = stateOf(properties);
        const kept = state === "never" || state === "not-shown";
        const style = styleOf(properties, "eb", scale);
        return { ...style, fillColor: kept ? style.fillColor : THIN, weight: 0, stroke: false };
      },
    }).addTo(this.map);
    if (!found) return;
    this.url = URL.createObjectURL(found.picture);
    this.image = L.imageOverlay(this.url, found.bounds, { pane: "surface", className: "planning__surface", alt: "" }).addTo(this.map);
  }
}
