// Takes the pictures of README.md from a stack that `make reset` has just started:
//
//   node tests/web/pictures.mjs [address of the front end]

import { launch, open, signIn } from "./browser.mjs";

const base = process.argv[2] ?? "http://127.0.0.1:5173";
const folder = new URL("../../docs/pictures/", import.meta.url).pathname;
const browser = await launch();

const lesson = await open(browser, { base, width: 1280, height: 760 });
await signIn(lesson, "learner", "/courses/databases-inside/lessons/three-ways-to-join");
await lesson.getByRole("button", { name: "Ask the tutor" }).click();
await lesson.getByRole("button", { name: "New" }).click();
await lesson.getByLabel("Your question").fill("When should I use a hash join?");
await lesson.getByRole("button", { name: "Ask", exact: true }).click();
await lesson.getByRole("button", { name: "Another answer" }).waitFor();
await lesson.evaluate(() => document.querySelector(".tutor-log").scrollTo(0, 0));
await lesson.screenshot({ path: `${folder}lesson.png` });

const dashboard = await open(browser, { base, width: 1280, height: 860 });
await signIn(dashboard, "instructor", "/teach/databases-inside");
await dashboard.getByText("Activity by day").first().waitFor();
await dashboard.waitForLoadState("networkidle");
await dashboard.screenshot({ path: `${folder}dashboard.png` });
await browser.close();
