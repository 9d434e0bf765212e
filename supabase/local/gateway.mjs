// One address for Auth, REST, Storage, the media of the demo and the mails of Auth, with the API key
// rules of Supabase.
//
// A request needs an `apikey`: the publishable key acts as anon, the secret key as service_role. A
// user's token in `Authorization` overrides the role of the key. Responses carry CORS headers. With
// a replica, GET and HEAD go to its REST server, as behind Supabase's load balancer.

import http from "node:http";
import { pipeline } from "node:stream";

import { isLost } from "./auth.mjs";
import { keyReader } from "./keys.mjs";
import { MAIL_PATH, mailPage } from "./mailpage.mjs";
import { MEDIA_PATH, mediaAnswer } from "./media.mjs";
import { Problem } from "./problem.mjs";
import { HOST } from "./settings.mjs";

const AUTH_BODY_LIMIT = 1024 * 1024;
const REST_BODY_LIMIT = 16 * 1024 * 1024;
// Answers of this size or less are read whole to see whether they are errors of the connection.
const ERROR_LIMIT = 16 * 1024;
const TIMEOUTS = {
  headersTimeout: 10_000,
  // The head and the body together.
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 10_000,
};
const METHODS = "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS";
const HEADERS = "authorization,apikey,content-type,prefer,range,x-client-info";
const EXPOSED = "Accept-Ranges,Content-Disposition,Content-Encoding,Content-Location,Content-Range,"
  + "Content-Type,Date,ETag,Location,Preference-Applied,Range-Unit,Server-Timing,"
  + "X-Supabase-Api-Version";
// Hop-by-hop headers.
const HOP = new Set([
  "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
  "transfer-encoding", "upgrade",
]);
// Pages of Auth that a browser opens directly, so without a key.
const OPEN = [
  "/auth/v1/verify", "/auth/v1/callback", "/auth/v1/authorize", "/auth/v1/.well-known/jwks.json",
];
// Objects of public buckets and signed addresses.
const OPEN_OBJECTS = /^\/storage\/v1\/object\/(public|sign|upload\/sign)\//;

// Binds the port at once, so that no other process takes it, and answers 503 until `serve` is
// called with the servers behind it.
export async function openGateway({ port, settings, log }) {
  const tokenFor = keyReader(settings);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
  let auth = null;
  let storage = null;
  let rest = null;
  let reader = null;

  async function handle(request, response) {
    if (!rest) {
      return reply(response, 503, {
        code: "PGRST001", message: "The stack is starting.", details: null, hint: null,
      }, { "retry-after": "1" });
    }
    if (!URL.canParse(request.url, `http://${HOST}`)) {
      return reply(response, 400, { message: "The address cannot be read" });
    }
    const url = new URL(request.url, `http://${HOST}`);
    if (request.method === "OPTIONS") return preflight(request, response);
    if (url.pathname === "/auth/v1/.well-known/jwks.json") {
      return reply(response, 200, { keys: [] });
    }
    if (url.pathname.startsWith(MEDIA_PATH) && ["GET", "HEAD"].includes(request.method)) {
      const media = mediaAnswer(url.pathname, request.headers.range);
      if (media) {
        response.writeHead(media.status, withCors(media.headers));
        return response.end(media.body);
      }
    }
    if (url.pathname === MAIL_PATH && request.method === "GET") {
      const { headers, body } = mailPage(auth.mails());
      response.writeHead(200, headers);
      return response.end(body);
    }
    const target = url.pathname.startsWith("/auth/v1/")
      ? toAuth
      : url.pathname.startsWith("/storage/v1/")
        ? toStorage
        : /^\/rest\/v1(\/|$)/.test(url.pathname) ? toRest : null;
    if (!target) {
      const message = `Nothing answers ${url.pathname} on the local stack`;
      return reply(response, 404, { statusCode: "404", code: "NOT_FOUND", error: "not_found", message });
    }

    const key = request.headers.apikey ?? url.searchParams.get("apikey");
    url.searchParams.delete("apikey");
    const open = OPEN.includes(url.pathname)
      || (OPEN_OBJECTS.test(url.pathname) && request.method !== "POST");
    if (!key && !open) {
      return reply(response, 401, {
        message: "No API key found in request",
        hint: "No `apikey` request header or url param was found.",
      });
    }
    const keyToken = key ? tokenFor(key) : null;
    if (!keyToken && !open) {
      return reply(response, 401, {
        message: "Invalid API key",
        hint: "Send the publishable or the secret key of this stack as `apikey`.",
      });
    }
    const headers = forwardable(request.headers);
    const bearer = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? "")?.[1];
    if (keyToken && (!headers.authorization || bearer === key)) {
      headers.authorization = `Bearer ${keyToken}`;
    }
    await target({ request, response, url, headers });
  }

  async function toAuth({ request, response, url, headers }) {
    await answerWith(auth.fetch, { request, response, url, headers });
  }

  async function toStorage(call) {
    await storage.handle({ ...call, cors: withCors });
  }

  async function toRest({ request, response, url, headers }) {
    if (!rest.url) return answerWith(rest.fetch, { request, response, url, headers });
    const pathname = url.pathname.slice("/rest/v1".length) || "/";
    const target = ["GET", "HEAD"].includes(request.method) ? reader : rest;
    if (Number(request.headers["content-length"] ?? 0) > REST_BODY_LIMIT) return tooLarge(response);
    await new Promise((resolve) => {
      const upstream = http.request(`${target.url}${pathname}${rawQuery(request.url, url)}`, {
        method: request.method,
        headers: { ...headers, ...lengthOf(request) },
        agent,
      });
      response.on("close", () => {
        upstream.destroy();
        resolve();
      });
      upstream.on("response", (answer) => {
        forward(answer, response)
          .catch(() => (response.headersSent ? response.destroy() : unreachable(response)))
          .then(resolve);
      });
      upstream.on("error", () => {
        if (!response.headersSent) unreachable(response);
        else if (!response.writableEnded) response.destroy();
        resolve();
      });
      let size = 0;
      request.on("data", (chunk) => {
        size += chunk.length;
        if (size <= REST_BODY_LIMIT || response.headersSent) return;
        tooLarge(response);
        upstream.destroy();
      });
      pipeline(request, upstream, () => {});
    });
  }

  const server = http.createServer(TIMEOUTS, (request, response) => {
    const started = performance.now();
    response.on("close", () => {
      const path = request.url.replace(/([?&])apikey=[^&]*&?/, "$1").slice(0, 120);
      const time = Math.round(performance.now() - started);
      log.write("gateway", `${request.method} ${path} ${response.statusCode} ${time} ms`);
    });
    handle(request, response).catch((error) => {
      log.write("gateway", `${request.method} ${request.url}: ${error.stack ?? error}`);
      if (response.headersSent) response.destroy();
      else if (isLost(error)) unreachable(response);
      else reply(response, 500, { message: "The local gateway failed; its log says why" });
    });
  });
  server.on("upgrade", (_, socket) => {
    socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  server.on("clientError", (error, socket) => {
    const status = CLIENT_ERRORS[error.code] ?? "400 Bad Request";
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  });
  await new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new Problem(
      `Port ${port} cannot be used (${error.code}). Change SUPABASE_URL in .env.`,
    )));
    server.listen(port, HOST, resolve);
  });
  return {
    serve(servers) {
      ({ auth, storage, rest, reader } = servers);
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), 2_000);
      await closed;
      clearTimeout(late);
      agent.destroy();
    },
  };
}

