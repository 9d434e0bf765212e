// Child processes: each in its own process group, logged by line, stopped reliably.
//
// A child in its own group does not get Ctrl-C from the terminal, so the stack decides the order of
// shutdown. If the stack itself is killed, a small shell (`guard`) notices and stops the children.

import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

import { eachLine } from "./log.mjs";

// The start time and command of a process: a process id that was reused has another description.
// Null when there is no such process.
export function describe(pid) {
  if (!Number.isInteger(pid) || pid <= 1) return null;
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (fields[0] === "Z") return null;
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
      return { identity: `${boot}:${fields[19]}`, command };
    }
    const line = (format) =>
      execFileSync("ps", ["-o", format, "-p", String(pid)], { encoding: "utf8" }).trim();
    return { identity: line("lstart="), command: line("command=") };
  } catch {
    return null;
  }
}

export function isSame({ pid, identity }) {
  const now = describe(pid);
  return now !== null && now.identity === identity;
}

export function send(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

export async function waitUntil(condition, milliseconds, pause = 50) {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

// Stops processes of an earlier stack, if they are still the recorded ones.
export async function endRecorded(processes) {
  for (const entry of processes) if (isSame(entry)) send(entry.pid, entry.signal ?? "SIGTERM");
  await waitUntil(() => !processes.some(isSame), 10_000);
  for (const entry of processes) if (isSame(entry)) send(entry.pid, "SIGKILL");
  await waitUntil(() => !processes.some(isSame), 5_000);
}

const GUARD = `
pids=
while read -r verb value; do
  case $verb in
    watch) pids="$pids $value" ;;
    forget) left=; for pid in $pids; do [ "$pid" = "$value" ] || left="$left $pid"; done; pids=$left ;;
    leave) exit 0 ;;
  esac
done
for pid in $pids; do kill -INT "$pid" 2>/dev/null; done
for round in 1 2 3 4 5 6 7 8 9 10; do
  left=; for pid in $pids; do kill -0 "$pid" 2>/dev/null && left="$left $pid"; done
  [ -z "$left" ] && break
  sleep 0.5
done
for pid in $left; do kill -QUIT "$pid" 2>/dev/null; done
[ -z "$1" ] || { [ -z "$left" ] || sleep 1; rm -rf -- "$1"; }
`;

export class Processes {
  #log;
  #guard;
  #running = new Map();
  #closing = false;
  #onChange;

  // `scratch` is a folder that is removed with the stack.
  constructor({ log, scratch = "", onChange = () => {} }) {
    this.#log = log;
    this.#onChange = onChange;
    this.#guard = spawn("/bin/sh", ["-c", GUARD, "guard", scratch], {
      cwd: "/",
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#guard.on("error", () => {});
    this.#guard.stdin.on("error", () => {});
    this.#guard.unref();
  }

  // Starts a child. `onLine` receives its output instead of the log. `onExit(reason)` is called
  // when it ends without being told to.
  start(name, command, args, { onLine, onExit, signal = "SIGTERM", ...options } = {}) {
    if (this.#closing) throw new Error("the stack is stopping");
    const child = spawn(command, args, {
      ...options,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const entry = { name, child, signal, asked: false };
    entry.ended = new Promise((resolve) => {
      child.on("error", (error) => resolve(error.message));
      child.on("exit", (code, by) => resolve(by ? `ended by ${by}` : `ended with code ${code}`));
    });
    const write = onLine ?? ((line) => this.#log.write(name, line));
    eachLine(child.stdout, write);
    eachLine(child.stderr, write);

    if (child.pid) {
      entry.identity = describe(child.pid)?.identity;
      this.#running.set(child.pid, entry);
      this.#tell(`watch ${child.pid}`);
      this.#onChange();
    }
    entry.ended.then((reason) => {
      if (child.pid) this.#tell(`forget ${child.pid}`);
      this.#running.delete(child.pid);
      if (!this.#closing) this.#onChange();
      if (!entry.asked) onExit?.(reason);
    });
    return entry;
  }

  async stop(entry, milliseconds = 10_000) {
    entry.asked = true;
    if (entry.child.pid) send(entry.child.pid, entry.signal);
    if (await this.#within(entry.ended, milliseconds)) return;
    this.#log.write("stack", `${entry.name} did not end in time and is killed`);
    send(-entry.child.pid, "SIGKILL");
    await this.#within(entry.ended, 5_000);
  }

  async #within(promise, milliseconds) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, milliseconds, null);
    });
    const result = await Promise.race([promise.then(() => true), late]);
    clearTimeout(timer);
    return result;
  }

  list() {
    return [...this.#running.values()].map(({ name, child, identity, signal }) => ({
      name,
      pid: child.pid,
      identity,
      signal,
    }));
  }

  // Stops the remaining children, then the guard.
  async close() {
    this.#closing = true;
    await Promise.all([...this.#running.values()].map((entry) => this.stop(entry)));
    this.#tell("leave");
    this.#guard.stdin.end();
  }

  #tell(line) {
    if (this.#guard.stdin.writable) this.#guard.stdin.write(`${line}\n`);
  }
}
