/* Circles round clusters that are clear of chance, with words beside each; the list says the same. */

const CLEAR = 0.05;

function middle(geometry) {
  const ring = geometry.coordinates[0][0][0] instanceof Array ? geometry.coordinates[0][0] : geometry.coordinates[0];
  const corners = ring.slice(0, -1);
  return L.latLng(corners.reduce((sum, each) => sum + each[1], 0) / corners.length, corners.reduce((sum, each) => sum + each[0], 0) / corners.length);
}

/** Return centre and radius in metres of a circle of the scan: one round a cell's middle that holds these cells
    and no other that was scanned; where rounding leaves none, the smallest that holds them. */
export function circleOf(codes, middles) {
  const own = codes.map((code) => middles.get(code)).filter(Boolean);
  if (!own.length) return null;
  const round = own
    .map((centre) => ({ centre, radius: Math.max(...own.map((each) => centre.distanceTo(each))) }))
    .sort((a, b) => a.radius - b.radius);
  const holds = ({ centre, radius }) => [...middles.values()].filter((each) => centre.distanceTo(each) <= radius + 1).length;
  return round.find((each) => holds(each) === own.length) ?? round[0];
}

const figure = (value, decimals = 0) => value.toLocaleString("en-GB", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** Return a cluster in words. */
export function clusterWords(cluster, number, what) {
  const times = cluster.relative_risk === null ? "" : `, ${figure(cluster.relative_risk, 1)} times as many per km as elsewhere`;
  const p = cluster.p < 0.001 ? "p under 0.001" : `p ${figure(cluster.p, 3)}`;
  return `Cluster ${number}, clear of chance: ${figure(cluster.cases)} ${what} where ${figure(cluster.expected)} would be expected${times}, ${p}.`;
}

export class ClusterLayer {
  constructor(map) {
    this.map = map;
    const pane = map.createPane("clusters");
    pane.style.zIndex = 430;
    pane.style.pointerEvents = "none";
    this.group = L.layerGroup().addTo(map);
  }

  clear() {
    this.group.clearLayers();
  }

  /** Draw what is clear of chance and return it in words; `cells` is an answer of hexagons of 500 m. */
  draw(answer, cells) {
    this.clear();
    const scanned = cells.features.filter(({ properties }) => properties.concerns !== null && properties.km > 0);
    if (!scanned.length) return ["No walks in this period, so there is nothing to scan."];
    const middles = new Map(scanned.map(({ properties, geometry }) => [properties.code, middle(geometry)]));
    const clear = answer.clusters.filter((each) => each.p <= CLEAR);
    if (!clear.length) return ["No cluster is clear of chance."];
    const what = answer.selection.kind === "positive" ? "places that work well" : "concerns";
    clear.forEach((cluster, i) => this.circle(circleOf(cluster.cells, middles), `Cluster ${i + 1}, p ${figure(cluster.p, 3)}`));
    return clear.map((cluster, i) => clusterWords(cluster, i + 1, what));
  }

  circle(found, words) {
    if (!found) return;
    const options = { pane: "clusters", interactive: false, fill: false, radius: found.radius + 290 };
    L.circle(found.centre, { ...options, color: "#ffffff", weight: 6 }).addTo(this.group);
    const line = L.circle(found.centre, { ...options, color: "#17212b", weight: 2.5 }).addTo(this.group);
    const label = document.createElement("div");
    label.className = "map-label planning__cluster";
    label.textContent = words;
    const top = L.latLng(line.getBounds().getNorth(), found.centre.lng);
    L.marker(top, { icon: L.divIcon({ html: label, className: "", iconSize: [0, 0], iconAnchor: [0, 26] }), interactive: false, keyboard: false }).addTo(this.group);
  }
}
