// Parses files with HashiCorp's parser and formats them with HashiCorp's formatter: hcl.mjs OUTPUT FILE...
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../node/package.json", import.meta.url));
const { parse } = require("@cdktf/hcl2json");
const { format } = require("@cdktf/hcl-tools");

const found = [];
for (const path of process.argv.slice(3)) {
  const text = readFileSync(path, "utf8");
  found.push({ path, parsed: await parse(path, text), formatted: await format(text) });
}
writeFileSync(process.argv[2], JSON.stringify(found));
process.exit(0);
