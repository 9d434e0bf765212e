// PgBouncer in transaction mode in front of the Postgres of a throw-away stack, as Supabase runs
// its poolers (port 6543). A client uses a connection of Postgres for one transaction.

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import path from "node:path";

import { postgresAccount } from "./account.mjs";
import { Problem } from "./problem.mjs";
import { waitUntil } from "./processes.mjs";
import { freePorts, HOST } from "./settings.mjs";

// The pool size per role of a small project; there may be many more clients.
const SERVERS = 15;
const CLIENTS = 500;
// Debian installs pgbouncer in a folder that is on root's PATH only.
const PATH = `${process.env.PATH}:/usr/sbin`;

function answers(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ host: HOST, port });
    socket.once("connect", () => socket.end(() => resolve(true)));
    socket.once("error", () => resolve(false));
  });
}

// `users` maps names to passwords. Returns { pid, urlFor, stop }.
export async function startPool({ folder, databasePort, users, processes, log, onExit }) {
  const [port] = await freePorts(1);
  const [config, list] = ["pgbouncer.ini", "users.txt"].map((name) => path.join(folder, name));
  mkdirSync(folder, { mode: 0o700 });
  const entries = Object.entries(users);
  writeFileSync(list, entries.map(([name, secret]) => `"${name}" "${secret}"\n`).join(""));
  writeFileSync(config, `
[databases]
* = host=${HOST} port=${databasePort}

[pgbouncer]
listen_addr = ${HOST}
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${list}
pool_mode = transaction
default_pool_size = ${SERVERS}
max_client_conn = ${CLIENTS}
log_connections = 0
log_disconnections = 0
log_stats = 0
`);
  // PgBouncer refuses root, as Postgres does.
  const account = postgresAccount(folder, "/");
  for (const file of [config, list]) chmodSync(file, 0o600);
  for (const file of [folder, config, list]) account.own(file);
  const [command, args, options] = account.command("pgbouncer", [config]);

  const recent = [];
  let running = false;
  let ended = false;
  const server = processes.start("pool", command, args, {
    ...options,
    cwd: "/",
    env: { PATH, LC_ALL: "C" },
    onLine: (line) => {
      recent.push(line);
      if (recent.length > 20) recent.shift();
      if (/ (WARNING|ERROR|FATAL) /.test(line)) log.write("pool", line);
    },
    onExit: (reason) => running && onExit(reason),
  });
  server.ended.then((reason) => {
    ended = true;
    recent.push(reason);
  });
  running = (await waitUntil(async () => ended || (await answers(port)), 10_000, 15)) && !ended;
  if (!running) {
    const why = recent.find((line) => / (ERROR|FATAL) /.test(line)) ?? recent.at(-1);
    throw new Problem(
      `PgBouncer did not start: ${why ?? "no message"}. On Debian install the package pgbouncer.`,
    );
  }
  return {
    pid: server.child.pid,
    urlFor: (user) =>
      `postgresql://${user}:${encodeURIComponent(users[user])}@${HOST}:${port}/postgres`,
    stop: () => processes.stop(server),
  };
}
