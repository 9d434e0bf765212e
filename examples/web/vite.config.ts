// Builds and serves the front end. The addresses come from the `.env` of the project, or from
// environment variables of the same names; only the publishable key gets into the bundle.

import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv, type Plugin } from "vite";

const ROOT = new URL("../..", import.meta.url).pathname;

// What a page may load. MEDIA_ORIGINS are further hosts of covers, pictures and films.
export function contentPolicy(env: Record<string, string>): Record<string, string> {
  const { SUPABASE_URL: supabase = "", SERVICE_URL: service = "", MEDIA_ORIGINS: media = "" } = env;
  return {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": `'self' ${supabase} ${service} ${media}`.trim(),
    "media-src": `'self' ${supabase} ${media}`.trim(),
    "connect-src": `'self' ${supabase} ${service}`,
    "base-uri": "'none'",
    "form-action": "'self'",
    "manifest-src": "'self'",
  };
}

const asText = (policy: Record<string, string>) =>
  Object.entries(policy).map((part) => part.join(" ")).join("; ");

// The policy is in the page, so that it holds on any host of static files. A header can add
// frame-ancestors, which a page cannot say for itself.
function policyInPage(policy: Record<string, string>): Plugin {
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: () => [{
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: asText(policy) },
      injectTo: "head-prepend",
    }],
  };
}

export default defineConfig(({ mode }) => {
  const env = { ...loadEnv(mode, ROOT, ""), ...loadEnv(mode, ".", "") };
  const policy = contentPolicy(env);
  const site = new URL(env.WEB_URL ?? "http://127.0.0.1:5173");
  const address = { host: site.hostname, port: Number(site.port || 80), strictPort: true };
  return {
    plugins: [react(), policyInPage(policy)],
    define: {
      SUPABASE_URL: JSON.stringify(env.SUPABASE_URL),
      SUPABASE_PUBLISHABLE_KEY: JSON.stringify(env.SUPABASE_PUBLISHABLE_KEY),
      SERVICE_URL: JSON.stringify(env.SERVICE_URL),
      MEDIA_ORIGINS: JSON.stringify(env.MEDIA_ORIGINS ?? ""),
    },
    // Found at the start: a library that is found later reloads the page of the one who develops.
    optimizeDeps: {
      include: [
        "@ai-sdk/react", "@supabase/supabase-js", "@tanstack/react-query", "ai", "react-dom/client", "react-markdown",
        "react-router", "recharts", "rehype-highlight", "rehype-katex", "rehype-sanitize", "rehype-slug", "remark-gfm",
        "remark-math",
      ],
    },
    server: address,
    preview: {
      ...address,
      headers: {
        "Content-Security-Policy": asText({ ...policy, "frame-ancestors": "'none'" }),
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
      },
    },
  };
});
