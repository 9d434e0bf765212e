// The Supabase CLI from the npm package supabase: a script that starts a binary.

import { createRequire } from "node:module";
import path from "node:path";

import { PROJECT_DIR } from "./settings.mjs";

// The command to spawn for `supabase <args>` on this project.
export function supabaseCommand(args) {
  const manifest = createRequire(import.meta.url).resolve("supabase/package.json");
  const script = path.join(path.dirname(manifest), "dist/supabase.js");
  return [
    process.execPath,
    [script, ...args, "--workdir", PROJECT_DIR],
    {
      cwd: PROJECT_DIR,
      env: {
        ...process.env,
        // The stack has no TLS, and the CLI would print a notice about that on standard output.
        PGSSLMODE: "disable",
        SUPABASE_TELEMETRY_DISABLED: "1",
        NO_COLOR: "1",
        CI: "1",
      },
    },
  ];
}
