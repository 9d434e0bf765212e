// Files with supabase-js, as in a browser. Reads SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY and the
// scene in SCENE (JSON); prints a line a step; exits with 1 at the first failure.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { createClient } from "@supabase/supabase-js";

const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SCENE } = process.env;
const { course_id, lesson_id, locked_id, lab_id, teacher, learner } = JSON.parse(SCENE);
const PASSWORD = "lyceum-demo";

function browser() {
  return createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { transport: globalThis.WebSocket ?? class {} },
  });
}

async function signedIn(email) {
  const client = browser();
  await data(client.auth.signInWithPassword({ email, password: PASSWORD }));
  return client;
}

async function data(request) {
  const answer = await request;
  assert.equal(answer.error, null, JSON.stringify(answer.error));
  return answer.data;
}

async function error(request) {
  const answer = await request;
  assert.notEqual(answer.error, null, "nothing was refused");
  return answer.error;
}

function step(text) {
  console.log(`ok ${text}`);
}

const staff = await signedIn(teacher);
const person = await signedIn(learner);
const files = (client) => client.storage.from("lesson-files");
const work = (client) => client.storage.from("submissions");
const bytes = new Uint8Array(300_000).map((_, at) => at % 251);
const pdf = (size = bytes.length) => new File([bytes.slice(0, size)], "notes.pdf", { type: "application/pdf" });
const pathIn = (lesson) => `${course_id}/${lesson}/${randomUUID()}`;

async function attach(lesson, title) {
  const path = pathIn(lesson);
  assert.equal((await data(files(staff).upload(path, pdf()))).path, path);
  const row = { lesson_id: lesson, path, title };
  return data(staff.from("lesson_files").insert(row).select().single());
}

const open = await attach(lesson_id, "Notes.pdf");
const locked = await attach(locked_id, "Answers.pdf");
assert.equal(open.size_bytes, bytes.length);
assert.equal(open.media_type, "application/pdf");
step("staff upload files and attach them to lessons");

const page = await data(person.rpc("lesson_page", { lesson_id }));
assert.deepEqual(page.files.map((file) => [file.title, file.path]), [["Notes.pdf", open.path]]);
assert.deepEqual((await data(person.rpc("lesson_page", { lesson_id: locked_id }))).files, []);
const body = await data(files(person).download(open.path));
assert.deepEqual(new Uint8Array(await body.arrayBuffer()), bytes);
assert.equal(body.type, "application/pdf");
step("a learner downloads the file of an open lesson");

const { signedUrl } = await data(
  files(person).createSignedUrl(open.path, 60, { download: "No \"tes'; x.pdf" }),
);
const saved = await fetch(signedUrl);
assert.equal(saved.status, 200);
assert.match(saved.headers.get("content-disposition"), /^attachment; filename=/);
assert.equal((await saved.arrayBuffer()).byteLength, bytes.length);
const part = await fetch(signedUrl, { headers: { range: "bytes=10-19" } });
assert.equal(part.status, 206);
assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.slice(10, 20));
assert.equal(part.headers.get("content-range"), `bytes 10-19/${bytes.length}`);
assert.equal((await fetch(signedUrl, { headers: { range: "bytes=900000-" } })).status, 416);
const again = await fetch(signedUrl, { headers: { "if-none-match": saved.headers.get("etag") } });
assert.equal(again.status, 304);
assert.equal((await fetch(signedUrl.replace("token=", "token=x"))).status, 400);
assert.equal((await fetch(signedUrl.replace(open.path, locked.path))).status, 400);
const expiry = Date.now() + 2100;
const short = await data(files(person).createSignedUrl(open.path, 1));
step("a signed address serves one object, in parts too");

const token = new URL(signedUrl).searchParams.get("token");
const forged = await fetch(`${SUPABASE_URL}/rest/v1/profiles`, {
  headers: { apikey: SUPABASE_PUBLISHABLE_KEY, authorization: `Bearer ${token}` },
});
assert.equal(forged.status, 401);
step("a signed address is no session");

for (const client of [person, browser()]) {
  await error(files(client).download(locked.path));
  await error(files(client).createSignedUrl(locked.path, 60));
  const [one] = await data(files(client).createSignedUrls([locked.path], 60));
  assert.equal(one.signedUrl, null);
  assert.deepEqual(await data(files(client).list(`${course_id}/${locked_id}`)), []);
  await error(files(client).info(locked.path));
  assert.equal((await files(client).exists(locked.path)).data, false);
}
const names = (await data(files(person).list(`${course_id}/${lesson_id}`))).map((file) => file.name);
assert.deepEqual(names, [open.path.split("/")[2]]);
step("the file of a locked lesson cannot be downloaded, signed, listed or seen");

