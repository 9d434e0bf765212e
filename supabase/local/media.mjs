// The pictures and films of the demo courses, at the addresses of a public bucket of Storage.

import { readFileSync } from "node:fs";
import path from "node:path";

import { PROJECT_DIR } from "./settings.mjs";

export const MEDIA_PATH = "/storage/v1/object/public/media/";

const FOLDER = path.join(PROJECT_DIR, "supabase/media");
const TYPES = { ".svg": "image/svg+xml", ".webm": "video/webm" };

// The answer for a path below MEDIA_PATH: status, headers and body; null when there is no such file.
// Browsers ask for ranges to seek in a film.
export function mediaAnswer(pathname, range) {
  const name = pathname.slice(MEDIA_PATH.length);
  const type = TYPES[path.extname(name)];
  if (!type || !/^[a-z]+\/[a-z-]+\.[a-z]+$/.test(name)) return null;
  let body;
  try {
    body = readFileSync(path.join(FOLDER, name));
  } catch {
    return null;
  }
  const size = body.length;
  const headers = {
    "content-type": type,
    "accept-ranges": "bytes",
    "cache-control": "max-age=3600",
    "x-content-type-options": "nosniff",
    // A picture that is opened as a page runs nothing.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'",
  };
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
  if (!first && !last) return { status: 200, headers: { ...headers, "content-length": size }, body };
  const start = first ? Number(first) : Math.max(0, size - Number(last));
  const end = first && last ? Math.min(Number(last), size - 1) : size - 1;
  if (start > end) {
    return { status: 416, headers: { "content-range": `bytes */${size}` }, body: Buffer.alloc(0) };
  }
  const part = body.subarray(start, end + 1);
  return {
    status: 206,
    headers: {
      ...headers,
      "content-length": part.length,
      "content-range": `bytes ${start}-${end}/${size}`,
    },
    body: part,
  };
}
