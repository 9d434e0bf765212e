// The platform's schemas and roles, migrations and seeds.
//
// The Supabase CLI applies migrations and seeds, as on a hosted project. It does not start when
// nothing is pending.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { createAuthSchema } from "./auth.mjs";
import { supabaseCommand } from "./cli.mjs";
import { readJson, replaceFile } from "./files.mjs";
import { connect } from "./postgres.mjs";
import { cure, Problem } from "./problem.mjs";
import { PROJECT_DIR, ROOT } from "./settings.mjs";

const BOOTSTRAP_DIR = path.join(ROOT, "sql/bootstrap");
const MIGRATIONS_DIR = path.join(PROJECT_DIR, "supabase/migrations");
const SEEDS_DIR = path.join(PROJECT_DIR, "supabase/seeds");

function sqlFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith(".sql")).sort();
}

// Creates schema `auth`, then applies sql/bootstrap, which adds Supabase's functions, owners and
// grants.
export async function preparePlatform({ superuserUrl, settings, siteUrl }) {
  const sql = connect(superuserUrl);
  let step = "the database";
  try {
    await sql`select count(*) from pg_catalog.pg_class`;
    await createAuthSchema({ url: superuserUrl, jwtSecret: settings.jwtSecret, siteUrl });
    for (const name of sqlFiles(BOOTSTRAP_DIR)) {
      step = `sql/bootstrap/${name}`;
      await sql.unsafe(readFileSync(path.join(BOOTSTRAP_DIR, name), "utf8")).simple();
    }
    step = "the password of postgres";
    const [{ statement }] = await sql`
      select format('alter role postgres password %L', ${settings.database.password}::text)
        as statement`;
    await sql.unsafe(statement);
    step = "the address for the seeds";
    const [{ setting }] = await sql`
      select format('alter database %I set app.settings.api_url = %L', current_database(),
        ${settings.gateway.url}::text) as setting`;
    await sql.unsafe(setting);
  } catch (error) {
    if (error.name !== "PostgresError") throw error;
    throw new Problem(`Preparing ${step} failed: ${error.message}. ${cure(error.message, error.code)}`);
  } finally {
    await sql.end();
  }
}

// The versions of applied migrations and the paths of applied seeds.
async function readHistory(databaseUrl) {
  const sql = connect(databaseUrl);
  try {
    const [tables] = await sql`
      select to_regclass('supabase_migrations.schema_migrations') is not null as migrations,
        to_regclass('supabase_migrations.seed_files') is not null as seeds`;
    const versions = tables.migrations
      ? await sql`select version from supabase_migrations.schema_migrations` : [];
    const seeds = tables.seeds ? await sql`select path from supabase_migrations.seed_files` : [];
    return {
      versions: new Set(versions.map((row) => row.version)),
      seeds: new Set(seeds.map((row) => path.basename(row.path))),
    };
  } finally {
    await sql.end();
  }
}

// Applies pending migrations and seeds. Returns how many of each it applied.
export async function applyMigrations({ databaseUrl, seeds, processes, log, hashFile }) {
  const history = await readHistory(databaseUrl);
  const files = sqlFiles(MIGRATIONS_DIR).filter((name) => /^\d+_/.test(name));
  const version = (name) => name.split("_")[0];
  const pending = files.filter((name) => !history.versions.has(version(name)));
  const unknown = [...history.versions].filter((id) => !files.some((name) => version(name) === id));
  const seedFiles = seeds ? sqlFiles(SEEDS_DIR) : [];
  const newSeeds = seedFiles.filter((name) => !history.seeds.has(name));

  if (unknown.length > 0) {
    throw new Problem(
      `The database has migration ${unknown[0]}, which is not in supabase/migrations.` +
        " Check out the version that has it, or set LYCEUM_LOCAL_DIR to another folder.",
    );
  }
  warnOfEdits({ files, pending, hashFile, log });
  if (pending.length === 0 && newSeeds.length === 0) return { migrations: 0, seeds: 0 };

  const names = [...pending, ...newSeeds];
  log.write("stack", `applying ${pending.length} migrations and ${newSeeds.length} seeds`);
  const { code, lines } = await runCli(
    ["db", "push", `--remote=${databaseUrl}`, "--yes", "--include-all",
      ...(newSeeds.length > 0 ? ["--include-seed"] : [])],
    processes,
  );
  if (code !== 0) {
    for (const line of lines) log.write("stack", line);
    const applying = lines.findLast((line) => names.some((name) => line.includes(name)));
    const file = names.find((name) => applying?.includes(name)) ?? "a migration";
    const why = lines.find((line) => /ERROR/.test(line)) ?? lines.at(-1) ?? `code ${code}`;
    throw new Problem(`${file} failed: ${why.trim()}. ${cure(lines.join("\n"))}`);
  }
  return { migrations: pending.length, seeds: newSeeds.length };
}

// Warns about a migration that was edited after it was applied: it is not applied again.
function warnOfEdits({ files, pending, hashFile, log }) {
  if (!hashFile) return;
  const known = readJson(hashFile) ?? {};
  const now = {};
  for (const name of files) {
    const hash = createHash("sha256").update(readFileSync(path.join(MIGRATIONS_DIR, name)));
    now[name] = hash.digest("hex");
    if (pending.includes(name) || !known[name] || known[name] === now[name]) continue;
    log.write("stack", `${name} has changed since it was applied; only new data gets the change`);
    now[name] = known[name];
  }
  replaceFile(hashFile, JSON.stringify(now, null, 2));
}

// Runs the Supabase CLI and returns its exit code and its output by line.
async function runCli(args, processes) {
  const lines = [];
  const [command, list, options] = supabaseCommand(args);
  const run = processes.start("stack", command, list, {
    ...options,
    onLine: (line) => line.trim() && lines.push(line.trimEnd()),
  });
  run.asked = true;
  const ended = await run.ended;
  return { code: ended === "ended with code 0" ? 0 : 1, lines };
}
