// A person forgets their password, reads the mail on the page of the local stack, and sets a new one.

import { journey, PASSWORD, signUp } from "../browser.mjs";

await journey({}, async (page) => {
  const email = await signUp(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Forgotten your password?" }).click();
  await page.getByRole("button", { name: "Send me a link" }).waitFor();
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Send me a link" }).click();
  await page.getByText("a mail with a link is on its way").waitFor();
  await page.isFine();
  await page.goto(`${process.env.SUPABASE_URL}/mail`);
  await page.getByRole("article").filter({ hasText: email }).first().getByRole("link").first().click();
  await page.getByRole("heading", { name: "A new password" }).waitFor();
  await page.getByLabel("Password").fill(`${PASSWORD}-2`);
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL("/learn");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(`${PASSWORD}-2`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("/learn");
});
