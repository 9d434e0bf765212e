// Two windows on one draft: no word is lost; what is published is what learners read, and an older
// version comes back.

import assert from "node:assert/strict";
import { journey, open, signIn } from "../browser.mjs";

const LESSON = "/teach/databases-inside/edit/rows-and-pages";

await journey({}, async (page, browser) => {
  await signIn(page, "instructor", LESSON);
  const text = page.getByLabel("Text", { exact: false }).first();
  await text.waitFor();
  const before = await text.inputValue();
  const other = await open(browser, { base: process.env.SITE });
  await signIn(other, "instructor", LESSON);
  const theirs = other.getByLabel("Text", { exact: false }).first();
  await theirs.fill(`${before}\n\nTheir line.`);
  await other.getByRole("button", { name: "Save" }).click();
  await other.getByText("Saved.").waitFor();

  // The second to save is told, keeps the own words, and saves them over the others knowingly.
  await text.fill(`${before}\n\nMy line.\n\n::: staff\nNot for learners.\n:::`);
  await page.getByRole("button", { name: "Save" }).click();
  const found = page.getByLabel("saved this draft at").last();
  await found.waitFor();
  assert.match(await found.inputValue(), /Their line/);
  assert.match(await text.inputValue(), /My line/);
  page.complaints.length = 0;
  await page.getByRole("button", { name: "Keep mine" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  await page.isFine();
  await page.getByLabel("Note").fill("A line more");
  await page.getByRole("button", { name: "Publish this lesson" }).click();
  await page.getByText("Learners read this version.").waitFor();

  await other.goto("/courses/databases-inside/lessons/rows-and-pages");
  await other.getByText("My line.").waitFor();
  assert.equal(await other.getByText("Not for learners.").count(), 0);

  await page.locator("summary", { hasText: "Versions" }).click();
  await page.getByText("A line more").waitFor();
  await page.getByRole("button", { name: "Version 1 into the draft" }).click();
  await page.getByRole("button", { name: "Publish this lesson" }).waitFor();
  assert.equal(await text.inputValue(), before);
  await page.isFine();
});
