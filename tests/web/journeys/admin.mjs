// An admin reads the figures of the platform, and gives a new account the role of an instructor.

import assert from "node:assert/strict";
import { journey, open, signIn, signUp } from "../browser.mjs";

await journey({}, async (page, browser) => {
  const other = await open(browser, { base: process.env.SITE });
  const email = await signUp(other, "/learn");
  assert.equal(await other.getByRole("link", { name: "Teaching" }).count(), 0);
  await signIn(page, "admin", "/admin");
  await page.getByRole("heading", { name: "Activity by day" }).or(page.getByText("Activity by day")).first().waitFor();
  await page.isFine();
  assert.ok(page.asked.filter((one) => one.includes("/rest/")).length <= 4, String(page.asked));
  await page.getByLabel("Find by name or e-mail").fill('no "such", (person) 100%_');
  await page.getByText("Nobody was found.").waitFor();
  await page.getByLabel("Find by name or e-mail").fill(email);
  const role = page.getByLabel(`Role: ${email}`);
  for (const next of ["instructor", "learner"]) {
    await role.selectOption(next);
    await page.waitForResponse((answer) => answer.url().includes("/rpc/people") && answer.ok());
    assert.equal(await role.inputValue(), next);
    await other.evaluate(() => localStorage.removeItem("profile"));
    await other.reload();
    await other.getByRole("link", { name: "My learning" }).waitFor();
    await other.getByRole("link", { name: "Teaching" }).waitFor({ state: next === "learner" ? "detached" : "visible" });
  }
  await page.isFine();
});
