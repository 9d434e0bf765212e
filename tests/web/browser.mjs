// Chromium of the system, driven by playwright-core, for the journeys and the pictures.

import { accessSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(new URL("../../examples/web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const AXE = require.resolve("axe-core/axe.min.js");
export const PASSWORD = "lyceum-demo";

function find() {
  for (const folder of (process.env.PATH ?? "").split(":")) {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      const file = path.join(folder, name);
      try {
        accessSync(file);
        return file;
      } catch {
        // The next one.
      }
    }
  }
  throw new Error("Chromium is missing: `supabase/local/install.sh browser`");
}

export const launch = () => chromium.launch({ executablePath: find(), args: ["--no-sandbox"] });

// A page of a fresh profile. What the console says, and requests that failed, are in `complaints`.
export async function open(browser, { base, width = 1280, height = 900, scheme = "light", locale = "en-GB", ...more }) {
  const context = await browser.newContext({
    baseURL: base, viewport: { width, height }, colorScheme: scheme, locale, reducedMotion: "reduce", ...more,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.complaints = [];
  page.asked = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
  });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    // A page that is left ends what it was asking.
    if (request.failure()?.errorText === "net::ERR_ABORTED") return;
    page.complaints.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on("request", (request) => {
    if (/\/(rest|auth)\/v1\/|\/v1\//.test(request.url()) && request.method() !== "OPTIONS") {
      page.asked.push(`${request.method()} ${new URL(request.url()).pathname}`);
    }
  });
  return page;
}

export async function signIn(page, name, next = "/learn") {
  await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
  await page.getByLabel(/E-mail|E-Mail/).fill(`${name}@lyceum.test`);
  await page.getByLabel(/Password|Passwort/).fill(PASSWORD);
  await page.getByRole("button", { name: /^(Sign in|Anmelden)$/ }).click();
  await page.waitForURL((url) => url.pathname + url.search === next);
}

// A new account, so that no other test has seen it.
export async function signUp(page, next = "/") {
  await page.goto(`/sign-up?next=${encodeURIComponent(next)}`);
  await page.getByLabel("Name").fill("Ada <script>alert(1)</script>");
  const email = `${crypto.randomUUID()}@school.test`;
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.waitForURL((url) => url.pathname + url.search === next);
  return email;
}

// Calls of the REST interface as a demo account: what a journey needs before it begins.
export async function caller(name) {
  const { SUPABASE_URL: base, SUPABASE_PUBLISHABLE_KEY: apikey } = process.env;
  const send = async (path, body, headers, method = "POST") => {
    const answer = await fetch(base + path, {
      method,
      headers: { apikey, "Content-Type": "application/json", Prefer: "return=representation", ...headers },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return answer.json();
  };
  const given = { email: `${name}@lyceum.test`, password: PASSWORD };
  const { access_token } = await send("/auth/v1/token?grant_type=password", given);
  return (path, body, method) => send(`/rest/v1/${path}`, body, { Authorization: `Bearer ${access_token}` }, method);
}

// A published course of the caller with these lessons, each { slug, content_type, body_md }.
export async function makeCourse(call, lessons, more = {}) {
  const slug = `course-${crypto.randomUUID().slice(0, 8)}`;
  const [course] = await call("courses", { slug, title: slug, description: "A course of a test.", ...more });
  const [module] = await call("modules", { course_id: course.id, title: "One", ord: 1 });
  const made = {};
  for (const [index, { body_md = "A text.", questions = [], ...lesson }] of lessons.entries()) {
    const [row] = await call("lessons", {
      course_id: course.id, module_id: module.id, title: lesson.slug, ord: index + 1, is_published: true,
      content_type: "text", completion_rule: { quiz: "pass", lab: "accept" }[lesson.content_type] ?? "view", ...lesson,
    });
    await call("lesson_drafts", { lesson_id: row.id, body_md });
    for (const question of questions) await call("rpc/save_question", { lesson_id: row.id, ...question });
    made[lesson.slug] = row.id;
  }
  await call("rpc/publish_course", { course_id: course.id });
  return { id: course.id, slug, lessons: made };
}

// Sideways scrolling, and inputs that are wider than their frame.
export async function beyond(page) {
  return page.evaluate(() => {
    const found = [...document.querySelectorAll("input, select, textarea, button")]
      .filter((one) => {
        if (one.closest(".table, .tabs, .skip, .hidden") || one.getClientRects().length === 0) return false;
        const frame = one.closest(".card, .panel, .tutor, main")?.getBoundingClientRect();
        return frame && one.getBoundingClientRect().right > frame.right + 1;
      })
      .map((one) => `beyond its frame: ${one.outerHTML.slice(0, 150)}`);
    const width = document.documentElement.scrollWidth - innerWidth;
    return width > 0 ? [...found, `${width} pixels beyond the right edge`] : found;
  });
}

// What axe finds on a page that is serious or worse, and what is beyond an edge.
export async function troubles(page) {
  // Evaluated by the debugger: the policy of the page allows no foreign script.
  await page.evaluate(readFileSync(AXE, "utf8"));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 150)).join(" | ")}`);
  return [...serious, ...(await beyond(page))];
}

// One person at the site of SITE. Ends with 1 when a step fails, and shows what the page complained
// of. `page.isFine()` checks what every page owes: see troubles.
export async function journey(options, steps) {
  const browser = await launch();
  const page = await open(browser, { base: process.env.SITE, ...options });
  page.isFine = async () => {
    const found = await troubles(page);
    if (page.complaints.length > 0) found.push(...page.complaints);
    if (found.length > 0) throw new Error(`${page.url()}: ${found.join("\n")}`);
  };
  try {
    await steps(page, browser);
    await page.isFine();
  } catch (error) {
    console.error(error, page.complaints, await page.locator("body").innerText().catch(() => ""));
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}
