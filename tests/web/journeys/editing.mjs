// An instructor edits outline, rules, a question of each kind and a rubric, and grades by it. What was
// saved comes back as it was.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { journey, open, signIn, signUp } from "../browser.mjs";

// A question of each kind as an author types it, and as the editor shows it again.
const QUESTIONS = [
  ["One choice", "* B-tree\n*args\nhash = bucket"],
  ["Several choices", "* two⏎lines\nfour\n* seven"],
  ["True or false", "false"],
  ["Number", "9.81 ± 1 % m/s²"],
  ["Short text", "Zürich\nZurich HB"],
  ["Order", "Parse\nPlan\nRun"],
  ["Pairs", "a => b => Paris\nItaly => Rome\n => Oslo"],
];

await journey({}, async (page, browser) => {
  const name = `Course ${crypto.randomUUID().slice(0, 8)}`;
  const click = (text, scope = page) => scope.getByRole("button", { name: text, exact: true }).click();
  const link = (text) => page.getByRole("link", { name: text, exact: true });
  const rules = page.locator("details", { has: page.getByRole("heading", { name: "Rules" }) });
  let stays = false;
  page.on("dialog", (dialog) => (stays ? dialog.dismiss() : dialog.accept()));
  await signIn(page, "instructor", "/teach");
  await page.getByRole("table", { name: "Courses" }).getByRole("link", { name: "How databases answer questions" }).waitFor();
  await page.isFine();

  await page.getByText("New course").click();
  await page.getByLabel("Title").fill(name);
  await click("Add");
  await page.getByRole("heading", { level: 1, name }).waitFor();
  await page.getByLabel("New module").fill("First steps");
  await click("Add");
  const module = page.locator("section.card", { has: page.getByRole("heading", { name: "First steps" }) });
  for (const [title, kind] of [["Begin here", "text"], ["Check yourself", "quiz"], ["Build it", "lab"]]) {
    await module.getByLabel("New lesson").fill(title);
    await module.getByLabel("Kind").selectOption(kind);
    await click("Add", module);
    await module.getByRole("link", { name: title }).waitFor();
  }
  await page.isFine();

  // What is missing is listed, and the same list refuses the publication.
  await page.locator("aside").getByText('Lesson "Begin here" has no text.').waitFor();
  await click("Publish");
  await page.getByRole("heading", { name: "Draft" }).waitFor();

  await module.getByRole("button", { name: "Move up: Build it" }).click();
  await module.locator("li", { hasText: "Build it" }).and(module.locator("li:nth-child(2)")).waitFor();
  await page.getByLabel("Description").fill("How to begin.");
  await page.getByLabel("Enrollment").selectOption("approval");
  await click("Save");
  await page.getByText("Saved.").waitFor();
  await page.getByLabel("Description").fill("How to begin, and why.");
  await page.getByText("Saved.").waitFor({ state: "hidden" });
  await click("Save");
  await page.getByText("Saved.").waitFor();

  // A text that is not saved is not lost by a click.
  await module.getByRole("link", { name: "Begin here" }).click();
  const text = "## Warm up\n\nThis is `code`.";
  await page.getByLabel("Text").fill(text);
  await page.getByRole("region", { name: "Preview" }).getByRole("heading", { name: "Warm up" }).waitFor();
  stays = true;
  await link("Funnel").click();
  assert.equal(await page.getByLabel("Text").inputValue(), text);
  stays = false;
  await click("Save");
  await page.getByText("Saved.").waitFor();
  await page.isFine();
  await page.reload();
  assert.equal(await page.getByLabel("Text").inputValue(), text);

  await link("Edit").click();
  await module.getByRole("link", { name: "Check yourself" }).click();
  await page.getByRole("heading", { name: "Rules" }).click();
  await page.getByLabel(/^Questions of an attempt/).fill("5");
  await page.getByLabel(/^Due day/).fill("2040-05-06");
  await click("Save", rules);
  await rules.getByText("Saved.").waitFor();
  await page.getByRole("heading", { name: "Rules" }).click();
  await page.getByRole("heading", { name: "Questions" }).click();
  await page.locator("summary", { hasText: "New question" }).click();
  for (const [index, [kind, key]] of QUESTIONS.entries()) {
    const editor = page.locator("details.card", { hasText: "New question" });
    await editor.getByLabel("Kind").selectOption({ label: kind });
    await editor.getByLabel(/^Question/).fill(`Question ${index}?`);
    const field = editor.getByLabel("Options and right answer");
    await (kind === "True or false" ? field.selectOption(key) : field.fill(key));
    await click("Save", editor);
    await page.locator("summary", { hasText: `Question ${index}?` }).waitFor();
  }
  await page.isFine();
  await page.getByRole("heading", { name: "Rules" }).click();
  await page.getByLabel("To pass, in per cent").fill("40");
  await page.getByLabel("Attempts at most").fill("2");
  await click("Save", rules);
  await rules.getByText("Saved.").waitFor();
  // Saved once more without a change, each is what it was.
  for (const round of ["first", "second"]) {
    await page.reload();
    await page.getByRole("heading", { name: "Questions" }).click();
    for (const [index, [, key]] of QUESTIONS.entries()) {
      const editor = page.locator("details.card", { hasText: `Question ${index}?` });
      await editor.locator("summary").click();
      assert.equal(await editor.getByLabel("Options and right answer").inputValue(), key, round);
      await click("Save", editor);
      await editor.getByText("Saved.").waitFor();
    }
  }

  await page.getByRole("heading", { name: "Rules" }).click();
  const shown = [];
  for (const head of [/^To pass/, /^Attempts at most/, /^Questions of an attempt/, /^Due day/]) {
    shown.push(await page.getByLabel(head).inputValue());
  }
  assert.deepEqual(shown, ["40", "2", "5", "2040-05-06"]);
  await page.getByLabel(/^Due day/).fill("");
  await page.getByLabel(/^Questions of an attempt/).fill("");
  await click("Save", rules);
  await rules.getByText("Saved.").waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Rules" }).click();
  assert.equal(await page.getByLabel(/^Questions of an attempt/).inputValue(), "");
  assert.equal(await page.getByLabel(/^Due day/).inputValue(), "");
  await page.getByText("At the end of this day").waitFor();

  await link("Edit").click();
  await module.getByRole("link", { name: "Build it" }).click();
  await page.getByLabel("Text").fill("Build a small thing.");
  await click("Save");
  await page.getByText("Saved.").waitFor();
  await page.getByRole("heading", { name: "Rules" }).click();
  await page.getByLabel("Due", { exact: true }).fill("2040-05-06T07:08");
  await page.getByLabel("Rubric").fill("It has tests: 4\nIt is documented: 1");
  await click("Save", rules);
  await rules.getByText("Saved.").waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Rules" }).click();
  assert.equal(await page.getByLabel("Due", { exact: true }).inputValue(), "2040-05-06T07:08");
  assert.equal(await page.getByLabel("Rubric").inputValue(), "It has tests: 4\nIt is documented: 1");

  await link("Edit").click();
  await page.getByText("Nothing is missing.").waitFor();
  await click("Publish");
  await page.getByRole("heading", { name: "Published" }).waitFor();

  const learner = await open(browser, { base: process.env.SITE });
  const address = new URL(page.url()).pathname.split("/")[2];
  await signUp(learner, `/courses/${address}`);
  await learner.getByRole("button", { name: "Ask to be enrolled" }).click();
  await learner.getByText("Your request waits for an answer").waitFor();
  await link("Learners").click();
  await page.getByLabel("Status").selectOption("pending");
  await page.isFine();
  await page.getByRole("button", { name: /^Accept: Ada/ }).click();
  await page.getByText("There are no learners here.").waitFor();
  await learner.reload();
  await learner.getByText("You are enrolled").waitFor();
  await learner.getByRole("link", { name: "Build it" }).click();
  await learner.getByLabel(/^Your work/).fill("My **work**");
  await learner.getByRole("button", { name: "Hand in" }).click();
  await learner.getByText("waits for a grade").waitFor();

  await link("Labs").click();
  await page.getByRole("link", { name: /^Grade: Build it/ }).click();
  await page.getByRole("heading", { name: /Ada <script>.*: Build it/ }).waitFor();
  await page.isFine();
  await page.getByLabel("It has tests").fill("3");
  await page.getByLabel("It is documented").fill("1");
  await page.getByLabel("Feedback").fill("Well done.");
  await click("Accept");
  await page.getByText("Nothing waits for a grade.").waitFor();
  await learner.reload();
  await learner.getByText("Well done.").waitFor();
  await learner.getByText(/accepted.*80 %/).waitFor();

  for (const [tab, found] of [
    ["Overview", "Activity by day"], ["Learners", "@school.test"], ["At risk", "Nobody seems to need help."],
    ["Funnel", "most lost here"], ["Grades", "Build it"], ["Question statistics", "Question 0?"],
  ]) {
    page.asked.length = 0;
    await link(tab).click();
    await page.getByText(found).first().waitFor();
    await page.isFine();
    assert.ok(page.asked.length <= 3, `${tab}: ${page.asked}`);
  }

  const saving = page.waitForEvent("download");
  await link("Grades").click();
  await page.getByRole("button", { name: "Save as a table (CSV)" }).click();
  assert.match(readFileSync(await (await saving).path(), "utf8"), /Build it/);

  // Work is never deleted: the refusal says what to do instead.
  await link("Edit").click();
  await module.getByRole("link", { name: "Build it" }).click();
  page.complaints.length = 0;
  await click("Delete");
  await page.getByText("Learners have worked in this lesson").waitFor();
  await click("Archive");
  await page.getByText("Archived").waitFor();
  await click("Restore");
  await page.getByRole("button", { name: "Archive", exact: true }).waitFor();
  page.complaints = page.complaints.filter((text) => !/status of 4/.test(text));
});
