// Bundles the OpenFeature clients that the tests run, each in one file. The same inputs give the same bytes.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const packages = new Set();

for (const [name, platform] of [
  ["server", "node"],
  ["web", "browser"],
]) {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: [`src/${name}.js`],
    outfile: `${name}.mjs`,
    bundle: true,
    minify: true,
    format: "esm",
    platform,
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none",
    // Node's bundle must run as an ES module, in which nothing can be required.
    mainFields: ["module", "main"],
    conditions: ["import"],
    metafile: true,
    logLevel: "warning",
  });
  for (const file of Object.keys(metafile.inputs)) {
    const folder = file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1];
    if (folder) packages.add(folder);
  }
}

// Every bundled package with its licence; packages with the same text share it.
const packagesByText = new Map();
for (const folder of [...packages].sort()) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(here, folder, "package.json"), "utf8"));
  const file = readdirSync(path.join(here, folder)).find((entry) => /^licen[sc]e/i.test(entry));
  const text = file ? readFileSync(path.join(here, folder, file), "utf8").trim() : "";
  packagesByText.set(text, [...(packagesByText.get(text) ?? []), `${name} ${version} (${license})`]);
}
const licenses = [...packagesByText].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
writeFileSync(path.join(here, "LICENSES.txt"), licenses.join(`\n${"=".repeat(72)}\n\n`));
