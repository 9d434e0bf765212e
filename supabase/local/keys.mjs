// API keys and tokens of the local stack. Tokens are HS256.

import { createHmac, timingSafeEqual } from "node:crypto";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function sign(text, secret) {
  return createHmac("sha256", secret).update(text).digest();
}

export function signToken(claims, secret) {
  const body = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${body}.${sign(body, secret).toString("base64url")}`;
}

// The token that replaces an API key in requests to PostgREST: a role without a user.
export function roleToken(role, secret) {
  return signToken({ role, iss: "supabase" }, secret);
}

// The claims of a token that was signed with the secret and has not expired, or null.
export function readToken(token, secret) {
  const parts = token.split(".");
  if (parts.length !== 3) return null;
  try {
    const header = JSON.parse(Buffer.from(parts[0], "base64url"));
    const claims = JSON.parse(Buffer.from(parts[1], "base64url"));
    const given = Buffer.from(parts[2], "base64url");
    const expected = sign(`${parts[0]}.${parts[1]}`, secret);
    if (header.alg !== "HS256" || given.length !== expected.length) return null;
    if (!timingSafeEqual(given, expected)) return null;
    return claims.exp !== undefined && claims.exp * 1000 < Date.now() ? null : claims;
  } catch {
    return null;
  }
}

// The role of a legacy key (a token with the role `anon` or `service_role`), or null.
function legacyRole(key, secret) {
  const role = readToken(key, secret)?.role;
  return ["anon", "service_role"].includes(role) ? role : null;
}

// Returns a function that maps a key to the token of its role, or to null.
export function keyReader({ publishableKey, secretKey, jwtSecret }) {
  const tokens = {
    anon: roleToken("anon", jwtSecret),
    service_role: roleToken("service_role", jwtSecret),
  };
  return (key) => {
    if (key === publishableKey) return tokens.anon;
    if (key === secretKey) return tokens.service_role;
    return tokens[legacyRole(key, jwtSecret)] ?? null;
  };
}
