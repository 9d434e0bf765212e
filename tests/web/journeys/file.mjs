// An instructor saves a course as a file, copies it to a new start, and imports the file.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { journey, signIn } from "../browser.mjs";

await journey({}, async (page) => {
  await signIn(page, "instructor", "/teach/databases-inside/edit");
  await page.getByText("Course file").click();
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a file" }).click();
  const file = await (await saving).path();
  const bundle = JSON.parse(readFileSync(file, "utf8"));
  assert.equal(bundle.format, "lyceum.course");
  assert.equal(bundle.course.slug, "databases-inside");
  await page.isFine();

  const name = `Copy ${Date.now()}`;
  await page.getByLabel("New name").fill(name);
  await page.getByLabel(/^First day/).fill("2031-03-03");
  await page.getByRole("button", { name: "Copy the course" }).click();
  await page.waitForURL(/\/teach\/copy-.*\/edit$/);
  await page.getByRole("heading", { name: bundle.course.modules[0].title }).waitFor();
  await page.getByRole("button", { name: "Publish" }).waitFor();
  await page.isFine();

  await page.goto("/teach");
  await page.locator("summary", { hasText: "Import a course" }).click();
  const input = page.locator("input[type=file]");
  await input.setInputFiles({ name: "broken.json", mimeType: "application/json", buffer: Buffer.from("{") });
  await page.getByRole("button", { name: "Import a course" }).click();
  await page.getByText("This file is not a course.").waitFor();
  bundle.course.modules[0].lessons[0].slug = "No Slug";
  const broken = `${file}.json`;
  writeFileSync(broken, JSON.stringify(bundle));
  await input.setInputFiles(broken);
  await page.getByLabel("New name").fill(`Import ${Date.now()}`);
  await page.getByRole("button", { name: "Import a course" }).click();
  await page.getByText("$.course.modules[0].lessons[0]").waitFor();
  assert.match(page.complaints.pop() ?? "", /422/);
  await input.setInputFiles({ name: "course.json", mimeType: "application/json", buffer: readFileSync(file) });
  await page.getByRole("button", { name: "Import a course" }).click();
  await page.waitForURL(/\/teach\/import-.*\/edit$/);
  await page.getByRole("heading", { name: bundle.course.modules[0].title }).waitFor();
  await page.isFine();
});
