/* Hexagons are drawn on one canvas, so that some thousands of them stay smooth. Fills, outlines and marks are
   those of the wards: patterns and triangles are painted where a canvas cannot point to the page's own. */

const INK = "#17212b";
const GROUND = "#fbfaf7";
const MARK_FROM_PX = 16;
const ZERO_FROM_PX = 22;
const LINE_SHARE = 12;

function tile(size, paint) {
  const made = document.createElement("canvas");
  made.width = made.height = size;
  const context = made.getContext("2d");
  context.fillStyle = GROUND;
  context.fillRect(0, 0, size, size);
  paint(context);
  return made;
}

const TILES = {
  "url(#lamplight-dots)": () =>
    tile(8, (context) => {
      context.fillStyle = "#7d868e";
      for (const at of [2, 6]) {
        context.beginPath();
        context.arc(at, at, 1.25, 0, 7);
        context.fill();
      }
    }),
  "url(#lamplight-hatch)": () =>
    tile(10, (context) => {
      context.strokeStyle = "#858d94";
      context.lineWidth = 1.5;
      context.beginPath();
      for (const shift of [-10, 0, 10]) {
        context.moveTo(shift - 1, 11);
        context.lineTo(shift + 11, -1);
      }
      context.stroke();
    }),
};

/** Return a small canvas to repeat as the pattern of this name. */
export const patternTile = (name) => TILES[name]();

function triangle(context, x, y, up) {
  const s = up ? 1 : -1;
  context.beginPath();
  context.moveTo(x, y - 6 * s);
  context.lineTo(x + 6.5 * s, y + 5.5 * s);
  context.lineTo(x - 6.5 * s, y + 5.5 * s);
  context.closePath();
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = "#ffffff";
  context.fillStyle = INK;
  context.stroke();
  context.fill();
}

/** Return a Leaflet renderer on a canvas that knows the page's patterns and marks. */
export function cellRenderer() {
  const patterns = {};
  const Plain = L.Canvas.prototype;
  const Renderer = L.Canvas.extend({
    _fillStroke(context, layer) {
      const name = layer.options.fillColor;
      // A line that is not thin beside its cell would be all that is seen of it.
      const weight = Math.min(layer.options.weight, (layer._pxBounds?.getSize().x ?? 100) / LINE_SHARE);
      const options = { ...layer.options, weight };
      if (!(name in TILES)) Plain._fillStroke.call(this, context, { options });
      else {
        patterns[name] ??= context.createPattern(TILES[name](), "repeat");
        context.globalAlpha = 1;
        context.fillStyle = patterns[name];
        context.fill("evenodd");
        Plain._fillStroke.call(this, context, { options: { ...options, fill: false } });
      }
      this._mark(context, layer);
    },

    _mark(context, layer) {
      const { mark } = layer.options;
      if (!mark || !layer._pxBounds) return;
      const width = layer._pxBounds.getSize().x;
      const { x, y } = layer._pxBounds.getCenter();
      context.globalAlpha = 1;
      if (mark === "0" && width >= ZERO_FROM_PX) {
        context.fillStyle = INK;
        context.font = "600 13px 'Atkinson Hyperlegible Next', sans-serif";
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.fillText("0", x, y);
      } else if (mark !== "0" && width >= MARK_FROM_PX) triangle(context, x, y, mark === "higher");
    },
  });
  return new Renderer({ padding: 0.2 });
}
