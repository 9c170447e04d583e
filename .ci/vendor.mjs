// Copies exactly listed front-end files from node_modules into static/vendor, with their licences and a
// manifest of versions and checksums. `--check` compares static/vendor with package-lock.json instead.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const vendor = join(root, "static", "vendor");
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

// GDS Transport is licensed for GOV.UK alone, so neither its files nor its name are used; the crest likewise.
const withoutGovernmentBrand = (css) =>
  css
    .replace(/@font-face\{[^}]*\}/g, "")
    .replaceAll("GDS Transport,arial,sans-serif", '"Atkinson Hyperlegible Next",system-ui,sans-serif')
    .replace(/url\(\/assets\/[^)]*\)/g, "none");

const withoutSourceMap = (text) => text.replace(/\n?(\/\/|\/\*)[#@] sourceMappingURL=[^\n]*\n?/g, "\n");

const fontFace = (family, file) => `@font-face {
  font-family: '${family}';
  font-style: normal;
  font-display: swap;
  font-weight: 200 800;
  src: url(${file}) format('woff2');
}
`;

const font = (name, family) => ({
  from: `@fontsource-variable/${name}`,
  copy: { [`files/${name}-latin-wght-normal.woff2`]: `${name}-latin-wght-normal.woff2` },
  write: { [`${name}.css`]: fontFace(family, `${name}-latin-wght-normal.woff2`) },
});

const same = (...files) => Object.fromEntries(files.map((file) => [file, basename(file)]));

const packages = {
  "atkinson-hyperlegible-mono": font("atkinson-hyperlegible-mono", "Atkinson Hyperlegible Mono"),
  "atkinson-hyperlegible-next": font("atkinson-hyperlegible-next", "Atkinson Hyperlegible Next"),
  "govuk-frontend": {
    from: "govuk-frontend",
    copy: same("dist/govuk/govuk-frontend.min.css", "dist/govuk/govuk-frontend.min.js"),
    change: withoutGovernmentBrand,
    // The package carries no licence file; its repository does.
    copyright: "Copyright (C) 2017 Crown Copyright (Government Digital Service)",
  },
  idb: { from: "idb", copy: same("build/index.js") },
  leaflet: {
    from: "leaflet",
    copy: {
      ...same("dist/leaflet.css", "dist/leaflet.js", "dist/leaflet-src.esm.js"),
      ...Object.fromEntries(
        ["layers.png", "layers-2x.png", "marker-icon.png", "marker-icon-2x.png", "marker-shadow.png"].map((image) => [
          `dist/images/${image}`,
          `images/${image}`,
        ]),
      ),
    },
  },
  "protomaps-leaflet": { from: "protomaps-leaflet", copy: same("dist/protomaps-leaflet.js"), bundled: true },
};

const locked = (name) => lock.packages[`node_modules/${name}`];
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const licenceFiles = (name) => readdirSync(join(modules, name)).filter((file) => /^licen[cs]e/i.test(file));

function licenceOf(name, copyright) {
  const files = licenceFiles(name);
  if (files.length > 0) return files.map((file) => readFileSync(join(modules, name, file), "utf8")).join("\n");
  if (copyright === undefined) return `Licensed under ${locked(name).license}; the package carries no licence file.\n`;
  // The MIT licence's words are the same as in our own LICENSE; only the line of the copyright differs.
  return readFileSync(join(root, "LICENSE"), "utf8").replace(/^Copyright .*$/m, copyright);
}

function bundledWith(name, seen = new Set()) {
  for (const part of Object.keys(locked(name).dependencies ?? {})) {
    if (!part.startsWith("@types/") && !seen.has(part)) bundledWith(part, seen.add(part));
  }
  return [...seen].sort();
}

function contentsOf({ from, copy, write = {}, change = (text) => text, copyright, bundled }) {
  const contents = {};
  for (const [source, target] of Object.entries(copy)) {
    const bytes = readFileSync(join(modules, from, source));
    const text = /\.(css|js)$/.test(source);
    contents[target] = text ? Buffer.from(withoutSourceMap(change(bytes.toString("utf8")))) : bytes;
  }
  for (const [target, text] of Object.entries(write)) contents[target] = Buffer.from(text);
  contents.LICENSE = Buffer.from(licenceOf(from, copyright));
  if (bundled) {
    const parts = bundledWith(from).map((part) => `== ${part} ${locked(part).version}\n\n${licenceOf(part)}`);
    contents["LICENSE-BUNDLED"] = Buffer.from(parts.join("\n"));
  }
  return contents;
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

function copyAll() {
  const fresh = `${vendor}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const manifest = { packages: {}, files: {} };
  for (const [folder, one] of Object.entries(packages)) {
    const installed = JSON.parse(readFileSync(join(modules, one.from, "package.json"), "utf8")).version;
    const { version, integrity } = locked(one.from);
    if (installed !== version) throw new Error(`${one.from} ${installed} is installed, ${version} is locked. Run: npm ci`);
    manifest.packages[one.from] = { version, integrity };
    for (const [target, bytes] of Object.entries(contentsOf(one))) {
      const path = join(fresh, folder, target);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
      manifest.files[`${folder}/${target}`] = sha256(bytes);
    }
  }
  writeFileSync(join(fresh, "MANIFEST.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  rmSync(vendor, { recursive: true, force: true });
  renameSync(fresh, vendor);
  console.log(`static/vendor: ${Object.keys(manifest.files).length} files of ${Object.keys(packages).length} packages`);
}

function differences() {
  const path = join(vendor, "MANIFEST.json");
  if (!existsSync(path)) return ["static/vendor/MANIFEST.json is missing"];
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  const wrong = [];
  const asked = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const [name, version] of Object.entries({ ...asked.dependencies, ...asked.devDependencies })) {
    if (locked(name)?.version !== version) wrong.push(`package.json asks ${name} ${version}, the lock has another`);
  }
  for (const { from } of Object.values(packages)) {
    const { version, integrity } = locked(from);
    const have = manifest.packages[from];
    if (have?.version !== version || have?.integrity !== integrity) wrong.push(`${from} is not ${version} as locked`);
  }
  for (const [name, checksum] of Object.entries(manifest.files)) {
    const file = join(vendor, name);
    if (!existsSync(file) || !statSync(file).isFile()) wrong.push(`${name} is missing`);
    else if (sha256(readFileSync(file)) !== checksum) wrong.push(`${name} was changed`);
  }
  for (const file of filesUnder(vendor)) {
    const name = relative(vendor, file);
    if (name !== "MANIFEST.json" && !(name in manifest.files)) wrong.push(`${name} is in no package`);
  }
  return wrong;
}

if (process.argv.includes("--check")) {
  const wrong = differences();
  for (const line of wrong) console.error(line);
  console.log(wrong.length === 0 ? "static/vendor is in step with package-lock.json" : "Run: make setup");
  process.exitCode = wrong.length === 0 ? 0 : 1;
} else {
  copyAll();
}
