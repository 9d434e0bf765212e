// An instructor writes a course and publishes it; a learner takes it and hands in work, which the
// instructor grades. What the instructor writes is hostile: it must do nothing in any page.

import assert from "node:assert/strict";
import { journey, open, signIn, signUp } from "../browser.mjs";

const HOSTILE = `# Welcome <script>globalThis.pwned = 1</script>

<img src=x onerror="globalThis.pwned = 2"> [click](javascript:globalThis.pwned=3)
<svg onload="globalThis.pwned = 4"></svg> ![a chart](https://other.example/track.png)

| a | b |
|---|---|
| $x^2$ | \`code\` |

\`\`\`sql
select 1;
\`\`\`
`;

const QUESTIONS = [
  ["single", "Which one?", "* right\nwrong"],
  ["multiple", "Which ones?", "* one\n* two\nthree"],
  ["true_false", "Is it so?", "true"],
  ["numeric", "How much?", "9.81 ± 0.1"],
  ["short_text", "Which word?", "loops\nthe loops"],
  ["ordering", "In which order?", "parse\nplan\nrun"],
  ["matching", "Which pairs?", "France => Paris\nItaly => Rome"],
  ["cloze", "In [[1]] it is [[2]] and [[3]].", "1: May | April\n2: = 3 ± 0.5\n3: * warm | cold"],
];

await journey({}, async (page, browser) => {
  const foreign = [];
  page.on("request", (request) => request.url().includes("other.example") && foreign.push(request.url()));
  const title = `Course ${Date.now()} <b onclick=x>`;
  await signIn(page, "instructor", "/teach");
  await page.getByText("New course").click();
  await page.getByLabel("Title").fill(title);
  await page.getByRole("button", { name: "Add" }).click();
  await page.waitForURL(/\/teach\/course-.*\/edit$/);
  const slug = new URL(page.url()).pathname.split("/")[2];
  await page.getByLabel("New module").fill("First module");
  await page.getByRole("button", { name: "Add" }).last().click();
  await page.getByRole("heading", { name: "First module" }).waitFor();
  for (const [name, kind] of [["A text", "Text"], ["A quiz", "Quiz"], ["A lab", "Lab"]]) {
    await page.getByLabel("New lesson").fill(name);
    await page.getByLabel("Kind").selectOption(kind);
    await page.getByRole("button", { name: "Add" }).first().click();
    await page.getByRole("link", { name, exact: true }).waitFor();
  }
  await page.getByRole("button", { name: "Move up: A lab" }).click();
  await page.getByRole("button", { name: "Move up: A quiz" }).waitFor();
  await page.isFine();

  // Publishing says what is missing, and where.
  await page.getByRole("link", { name: "has no text" }).first().waitFor();
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("link", { name: 'Lesson "A text" has no text.' }).click();
  await page.waitForURL(`/teach/${slug}/edit/a-text`);
  await page.getByLabel("Text").fill(HOSTILE);
  await page.locator("math").first().waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  await page.isFine();
  await page.goto(`/teach/${slug}/edit/a-lab`);
  await page.getByLabel("Text").fill("Hand in a plan.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();

  // A question of each kind, and one of them edited.
  await page.goto(`/teach/${slug}/edit/a-quiz`);
  await page.locator("summary", { hasText: "Questions" }).click();
  await page.locator("summary", { hasText: "New question" }).click();
  for (const [kind, prompt, key] of QUESTIONS) {
    const form = page.locator("details.card", { hasText: "New question" }).locator("form");
    await form.getByLabel("Kind").selectOption(kind);
    await form.getByLabel(/^Question/).fill(prompt);
    const field = form.getByLabel("Options and right answer");
    if (kind === "true_false") await field.selectOption(key);
    else await field.fill(key);
    await form.getByRole("button", { name: "Save" }).click();
    await page.locator("summary", { hasText: prompt }).waitFor();
  }
  await page.locator("summary", { hasText: "Which pairs?" }).click();
  const pairs = page.locator("details.card", { hasText: "Which pairs?" }).locator("form");
  assert.equal(await pairs.getByLabel("Options and right answer").inputValue(), "France => Paris\nItaly => Rome");
  await pairs.getByLabel(/^Question/).fill("Which pairs are right?");
  await pairs.getByRole("button", { name: "Save" }).click();
  await page.locator("summary", { hasText: "Which pairs are right?" }).waitFor();
  await page.isFine();
  await page.goto(`/teach/${slug}/edit`);
  await page.getByLabel("Description").fill("What it is about.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Nothing is missing.").waitFor();
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("button", { name: "Unpublish" }).waitFor();

  // The learner sees it, and hands in work.
  const learner = await open(browser, { base: process.env.SITE });
  learner.on("request", (request) => request.url().includes("other.example") && foreign.push(request.url()));
  await signUp(learner, `/courses/${slug}`);
  await learner.getByRole("heading", { level: 1, name: title }).waitFor();
  await learner.getByRole("button", { name: "Ask to be enrolled" }).or(learner.getByRole("button", { name: "Enroll" })).click();
  await learner.getByText("You are enrolled").waitFor();
  await learner.getByRole("link", { name: "A text" }).click();
  await learner.locator("pre .hljs-keyword").first().waitFor();
  await learner.getByText("a chart").waitFor();
  assert.equal(await learner.locator("article img, article svg, article script").count(), 0);
  assert.equal(await learner.getByText("click", { exact: true }).getAttribute("href"), "");
  await learner.goto(`/courses/${slug}/lessons/a-lab`);
  await learner.getByLabel(/^Your work/).fill("My **plan** <script>globalThis.pwned = 5</script>");
  await learner.getByRole("button", { name: "Hand in" }).click();
  await learner.getByText("waits for a grade").waitFor();

  // The queue, and the grade that the learner then reads.
  await page.goto(`/teach/${slug}/labs`);
  await page.getByRole("link", { name: "Grade: A lab" }).click();
  await page.getByText("My plan").waitFor();
  await page.getByLabel("Result in per cent").fill("90");
  await page.getByLabel("Feedback").fill("Well done.");
  await page.isFine();
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByText("Nothing waits for a grade.").waitFor();
  await learner.reload();
  await learner.getByText("Well done.").waitFor();
  await learner.getByText("accepted").waitFor();
  await learner.goto(`/courses/${slug}/grades`);
  await learner.getByText("90 %").first().waitFor();
  for (const each of [page, learner]) assert.equal(await each.evaluate(() => globalThis.pwned), undefined);
  assert.deepEqual(foreign, []);
  assert.deepEqual(learner.complaints, []);
});
