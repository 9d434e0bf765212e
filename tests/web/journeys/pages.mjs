// Every page of every role in both themes and two widths: nothing serious for axe, no sideways
// scrolling, no complaint, and at most three requests for data. SHOTS names a folder for pictures.

import assert from "node:assert/strict";
import { journey, open, signIn, troubles } from "../browser.mjs";

const COURSE = "/courses/databases-inside";
const TEACH = "/teach/databases-inside";
const PAGES = {
  visitor: ["/", "/?q=index", COURSE, `${COURSE}/lessons/rows-and-pages`, "/sign-in", "/sign-up", "/forgotten", "/verify",
    "/nothing-here"],
  learner: ["/learn", COURSE, `${COURSE}/lessons/which-index-for-which-question`, `${COURSE}/lessons/lab-read-a-plan`,
    `${COURSE}/lessons/quiz-indexes-and-joins`, `${COURSE}/grades`, "/profile", "/orders", "/invitations"],
  instructor: ["/teach", "/import", TEACH, ...["learners", "team", "sales", "risk", "funnel", "grades", "questions", "labs", "edit",
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
        const beyond = await one.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (beyond > 0) found.push(`${path} at ${width}: ${beyond} pixels beyond the edge`);
        for (const trouble of await troubles(one)) found.push(`${path}, ${scheme}, ${width}: ${trouble}`);
        if (process.env.SHOTS) {
          const name = `${role}${path.replace(/\W+/g, "-")}-${width}-${scheme}.png`;
          await one.screenshot({ path: `${process.env.SHOTS}/${name}`, fullPage: true });
        }
      }
      found.push(...one.complaints.map((complaint) => `${path}: ${complaint}`));
    }
    await one.context().close();
  }
  assert.deepEqual(found, []);
  await page.goto("/");
});
