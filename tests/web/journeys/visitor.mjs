// A visitor finds a course, reads a preview, and signs in.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { journey, signIn } from "../browser.mjs";

await journey({}, async (page) => {
  // All scripts of the first page, compressed, are less than 200 kB.
  const scripts = [];
  const collect = (response) => response.request().resourceType() === "script" && scripts.push(response.body().catch(() => ""));
  page.on("response", collect);
  await page.goto("/");
  const found = page.getByRole("link", { name: "How databases answer questions" });
  await found.waitFor();
  page.off("response", collect);
  const size = (await Promise.all(scripts)).reduce((sum, body) => sum + gzipSync(body).length, 0);
  if (process.env.SITE_IS_BUILT) assert.ok(size > 50_000 && size < 200_000, `${size} bytes`);
  await page.isFine();
  const search = page.getByRole("combobox", { name: "Search courses and lessons" });
  await search.fill("row vers");
  await page.locator("datalist option[value='Row versions and vacuum']").waitFor({ state: "attached" });
  await search.fill("btree levels");
  await page.keyboard.press("Enter");
  await page.getByText("Results for “btree levels”").waitFor();
  await page.locator("mark").first().waitFor();
  await page.isFine();
  await page.goto("/");
  await found.click();
  await page.getByRole("heading", { name: "Teachers" }).waitFor();
  await page.isFine();
  page.asked.length = 0;
  await page.getByRole("link", { name: "Rows, pages and tables" }).click();
  await page.getByRole("heading", { name: "What a page holds" }).waitFor();
  assert.deepEqual(page.asked, ["POST /rest/v1/rpc/lesson_page"]);
  await page.isFine();
  await signIn(page, "learner", "/courses/databases-inside");
  await page.getByText("You are enrolled").waitFor();
});
