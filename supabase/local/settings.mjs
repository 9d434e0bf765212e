// Settings of the local stack: `.env`, created from `.env.example` when there is none.
//
// An environment variable overrides the file. The URLs contain the ports.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { replaceFile } from "./files.mjs";
import { Problem } from "./problem.mjs";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const HOST = "127.0.0.1";

// Folders that tests of the stack may override.
export const LOCAL_DIR = path.resolve(process.env.LYCEUM_LOCAL_DIR ?? path.join(ROOT, ".local"));
export const PROJECT_DIR = path.resolve(process.env.LYCEUM_PROJECT_DIR ?? ROOT);

const ENV_FILE = path.resolve(process.env.LYCEUM_ENV_FILE ?? path.join(ROOT, ".env"));
const EXAMPLE_FILE = path.join(ROOT, ".env.example");

export function parseEnv(text) {
  const values = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const quoted = /^(["'])(.*)\1$/.exec(match[2]);
    values[match[1]] = quoted ? quoted[2] : match[2].replace(/\s+#.*$/, "");
  }
  return values;
}

// The settings of `make up`. `created` says whether this call has written `.env`.
export function readSettings() {
  const created = !existsSync(ENV_FILE);
  if (created) replaceFile(ENV_FILE, readFileSync(EXAMPLE_FILE));
  const example = parseEnv(readFileSync(EXAMPLE_FILE, "utf8"));
  const file = parseEnv(readFileSync(ENV_FILE, "utf8"));
  const env = { ...file };
  for (const name of Object.keys({ ...example, ...file })) {
    if (process.env[name] !== undefined) env[name] = process.env[name];
  }
  return { created, ...interpret(env) };
}

// The settings of a throw-away stack: the values of `.env.example`, and others given as NAME=VALUE, on
// ports that are free now.
export async function ephemeralSettings(given = []) {
  const [gateway, postgres, service, web] = await freePorts(4);
  const example = parseEnv(readFileSync(EXAMPLE_FILE, "utf8"));
  return interpret({
    ...example,
    ...parseEnv(given.join("\n")),
    SUPABASE_URL: `http://${HOST}:${gateway}`,
    DATABASE_URL: `postgresql://postgres:postgres@${HOST}:${postgres}/postgres`,
    SERVICE_URL: `http://${HOST}:${service}`,
    WEB_URL: `http://${HOST}:${web}`,
    CORS_ORIGINS: `http://${HOST}:${web},${example.CORS_ORIGINS}`,
  });
}

function interpret(env) {
  for (const name of ["SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY"]) {
    if (!env[name]) throw new Problem(`${name} is empty. Copy its line from .env.example to .env.`);
  }
  return {
    env,
    gateway: localUrl(env, "SUPABASE_URL", "http:"),
    service: localUrl(env, "SERVICE_URL", "http:"),
    web: localUrl({ WEB_URL: "http://127.0.0.1:5173", ...env }, "WEB_URL", "http:"),
    database: localUrl(env, "DATABASE_URL", "postgresql:"),
    publishableKey: env.SUPABASE_PUBLISHABLE_KEY,
    secretKey: env.SUPABASE_SECRET_KEY,
    jwtSecret: env.SUPABASE_JWT_SECRET ?? "",
  };
}

function localUrl(env, name, protocol) {
  let url;
  try {
    url = new URL((env[name] ?? "").replace(/^postgres:/, "postgresql:"));
  } catch {
    throw new Problem(`${name} is not a URL. Copy its line from .env.example to .env.`);
  }
  return {
    name,
    url: url.href.replace(/\/$/, ""),
    local: url.protocol === protocol && ["127.0.0.1", "localhost"].includes(url.hostname),
    port: Number(url.port || 80),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
  };
}

// Settings that `make up` needs and the service alone does not.
export function requireLocal(settings) {
  for (const part of [settings.gateway, settings.database]) {
    if (part.local) continue;
    throw new Problem(
      `${part.name} does not name this machine. \`make up\` starts a local stack;` +
        " `make service` starts only the service, for another Supabase.",
    );
  }
  if (settings.database.user !== "postgres" || settings.database.database !== "postgres") {
    throw new Problem("DATABASE_URL must name the user postgres and the database postgres.");
  }
  if (settings.jwtSecret.length < 32) {
    throw new Problem("SUPABASE_JWT_SECRET needs 32 characters or more on the local stack.");
  }
}

// Distinct ports that are free at this moment.
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((resolve, reject) => {
      const server = createServer();
      server.once("error", reject);
      server.listen(0, HOST, () => resolve(server));
    })),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export async function requireFreePort({ name, port }) {
  const error = await new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, HOST, () => server.close(() => resolve(null)));
  });
  if (!error) return;
  throw new Problem(
    error.code === "EADDRINUSE"
      ? `Port ${port} is taken. Stop the program that uses it, or change ${name} in .env.`
      : `Port ${port} cannot be used (${error.code}). Change ${name} in .env.`,
  );
}
