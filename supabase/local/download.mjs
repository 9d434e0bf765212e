// Sends an object: conditional requests, ranges, and the name to save it under.

import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

// Pages would run with the address of Storage: hosted sends them as text.
const PAGE = /^(text\/html|application\/xhtml\+xml|image\/svg\+xml|text\/xml|application\/xml)\b/;

// The bytes that a Range header asks for: null for all, undefined for none that exist.
function range(header, size) {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (!first && !last) return null;
  const start = first ? Number(first) : Math.max(0, size - Number(last));
  const end = first && last ? Math.min(Number(last), size - 1) : size - 1;
  return start > end ? undefined : { start, end };
}

export async function sendObject({ metadata, file }, { request, response, url, cors }) {
  const { size, mimetype, cacheControl, eTag, lastModified } = metadata;
  const headers = {
    "content-type": PAGE.test(mimetype) ? "text/plain; charset=utf-8" : mimetype,
    "cache-control": cacheControl,
    "accept-ranges": "bytes",
    etag: eTag,
    "last-modified": new Date(lastModified).toUTCString(),
    "x-content-type-options": "nosniff",
    "x-robots-tag": "none",
  };
  const name = url.searchParams.get("download");
  if (name !== null) {
    // encodeURIComponent leaves signs that end or quote the value.
    const safe = encodeURIComponent(name.toWellFormed?.() ?? name).replace(/['()*]/g, escape);
    headers["content-disposition"] = `attachment${name ? `; filename=${safe}; filename*=UTF-8''${safe}` : ""}`;
  }
  if (request.headers["if-none-match"] === eTag) {
    response.writeHead(304, cors(headers)).end();
    return;
  }
  const part = range(request.headers.range, size);
  if (part === undefined) {
    response.writeHead(416, cors({ "content-range": `bytes */${size}` })).end();
    return;
  }
  const { start, end } = part ?? { start: 0, end: size - 1 };
  if (part) headers["content-range"] = `bytes ${start}-${end}/${size}`;
  headers["content-length"] = end - start + 1;
  response.writeHead(part ? 206 : 200, cors(headers));
  if (request.method === "HEAD" || size === 0) {
    response.end();
    return;
  }
  // A client that leaves ends the stream.
  await pipeline(createReadStream(file, { start, end }), response).catch((error) => {
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
}
