// Without a connection: an essay waits and is saved afterwards, a file is not sent and says so, handing in is
// refused and nothing is lost, a page that was not loaded says why. The page keeps an answer that the server refuses,
// and asks before it hands in without it.

import assert from "node:assert/strict";
import { caller, journey, makeCourse, signUp } from "../browser.mjs";

const file = (name) => ({ name, mimeType: "text/plain", buffer: Buffer.from("A drawing.") });

await journey({}, async (page) => {
  const course = await makeCourse(await caller("instructor"), [
    { slug: "quiz", content_type: "quiz", body_md: "A quiz.", questions: [
      { kind: "essay", prompt_md: "Why?", points: 1, options: [], key: {} },
      { kind: "file", prompt_md: "Draw it.", points: 1, options: [], key: {} },
    ] },
  ]);
  await signUp(page, `/courses/${course.slug}`);
  await page.getByRole("button", { name: "Enroll" }).click();
  await page.getByText("You are enrolled").waitFor();
  await page.goto(`/courses/${course.slug}/lessons/quiz`);
  await page.getByRole("button", { name: "Start" }).click();
  const essay = page.locator("textarea");
  const drawing = page.locator(".question", { hasText: "Draw it." });
  await essay.fill("Before.");
  await page.getByText("All answers are saved").waitFor();

  await page.context().setOffline(true);
  await page.getByRole("status").getByText("There is no connection").waitFor();
  await essay.fill("Before, and while there was no connection.");
  await page.getByText("Not saved yet").waitFor();
  await drawing.locator("input").setInputFiles(file("drawing.txt"));
  await drawing.getByRole("alert").waitFor();
  await page.getByRole("button", { name: "Hand in" }).click();
  await page.getByRole("button", { name: "Hand in anyway" }).click();
  await page.getByRole("alert").getByText("There is no connection").first().waitFor();
  assert.equal(await essay.inputValue(), "Before, and while there was no connection.");

  page.complaints.length = 0;
  await page.context().setOffline(false);
  await page.getByText("All answers are saved").waitFor();
  await drawing.locator("input").setInputFiles(file("drawing.txt"));
  await drawing.getByRole("button", { name: "Open the file" }).waitFor();
  await page.getByText("All answers are saved").waitFor();
  page.complaints.length = 0;
  await page.reload();
  await page.getByRole("button", { name: "Go on with your attempt" }).click();
  assert.equal(await essay.inputValue(), "Before, and while there was no connection.");
  await drawing.getByRole("button", { name: "Open the file" }).waitFor();
  await page.isFine();

  // What the server refuses is no saved answer, not after a reload and not when handing in.
  await page.route("**/rpc/save_answer", (route) =>
    route.continue({ postData: { ...route.request().postDataJSON(), answer: "x".repeat(20_001) } }));
  await essay.fill("Refused.");
  const refused = page.getByText("This answer does not fit the question.").first();
  await refused.waitFor();
  await page.getByText("Not saved yet").waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Go on with your attempt" }).click();
  await refused.waitFor();
  assert.equal(await essay.inputValue(), "Refused.");
  await page.getByRole("button", { name: "Hand in" }).click();
  await page.getByText("1 answer cannot be saved.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Hand in anyway" }).count(), 1);
  await page.unroute("**/rpc/save_answer");
  page.complaints.length = 0;
  await essay.fill("Accepted.");
  await page.getByText("All answers are saved").waitFor();
  await page.isFine();

  await page.context().setOffline(true);
  await page.getByRole("link", { name: "My learning" }).click();
  await page.getByRole("heading", { name: "This page could not be shown" }).or(page.locator(".state", { hasText: "There is no connection" }))
    .first().waitFor();
  await page.context().setOffline(false);
  page.complaints.length = 0;
  const retry = page.getByRole("button", { name: "Try again" });
  if (await retry.count() > 0) await retry.click();
  await page.getByRole("heading", { name: "My learning" }).waitFor();
});
