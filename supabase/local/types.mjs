// Writes the types of schema public, from the migrations and backend/app/models/rpc.
//
//   node supabase/local/types.mjs                                both files, on a throw-away stack
//   node supabase/local/types.mjs --print LANG --database-url URL
//
// --print writes one of them to standard output: python or typescript, for a running database.

import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { supabaseCommand } from "./cli.mjs";
import { contract } from "./contract.mjs";
import { eachLine } from "./log.mjs";
import { explain, Problem } from "./problem.mjs";
import { ROOT } from "./settings.mjs";

const FILES = {
  python: "backend/app/models/database.py",
  typescript: "supabase/database.types.ts",
};

const { values } = parseArgs({
  options: { print: { type: "string" }, "database-url": { type: "string" } },
});

function fromCatalogue(language, databaseUrl) {
  const [command, args, options] = supabaseCommand(
    ["gen", "types", "--lang", language, "--schema", "public", `--remote=${databaseUrl}`],
  );
  const run = spawnSync(command, args, { ...options, encoding: "utf8", maxBuffer: 64 << 20 });
  if (run.status !== 0) throw new Problem(`The types could not be generated: ${run.stderr.trim()}`);
  return run.stdout;
}

async function generate(language, databaseUrl) {
  const text = fromCatalogue(language, databaseUrl);
  return language === "typescript" ? contract(text, databaseUrl) : text;
}

async function writeFiles(databaseUrl) {
  for (const [language, file] of Object.entries(FILES)) {
    writeFileSync(path.join(ROOT, file), await generate(language, databaseUrl));
  }
}

async function onThrowAwayStack(work) {
  const script = path.join(ROOT, "supabase/local/up.mjs");
  const stack = spawn(process.execPath, [script, "--ephemeral", "--no-service", "--no-seeds"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => stack.once("exit", () => resolve(null)));
  const ready = new Promise((resolve) => {
    eachLine(stack.stdout, (line) => line.startsWith('{"ready":true') && resolve(JSON.parse(line)));
  });
  try {
    const info = await Promise.race([ready, ended]);
    if (!info) throw new Problem("The throw-away stack did not start; the lines above say why.");
    await work(info.database_url);
  } finally {
    stack.stdin.end();
    await ended;
  }
}

try {
  const { print, "database-url": url } = values;
  if (print === undefined && url === undefined) await onThrowAwayStack(writeFiles);
  else if (print in FILES && url) process.stdout.write(await generate(print, url));
  else throw new Problem("usage: types.mjs [--print python|typescript --database-url URL]");
} catch (error) {
  process.stderr.write(`lyceum: ${explain(error)}\n`);
  process.exitCode = 1;
}