for (const [client, path] of [
  [person, pathIn(lesson_id)],
  [browser(), pathIn(lesson_id)],
  [staff, `${randomUUID()}/${lesson_id}/${randomUUID()}`],
  [staff, `${course_id}/${lesson_id}/notes.pdf`],
  [staff, `${course_id}/${lesson_id}/${randomUUID()}/${randomUUID()}`],
]) {
  assert.equal((await error(files(client).upload(path, pdf()))).statusCode, "403", path);
  await error(files(client).createSignedUploadUrl(path));
}
for (const [body, type, code] of [
  [pdf(), "text/html", "415"],
  [new Blob([new Uint8Array(53 * 1024 * 1024)], { type: "application/pdf" }), "application/pdf", "413"],
]) {
  const given = new File([body], "x", { type });
  assert.equal((await error(files(staff).upload(pathIn(lesson_id), given))).statusCode, code);
}
assert.equal((await error(files(staff).upload(open.path, pdf()))).statusCode, "409");
await error(files(staff).update(open.path, pdf()));
await error(files(staff).move(open.path, pathIn(lesson_id)));
await data(files(staff).copy(open.path, pathIn(lesson_id)));
await error(files(person).copy(open.path, pathIn(lesson_id)));
assert.deepEqual(await data(files(staff).remove([open.path])), []);
assert.equal((await error(staff.from("lesson_files").insert(
  { lesson_id, path: pathIn(lesson_id), title: "None" }))).code, "file_not_found");
assert.equal((await error(staff.from("lesson_files").insert(
  { lesson_id, path: locked.path, title: "Other" }))).code, "invalid_path");
step("nobody adds outside their folders, changes or removes an object");

const { user } = await data(person.auth.getUser());
const mine = `${user.id}/${lab_id}/${randomUUID()}`;
const ticket = await data(work(person).createSignedUploadUrl(mine));
await data(work(browser()).uploadToSignedUrl(mine, ticket.token, pdf(1000)));
await error(work(browser()).uploadToSignedUrl(mine, ticket.token, pdf()));
await data(work(person).download(mine));
await error(work(staff).download(mine));
assert.equal((await error(work(person).upload(`${user.id}/${lesson_id}/${randomUUID()}`, pdf()))).statusCode, "403");
const done = await data(person.rpc("submit_lab", { lesson_id: lab_id, file_path: mine, file_name: "Essay.pdf" }));
assert.equal(done.file_name, "Essay.pdf");
assert.equal((await data(work(staff).download(mine))).size, 1000);
const missing = `${user.id}/${lab_id}/${randomUUID()}`;
assert.equal(
  (await error(person.rpc("submit_lab", { lesson_id: lab_id, file_path: missing }))).code,
  "file_not_found",
);
assert.deepEqual(await data(work(person).remove([mine])), []);
step("a learner hands in a file of their own; staff read it once it is handed in");

const key = `${user.id}/${randomUUID()}`;
const picture = new File([bytes.slice(0, 500)], "me.png", { type: "image/png" });
await data(person.storage.from("avatars").upload(key, picture));
const { publicUrl } = person.storage.from("avatars").getPublicUrl(key).data;
assert.equal((await fetch(publicUrl)).status, 200);
await data(person.from("profiles").update({ avatar_url: publicUrl }).eq("id", user.id));
assert.equal((await error(person.storage.from("covers").upload(
  `${course_id}/${randomUUID()}`, picture))).statusCode, "403");
await data(staff.storage.from("covers").upload(`${course_id}/${randomUUID()}`, picture));
assert.deepEqual(await data(browser().storage.from("covers").list(course_id)), []);
step("pictures are public by address, and cannot be listed");

const contested = `${user.id}/${lab_id}/${randomUUID()}`;
const tries = await Promise.all(Array.from({ length: 10 }, (_, at) =>
  work(person).upload(contested, pdf(100 + at))));
assert.equal(tries.filter((one) => one.error === null).length, 1);
assert.ok(tries.every((one) => one.error === null || one.error.statusCode === "409"));
const winner = tries.findIndex((one) => one.error === null);
assert.equal((await data(work(person).download(contested))).size, 100 + winner);
step("of ten uploads of one key, one is stored");

for (const name of ["../x", "a//b", "a\u0000b", "é", "x".repeat(1100), "%2e%2e/x", "a\nb", "/"]) {
  const refused = await error(work(person).upload(name, pdf(10)));
  assert.ok(["400", "403"].includes(refused.statusCode), `${name}: ${JSON.stringify(refused)}`);
  await error(work(person).download(name));
}
step("hostile names are refused");

// Whole seconds: the last of them has passed.
await new Promise((resolve) => setTimeout(resolve, Math.max(0, expiry - Date.now())));
assert.equal((await fetch(short.signedUrl)).status, 400);
step("a signed address expires");
