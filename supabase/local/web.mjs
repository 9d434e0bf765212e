// The front end of examples/web, served by Vite: an edit shows at once.

import { existsSync } from "node:fs";
import http from "node:http";
import path from "node:path";

import { Problem } from "./problem.mjs";
import { waitUntil } from "./processes.mjs";
import { HOST, ROOT } from "./settings.mjs";

const FOLDER = path.join(ROOT, "examples/web");

function isAlive(port) {
  return new Promise((resolve) => {
    const request = http.get({ host: HOST, port, path: "/" }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("error", () => resolve(false));
  });
}

export async function startWeb({ settings, processes, onExit }) {
  const vite = path.join(FOLDER, "node_modules/vite/bin/vite.js");
  if (!existsSync(vite)) {
    throw new Problem("The front end is not installed. `make install` installs it.");
  }
  const { port } = settings.web;
  let ended = null;
  let running = false;
  const server = processes.start("web", process.execPath, [vite, "--clearScreen", "false"], {
    cwd: FOLDER,
    env: { ...process.env, ...settings.env },
    onExit: (reason) => running && onExit(reason),
  });
  server.ended.then((reason) => {
    ended = reason;
  });
  running = (await waitUntil(async () => ended || (await isAlive(port)), 30_000, 100)) && !ended;
  if (!running) {
    throw new Problem(`The front end did not start (${ended ?? "no answer"}). The lines above say why.`);
  }
  return { pid: server.child.pid, stop: () => processes.stop(server) };
}
