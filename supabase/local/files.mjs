// Small JSON files in `.local/` that a kill or a full disk must not leave half-written.

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

// The content of a file; null when there is none, or when it cannot be read as JSON.
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

// Replaces a file atomically: readers see the old content or the new one.
export function replaceFile(file, content) {
  const next = `${file}.${process.pid}`;
  try {
    writeFileSync(next, content);
    renameSync(next, file);
  } finally {
    rmSync(next, { force: true });
  }
}