const CLIENT_ERRORS = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

// Answers of PostgREST while Postgres restarts: 400 without a code for a connection that broke, 500
// with the SQLSTATE of the shutdown, or 503.
function isOutage(status, text) {
  if (status === 503) return true;
  if (status !== 400 && status < 500) return false;
  try {
    const { code, message } = JSON.parse(text);
    return (code === "" && message === "") || /^57P0[123]$/.test(code);
  } catch {
    return false;
  }
}

// Sends an answer of PostgREST on. A client gets one form of error when the database is away.
async function forward(answer, response) {
  const { statusCode: status } = answer;
  const headers = forwardable(answer.headers);
  if (status === 400 || status >= 500) {
    const body = await readBody(answer, ERROR_LIMIT);
    if (body === null) return answer.destroy();
    if (isOutage(status, body.toString())) return unreachable(response);
    response.writeHead(status, withCors(headers));
    return response.end(body);
  }
  response.writeHead(status, withCors(headers));
  return new Promise((resolve) => pipeline(answer, response, resolve));
}

// PostgREST's own words for it.
function unreachable(response) {
  reply(response, 503, {
    code: "PGRST001",
    message: "The database cannot be reached. Try again.",
    details: null,
    hint: null,
  }, { "retry-after": "1" });
}

function tooLarge(response) {
  reply(response, 413, { message: "The body is too large" }, { connection: "close" });
}

function forwardable(headers) {
  const kept = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!HOP.has(name) && name !== "host" && !name.startsWith("access-control-")) {
      kept[name] = value;
    }
  }
  return kept;
}

// A body of unknown length is sent in chunks; a request without a body stays without one.
function lengthOf(request) {
  return request.headers["transfer-encoding"] ? { "transfer-encoding": "chunked" } : {};
}

// The raw query: decoding and encoding it again could change a filter.
function rawQuery(raw, url) {
  const at = raw.indexOf("?");
  if (at < 0) return "";
  const query = raw.slice(at + 1).split("&").filter((part) => !part.startsWith("apikey="));
  return url.search === "" || query.length === 0 ? "" : `?${query.join("&")}`;
}

function withCors(headers) {
  return {
    ...headers,
    "access-control-allow-origin": "*",
    "access-control-expose-headers": EXPOSED,
  };
}

function preflight(request, response) {
  response.writeHead(204, {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": request.headers["access-control-request-headers"] ?? HEADERS,
    "access-control-max-age": "3600",
    vary: "Access-Control-Request-Headers",
  });
  response.end();
}

function reply(response, status, body, headers = {}) {
  const text = JSON.stringify(body);
  response.writeHead(status, withCors({
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    ...headers,
  }));
  response.end(text);
}

async function readBody(request, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// Sends the request to a server in this process.
async function answerWith(fetch, { request, response, url, headers }) {
  const declared = Number(request.headers["content-length"] ?? 0);
  const body = declared > AUTH_BODY_LIMIT ? null : await readBody(request, AUTH_BODY_LIMIT);
  if (body === null) return tooLarge(response);
  const hasBody = !["GET", "HEAD"].includes(request.method) && body.length > 0;
  url.host = request.headers.host ?? url.host;
  const answer = await fetch(new Request(url, {
    method: request.method,
    headers: Object.entries(headers).flatMap(([name, value]) =>
      [value].flat().map((item) => [name, item])),
    body: hasBody ? body : undefined,
    redirect: "manual",
  }));
  response.writeHead(answer.status, withCors(forwardable(Object.fromEntries(answer.headers))));
  response.end(Buffer.from(await answer.arrayBuffer()));
}
