// A quiz with hints, gaps, an essay and a file: an author saves its questions without a change, a learner
// takes hints and answers with a reload between, staff grade, and the review shows the feedback.

import assert from "node:assert/strict";
import { caller, journey, makeCourse, open, signIn, signUp } from "../browser.mjs";

const hints = [{ text_md: "It is *sorted*.\n\nReally.", cost_percent: 20 }, { text_md: "It begins with B.", cost_percent: 12.5 }];
const QUESTIONS = [
  { kind: "single", prompt_md: "Which one?", points: 2, options: [{ id: "a", text: "B-tree" }, { id: "b", text: "* a list\n* of two" },
    { id: "c", text: "> quoted" }], key: { correct: "a" }, feedback: { a: "**Yes**,\nit is.", b: "A list is *slow*." }, hints },
  { kind: "true_false", prompt_md: "Is it so?", key: { correct: false }, feedback: { true: "Look again." } },
  { kind: "numeric", prompt_md: "How much?", key: { values: [{ value: 9.81, tolerance: 0.01, relative: true }, { value: 10, tolerance: 0 }], unit: "m/s²" } },
  { kind: "short_text", prompt_md: "Which sign?", key: { accepted: ["> greater", "greater"], max_distance: 1 } },
  { kind: "matching", prompt_md: "Which pairs?", options: { left: [{ id: "f", text: "France" }, { id: "i", text: "Italy" }],
    right: [{ id: "x", text: "Rome" }, { id: "y", text: "Paris" }] }, key: { pairs: { f: "y", i: "x" } }, feedback: { i: "Seven hills." } },
  { kind: "cloze", prompt_md: "A [[1]] has [[2]] sides and is [[3]].", options: { gaps: [{ id: "1", kind: "text" }, { id: "2", kind: "number" },
    { id: "3", kind: "choice", options: [{ id: "f", text: "flat" }, { id: "r", text: "round" }] }] },
    key: { gaps: { 1: { accepted: ["triangle"], max_distance: 1 }, 2: { value: 3, tolerance: 0 }, 3: { correct: "f" } } }, feedback: { 2: "Count them." } },
  { kind: "essay", prompt_md: "Why?", key: { sample_md: "Because it is." } },
  { kind: "file", prompt_md: "Draw it.", key: {} },
];

