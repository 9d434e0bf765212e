// Files: staff attach them to a lesson, whose text shows and links them; a learner downloads one, hands
// one in, and staff read it; a picture of a person and the cover of a course.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { caller, journey, makeCourse, open, signIn, signUp } from "../browser.mjs";

const TEXT = `![A dot](folder/dot.png)

Read [the paper](paper.txt), then [the lab](lab.md#after) and [the guide](https://other.example/guide.md).`;
// One red pixel.
const DOT = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC", "base64",
);
const file = (name, mimeType, buffer) => ({ name, mimeType, buffer: Buffer.from(buffer) });
const read = async (saving) => {
  const saved = await saving;
  return [saved.suggestedFilename(), readFileSync(await saved.path(), "utf8")];
};

await journey({}, async (page, browser) => {
  const course = await makeCourse(await caller("instructor"), [
    { slug: "text", body_md: TEXT }, { slug: "lab", content_type: "lab", body_md: "Hand in a file.\n\n## After\n\nRest." },
  ]);
  const download = async (who, button) => {
    const saving = who.waitForEvent("download");
    await button.click();
    return read(saving);
  };

  await signIn(page, "instructor", `/teach/${course.slug}/edit/text`);
  await page.getByRole("heading", { name: "Files" }).click();
  const files = page.getByLabel("Add files");
  // Slow enough to see how far it is, and to stop it.
  const wire = await page.context().newCDPSession(page);
  const speed = (uploadThroughput) => wire.send("Network.emulateNetworkConditions", {
    offline: false, latency: 0, downloadThroughput: -1, uploadThroughput,
  });
  await speed(400_000);
  await files.setInputFiles(file("long.bin", "application/octet-stream", Buffer.alloc(2_000_000)));
  const meter = page.getByRole("progressbar", { name: "Being sent" });
  await page.waitForFunction(() => {
    const share = Number(document.querySelector('[role="progressbar"]')?.getAttribute("aria-valuenow"));
    return share > 5 && share < 95;
  });
  await page.isFine();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("long.bin was not sent.").waitFor();
  await meter.waitFor({ state: "detached" });
  await speed(-1);
  await files.setInputFiles([
    file("dot.png", "image/png", DOT), file("first.txt", "text/plain", "A paper."),
    file("more.txt", "text/plain", "More."),
  ]);
  await page.getByLabel("Title: first.txt").fill("paper.txt");
  await page.getByRole("button", { name: "Rename" }).nth(1).click();
  await page.getByLabel("Title: paper.txt").waitFor();
  await page.getByRole("button", { name: "Move up: more.txt" }).click();
  await page.getByRole("button", { name: "Move up: paper.txt" }).waitFor();
  page.on("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Delete: more.txt" }).click();
  await page.getByLabel("Title: more.txt").waitFor({ state: "detached" });
  await page.getByRole("region", { name: "Preview" }).getByRole("img", { name: "A dot" }).waitFor();
  // A kind that the bucket refuses.
  await files.setInputFiles(file("page.html", "text/html", "<script>alert(1)</script>"));
  await page.getByText("mime type text/html is not supported").waitFor();
  assert.match(page.complaints.pop() ?? "", /status of 400/);
  await page.isFine();

  const learner = await open(browser, { base: process.env.SITE });
  await signUp(learner, `/courses/${course.slug}`);
  await learner.getByRole("button", { name: "Enroll" }).click();
  await learner.getByText("You are enrolled").waitFor();
  await learner.goto(`/courses/${course.slug}/lessons/text`);
  await learner.waitForFunction(() => document.querySelector('img[alt="A dot"]')?.naturalWidth === 1);
  assert.deepEqual(await download(learner, learner.getByRole("button", { name: "the paper" })), ["paper.txt", "A paper."]);
  const listed = learner.locator("section", { has: learner.getByRole("heading", { name: "Files" }) });
  assert.deepEqual(await listed.locator("li button").allInnerTexts(), ["dot.png", "paper.txt"]);
  assert.deepEqual(await download(learner, listed.getByRole("button", { name: "paper.txt" })), ["paper.txt", "A paper."]);
  assert.equal(await learner.getByRole("link", { name: "the guide" }).getAttribute("href"), "https://other.example/guide.md");
  await learner.getByRole("link", { name: "the lab" }).click();
  await learner.waitForURL(`/courses/${course.slug}/lessons/lab#after`);

  await learner.getByLabel("A file", { exact: true }).setInputFiles(file("plan.txt", "text/plain", "My plan."));
  await learner.getByText("Attached: plan.txt").waitFor();
  await learner.getByRole("button", { name: "Hand in" }).click();
  await learner.getByText("waits for a grade").waitFor();
  assert.deepEqual(await download(learner, learner.getByRole("button", { name: "plan.txt" })), ["plan.txt", "My plan."]);
  await page.goto(`/teach/${course.slug}/labs`);
  await page.getByRole("link", { name: /^Grade: lab/ }).click();
  assert.deepEqual(await download(page, page.getByRole("button", { name: "plan.txt" })), ["plan.txt", "My plan."]);
  await page.isFine();

  // Pictures are of everybody.
  await learner.goto("/profile");
  await learner.getByLabel("Picture").setInputFiles(file("me.png", "image/png", DOT));
  await learner.getByRole("img", { name: "Picture" }).waitFor();
  await learner.getByRole("button", { name: "Save" }).click();
  await learner.getByText("Saved.").waitFor();
  await learner.reload();
  await learner.waitForFunction(() => document.querySelector('img[alt="Picture"]')?.naturalWidth === 1);
  await page.goto(`/teach/${course.slug}/edit`);
  await page.getByLabel("Cover").setInputFiles(file("cover.png", "image/png", DOT));
  await page.getByRole("img", { name: "Cover" }).waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved.").waitFor();
  await page.isFine();
  await learner.goto(`/courses/${course.slug}`);
  await learner.waitForFunction(() => document.querySelector("img.cover")?.naturalWidth === 1);
  assert.deepEqual(learner.complaints, []);
});
