// An instructor saves a course as a folder, copies it to a new start, and imports it; a file of another
// system is reported first, and its questions come into a quiz.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { caller, journey, makeCourse, signIn } from "../browser.mjs";

const GIFT = `::One:: Which one? {=right ~wrong}

::Two:: Match. {=a -> 1 =b -> 2 =c -> 3}

$CATEGORY: other

::Three:: This is text without a question.
`;

await journey({}, async (page) => {
  await signIn(page, "instructor", "/teach/databases-inside/edit");
  await page.getByText("Course file").click();
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a folder of Markdown" }).click();
  const saved = await saving;
  assert.equal(saved.suggestedFilename(), "databases-inside.zip");
  const folder = readFileSync(await saved.path());
  await page.isFine();

  const name = `Copy ${Date.now()}`;
  await page.getByLabel("New name").fill(name);
  await page.getByLabel(/^First day/).fill("2031-03-03");
  await page.getByRole("button", { name: "Copy the course" }).click();
  await page.waitForURL(/\/teach\/copy-.*\/edit$/);
  const module = await page.locator("section.edit-module h2").first().innerText();
  await page.getByRole("button", { name: "Publish" }).waitFor();
  await page.isFine();

  await page.goto("/teach");
  await page.getByRole("link", { name: "Import a course" }).click();
  const input = page.getByLabel(/^File/);
  const check = page.getByRole("button", { name: "Check the file" });
  const choose = (file, buffer) => input.setInputFiles({ name: file, mimeType: "application/octet-stream", buffer });
  await choose("broken.zip", Buffer.from("{"));
  await check.click();
  await page.getByRole("alert").waitFor();
  assert.match(page.complaints.pop() ?? "", /422/);
  await choose("broken.md", Buffer.from("---\ntitle: [\n---\n\n# Title\n"));
  await check.click();
  await page.getByText("broken.md:").waitFor();
  assert.match(page.complaints.pop() ?? "", /422/);
  await page.isFine();
  // The same file imported again is the same course.
  const title = `Import ${Date.now()}`;
  const addresses = [];
  for (const round of ["first", "second"]) {
    await page.goto("/import");
    await choose("course.zip", folder);
    await page.getByLabel("New name").fill(title);
    await check.click();
    await page.getByText("Everything comes as it is.").waitFor();
    await page.locator("summary", { hasText: "Outline" }).click();
    await page.getByRole("cell", { name: "Three ways to join" }).waitFor();
    await page.isFine();
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.waitForURL(/\/teach\/import-.*\/edit$/);
    await page.getByRole("heading", { name: module }).waitFor();
    addresses.push(page.url());
    assert.equal(addresses[0], page.url(), round);
  }

  const course = await makeCourse(await caller("instructor"), [
    { slug: "quiz", content_type: "quiz", body_md: "A quiz.", questions: [
      { kind: "true_false", prompt_md: "Is it so?", points: 1, options: [], key: { correct: true } },
    ] },
  ]);
  await page.goto(`/teach/${course.slug}/edit/quiz`);
  await page.getByRole("heading", { name: "Questions" }).click();
  await page.locator("summary", { hasText: "Import questions" }).click();
  await choose("questions.gift", Buffer.from(GIFT));
  await check.click();
  const report = page.getByRole("region", { name: "Report" });
  await report.getByRole("cell", { name: /^questions\.gift: \d/ }).first().waitFor();
  await page.isFine();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.locator("summary", { hasText: "Which one?" }).waitFor();
  await page.locator("summary", { hasText: "Match." }).waitFor();
  await report.waitFor({ state: "detached" });
  await page.isFine();
});