await journey({}, async (page, browser) => {
  const call = await caller("instructor");
  const course = await makeCourse(call, [
    { slug: "quiz", content_type: "quiz", body_md: "A quiz.", questions: QUESTIONS.map((one) => ({ options: [], points: 1, ...one })) },
  ]);
  const lesson_id = course.lessons.quiz;
  await call(`quizzes?lesson_id=eq.${lesson_id}`, { reveal: "after_submit" }, "PATCH");
  const keys = async () => (await call("rpc/question_keys", { lesson_id })).map(({ question_id: _, ...key }) => key);

  // Saved once more without a change, each question is what it was.
  const before = await keys();
  await signIn(page, "instructor", `/teach/${course.slug}/edit/quiz`);
  await page.getByRole("heading", { name: "Questions" }).click();
  for (const { prompt_md } of QUESTIONS) {
    const editor = page.locator("details.card", { hasText: prompt_md });
    await editor.locator("summary").click();
    await editor.getByRole("button", { name: "Save" }).click();
    await editor.getByText("Saved.").waitFor();
  }
  assert.deepEqual(await keys(), before);
  const first = page.locator("details.card", { hasText: "Which one?" });
  const text = await first.getByLabel("Options and right answer").inputValue();
  assert.equal(text, "* B-tree\n> **Yes**,⏎it is.\n\\* a list⏎* of two\n> A list is *slow*.\n\\> quoted");
  await first.getByLabel("Options and right answer").fill(text.replace("slow", "very slow"));
  await first.getByRole("button", { name: "Save" }).click();
  await page.waitForResponse((answer) => answer.url().includes("question_keys") && answer.ok());
  assert.deepEqual((await keys())[0].feedback, { ...QUESTIONS[0].feedback, b: "A list is *very slow*." });
  await page.getByRole("button", { name: "Move up: Draw it." }).click();
  await page.locator(".row > details > summary").nth(6).and(page.locator("summary", { hasText: "Draw it." })).waitFor();
  const words = page.locator("details.card", { hasText: "Which sign?" });
  await words.getByLabel("Letters that may be wrong").fill("2");
  // "Saved." stands there since the first time.
  const saved = page.waitForResponse((answer) => answer.url().includes("save_question") && answer.ok());
  await words.getByRole("button", { name: "Save" }).click();
  await saved;
  assert.equal((await keys())[3].key.max_distance, 2);
  await page.isFine();

  const learner = await open(browser, { base: process.env.SITE });
  await signUp(learner, `/courses/${course.slug}`);
  await learner.getByRole("button", { name: "Enroll" }).click();
  await learner.getByText("You are enrolled").waitFor();
  await learner.goto(`/courses/${course.slug}/lessons/quiz`);
  await learner.getByRole("button", { name: "Start" }).click();
  const question = (words) => learner.locator(".question", { hasText: words });
  await question("Which one?").getByLabel("* a list").or(question("Which one?").getByLabel("a list")).check();
  await learner.getByRole("button", { name: "Take a hint: it costs 20 % of the points" }).click();
  await learner.getByText("Really.").waitFor();
  await learner.getByRole("button", { name: "it costs 12.5 %" }).waitFor();
  await question("Is it so?").getByLabel("True").check();
  await question("sides and is").getByLabel("[1]").fill("trangle");
  await question("sides and is").getByLabel("[2]").fill("3");
  await question("sides and is").getByLabel("[3]").selectOption("round");
  const essay = question("Why?").getByLabel("Your answer");
  await essay.fill("For **two** reasons.");
  await question("Draw it.").getByLabel("Your answer")
    .setInputFiles({ name: "drawing.txt", mimeType: "text/plain", buffer: Buffer.from("A drawing.") });
  await question("Draw it.").getByRole("button", { name: "Open the file" }).waitFor();
  await essay.fill("For **three** reasons.");
  await learner.getByText("All answers are saved").waitFor();
  await learner.reload();
  await learner.getByRole("button", { name: "Go on with your attempt" }).click();
  assert.equal(await essay.inputValue(), "For **three** reasons.");
  await learner.getByText("Really.").waitFor();
  assert.equal(await question("sides and is").getByLabel("[1]").inputValue(), "trangle");
  await learner.getByRole("button", { name: "Hand in" }).click();
  await learner.getByRole("button", { name: "Hand in anyway" }).click();
  await learner.getByText("waits for a grade").first().waitFor();
  await learner.getByText("for three reasons", { exact: false }).waitFor();

  await page.goto(`/teach/${course.slug}/labs`);
  await page.getByRole("link", { name: /^Grade: quiz/ }).click();
  await page.getByText("For three reasons.").waitFor();
  await page.getByRole("button", { name: "Open the file" }).waitFor();
  await page.isFine();
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Open the file" }).click();
  await saving;
  const scores = page.getByLabel("Result in per cent");
  for (const [index, share] of ["80", "100"].entries()) await scores.nth(index).fill(share);
  await page.getByLabel("Feedback").first().fill("Two would do.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Nothing waits for a grade.").waitFor();

  await learner.reload();
  await learner.getByRole("button", { name: "Review" }).click();
  await learner.getByText("Two would do.").waitFor();
  // The gaps give two thirds of a point, the essay 0.8, the file 1.
  await learner.getByText("Not passed · 2.5 / 9").waitFor();
  for (const words of ["A list is very slow.", "Look again.", "Count them.", "Seven hills."]) {
    await learner.getByText(words).waitFor();
  }
  assert.deepEqual(learner.complaints, []);
});
