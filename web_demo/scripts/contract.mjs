/**
 * Writes the client's types and tables from the published contract, or with --check says whether they are up to date.
 *
 * `src/client/contract/schema.json` is what `python -m protocol.reference` prints; a test of the server's compares the two.
 */
import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";
import * as prettier from "prettier";

const folder = new URL("../src/client/contract/", import.meta.url);
const note =
  "// Generated from schema.json by `npm run contract`; the schema by `python -m protocol.reference`. Not edited by hand.\n";

/** The types, one for each definition. */
function types({ $defs, title }) {
  const every = { title: "Contract", description: `Everything that ${title} speaks of.`, $defs };
  every.oneOf = Object.keys($defs).map((name) => ({ $ref: `#/$defs/${name}` }));
  return compile(every, "Contract", {
    additionalProperties: false, // Fields unknown to us may come; nothing here reads them.
    bannerComment: "",
    format: false,
    ignoreMinAndMaxItems: true, // The server's business, not a compiler's.
  });
}

/** The tables of `protocol.md` 4, 7 and 8. */
function tables(schema) {
  const actions = Object.fromEntries(
    Object.entries(schema["x-close-codes"]).map(([code, { action }]) => [code, action]),
  );
  return `
/** Which commands a phase takes (\`protocol.md\` 4). */
export const LEGAL = ${JSON.stringify(schema["x-phases"])} as const;

/** Which commands are taken while the interview is paused, whatever its phase. */
export const LEGAL_WHILE_PAUSED = ${JSON.stringify(schema["x-legal-while-paused"])} as const;

/** What a close code tells a client to do (\`protocol.md\` 8). */
export const CLOSE_ACTIONS = ${JSON.stringify(actions)} as const;

/** The error codes (\`protocol.md\` 7). */
export const ERROR_CODES = ${JSON.stringify(Object.keys(schema["x-errors"]))} as const;
`;
}

const schema = JSON.parse(await readFile(new URL("schema.json", folder), "utf8"));
const files = { "types.ts": note + (await types(schema)), "tables.ts": note + tables(schema) };
const stale = [];
for (const [name, text] of Object.entries(files)) {
  const path = new URL(name, folder);
  const style = await prettier.resolveConfig(path);
  const wanted = await prettier.format(text, { ...style, parser: "typescript" });
  const present = await readFile(path, "utf8").catch(() => null);
  if (present === wanted) continue;
  stale.push(name);
  if (!process.argv.includes("--check")) await writeFile(path, wanted);
}
if (process.argv.includes("--check") && stale.length > 0) {
  console.error(`Out of date: ${stale.join(", ")}. Run \`npm run contract\`.`);
  process.exit(1);
}
