// A learner asks the tutor, reloads, follows a citation, and is refused during an attempt.

import assert from "node:assert/strict";
import { journey, signUp } from "../browser.mjs";

await journey({}, async (page) => {
  await signUp(page, "/courses/databases-inside");
  await page.getByRole("button", { name: "Enroll" }).click();
  await page.getByText("You are enrolled").waitFor();
  await page.goto("/courses/databases-inside/lessons/three-ways-to-join");
  await page.getByRole("button", { name: "Ask the tutor" }).click();
  await page.getByLabel("Your question").fill("How many bytes has a page?");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  const sources = page.getByRole("list", { name: "Sources" });
  await sources.getByRole("link").first().waitFor();
  await page.getByText("299 questions left today").waitFor();
  await page.isFine();

  // Reloaded in mid-answer: the question is there, and the answer goes on to its end.
  await page.getByLabel("Your question").fill("When does a hash join need batches?");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.getByRole("log").getByText("When does a hash join need batches?").waitFor();
  await page.reload();
  await page.getByRole("log").getByText("When does a hash join need batches?").waitFor();
  await page.getByRole("button", { name: "Another answer" }).waitFor();
  assert.equal(await page.locator(".message.assistant").count(), 2);

  // A citation leads to its passage; the conversation goes with the reader.
  const source = sources.first().getByRole("link", { name: "›" }).first();
  const [lesson, heading] = (await source.innerText()).split(" › ");
  const anchor = `user-content-${heading.toLowerCase().replace(/[^a-z0-9 ]/g, "").replaceAll(" ", "-")}`;
  await source.click();
  await page.getByRole("heading", { level: 1, name: lesson }).waitFor();
  await page.waitForFunction((id) => Math.abs(document.getElementById(id)?.getBoundingClientRect().top ?? 999) < 300, anchor);
  await page.getByText("Earlier conversations").click();
  await page.getByRole("button", { name: "How many bytes has a page?", exact: true }).waitFor();
  await page.getByRole("button", { name: "Delete: How many bytes has a page?" }).click();
  await page.getByText("There are none yet.").waitFor();
  await page.isFine();

  // While an attempt is open the tutor says that it does not answer.
  await page.goto("/courses/databases-inside/lessons/three-ways-to-join");
  await page.getByRole("button", { name: "Complete and go on" }).click();
  await page.getByRole("heading", { level: 1, name: "How the planner estimates" }).waitFor();
  await page.goto("/courses/databases-inside/lessons/quiz-indexes-and-joins");
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByText("The tutor does not answer while an attempt is open.").waitFor();
  assert.ok(await page.getByLabel("Your question").isDisabled());
  await page.isFine();
});
