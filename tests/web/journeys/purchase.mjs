// A closed course is put on sale, bought on the fake of Stripe, read, refunded and closed again; an admin
// sees the order, gives a right and takes it back.

import assert from "node:assert/strict";
import postgres from "postgres";
import { caller, journey, makeCourse, open, signIn, signUp } from "../browser.mjs";

await journey({}, async (page, browser) => {
  const course = await makeCourse(await caller("instructor"), [{ slug: "sold", body_md: "What was paid for." }], { enrollment_mode: "closed" });
  const offer = `Offer ${course.slug}`;
  page.on("dialog", (dialog) => dialog.accept());
  await signIn(page, "instructor", `/teach/${course.slug}/sales`);
  await page.locator("summary", { hasText: "New offer" }).click();
  await page.getByLabel("Title").fill(offer);
  await page.getByLabel("Price").fill("59");
  await page.getByLabel(/^Days of access/).fill("30");
  await page.getByRole("button", { name: "Save" }).click();
  const made = page.locator("details", { hasText: `${offer}: €59.00` });
  await made.locator("summary").click();
  await made.getByLabel("Price").fill("49.5");
  await made.getByRole("button", { name: "Save" }).click();
  await page.getByText(`${offer}: €49.50`).waitFor();
  await page.isFine();

  const buyer = await open(browser, { base: process.env.SITE });
  const email = await signUp(buyer, `/courses/${course.slug}`);
  await buyer.getByText("€49.50").waitFor();
  await buyer.getByText("30 days of access").waitFor();
  await buyer.getByRole("heading", { name: "Teachers" }).waitFor();
  await buyer.getByText("Ines Moreau").first().waitFor();
  await buyer.getByRole("button", { name: "Buy" }).click();
  await buyer.getByRole("link", { name: "Pay" }).waitFor();
  const payment = buyer.url();
  await buyer.getByRole("link", { name: "Pay" }).click();
  await buyer.waitForURL(`/courses/${course.slug}?payment=done`);
  await buyer.getByText("You are enrolled").waitFor();
  await buyer.goto(`/courses/${course.slug}/lessons/sold`);
  await buyer.getByText("What was paid for.").waitFor();
  await buyer.goto("/orders");
  await buyer.getByRole("row", { name: new RegExp(`${offer}.*paid.*€49.50`) }).waitFor();
  assert.equal(await buyer.getByRole("columnheader", { name: "Buyer" }).count(), 0);

  const admin = await open(browser, { base: process.env.SITE });
  admin.on("dialog", (dialog) => dialog.accept());
  await signIn(admin, "admin", "/orders");
  const order = admin.getByRole("row", { name: new RegExp(`${offer}.*${email}`) });
  await order.getByText("paid", { exact: true }).waitFor();
  const answer = await fetch(`${payment}/refund`);
  assert.equal(await answer.text(), "refunded");
  await admin.reload();
  await order.getByText("refunded", { exact: true }).waitFor();
  await buyer.goto(`/courses/${course.slug}/lessons/sold`);
  await buyer.getByText("For enrolled learners").waitFor();
  assert.equal(await buyer.getByText("What was paid for.").count(), 0);

  await admin.goto(`/teach/${course.slug}/sales`);
  await admin.locator("summary", { hasText: "Grant access" }).click();
  await admin.getByLabel("E-mail").fill(email);
  await admin.getByRole("button", { name: "Grant access" }).click();
  const right = admin.getByRole("row", { name: new RegExp(`${email}.*staff`) });
  await right.waitFor();
  await admin.getByRole("row", { name: new RegExp(`${email}.*a purchase.*Ended`) }).waitFor();
  await buyer.goto(`/courses/${course.slug}`);
  await buyer.getByRole("button", { name: "Enroll" }).click();
  await buyer.getByText("You are enrolled").waitFor();
  await right.getByRole("button", { name: "Take back" }).click();
  await admin.getByRole("row", { name: new RegExp(`${email}.*staff.*Ended`) }).waitFor();
  await buyer.reload();
  await buyer.getByText("You have left this course").or(buyer.getByRole("button", { name: "Buy" })).first().waitFor();

  // A second page of rights that were given in one transaction: none is missing, none comes twice.
  const sql = postgres(process.env.DATABASE_URL, { max: 1 });
  await sql`
    insert into public.entitlements (user_id, course_id, source, reference)
    select p.id, ${course.id}, 'roster', n::text from public.profiles as p, generate_series(1, 60) as n where p.email = ${email}`;
  await sql.end();
  await admin.reload();
  await admin.getByRole("button", { name: "Show more" }).click();
  await admin.getByRole("button", { name: "Show more" }).waitFor({ state: "detached" });
  assert.equal(await admin.getByRole("row", { name: new RegExp(`${email}.*a roster`) }).count(), 60);
  await admin.getByRole("row", { name: new RegExp(`${email}.*a purchase.*Ended`) }).waitFor();
  assert.deepEqual([...buyer.complaints, ...admin.complaints], []);
});
