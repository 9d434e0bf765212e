// The journey of a learner and an instructor with supabase-js, as in a browser. Reads SUPABASE_URL
// and SUPABASE_PUBLISHABLE_KEY; prints a line a step; exits with 1 at the first failure. Appends
// the answers of functions to the file ANSWERS, one a line.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";

import { createClient } from "@supabase/supabase-js";

const { ANSWERS, SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = process.env;
const PASSWORD = "lyceum-demo";

/** The fetch of a client, which records the answers of functions. */
async function noted(url, options) {
  const response = await fetch(url, options);
  const [, name] = /\/rest\/v1\/rpc\/(\w+)$/.exec(new URL(url).pathname) ?? [];
  if (name && response.ok) {
    appendFileSync(ANSWERS, `${JSON.stringify([name, await response.clone().text()])}\n`);
  }
  return response;
}

/** A client with its own session in memory. */
function browser() {
  return createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { fetch: noted },
    // Node 20 has no WebSocket; only Realtime needs it.
    realtime: { transport: globalThis.WebSocket ?? class {} },
  });
}

/** The data of a request that must succeed. */
async function data(request) {
  const answer = await request;
  assert.equal(answer.error, null, JSON.stringify(answer.error));
  return answer.data;
}

/** The error of a request that must fail. */
async function error(request) {
  const answer = await request;
  assert.notEqual(answer.error, null, "nothing was refused");
  return { status: answer.status, ...answer.error };
}

function step(text) {
  console.log(`ok ${text}`);
}

const learner = browser();
const courses = await data(learner.from("courses").select("slug, title").order("slug"));
assert.ok(courses.length >= 2);
assert.equal((await learner.from("profiles").select()).data, null);
step("an anonymous visitor reads the catalogue and no profile");

const email = `js-${randomUUID()}@lyceum.test`;
const { user } = await data(
  learner.auth.signUp({ email, password: PASSWORD, options: { data: { name: "Jo", role: "admin" } } }),
);
const [profile] = await data(learner.from("profiles").select("id, name, role, email"));
assert.deepEqual(profile, { id: user.id, name: "Jo", role: "learner", email });
step("sign-up makes a profile, and metadata does not make an admin");

const renamed = await data(
  learner.from("profiles").update({ name: "Jo Learner" }).eq("id", user.id).select("name").single(),
);
assert.equal(renamed.name, "Jo Learner");
const promoted = await error(learner.from("profiles").update({ role: "admin" }).eq("id", user.id));
assert.equal(promoted.code, "42501");
step("learners change their own name and cannot promote themselves");

const outline = await data(learner.rpc("course_outline", { slug: "databases-inside" }));
const lessons = outline.modules.flatMap((module) => module.lessons);
const courseId = outline.course.id;
const preview = lessons.find((lesson) => lesson.is_preview);
const reading = lessons.find((lesson) => lesson.slug === "three-ways-to-join");
const video = lessons.find((lesson) => lesson.slug === "which-index-for-which-question");
assert.equal(reading.status, "locked");
assert.equal(reading.reason, "not_enrolled");
assert.equal((await data(learner.from("lesson_contents").select().eq("lesson_id", preview.id))).length, 1);
assert.equal((await data(learner.from("lesson_contents").select().eq("lesson_id", reading.id))).length, 0);
step("before enrolling, only previews have content");

const missing = await error(learner.rpc("enroll", { course_id: randomUUID() }));
assert.deepEqual([missing.status, missing.code], [404, "course_not_found"]);
const forged = await error(
  learner.from("enrollments").insert({ course_id: courseId, user_id: user.id, status: "completed" }),
);
assert.equal(forged.code, "42501");
const first = await learner.rpc("enroll", { course_id: courseId });
assert.deepEqual([first.status, first.data.status], [201, "active"]);
const again = await learner.rpc("enroll", { course_id: courseId });
assert.deepEqual([again.status, again.data.id], [200, first.data.id]);
step("enrolling answers 201, then 200, with the same enrollment");

