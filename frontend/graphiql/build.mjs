// Bundles GraphiQL into the server's static files. The same inputs give the same bytes.
import { readFile, writeFile } from "node:fs/promises";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const RULE = "=".repeat(72);
const target = path.join(here, "../../server/web/static/fairsplit/graphiql");

// GraphiQL's style sheets carry 400 kB of fonts as data: addresses; the page uses the system's.
const withoutFonts = {
  name: "without-fonts",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, "utf8")).replace(/@font-face\s*\{[^}]*\}/g, ""),
      loader: "css",
    }));
  },
};

const result = await build({
  absWorkingDir: here,
  entryPoints: { graphiql: "src/main.jsx" },
  outdir: target,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  jsx: "automatic",
  charset: "utf8",
  legalComments: "none",
  // The second one tells graphql-js, too, that this is production.
  define: { "process.env.NODE_ENV": '"production"', "globalThis.process": "true" },
  external: ["graphql-ws"],
  plugins: [withoutFonts],
  metafile: true,
  logLevel: "warning",
});

await writeFile(path.join(target, "LICENSES.txt"), licenses(result.metafile));

// Every bundled package with its licence; packages with the same text share it.
function licenses({ inputs }) {
  const folders = new Set(
    Object.keys(inputs).flatMap((file) => file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []),
  );
  const packagesByText = new Map();
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(path.join(here, folder, "package.json"), "utf8"));
    const text = licenseText(path.join(here, folder));
    packagesByText.set(text, [...(packagesByText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  return [...packagesByText].map(([text, packages]) => `${packages.join("\n")}\n\n${text}`).join(`\n${RULE}\n\n`);
}

function licenseText(folder) {
  const file = readdirSync(folder).find((name) => /^licen[sc]e/i.test(name));
  return file ? `${readFileSync(path.join(folder, file), "utf8").trim()}\n` : "";
}
