// A new learner enrolls and completes a lesson.

import assert from "node:assert/strict";
import { journey, signUp } from "../browser.mjs";

await journey({}, async (page) => {
  await signUp(page, "/courses/databases-inside");
  await page.getByRole("button", { name: "Enroll" }).click();
  await page.getByText("You are enrolled").waitFor();
  page.asked.length = 0;
  await page.goto("/courses/databases-inside/lessons/rows-and-pages");
  await page.getByRole("button", { name: "Complete and go on" }).waitFor();
  assert.deepEqual(page.asked.toSorted(), [
    "POST /rest/v1/rpc/course_outline", "POST /rest/v1/rpc/lesson_page",
  ]);
  await page.getByRole("button", { name: "Complete and go on" }).click();
  await page.getByRole("heading", { level: 1, name: "The life of a query" }).waitFor();
  await page.isFine();
});
