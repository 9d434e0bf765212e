// An owner invites a person who signs up afterwards, accepts and is enrolled; an admin suspends them.

import assert from "node:assert/strict";
import { journey, open, signIn, signUp } from "../browser.mjs";

await journey({}, async (page, browser) => {
  const guest = await open(browser, { base: process.env.SITE });
  const email = await signUp(guest, "/learn");
  await signIn(page, "instructor", "/teach/databases-inside/team");
  await page.getByLabel("E-mail").fill(email.toUpperCase());
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByText("Invited. Tell the person").waitFor();
  await page.getByRole("button", { name: `Take back: ${email.toUpperCase()}` }).waitFor();
  await page.isFine();

  await guest.reload();
  await guest.getByRole("link", { name: "You have 1 invitation" }).click();
  await guest.getByRole("button", { name: /^Accept: / }).click();
  await guest.getByText("Accepted.").waitFor();
  await guest.getByText("Nobody has invited you.").waitFor();
  await guest.goto("/courses/databases-inside");
  await guest.getByText("You are enrolled").waitFor();

  const admin = await open(browser, { base: process.env.SITE });
  await signIn(admin, "admin", "/admin");
  await admin.getByLabel("Find by name or e-mail").fill(email);
  await admin.getByLabel(`Reason: ${email}`).fill("Spam.");
  await admin.getByRole("button", { name: `Suspend: ${email}` }).click();
  await admin.getByRole("button", { name: `Restore: ${email}` }).waitFor();
  await guest.goto("/learn");
  await guest.getByText("Your account is suspended.").first().waitFor();
  await admin.getByRole("button", { name: `Restore: ${email}` }).click();
  await admin.getByRole("button", { name: `Suspend: ${email}` }).waitFor();
  await guest.reload();
  await guest.getByRole("heading", { name: "My learning" }).waitFor();
  assert.deepEqual(admin.complaints, []);
});
