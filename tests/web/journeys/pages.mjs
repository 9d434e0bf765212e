// Every page of every role in both themes and two widths: nothing serious for axe, no sideways
// scrolling, no complaint, at most three requests for data; the same with text at 200 %. The first page has
// less than 200 kB of script. SHOTS names a folder for pictures.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { beyond, journey, open, signIn, troubles } from "../browser.mjs";

const COURSE = "/courses/databases-inside";
const TEACH = "/teach/databases-inside";
const PAGES = {
  visitor: ["/", "/?q=index", COURSE, `${COURSE}/lessons/rows-and-pages`, "/sign-in", "/sign-up", "/forgotten", "/verify",
    "/nothing-here"],
  learner: ["/learn", COURSE, `${COURSE}/lessons/which-index-for-which-question`, `${COURSE}/lessons/lab-read-a-plan`,
    `${COURSE}/lessons/quiz-indexes-and-joins`, `${COURSE}/grades`, "/profile", "/orders", "/invitations"],
  instructor: ["/teach", "/import", TEACH, ...["learners", "team", "sales", "risk", "funnel", "grades", "questions", "banks", "labs", "edit",
    "edit/rows-and-pages", "edit/quiz-indexes-and-joins"].map((path) => `${TEACH}/${path}`)],
  admin: ["/admin", "/orders", `${TEACH}/sales`],
};

await journey({}, async (page, browser) => {
  const found = [];
  for (const [role, paths] of Object.entries(PAGES)) {
    const one = await open(browser, { base: process.env.SITE });
    if (role === "visitor") await one.goto("/");
    else await signIn(one, role, "/profile");
    await one.waitForLoadState("networkidle");
    for (const path of paths) {
      one.asked.length = 0;
      one.complaints.length = 0;
      await one.setViewportSize({ width: 1280, height: 900 });
      await one.goto(path);
      await one.getByRole("heading", { level: 1 }).waitFor();
      await one.waitForLoadState("networkidle");
      const asked = one.asked.filter((request) => !request.includes("/storage/"));
      if (asked.length > (path.includes("/lessons/") && !/quiz|lab/.test(path) ? 2 : 3)) found.push([path, ...asked].join(" "));
      for (const [width, scheme] of [[1280, "light"], [390, "dark"], [390, "light"], [1280, "dark"]]) {
        await one.setViewportSize({ width, height: 900 });
        await one.emulateMedia({ colorScheme: scheme });
        for (const trouble of await troubles(one)) found.push(`${path}, ${scheme}, ${width}: ${trouble}`);
        if (process.env.SHOTS) {
          const name = `${role}${path.replace(/\W+/g, "-")}-${width}-${scheme}.png`;
          await one.screenshot({ path: `${process.env.SHOTS}/${name}`, fullPage: true });
        }
      }
      for (const [width, size] of [[1280, "200%"], [640, "100%"]]) {
        await one.setViewportSize({ width, height: 900 });
        await one.evaluate((fontSize) => Object.assign(document.documentElement.style, { fontSize }), size);
        found.push(...(await beyond(one)).map((trouble) => `${path}, ${width}, text at ${size}: ${trouble}`));
      }
      found.push(...one.complaints.map((complaint) => `${path}: ${complaint}`));
    }
    await one.context().close();
  }
  assert.deepEqual(found, []);
  const scripts = [];
  page.on("response", (answer) => answer.request().resourceType() === "script" && scripts.push(answer.body()));
  await page.goto("/");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForLoadState("networkidle");
  const size = (await Promise.all(scripts)).reduce((sum, script) => sum + gzipSync(script).length, 0);
  assert.ok(scripts.length > 1 && size < 200_000, `${size} bytes of script`);
});
