// A graduate opens their certificate and its PDF; a visitor verifies it, in German.

import assert from "node:assert/strict";
import { journey, open, signIn } from "../browser.mjs";

await journey({ locale: "de-DE" }, async (page, browser) => {
  const graduate = await open(browser, { base: process.env.SITE });
  await signIn(graduate, "learner3");
  await graduate.getByRole("link", { name: "Certificate" }).click();
  await graduate.getByText("This certificate is valid.").waitFor();
  const pdf = await graduate.getByRole("link", { name: "PDF" }).getAttribute("href");
  const file = await graduate.request.get(pdf);
  assert.equal(file.headers()["content-type"], "application/pdf");
  assert.deepEqual(graduate.complaints, []);

  await page.goto("/verify");
  await page.getByLabel("Code des Zertifikats").fill(new URL(graduate.url()).pathname.split("/").at(-1));
  await page.getByRole("button", { name: "Prüfen" }).click();
  await page.getByText("Dieses Zertifikat ist gültig.").waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await page.isFine();
});
