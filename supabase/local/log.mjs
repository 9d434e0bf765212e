// Log lines, prefixed with the name of the part that wrote them.

import { createWriteStream } from "node:fs";

const WIDTH = 8;
const COLOURS = {
  stack: 36, postgres: 34, pool: 34, auth: 35, rest: 33, gateway: 32, service: 31,
};

// A closed terminal must not stop the stack: output that cannot be written is dropped.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

export function createLog({ file, stream = process.stdout } = {}) {
  const target = file ? createWriteStream(file, { flags: "a" }) : stream;
  target.on("error", () => {});
  const colour = Boolean(target.isTTY) && !process.env.NO_COLOR;

  function write(part, text) {
    const name = part.padEnd(WIDTH);
    const label = colour ? `\x1b[${COLOURS[part] ?? 0}m${name}\x1b[0m` : name;
    for (const line of String(text).split("\n")) {
      if (line.trim()) target.write(`${label} | ${line.trimEnd()}\n`);
    }
  }

  return {
    write,
    plain: (text) => target.write(`${text}\n`),
    close: () => (file ? new Promise((resolve) => target.end(resolve)) : Promise.resolve()),
  };
}

// Calls back with each whole line of a stream.
export function eachLine(stream, callback) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) callback(line);
  });
  stream.on("end", () => rest && callback(rest));
  stream.on("error", () => {});
}
