// Objects of Storage: uploads with progress, and addresses to read them.

import type { LessonPage } from "database.types";
import { useRead } from "./query";
import { ask, Refusal, supabase } from "./supabase";

export type Bucket = "lesson-files" | "submissions" | "covers" | "avatars";
export type Progress = (percent: number) => void;
const MINUTES = 60;
const SHORT = 2 * MINUTES;
const LONG = 60 * MINUTES;

// Stores a file under a new name and returns its path. `fetch` reports no progress of what it
// sends, so the bytes go to a signed address by XMLHttpRequest.
export async function upload(bucket: Bucket, folder: string, file: File, onProgress: Progress, signal: AbortSignal) {
  const path = `${folder}/${crypto.randomUUID()}`;
  const { signedUrl } = await ask(supabase.storage.from(bucket).createSignedUploadUrl(path));
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    const lost = () => reject(new Refusal({ code: "upload_lost", message: "" }));
    request.open("PUT", signedUrl);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? (loaded / total) * 100 : 0);
    request.onload = () => (request.status < 300 ? resolve() : reject(refusalOf(request.responseText)));
    request.onerror = lost;
    request.onabort = lost;
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
  return path;
}

function refusalOf(answer: string) {
  try {
    const { error, message } = JSON.parse(answer);
    return new Refusal({ code: error, message });
  } catch {
    return new Refusal({ code: "storage", message: answer });
  }
}

// An address that serves the file under the name `title` to whoever has it, for two minutes.
export async function signedAddress(bucket: Bucket, path: string, title: string) {
  const { signedUrl } = await ask(supabase.storage.from(bucket).createSignedUrl(path, SHORT, { download: title }));
  return signedUrl;
}

export const publicAddress = (bucket: Bucket, path: string) =>
  supabase.storage.from(bucket).getPublicUrl(path).data.publicUrl;

// What the relative addresses of a text may name: files of its lesson, and lessons of its course.
export type LessonFiles = { lesson_id: string; course_slug: string; files: LessonPage["files"]; lessons: { slug: string }[] };

// The pictures that a text shows: addresses of all files of its lesson, by path, in one call.
export function useSignedFiles({ lesson_id, files }: LessonFiles, enabled: boolean) {
  const paths = files.map((file) => file.path);
  return useRead(["signed", lesson_id, paths], async () => {
    const signed = await ask(supabase.storage.from("lesson-files").createSignedUrls(paths, LONG));
    return new Map(signed.map((one) => [one.path, one.signedUrl]));
  }, { enabled: enabled && paths.length > 0, staleTime: (LONG / 2) * 1000 });
}

// What a relative address in the text of a lesson names: `loops.md` or `02-loops.md` the lesson with the slug
// `loops`, anything else a file of the lesson by its title, with or without its folder.
export function targetOf({ course_slug, files, lessons }: LessonFiles, address: string) {
  if (/^([a-z][a-z0-9+.-]*:|[/#?])/i.test(address)) return null;
  const [, name = "", hash = ""] = /^([^#?]*)(?:\?[^#]*)?(#.*)?$/.exec(address) ?? [];
  const words = decoded(name);
  const last = words.split("/").at(-1);
  const file = files.find((one) => one.title === words) ?? files.find((one) => one.title === last);
  if (file) return { file };
  const stem = /^(.+)\.md$/i.exec(last ?? "")?.[1] ?? "";
  const plain = stem.replace(/^\d+[-_. ]+/, "").toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const slug = [stem, plain].find((name) => lessons.some((one) => one.slug === name));
  return slug ? { lesson: { course_slug, slug }, hash } : {};
}

function decoded(text: string) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
