// An instructor saves a course as a folder, copies it to a new start, and imports it; a file of another
// system is reported first, and its questions come into a quiz.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { caller, journey, makeCourse, signIn } from "../browser.mjs";

const GIFT = `::One:: Which one? {=right ~wrong}

::Two:: Match. {=a -> 1 =b -> 2 =c -> 3}

$CATEGORY: other

::Three:: This is text without a question.
`;

// One red pixel.
const DOT = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC", "base64",
);

// A tar.gz of files by name: a head of 512 bytes each, the content filled up to as many.
function archive(files) {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const body = Buffer.from(content);
    const head = Buffer.alloc(512);
    head.write(name);
    head.write("0000644\0", 100);
    head.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
    head.write("        ", 148);
    head.write("0", 156);
    head.write("ustar\x0000", 257);
    head.write(`${head.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `, 148);
    return [head, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

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

  // Pictures come along; what Storage refuses is said.
  await page.goto("/import");
  await choose("folder.tar.gz", archive({
    "01-first.md": "# First\n\n![A dot](img/dot.png) and [a page](page.html), then [more](02-second.md).\n",
    "02-second.md": "# Second\n\nThe end.\n",
    "img/dot.png": DOT,
    "page.html": "<script>alert(1)</script>",
  }));
  await page.getByLabel("New name").fill(`Folder ${Date.now()}`);
  await check.click();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText("Not every file was stored.").waitFor();
  await page.getByRole("cell", { name: "page.html" }).first().waitFor();
  await page.isFine();
  await page.getByRole("button", { name: "Edit the course" }).click();
  await page.getByRole("link", { name: "First" }).click();
  await page.waitForFunction(() => document.querySelector('img[alt="A dot"]')?.naturalWidth === 1);
  await page.getByRole("link", { name: "As learners see it" }).click();
  await page.waitForFunction(() => document.querySelector('article img[alt="A dot"]')?.naturalWidth === 1);
  await page.getByRole("link", { name: "more", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Second" }).waitFor();

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
