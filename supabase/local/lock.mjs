// `.local/stack.json` records the processes of the running stack. It prevents a second stack on the
// same data, tells `make down` which processes to stop, and tells `make up` which processes a
// killed stack has left running.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { readJson, replaceFile } from "./files.mjs";
import { Problem } from "./problem.mjs";
import { describe, endRecorded, isSame, send, waitUntil } from "./processes.mjs";
import { LOCAL_DIR } from "./settings.mjs";

const FILE = path.join(LOCAL_DIR, "stack.json");

// Runs a step on the folder; reports clearly when another account owns the folder.
function inFolder(step) {
  try {
    return step();
  } catch (error) {
    if (!["EACCES", "EPERM"].includes(error.code)) throw error;
    throw new Problem(
      `${LOCAL_DIR} belongs to another user. Run this as that user, or remove it as that user.`,
    );
  }
}

// Takes the lock for this process, after stopping the processes of a stack that died.
export async function takeLock(log) {
  inFolder(() => mkdirSync(LOCAL_DIR, { recursive: true }));
  const earlier = readJson(FILE);
  if (earlier && isSame(earlier)) {
    throw new Problem(`The stack is already running (process ${earlier.pid}). \`make down\` stops it.`);
  }
  const left = (earlier?.children ?? []).filter(isSame);
  if (left.length > 0) {
    log.write("stack", `ending what a killed stack left: ${left.map((e) => e.name).join(", ")}`);
    await endRecorded(left);
  }
  inFolder(() => rmSync(FILE, { force: true }));

  const self = { pid: process.pid, identity: describe(process.pid)?.identity, children: [] };
  try {
    inFolder(() => writeFileSync(FILE, JSON.stringify(self), { flag: "wx" }));
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    throw new Problem("Another `make up` is starting at this moment. Wait for it, or run `make down`.");
  }
  return {
    record: (children) => replaceFile(FILE, JSON.stringify({ ...self, children })),
    release: () => rmSync(FILE, { force: true }),
  };
}

// Stops the recorded stack. Returns whether there was one.
export async function endStack() {
  const record = readJson(FILE);
  if (!record) return false;
  const alive = isSame(record);
  const left = (record.children ?? []).filter(isSame);
  if (alive) {
    if (!send(record.pid, "SIGTERM")) {
      throw new Problem(`Process ${record.pid} belongs to another user. Run \`make down\` as that user.`);
    }
    if (!(await waitUntil(() => !isSame(record), 30_000))) {
      send(record.pid, "SIGKILL");
      await waitUntil(() => !isSame(record), 5_000);
    }
  }
  await endRecorded(left);
  rmSync(FILE, { force: true });
  return alive || left.length > 0;
}