const content = await data(
  learner.from("lessons").select("title, lesson_contents(body_md)").eq("id", reading.id).single(),
);
assert.ok(content.lesson_contents.body_md.length > 500);
const completed = await data(learner.rpc("complete_lesson", { lesson_id: reading.id }));
assert.equal(completed.status, "completed");
step("the lesson embeds its content and is completed");

const seconds = Math.round(video.duration_minutes * 60);
const early = await error(learner.rpc("complete_lesson", { lesson_id: video.id }));
assert.deepEqual([early.status, early.code], [409, "lesson_rule"]);
const event = { lesson_id: video.id, watched: [[0, 20.5]], position_seconds: 20.5, event_id: randomUUID() };
await data(learner.rpc("record_progress", event));
const repeated = await data(learner.rpc("record_progress", event));
assert.deepEqual([repeated.status, repeated.watched, repeated.watched_seconds], ["started", "{[0,21)}", 21]);
const rushed = await data(
  learner.rpc("record_progress", { lesson_id: video.id, watched: [[0, seconds]], position_seconds: 9 }),
);
assert.equal(rushed.status, "started");
assert.ok(rushed.watched_seconds < seconds / 2, "the clock bounds what is watched");
assert.deepEqual([rushed.position_seconds, rushed.furthest_seconds], [9, 21]);
step("what was watched counts once, and no faster than the clock");

const learning = await data(learner.rpc("my_learning"));
assert.equal(learning.length, 1);
assert.deepEqual([learning[0].lessons_completed, learning[0].progress], [1, 10]);
const access = await data(learner.rpc("lesson_access", { course_id: courseId }));
assert.equal(access.length, lessons.length);
assert.equal(access.find((row) => row.reason === "not_released").is_open, false);
step("the home page shows one lesson done and one not released");

const instructor = browser();
await data(instructor.auth.signInWithPassword({ email: "instructor@lyceum.test", password: PASSWORD }));
const seen = await data(
  instructor.from("enrollments").select("progress, profiles(name)").eq("user_id", user.id).single(),
);
assert.deepEqual(seen, { progress: 10, profiles: { name: "Jo Learner" } });
step("the instructor sees the learner and their progress");

const slug = `js-${randomUUID().slice(0, 8)}`;
const course = await data(
  instructor.from("courses").insert({ slug, title: "Made by supabase-js", description: "Short." }).select().single(),
);
const module = await data(
  instructor.from("modules").insert({ course_id: course.id, title: "One" }).select().single(),
);
const [one, two] = await data(
  instructor
    .from("lessons")
    .insert(["a", "b"].map((name) => ({ module_id: module.id, slug: name, title: name, is_published: true })))
    .select(),
);
const blocked = await data(instructor.rpc("publish_course", { course_id: course.id }));
assert.equal(blocked.is_published, false);
assert.deepEqual(new Set(blocked.problems.map((problem) => problem.code)), new Set(["content_missing"]));
const draft = [one, two].map((lesson) => ({ lesson_id: lesson.id, body_md: "# Text" }));
await data(instructor.from("lesson_drafts").upsert(draft));
await data(instructor.from("lesson_drafts").upsert(draft));
const ordered = await data(
  instructor.rpc("reorder_lessons", { module_id: module.id, lesson_ids: [two.id, one.id] }),
);
assert.deepEqual(ordered.map((lesson) => lesson.id), [two.id, one.id]);
const published = await data(instructor.rpc("publish_course", { course_id: course.id }));
assert.deepEqual([published.is_published, published.problems], [true, []]);
assert.equal((await data(browser().from("courses").select().eq("slug", slug))).length, 1);
step("an instructor writes, orders and publishes a course");

const stolen = await data(
  learner.from("courses").update({ title: "Mine" }).eq("id", course.id).select(),
);
assert.deepEqual(stolen, []);
assert.equal((await error(learner.from("courses").insert({ slug: `${slug}-2`, title: "No" }))).code, "42501");
assert.equal((await error(learner.schema("private").from("audit_log").select())).code, "PGRST106");
step("a learner cannot change or create a course, or name the private schema");

await data(learner.rpc("withdraw", { course_id: courseId }));
assert.equal((await data(learner.from("lesson_contents").select().eq("lesson_id", reading.id))).length, 0);
step("after withdrawing the content is closed again");
