// Supabase Auth from @supabase/lite, in this process, on the Postgres of the stack.

import { format } from "node:util";

import { App } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";

import { answerAuth } from "./authgate.mjs";
import { Mailer } from "./mailer.mjs";

// Postgres prints `2026-11-23 10:00:00.5+00`; clients expect `2026-11-23T10:00:00.5+00:00`.
export function isoTimestamp(text) {
  return text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
}

// The package passes JSON that is already serialized; the driver would serialize it again.
function jsonText(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function connection(url, max) {
  return createPostgresConnection({
    url,
    postgresOptions: {
      max,
      onnotice: () => {},
      types: {
        timestamptz: { to: 1184, from: [1184], serialize: (value) => value, parse: isoTimestamp },
        json: { to: 114, from: [114], serialize: jsonText, parse: JSON.parse },
        jsonb: { to: 3802, from: [3802], serialize: jsonText, parse: JSON.parse },
        numeric: { to: 1700, from: [1700], serialize: String, parse: Number },
      },
    },
  });
}

function createApp({ url, max, jwtSecret, siteUrl, api, pages = [], mailer }) {
  process.env.LITE_TELEMETRY = "0";
  return new App({
    connection: connection(url, max),
    auth: {
      enabled: true,
      jwt_secret: jwtSecret,
      jwt_expiry: 3600,
      site_url: siteUrl,
      additional_redirect_urls: pages.flatMap((page) => [page, `${page}/**`]),
      minimum_password_length: 6,
      email: { enable_confirmations: false },
    },
    // The Supabase CLI owns the migration history.
    db: { migrations: { enabled: false } },
    ...(api ? { api } : {}),
    // The gateway has already checked the API keys.
    options: {
      server: { apiKeys: false, admin: false },
      ...(mailer ? { drivers: { email: mailer } } : {}),
    },
  });
}

// When the package last reported that its connection to Postgres was lost.
let lostAt = -Infinity;

// Whether an error says that the connection to Postgres is lost: an error of the driver, of the
// network, or a shutdown.
export function isLost(error) {
  return /^(CONNECTION_|ECONN|EPIPE|57P0)/.test(error?.code ?? error?.cause?.code ?? "");
}

// Whether the driver failed on a socket of its own that has just closed: that error reaches no
// caller, and the query waits for ever.
export function isDriverFault(error) {
  return error instanceof TypeError && /[\\/]postgres[\\/]src[\\/]/.test(error.stack);
}

// Redirects the console output of the package, including mails, to the log.
export function captureConsole(log) {
  for (const name of ["log", "info", "warn", "error", "debug"]) {
    console[name] = (...values) => {
      if (values.some(isLost)) lostAt = performance.now();
      log.write("auth", format(...values));
    };
  }
}

// Creates the tables of Auth. The superuser owns them until sql/bootstrap changes the owner.
export async function createAuthSchema({ url, jwtSecret, siteUrl }) {
  const app = createApp({ url, max: 1, jwtSecret, siteUrl });
  try {
    await app.ensureSystemSchema();
  } finally {
    await app.connection.close();
  }
}

// The longest answer of Auth. In a crash of Postgres the driver may lose a query, which then waits
// for ever.
const PATIENCE_MS = 10_000;

function lost() {
  return Object.assign(new Error("the connection to Postgres is lost"), { code: "CONNECTION_LOST" });
}

// Starts the server; it answers a Request of the web platform with a Response, or throws an error
// of `isLost` while Postgres is away.
export async function startAuth({ url, jwtSecret, siteUrl, gatewayUrl, pages, log }) {
  const mailer = new Mailer({ gatewayUrl, log });
  let current = open();

  function open() {
    const app = createApp({ url, max: 5, jwtSecret, siteUrl, pages, mailer });
    let fail;
    const failed = new Promise((_, reject) => {
      fail = reject;
    });
    failed.catch(() => {});
    const opened = { app, ready: app.init(), failed, fail, isUnusable: false };
    opened.ready.catch(() => {
      opened.isUnusable = true;
    });
    return opened;
  }

  // A new pool takes over; what waits for the other one fails.
  function replace(broken) {
    if (current === broken) current = open();
    broken.fail(lost());
    close(broken.app);
  }

  await current.ready;
  return {
    mails: () => mailer.mails,
    async fetch(request) {
      if (current.isUnusable) current = open();
      const asked = current;
      const { app, ready, failed } = asked;
      const started = performance.now();
      const handle = (one) => app.fetch(one, { peerAddress: "127.0.0.1" });
      const answering = ready.then(() => answerAuth(request, handle, mailer));
      answering.catch(() => {});
      const late = setTimeout(() => replace(asked), PATIENCE_MS);
      const answer = await Promise.race([answering, failed]).finally(() => clearTimeout(late));
      // The package turns a lost connection into a 500 without a reason.
      if (answer.status >= 500 && lostAt >= started) throw lost();
      return answer;
    },
    // A new pool takes over from one that the driver broke. Returns whether it did.
    recover(error) {
      if (!isDriverFault(error)) return false;
      replace(current);
      return true;
    },
    stop: () => close(current.app),
  };
}

// A pool with a query that waits for ever does not close.
function close(app) {
  const late = new Promise((resolve) => setTimeout(resolve, 2_000).unref());
  return Promise.race([app.connection.close().catch(() => {}), late]);
}

// The REST server of the same package, for platforms without a PostgREST. It connects as a role
// that sees every table, because it reads the schema with the rights of its role; each request then
// runs as the role of its token.
export async function startLiteRest({ url, jwtSecret, siteUrl, api }) {
  const app = createApp({ url, max: 10, jwtSecret, siteUrl, api });
  await app.init();
  // On its first request the package would grant every table to the API roles. This setting tells
  // it that the grants are done.
  app.connection.rlsState = "active";
  return {
    fetch: (request) => app.fetch(request, { peerAddress: "127.0.0.1" }),
    stop: () => app.connection.close(),
  };
}
