// Starts the local stack and runs until Ctrl-C.
//
//   node supabase/local/up.mjs                  data in .local/, settings from .env (`make up`)
//   node supabase/local/up.mjs --service-only   only the service, for another Supabase
//   node supabase/local/up.mjs --web-only       only the front end, for another Supabase
//   node supabase/local/up.mjs --ephemeral      a throw-away stack for tests
//     [--no-service] [--no-web] [--no-seeds] [--log-file F]
//     [--durable]                             writes to disk as in production
//     [--buffers 2GB]                         shared_buffers of Postgres
//     [--pooled]                              PgBouncer in front of Postgres
//     [--replicated]                          a streaming replica answers reads
//     [--set NAME=VALUE]                      a setting of .env, as often as needed
//
// A throw-away stack prints one line of JSON when it is ready, and stops when its standard input
// closes.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { createLog } from "./log.mjs";
import { explain, Problem } from "./problem.mjs";
import {
  ephemeralSettings, LOCAL_DIR, readSettings, requireFreePort, requireLocal, ROOT,
} from "./settings.mjs";

const SIGN_INS = ["admin", "instructor", "instructor2", "learner", "learner2"];
const PASSWORD = "lyceum-demo";

const { values: flags } = parseArgs({
  options: {
    ephemeral: { type: "boolean", default: false },
    "service-only": { type: "boolean", default: false },
    "web-only": { type: "boolean", default: false },
    "no-service": { type: "boolean", default: false },
    "no-web": { type: "boolean", default: false },
    "no-seeds": { type: "boolean", default: false },
    "log-file": { type: "string" },
    set: { type: "string", multiple: true },
    durable: { type: "boolean", default: false },
    buffers: { type: "string" },
    pooled: { type: "boolean", default: false },
    replicated: { type: "boolean", default: false },
  },
});

const log = createLog({
  file: flags["log-file"],
  stream: flags.ephemeral ? process.stderr : process.stdout,
});
const started = performance.now();
let stack = null;
let lock = null;
let scratch = null;
let ending = null;

// Stops everything once, however many callers ask, and then this process.
function end(code, message) {
  ending ??= (async () => {
    setTimeout(() => process.exit(1), 60_000).unref();
    await stack?.stop();
    lock?.release();
    if (scratch) rmSync(scratch, { recursive: true, force: true });
    await log.close();
    // Printed last, so that the reason is below the log of the shutdown.
    if (message) process.stderr.write(`lyceum: ${message}\n`);
    process.exit(code);
  })();
  return ending;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (!ending) log.write("stack", "stopping");
    end(0);
  });
}
process.on("uncaughtException", (error) => {
  if (!stack?.recover(error)) end(1, explain(error));
});
process.on("unhandledRejection", (error) => end(1, explain(error)));

try {
  if (!existsSync(path.join(ROOT, "node_modules/postgres"))) {
    throw new Problem("The npm packages are not installed. `make install` installs them.");
  }
  // Imported here, because it needs the packages that are checked above.
  const { Stack } = await import("./stack.mjs");
  if (flags.ephemeral) await startEphemeral(Stack);
  else if (flags["service-only"]) await startServiceOnly(Stack);
  else if (flags["web-only"]) await startWebOnly(Stack);
  else await startForeground(Stack);
} catch (error) {
  if (!ending) await end(1, explain(error));
}

async function startForeground(Stack) {
  const { takeLock } = await import("./lock.mjs");
  const settings = readSettings();
  requireLocal(settings);
  if (settings.created) log.write("stack", "wrote .env from .env.example");
  lock = await takeLock(log);
  const parts = [settings.gateway, settings.database];
  if (!flags["no-service"]) parts.push(settings.service);
  if (!flags["no-web"]) parts.push(settings.web);
  for (const part of parts) await requireFreePort(part);
  stack = new Stack({
    settings,
    folder: LOCAL_DIR,
    log,
    fast: false,
    onFailure: (problem) => end(1, problem.message),
    onChange: (children) => !ending && lock.record(children),
  });
  const info = await stack.start({ service: !flags["no-service"], seeds: !flags["no-seeds"] });
  if (ending) return;
  log.plain(banner(settings, info));
  // Last, so that it slows nothing down; it answers about a second later.
  if (!flags["no-web"]) await stack.startWeb();
}

async function startServiceOnly(Stack) {
  const settings = readSettings();
  await requireFreePort(settings.service);
  stack = new Stack({ settings, log, onFailure: (problem) => end(1, problem.message) });
  await stack.startServiceAlone();
  log.plain(`Service ${settings.service.url} on ${settings.gateway.url}. Ctrl-C ends it.`);
}

async function startWebOnly(Stack) {
  const settings = readSettings();
  await requireFreePort(settings.web);
  stack = new Stack({ settings, log, onFailure: (problem) => end(1, problem.message) });
  await stack.startWeb();
  log.plain(`Front end ${settings.web.url} on ${settings.gateway.url}. Ctrl-C ends it.`);
}

async function startEphemeral(Stack) {
  process.stdin.on("end", () => end(0)).on("error", () => end(0)).resume();
  scratch = mkdtempSync(path.join(tmpdir(), "lyceum-"));
  const settings = await ephemeralSettings(flags.set);
  stack = new Stack({
    settings,
    folder: path.join(scratch, "data"),
    log,
    fast: !flags.durable,
    buffers: flags.buffers,
    scratch,
    onFailure: (problem) => end(1, problem.message),
  });
  const service = !flags["no-service"];
  const info = await stack.start({
    service,
    seeds: !flags["no-seeds"],
    pooled: flags.pooled,
    replicated: flags.replicated,
  });
  if (ending) return;
  log.write("stack", `ready after ${summary(info)}`);
  process.stdout.write(`${JSON.stringify({
    ready: true,
    supabase_url: settings.gateway.url,
    service_url: service ? settings.service.url : null,
    web_url: settings.web.url,
    publishable_key: settings.publishableKey,
    secret_key: settings.secretKey,
    jwt_secret: settings.jwtSecret,
    database_url: info.databaseUrl,
    pooled_url: info.pooledUrl,
    superuser_url: info.superuserUrl,
    postgrest_url: info.restUrl,
    replica_database_url: info.replica?.databaseUrl ?? null,
    replica_superuser_url: info.replica?.superuserUrl ?? null,
    replica_postgrest_url: info.replica?.restUrl ?? null,
    pids: info.pids,
  })}\n`);
}

function summary({ times }) {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const parts = Object.entries(times).map(([name, time]) => `${name} ${time} ms`);
  return `${seconds} s (${parts.join(", ")})`;
}

function banner(settings, info) {
  const { url } = settings.gateway;
  const service = flags["no-service"] ? "not started" : `${settings.service.url}  (docs: /docs)`;
  const web = flags["no-web"] ? "not started" : `${settings.web.url}  (open it in a browser)`;
  return `
Lyceum runs, after ${summary(info)}.

  Front end        ${web}
  Supabase         ${url}  (/auth/v1, /rest/v1; /mail shows the mails)
  Service          ${service}
  Postgres         ${info.databaseUrl}
  publishable key  ${settings.publishableKey}
  secret key       ${settings.secretKey}

  Sign in with password ${PASSWORD} as
    ${SIGN_INS.map((name) => `${name}@lyceum.test`).join("  ")}

  A first call:
    curl '${url}/rest/v1/courses?select=slug,title' -H 'apikey: ${settings.publishableKey}'

Ctrl-C stops it. The data remains in ${path.relative(process.cwd(), LOCAL_DIR) || LOCAL_DIR}; \`make reset\` starts afresh.
`;
}
