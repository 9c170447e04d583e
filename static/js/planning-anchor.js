/* Where a name or a triangle stands: inside the largest part of an area. */

function ringArea(ring) {
  let sum = 0;
  for (let i = 0; i < ring.length - 1; i += 1) sum += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
  return sum / 2;
}

function centroid(ring) {
  const [x0, y0] = ring[0]; // near the ring, or the sums drown in the coordinates' size
  let x = 0;
  let y = 0;
  let area = 0;
  for (let i = 0; i < ring.length - 1; i += 1) {
    const [ax, ay, bx, by] = [ring[i][0] - x0, ring[i][1] - y0, ring[i + 1][0] - x0, ring[i + 1][1] - y0];
    const cross = ax * by - bx * ay;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
    area += cross;
  }
  return area === 0 ? ring[0] : [x0 + x / (3 * area), y0 + y / (3 * area)];
}

/** Return where a horizontal line at `y` is inside the rings, as pairs of west and east ends. */
function insideAt(rings, y) {
  const crossings = [];
  for (const ring of rings) {
    for (let i = 0; i < ring.length - 1; i += 1) {
      const [[ax, ay], [bx, by]] = [ring[i], ring[i + 1]];
      if (ay > y !== by > y) crossings.push(ax + ((y - ay) / (by - ay)) * (bx - ax));
    }
  }
  crossings.sort((a, b) => a - b);
  const spans = [];
  for (let i = 0; i + 1 < crossings.length; i += 2) spans.push([crossings[i], crossings[i + 1]]);
  return spans;
}

/** Return [lat, lon] inside a Polygon or MultiPolygon, or null for anything else. */
export function anchorOf(geometry) {
  const polygons = { Polygon: () => [geometry.coordinates], MultiPolygon: () => geometry.coordinates }[geometry?.type]?.();
  if (!polygons?.length) return null;
  const rings = polygons.reduce((a, b) => (Math.abs(ringArea(b[0])) > Math.abs(ringArea(a[0])) ? b : a));
  const [x, y] = centroid(rings[0]);
  const spans = insideAt(rings, y);
  if (!spans.length) return [rings[0][0][1], rings[0][0][0]];
  if (spans.some(([west, east]) => west < x && x < east)) return [y, x];
  const [west, east] = spans.reduce((a, b) => (b[1] - b[0] > a[1] - a[0] ? b : a));
  return [y, (west + east) / 2];
}
