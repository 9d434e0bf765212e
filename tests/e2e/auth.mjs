// Walks through Auth with the official client; prints one line of JSON.

import { createClient } from "@supabase/supabase-js";

const [url, key, secret] = process.argv.slice(2);
const transport = class {};
const make = (apiKey = key, auth = {}) => createClient(url, apiKey, {
  realtime: { transport },
  auth: { persistSession: false, autoRefreshToken: false, ...auth },
});
const told = ({ error }) => error && [error.name, error.status, error.code, error.message.length > 10];

const input = JSON.parse(await new Promise((resolve) => {
  let text = "";
  process.stdin.on("data", (chunk) => {
    text += chunk;
  }).on("end", () => resolve(text));
}));
const out = {};
if (input.act === "refused") {
  const signedIn = make();
  await signedIn.auth.signInWithPassword({ email: input.email, password: input.password });
  const admin = make(secret).auth.admin;
  out.createUser = told(await admin.createUser({ email: "y@lyceum.test" }));
  out.listUsers = told(await admin.listUsers());
  out.enroll = told(await signedIn.auth.mfa.enroll({ factorType: "totp" }));
  out.linkIdentity = told(await signedIn.auth.linkIdentity({
    provider: "github", options: { skipBrowserRedirect: true },
  }));
  out.idToken = told(await signedIn.auth.signInWithIdToken({ provider: "google", token: "x" }));
  out.phone = told(await signedIn.auth.signInWithOtp({ phone: "+4912345678" }));
  const { error } = await signedIn.functions.invoke("hello");
  out.functions = [error.name, error.context.status, (await error.context.json()).code];
} else if (input.act === "code") {
  const { data, error } = await make().auth.verifyOtp({
    email: input.email, token: input.token, type: "email",
  });
  Object.assign(out, { email: data.user?.email, error: error?.message ?? null });
} else {
  const memory = new Map(Object.entries(input.memory ?? {}));
  const client = make(key, {
    flowType: "pkce",
    persistSession: true,
    storage: {
      getItem: (name) => memory.get(name) ?? null,
      setItem: (name, value) => memory.set(name, value),
      removeItem: (name) => memory.delete(name),
    },
  });
  if (input.act === "ask") {
    const { error } = input.kind === "recovery"
      ? await client.auth.resetPasswordForEmail(input.email, { redirectTo: input.redirectTo })
      : await client.auth.signInWithOtp({
        email: input.email, options: { emailRedirectTo: input.redirectTo },
      });
    out.error = error?.message ?? null;
  } else {
    const { data, error } = await client.auth.exchangeCodeForSession(input.code);
    Object.assign(out, { email: data.user?.email, error: error?.code ?? null });
  }
  out.memory = Object.fromEntries(memory);
}
console.log(JSON.stringify(out));
process.exit(0);
