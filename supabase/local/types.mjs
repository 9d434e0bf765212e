// Writes the Python row models of schema public, from the migrations alone.
//
//   node supabase/local/types.mjs FILE                       on a throw-away stack
//   node supabase/local/types.mjs FILE --database-url URL    on a database that runs already
//
// FILE `-` stands for standard output.

import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { supabaseCommand } from "./cli.mjs";
import { eachLine } from "./log.mjs";
import { explain, Problem } from "./problem.mjs";
import { ROOT } from "./settings.mjs";

const { values, positionals: [file] } = parseArgs({
  allowPositionals: true,
  options: { "database-url": { type: "string" } },
});

function generate(databaseUrl) {
  const [command, args, options] = supabaseCommand(
    ["gen", "types", "--lang", "python", "--schema", "public", `--remote=${databaseUrl}`],
  );
  const run = spawnSync(command, args, { ...options, encoding: "utf8", maxBuffer: 64 << 20 });
  if (run.status !== 0) throw new Problem(`The types could not be made: ${run.stderr.trim()}`);
  return run.stdout;
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
    return work(info.database_url);
  } finally {
    stack.stdin.end();
    await ended;
  }
}

try {
  if (!file) throw new Problem("usage: types.mjs FILE [--database-url URL]");
  const url = values["database-url"];
  const text = url ? generate(url) : await onThrowAwayStack(generate);
  if (file === "-") process.stdout.write(text);
  else writeFileSync(file, text);
} catch (error) {
  process.stderr.write(`lyceum: ${explain(error)}\n`);
  process.exitCode = 1;
}
