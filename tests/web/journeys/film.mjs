// A film reports what was played, also what was played offline, and resumes.

import assert from "node:assert/strict";
import { journey, signUp } from "../browser.mjs";

await journey({}, async (page) => {
  await signUp(page, "/courses/databases-inside");
  await page.getByRole("button", { name: "Enroll" }).click();
  await page.getByText("You are enrolled").waitFor();
  await page.goto("/courses/databases-inside/lessons/life-of-a-query");
  const film = page.locator("video");
  const play = (seconds) => film.evaluate(async (video, wait) => {
    video.muted = true;
    await video.play();
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    video.pause();
    return video.currentTime;
  }, seconds);
  const saved = () => page.waitForResponse((answer) => answer.url().endsWith("/record_progress"));
  await film.evaluate((video) => new Promise((resolve) => {
    if (video.readyState > 0) resolve();
    else video.onloadedmetadata = resolve;
  }));
  await film.evaluate((video) => { video.currentTime = 20; });
  let [answer] = await Promise.all([saved(), play(3)]);
  const first = await answer.json();
  assert.ok(first.watched_seconds >= 2 && first.position_seconds >= 22, JSON.stringify(first));

  // Offline: nothing is lost, and one report brings it when the connection is back.
  await page.context().setOffline(true);
  await page.getByRole("status").getByText("There is no connection").waitFor();
  await play(3);
  await page.waitForTimeout(500);
  page.complaints.length = 0;
  [answer] = await Promise.all([saved(), page.context().setOffline(false)]);
  const second = await answer.json();
  assert.ok(second.watched_seconds >= first.watched_seconds + 2, JSON.stringify(second));

  await page.reload();
  await page.waitForFunction((at) => document.querySelector("video")?.currentTime >= at, second.position_seconds - 1);
  await page.isFine();
});
