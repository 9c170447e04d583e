/* Where the sun stands, for the light at a place and the theme of the screen. */

const RAD = Math.PI / 180;
const DAY_ABOVE = -0.833;
const DARK_BELOW = -6;

/** Return the sun's elevation in degrees, to about a tenth, without refraction. Source: The Astronomical
    Almanac's low-precision formulas (page C5), as the U.S. Naval Observatory gives them. */
export function elevation(lon, lat, ms) {
  const days = ms / 86_400_000 + 2440587.5 - 2451545;
  const anomaly = (357.529 + 0.98560028 * days) * RAD;
  const mean = 280.459 + 0.98564736 * days;
  const along = (mean + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * RAD;
  const tilt = (23.439 - 0.00000036 * days) * RAD;
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(along), Math.cos(along));
  const declination = Math.asin(Math.sin(tilt) * Math.sin(along));
  const sidereal = (280.46061837 + 360.98564736629 * days + lon) * RAD;
  const hour = sidereal - ascension;
  return Math.asin(Math.sin(lat * RAD) * Math.sin(declination) + Math.cos(lat * RAD) * Math.cos(declination) * Math.cos(hour)) / RAD;
}

/** Return day, twilight or dark. */
export function lightAt(lon, lat, ms) {
  const high = elevation(lon, lat, ms);
  return high > DAY_ABOVE ? "day" : high > DARK_BELOW ? "twilight" : "dark";
}
