// The bytes of an upload: the body as it is, or the file of a form, as a stream that is measured.

import { PassThrough, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

import Busboy from "@fastify/busboy";

import { refuse, Refused } from "./refused.mjs";

// What hosted Storage answers when the limit of a bucket is passed.
const tooLarge = () =>
  new Refused(413, "Payload too large", "The object exceeded the maximum allowed size");

const FORM_LIMITS = { files: 1, fields: 20, fieldSize: 64 * 1024, headerPairs: 100 };

// The media type without parameters.
const bare = (type) => type.split(";")[0].trim().toLowerCase();

// The metadata of the uploader: JSON in a form, base64 of JSON in a header. Anything else is none.
function userMetadata(text) {
  if (!text) return {};
  try {
    const plain = text.startsWith("{") ? text : Buffer.from(text, "base64").toString();
    const value = JSON.parse(plain);
    return typeof value === "object" && !Array.isArray(value) && value ? value : {};
  } catch {
    return {};
  }
}

// The first file of a form, once its head has been read. The fields that come before it count.
function openForm(request, headers) {
  return new Promise((resolve, reject) => {
    const fields = {};
    const unreadable = () => new Refused(400, "invalid_form", "The form cannot be read");
    const broken = () => reject(unreadable());
    let parser;
    try {
      parser = new Busboy({ headers, limits: FORM_LIMITS });
    } catch {
      return broken();
    }
    parser.on("field", (name, value) => {
      fields[name] = value;
    });
    parser.on("file", (_, body, __, ___, type) => {
      // The parser reports the end of a cut form on itself, not on the file; nobody may read the
      // file yet.
      body.on("error", () => {});
      parser.on("error", () => body.destroy(unreadable()));
      resolve({
        body,
        type: type || "application/octet-stream",
        cacheControl: fields.cacheControl ? `max-age=${fields.cacheControl}` : "no-cache",
        metadata: userMetadata(fields.metadata),
      });
    });
    parser.on("error", broken);
    parser.on("finish", () => reject(new Refused(400, "no_file_provided", "No file provided")));
    pipeInto(request, parser);
  });
}

// A reader that fails leaves the request open, so that it can be answered.
function pipeInto(request, target) {
  request.on("close", () => {
    if (!request.complete) target.destroy(new Error("The upload was cut"));
  });
  return request.pipe(target);
}

// Opens the upload of a request: `{ body, type, cacheControl, metadata }`.
export async function openUpload(request, headers) {
  const type = headers["content-type"] ?? "application/octet-stream";
  if (bare(type) === "multipart/form-data") return openForm(request, headers);
  return {
    body: pipeInto(request, new PassThrough()),
    type,
    cacheControl: headers["cache-control"] ?? "no-cache",
    metadata: userMetadata(headers["x-metadata"]),
  };
}

// Refuses a type that the bucket does not take; `image/*` takes every picture.
export function checkType(type, allowed) {
  const given = bare(type);
  const fits = (one) =>
    one === given || (one.endsWith("/*") && given.startsWith(one.slice(0, -1)));
  if (allowed?.length && !allowed.some(fits)) {
    refuse(415, "invalid_mime_type", `mime type ${given} is not supported`);
  }
}

// Streams a body into a writable and returns its size; refuses what is longer than the limit.
export async function measure(body, target, limit) {
  let size = 0;
  const meter = new Transform({
    transform(chunk, _, done) {
      size += chunk.length;
      done(size > limit ? tooLarge() : null, chunk);
    },
  });
  await pipeline(body, meter, target);
  return size;
}
