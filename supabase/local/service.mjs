// The FastAPI service, run by uvicorn from the project's virtual environment.

import { existsSync } from "node:fs";
import http from "node:http";
import path from "node:path";

import { Problem } from "./problem.mjs";
import { waitUntil } from "./processes.mjs";
import { HOST, ROOT } from "./settings.mjs";

function isAlive(port) {
  return new Promise((resolve) => {
    const request = http.get({ host: HOST, port, path: "/v1/health" }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("error", () => resolve(false));
  });
}

export async function startService({ settings, processes, onExit }) {
  const python = path.join(ROOT, ".venv/bin/python");
  if (!existsSync(python)) {
    throw new Problem("The service is not installed. Remove .venv and run `make install`.");
  }
  const { port } = settings.service;
  let running = false;
  const args = ["-m", "app", "--host", HOST, "--port", String(port)];
  const server = processes.start("service", python, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      ...settings.env,
      PYTHONPATH: path.join(ROOT, "backend"),
      PYTHONUNBUFFERED: "1",
    },
    onExit: (reason) => running && onExit(reason),
  });
  let ended = null;
  server.ended.then((reason) => {
    ended = reason;
  });
  running = (await waitUntil(async () => ended || (await isAlive(port)), 30_000, 30)) && !ended;
  if (!running) {
    throw new Problem(`The service did not start (${ended ?? "no answer"}). The lines above say why.`);
  }
  return { pid: server.child.pid, stop: () => processes.stop(server) };
}
