// An instructor fills a bank and lets a quiz draw from it by a tag; a learner gets what was drawn.

import assert from "node:assert/strict";
import { caller, journey, makeCourse, open, signIn, signUp } from "../browser.mjs";

await journey({}, async (page, browser) => {
  const call = await caller("instructor");
  const course = await makeCourse(call, [{ slug: "read", body_md: "A text." }]);
  const [module] = await call(`modules?course_id=eq.${course.id}&select=id`, undefined, "GET");
  await call("lessons", {
    course_id: course.id, module_id: module.id, title: "quiz", slug: "quiz", content_type: "quiz", completion_rule: "pass", is_published: false,
  });
  page.on("dialog", (dialog) => dialog.accept());
  await signIn(page, "instructor", `/teach/${course.slug}/banks`);
  await page.getByLabel("New bank of questions").fill("Indexes");
  await page.getByRole("button", { name: "Add" }).click();
  const bank = page.locator("section.card", { has: page.getByRole("heading", { name: "Indexes" }) });
  await bank.locator("summary", { hasText: "New question" }).click();
  for (const [prompt, tags] of [["Which tree?", "easy, exam"], ["Which list?", "exam"], ["Which heap?", ""]]) {
    const editor = bank.locator("details.card", { hasText: "New question" });
    await editor.getByLabel(/^Question/).fill(prompt);
    await editor.getByLabel("Options and right answer").fill("* this\nthat");
    await editor.getByLabel("Tags").fill(tags);
    await editor.getByRole("button", { name: "Save" }).click();
    await bank.locator("summary", { hasText: prompt }).waitFor();
  }
  await page.isFine();

  await page.goto(`/teach/${course.slug}/edit/quiz`);
  await page.getByRole("heading", { name: "Questions" }).click();
  await page.locator("summary", { hasText: "Questions from banks" }).click();
  const draws = page.locator("details.card", { hasText: "Questions from banks" });
  await draws.getByLabel("Tag").fill("exam");
  await draws.getByLabel("Questions of an attempt").fill("2");
  await draws.getByRole("button", { name: "Add" }).click();
  await draws.getByText("Indexes · exam: 2").waitFor();
  await page.isFine();
  await call(`lessons?slug=eq.quiz&course_id=eq.${course.id}`, { is_published: true }, "PATCH");

  const learner = await open(browser, { base: process.env.SITE });
  await signUp(learner, `/courses/${course.slug}`);
  await learner.getByRole("button", { name: "Enroll" }).click();
  await learner.getByRole("link", { name: "quiz" }).click();
  await learner.getByRole("button", { name: "Start" }).click();
  await learner.getByText("Which tree?").waitFor();
  await learner.getByText("Which list?").waitFor();
  assert.equal(await learner.getByText("Which heap?").count(), 0);

  // A bank that is drawn from stays.
  await page.goto(`/teach/${course.slug}/banks`);
  await page.getByRole("button", { name: "Delete: Indexes" }).click();
  await page.getByText("Quizzes draw from this bank.").waitFor();
  assert.match(page.complaints.pop() ?? "", /409/);
  assert.deepEqual(learner.complaints, []);
});
