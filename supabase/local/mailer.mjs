// What @supabase/lite does not do for mails: links that lead to the gateway and back to the page
// that asked, and the PKCE flow of links.
//
// A mail is sent while its request is handled, so the request is found in the context.

import { AsyncLocalStorage } from "node:async_hooks";
import { createHash, randomUUID } from "node:crypto";

const LINK = /https?:\/\/[^\s"'<>]*\/auth\/v1\/verify\?[^\s"'<>]*/g;
const CODE_MINUTES = 10;
const STORED = 50;

export class Mailer {
  #context = new AsyncLocalStorage();
  #log;
  #gatewayUrl;
  // Challenges of links, and sessions of codes; both are lost when the stack ends.
  #challenges = new Map();
  #codes = new Map();
  // The newest mails, newest first: { at, to, subject, body }.
  mails = [];

  constructor({ gatewayUrl, log }) {
    this.#gatewayUrl = gatewayUrl;
    this.#log = log;
  }

  // Handles a request of Auth; `redirectTo` and `challenge` are those of the client.
  within(request, work) {
    return this.#context.run(request, work);
  }

  // The driver of the package. The mail is written to the log, and can be read at /mail.
  async send({ to, subject, text }) {
    const { redirectTo, challenge, method } = this.#context.getStore() ?? {};
    const body = (text ?? "").replace(LINK, (found) => {
      const link = new URL(found);
      const url = new URL(`/auth/v1/verify${link.search}`, this.#gatewayUrl);
      if (redirectTo) url.searchParams.set("redirect_to", redirectTo);
      if (challenge) {
        const token = url.searchParams.get("token");
        this.#challenges.set(token, { challenge, method });
        url.searchParams.set("token", `pkce_${token}`);
      }
      return url.href;
    });
    this.mails = [{ at: new Date(), to, subject, body }, ...this.mails].slice(0, STORED);
    this.#log.write("auth", [`mail to ${to}: ${subject}`, body].join("\n"));
  }

  // The challenge of a link's token, and the token without its prefix.
  take(token) {
    const plain = token.replace(/^pkce_/, "");
    const known = this.#challenges.get(plain) ?? null;
    this.#challenges.delete(plain);
    return { token: plain, known };
  }

  // A code for the session that a link opened.
  codeFor(refreshToken, known) {
    const code = randomUUID();
    this.#codes.set(code, { refreshToken, ...known, until: Date.now() + CODE_MINUTES * 60_000 });
    return code;
  }

  // The refresh token of a code, once and with the right verifier; null otherwise.
  exchange(code, verifier) {
    const entry = this.#codes.get(code);
    if (!entry || entry.until < Date.now()) return null;
    const given = /^s256$/i.test(entry.method ?? "")
      ? createHash("sha256").update(String(verifier)).digest("base64url") : verifier;
    if (given !== entry.challenge) return null;
    this.#codes.delete(code);
    return entry.refreshToken;
  }

  knows(code) {
    return this.#codes.has(code);
  }
}
