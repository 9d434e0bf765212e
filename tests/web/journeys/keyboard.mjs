// Without a pointer: sign in, skip the header, open a lesson, and answer a quiz.

import assert from "node:assert/strict";
import { caller, journey, makeCourse, PASSWORD, signIn, signUp } from "../browser.mjs";

await journey({}, async (page) => {
  const email = await signUp(page);
  await page.evaluate(() => localStorage.clear());
  await page.goto("/sign-in?next=/courses/databases-inside");
  const { keyboard } = page;
  const focused = () => page.evaluate(() => {
    const one = document.activeElement;
    if (one === document.body || one.id === "main") return "";
    return one.getAttribute("aria-label") ?? one.closest("label")?.innerText ?? one.innerText;
  });
  // Presses Tab until an element with this name has the focus.
  const reach = async (name) => {
    for (let at = 0; at < 80; at += 1) {
      await keyboard.press("Tab");
      if ((await focused())?.includes(name)) return;
    }
    throw new Error(`Tab does not reach ${name}`);
  };
  await page.getByLabel("E-mail").waitFor();
  await reach("Skip to the content");
  await keyboard.press("Enter");
  await reach("E-mail");
  await keyboard.type(email);
  await reach("Password");
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await page.waitForURL("/courses/databases-inside");
  await page.getByRole("button", { name: "Enroll" }).waitFor();
  await reach("Enroll");
  await keyboard.press("Enter");
  await page.getByText("You are enrolled").waitFor();
  await reach("Three ways to join");
  await keyboard.press("Enter");
  await page.getByRole("button", { name: "Complete and go on" }).waitFor();
  // A new page begins at its content: the focus is in front of it.
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await reach("Complete and go on");
  await keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "How the planner estimates" }).waitFor();
  await page.goto("/courses/databases-inside/lessons/quiz-indexes-and-joins");
  await page.getByRole("button", { name: "Start" }).waitFor();
  await reach("Start");
  await keyboard.press("Enter");
  await page.getByText("Put the stations of a query in order.").waitFor();
  await reach("True");
  await keyboard.press("Space");
  const first = await page.locator(".order li").first().innerText();
  await reach("Move down");
  await keyboard.press("Enter");
  assert.notEqual(await page.locator(".order li").first().innerText(), first);
  await page.getByText("All answers are saved").waitFor();
  await reach("Hand in");
  await keyboard.press("Enter");
  await page.getByText("questions have no answer.").waitFor();
  await keyboard.press("Enter");
  await page.getByText("Not passed ·").waitFor();

  // Files: downloaded, handed in and imported without a pointer; only the dialog of the browser is not pressed.
  const course = await makeCourse(await caller("instructor"), [{ slug: "lab", content_type: "lab", body_md: "Hand in a file." }]);
  await page.goto(`/courses/${course.slug}`);
  await reach("Enroll");
  await keyboard.press("Enter");
  await page.getByText("You are enrolled").waitFor();
  await page.goto(`/courses/${course.slug}/lessons/lab`);
  await page.getByLabel("A file", { exact: true }).waitFor();
  await reach("A file");
  await page.locator("input:focus").setInputFiles({ name: "plan.txt", mimeType: "text/plain", buffer: Buffer.from("A plan.") });
  await page.getByText("Attached: plan.txt").waitFor();
  await reach("Hand in");
  await keyboard.press("Enter");
  await page.getByText("waits for a grade").waitFor();
  await reach("plan.txt");
  const saving = page.waitForEvent("download");
  await keyboard.press("Enter");
  await saving;
  await page.evaluate(() => localStorage.clear());
  await signIn(page, "instructor", "/import");
  await page.getByRole("heading", { name: "Import a course" }).waitFor();
  await reach("File");
  await page.locator("input:focus").setInputFiles({ name: "course.md", mimeType: "text/markdown", buffer: Buffer.from("# One\n\nA text.\n") });
  await reach("New name");
  await keyboard.type(`Keys ${Date.now()}`);
  await reach("Check the file");
  await keyboard.press("Enter");
  await page.getByRole("region", { name: "Report" }).waitFor();
  await reach("Import");
  await keyboard.press("Enter");
  await page.waitForURL(/\/teach\/keys-.*\/edit$/);
  await page.getByRole("link", { name: "One" }).waitFor();
});
