// A new learner enrolls, completes lessons, and passes a quiz with a reload in the middle.

import assert from "node:assert/strict";
import { journey, signUp } from "../browser.mjs";

await journey({}, async (page) => {
  await signUp(page, "/courses/databases-inside");
  await page.getByRole("button", { name: "Enroll" }).click();
  await page.getByText("You are enrolled").waitFor();

  // One call for the lesson, one for the outline beside it.
  page.asked.length = 0;
  await page.goto("/courses/databases-inside/lessons/rows-and-pages");
  await page.getByRole("button", { name: "Complete and go on" }).waitFor();
  assert.deepEqual(page.asked.toSorted(), [
    "POST /rest/v1/rpc/course_outline", "POST /rest/v1/rpc/lesson_page",
  ]);
  await page.getByRole("button", { name: "Complete and go on" }).click();
  await page.getByRole("heading", { level: 1, name: "The life of a query" }).waitFor();
  await page.isFine();

  // A locked lesson says why, and opens with the lesson before it.
  const quiz = "/courses/databases-inside/lessons/quiz-indexes-and-joins";
  await page.goto(quiz);
  await page.getByText("Another lesson comes first").waitFor();
  await page.goto("/courses/databases-inside/lessons/three-ways-to-join");
  await page.getByRole("button", { name: "Complete and go on" }).click();
  await page.getByRole("heading", { level: 1, name: "How the planner estimates" }).waitFor();
  await page.goto(quiz);
  await page.getByRole("button", { name: "Start" }).click();
  const question = (text) => page.getByRole("group").filter({ hasText: text });
  await question("rows of 200 bytes").getByRole("textbox").fill("40");
  await question("three-valued").or(question("leave out a member")).getByText("only true passes").click();
  await page.getByText("All answers are saved").waitFor();
  await page.isFine();

  // What was answered is there after a reload, also what was not saved yet.
  await question("By which figure").getByRole("textbox").fill("loops");
  await page.reload();
  await page.getByRole("button", { name: "Go on with your attempt" }).click();
  await page.getByText("All answers are saved").waitFor();
  assert.equal(await question("rows of 200 bytes").getByRole("textbox").inputValue(), "40");
  assert.equal(await question("By which figure").getByRole("textbox").inputValue(), "loops");
  await question("an index on").getByRole("checkbox").filter({ visible: true }).first().waitFor();
  for (const text of ["country = 'PE'", "country = 'PE' and city > 'L'"]) {
    await question("an index on").getByText(text, { exact: true }).click();
  }
  for (const [left, right] of [
    ["Builds a table", "Hash join"], ["The only one", "Nested loop"], ["Profits from", "Merge join"],
  ]) await question("Which join").getByLabel(left).selectOption(right);
  await question("bitmap heap scan").getByText("True").click();
  await question("How many milliseconds").getByRole("textbox").fill("2000");
  await page.getByRole("button", { name: "Hand in" }).click();
  await page.getByText("1 question has no answer.").waitFor();
  await page.getByRole("button", { name: "This is the right order" }).click();
  await page.getByText("All answers are saved").waitFor();
  await page.getByRole("button", { name: "Hand in" }).click();
  await page.getByText("Passed ·").waitFor();
  await page.getByText("Right answer").first().waitFor();
  await page.getByText("You have completed this lesson").waitFor();
  await page.isFine();
});
