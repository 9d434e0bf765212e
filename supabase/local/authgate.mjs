// Requests of Auth before @supabase/lite: what it calls by another name, and one clear error for
// what it cannot do, in the form that auth-js expects.

const KNOWN = new RegExp([
  "signup", "token", "otp", "magiclink", "verify", "recover", "resend", "health", "settings",
  "\\.well-known/.*", "authorize", "callback", "logout", "user", "reauthenticate",
].map((name) => `^/auth/v1/${name}$`).join("|"));
const GRANTS = ["password", "refresh_token", "pkce"];

function json(status, body) {
  return new Response(JSON.stringify(body), {
    status, headers: { "content-type": "application/json; charset=utf-8" },
  });
}

function unsupported(what) {
  // Not 501: auth-js takes that for a failure of the network, and retries.
  return json(422, {
    code: 422,
    error_code: "not_supported",
    msg: `The local Auth has no ${what}. Use \`supabase start\` or a hosted project for it.`,
  });
}

async function bodyOf(request) {
  try {
    const body = await request.clone().json();
    return body && typeof body === "object" ? body : {};
  } catch {
    return {};
  }
}

function withBody(request, body) {
  const headers = new Headers(request.headers);
  headers.delete("content-length");
  return new Request(request.url, {
    method: request.method, headers, body: JSON.stringify(body), redirect: "manual",
  });
}

// Answers a request with `fetch`, the server of the package, and `mailer`.
export async function answerAuth(request, fetch, mailer) {
  const url = new URL(request.url);
  const { pathname, searchParams } = url;
  if (pathname.startsWith("/auth/v1/admin/")) return unsupported("admin API");
  if (/^\/auth\/v1\/factors/.test(pathname)) return unsupported("second factors");
  if (/^\/auth\/v1\/user\/identities/.test(pathname)) return unsupported("linked identities");
  if (!KNOWN.test(pathname)) return unsupported(pathname.slice("/auth/v1/".length));
  const body = request.method === "GET" ? {} : await bodyOf(request);
  if (pathname === "/auth/v1/token") return token(request, searchParams, body, fetch, mailer);
  if (pathname === "/auth/v1/verify") return verify(request, url, body, fetch, mailer);
  if (body.phone && !body.email) return unsupported("sign-in by phone");
  const context = {
    redirectTo: searchParams.get("redirect_to"),
    challenge: body.code_challenge,
    method: body.code_challenge_method,
  };
  return mailer.within(context, () => fetch(request));
}

async function token(request, searchParams, body, fetch, mailer) {
  const grant = searchParams.get("grant_type");
  if (!GRANTS.includes(grant)) return unsupported(`grant ${grant}`);
  if (grant !== "pkce" || !mailer.knows(body.auth_code)) return fetch(request);
  const refreshToken = mailer.exchange(body.auth_code, body.code_verifier);
  if (refreshToken === null) {
    return json(400, {
      code: 400,
      error_code: "bad_code_verifier",
      msg: "code challenge does not match previously saved code verifier",
    });
  }
  const url = new URL(request.url);
  url.searchParams.set("grant_type", "refresh_token");
  return fetch(withBody(new Request(url, request.clone()), { refresh_token: refreshToken }));
}

// GoTrue takes `email` for a code of any mail that signs in; the package wants the kind of mail.
async function verify(request, url, body, fetch, mailer) {
  if (request.method !== "GET") {
    const kinds = body.type === "email" ? ["magiclink", "signup"] : [body.type];
    const hash = body.token_hash?.replace?.(/^pkce_/, "");
    let answer;
    for (const type of kinds) {
      const more = hash === undefined ? {} : { token_hash: hash };
      answer = await fetch(withBody(request, { ...body, ...more, type }));
      if (answer.status !== 403) break;
    }
    return answer;
  }
  if (url.searchParams.get("type") === "email") url.searchParams.set("type", "magiclink");
  const { token: plain, known } = mailer.take(url.searchParams.get("token") ?? "");
  url.searchParams.set("token", plain);
  const answer = await fetch(new Request(url, request));
  const target = answer.headers.get("location");
  if (!known || !target) return answer;
  const fragment = new URLSearchParams(new URL(target).hash.slice(1));
  const refreshToken = fragment.get("refresh_token");
  if (!refreshToken) return answer;
  const back = new URL(target);
  back.hash = "";
  back.searchParams.set("code", mailer.codeFor(refreshToken, known));
  return new Response(null, { status: 303, headers: { location: back.href } });
}
