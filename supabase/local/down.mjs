// Stops a stack that `make up` started, also when its terminal is closed.
//
//   node supabase/local/down.mjs           stops it
//   node supabase/local/down.mjs --reset   stops it and removes its data

import { rmSync } from "node:fs";

import { endStack } from "./lock.mjs";
import { explain, Problem } from "./problem.mjs";
import { LOCAL_DIR } from "./settings.mjs";

try {
  const ended = await endStack();
  console.log(ended ? "The stack has stopped." : "No stack is running.");
  if (process.argv.includes("--reset")) {
    try {
      rmSync(LOCAL_DIR, { recursive: true, force: true });
    } catch (error) {
      throw new Problem(`${LOCAL_DIR} cannot be removed (${error.code}). Remove it as its owner.`);
    }
    console.log("Its data has been removed.");
  }
} catch (error) {
  process.stderr.write(`lyceum: ${explain(error)}\n`);
  process.exitCode = 1;
}
