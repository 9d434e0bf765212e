// Supabase Storage for the local stack: rows in storage.objects under the policies of the caller,
// bytes in a folder, one file for each version of an object.
//
// What hosted Storage does besides (resumable uploads, S3, images, making buckets) is not here.
// Signed addresses have a key of their own: no session can be made from one.

import { createHmac, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import path from "node:path";

import postgres from "postgres";

import { isDriverFault, isLost } from "./auth.mjs";
import { sendObject } from "./download.mjs";
import { readToken, signToken } from "./keys.mjs";
import { refuse, Refused } from "./refused.mjs";
import { checkType, measure, openUpload } from "./upload.mjs";

const FILE_LIMIT = 50 * 1024 * 1024;
const JSON_LIMIT = 1024 * 1024;
const UPLOAD_SECONDS = 7200;
const LONGEST_SECONDS = 10 * 365 * 24 * 3600;
// The names that hosted Storage takes: ASCII.
const KEY = /^[\w/!\-.*'() &$@=;:+,?]{1,1024}$/;
const SORTS = ["name", "updated_at", "created_at", "last_accessed_at"];
const COLUMNS = [
  "id", "name", "bucket_id", "owner", "owner_id", "version", "created_at", "updated_at",
  "last_accessed_at", "metadata", "user_metadata",
];

const noObject = () => refuse(404, "not_found", "Object not found");
const noBucket = () => refuse(404, "Bucket not found", "Bucket not found");
const noRight = () => refuse(403, "Unauthorized", "new row violates row-level security policy");
const invalid = (what) => refuse(400, "invalid_request", what);

function checkKey(key) {
  const parts = key.split("/");
  if (!KEY.test(key) || parts.some((part) => ["", ".", ".."].includes(part))) {
    refuse(400, "InvalidKey", "Invalid key");
  }
  return key;
}

// An error of Postgres as hosted Storage reports it; one of the catalogue with its own code.
function translate(error) {
  if (error.code === "PGRST") {
    const { code, message } = JSON.parse(error.message);
    return new Refused(JSON.parse(error.detail).status, code, message);
  }
  switch (error.code) {
    case "42501":
      return new Refused(403, "Unauthorized", "new row violates row-level security policy");
    case "23505":
      return new Refused(409, "Duplicate", "The resource already exists");
    case "23503":
      return new Refused(404, "Bucket not found", "Bucket not found");
    case "22P02":
    case "22023":
      return new Refused(403, "Unauthorized", "The token is not valid");
    default:
      return error;
  }
}

export async function startStorage({ url, jwtSecret, folder }) {
  await mkdir(folder, { recursive: true });
  const connect = () => postgres(url, { max: 5, prepare: false, onnotice: () => {} });
  let sql = connect();
  const addressSecret = createHmac("sha256", jwtSecret).update("storage addresses").digest("hex");
  const file = (version) => path.join(folder, version.slice(0, 2), version);
  const drop = (version) => (version ? rm(file(version), { force: true }) : null);

  async function place(version) {
    await mkdir(path.dirname(file(version)), { recursive: true });
    return file(version);
  }

  // Under the policies of the caller; without one, as the owner of the tables. `probe` rolls back.
  async function run(caller, operation, work, { probe = false } = {}) {
    const undone = Symbol("rolled back");
    try {
      return await sql.begin(async (tx) => {
        await tx`select
          set_config('role', ${caller?.role ?? "none"}, true),
          set_config('request.jwt.claims', ${caller ? JSON.stringify(caller) : ""}, true),
          set_config('storage.operation', ${`storage.${operation}`}, true),
          set_config('storage.can_delete', 'true', true)`;
        const result = await work(tx);
        if (probe) throw undone;
        return result;
      });
    } catch (error) {
      if (error === undone) return null;
      throw translate(error);
    }
  }

  async function find(caller, operation, bucket, key) {
    if (!KEY.test(key)) return null;
    const rows = await run(caller, operation, (tx) => tx`
      select ${tx(COLUMNS)} from storage.objects where bucket_id = ${bucket} and name = ${key}`);
    return rows[0] ?? null;
  }

  async function bucketOf(id) {
    const [bucket] = KEY.test(id) ? await sql`select * from storage.buckets where id = ${id}` : [];
    return bucket ?? noBucket();
  }

  // Inserts or replaces a row; returns its id and the version that it replaced. A probe reads
  // nothing back: adding an object needs no right to read it.
  async function save(tx, { bucket, key, owner, version, metadata, user = {} }, { upsert, quiet }) {
    const row = {
      bucket_id: bucket, name: key, owner, owner_id: owner, version,
      metadata: metadata ? tx.json(metadata) : null, user_metadata: tx.json(user),
    };
    let old = [];
    if (upsert) {
      if (!quiet) await tx`select pg_advisory_xact_lock(hashtextextended(${`${bucket}/${key}`}, 0))`;
      old = await tx`
        select version from storage.objects where bucket_id = ${bucket} and name = ${key}`;
    }
    const [saved] = await tx`
      insert into storage.objects ${tx(row)}
      ${upsert ? tx`on conflict (bucket_id, name)
        do update set ${tx({ ...row, updated_at: new Date() })}` : tx``}
      ${quiet ? tx`` : tx`returning id`}`;
    return { id: saved?.id, old: old[0]?.version };
  }

  const mayAdd = (caller, operation, where, upsert) =>
    run(caller, operation, (tx) =>
      save(tx, { ...where, version: randomUUID() }, { upsert, quiet: true }), { probe: true });

  // The right is asked before the bytes are read; `caller` is null for a signed address.
  async function upload({ caller, operation, where, upsert, request, headers }) {
    checkKey(where.key);
    const { file_size_limit: ownLimit, allowed_mime_types: types } = await bucketOf(where.bucket);
    if (caller) await mayAdd(caller, operation, where, upsert);
    const incoming = await openUpload(request, headers);
    checkType(incoming.type, types);
    const version = randomUUID();
    try {
      const limit = Math.min(FILE_LIMIT, Number(ownLimit ?? FILE_LIMIT));
      const size = await measure(incoming.body, createWriteStream(await place(version)), limit);
      const metadata = {
        eTag: `"${version}"`, size, mimetype: incoming.type, cacheControl: incoming.cacheControl,
        lastModified: new Date().toISOString(), contentLength: size, httpStatusCode: 200,
      };
      const saved = await run(null, operation, (tx) =>
        save(tx, { ...where, version, metadata, user: incoming.metadata }, { upsert }));
      await drop(saved.old);
      return { Id: saved.id, Key: `${where.bucket}/${where.key}` };
    } catch (error) {
      await drop(version);
      throw error;
    }
  }

  async function list(caller, bucket, given) {
    const { prefix = "", limit = 100, offset = 0, sortBy, search = "" } = given;
    const texts = [prefix, search].every((text) => typeof text === "string" && !text.includes("\0"));
    const numbers = [limit, offset].every((number) => Number.isInteger(number) && number >= 0);
    if (!texts || !numbers) invalid("prefix and search are texts, limit and offset are numbers");
    const base = prefix && !prefix.endsWith("/") ? `${prefix}/` : prefix;
    const like = `${base}${search}`.replace(/[\\%_]/g, "\\$&");
    const by = SORTS.includes(sortBy?.column) ? sortBy.column : "name";
    const way = sortBy?.order === "desc" ? sql`desc` : sql`asc`;
    return run(caller, "object.list", (tx) => tx`
      with shown as (
        select distinct on (1) split_part(substr(o.name, length(${base}) + 1), '/', 1) as name,
          position('/' in substr(o.name, length(${base}) + 1)) = 0 as is_file, o.id, o.updated_at,
          o.created_at, o.last_accessed_at, o.metadata
        from storage.objects as o
        where o.bucket_id = ${bucket} and o.name like ${`${like}%`}
        order by 1
      )
      select name, case when is_file then id end as id,
        case when is_file then updated_at end as updated_at,
        case when is_file then created_at end as created_at,
        case when is_file then last_accessed_at end as last_accessed_at,
        case when is_file then metadata end as metadata
      from shown order by shown.${tx(by)} ${way}, shown.name
      limit ${Math.min(limit, 1000)} offset ${offset}`);
  }

  function address(kind, bucket, key, seconds, claims) {
    const iat = Math.floor(Date.now() / 1000);
    const token = signToken(
      { url: `${bucket}/${key}`, ...claims, iat, exp: iat + seconds }, addressSecret,
    );
    const place = key.split("/").map(encodeURIComponent).join("/");
    return { token, url: `/object/${kind}/${bucket}/${place}?token=${token}` };
  }

  function redeem(url, bucket, key, use) {
    const claims = readToken(url.searchParams.get("token") ?? "", addressSecret);
    if (claims?.url !== `${bucket}/${key}` || claims.use !== use) {
      refuse(400, "InvalidSignature", "The signature of the address is not valid or has expired");
    }
    return claims;
  }

  // The client of Python sends the number as text.
  async function sign(caller, bucket, keys, expiresIn, operation) {
    const seconds = Number(expiresIn);
    if (!(Number.isInteger(seconds) && seconds > 0 && seconds <= LONGEST_SECONDS)) {
      invalid("expiresIn is a number of seconds, above 0");
    }
    const signed = [];
    for (const key of keys) {
      const row = await find(caller, operation, bucket, key);
      signed.push(row && address("sign", bucket, key, seconds, { use: "download" }).url);
    }
    return signed;
  }

  async function relocate(caller, kind, body) {
    const { bucketId, sourceKey, destinationKey, destinationBucket = bucketId } = body;
    const texts = [bucketId, sourceKey, destinationKey, destinationBucket];
    if (!texts.every((text) => typeof text === "string")) invalid("buckets and keys are texts");
    const source = await find(caller, `object.${kind}`, bucketId, sourceKey) ?? noObject();
    const version = randomUUID();
    const owner = ownerOf(caller);
    const where = { bucket: destinationBucket, key: checkKey(destinationKey), owner, version };
    await bucketOf(destinationBucket);
    await copyFile(file(source.version), await place(version));
    try {
      if (kind === "move") {
        const moved = await run(caller, "object.move", (tx) => tx`
          update storage.objects set ${tx({
            bucket_id: where.bucket, name: where.key, version, owner, owner_id: owner,
          })} where id = ${source.id} and version = ${source.version} returning id`);
        if (moved.length === 0) noRight();
        await drop(source.version);
        return { message: "Successfully moved" };
      }
      // As an upload: the caller may not read the copy before a row names it.
      await mayAdd(caller, "object.copy", where, false);
      const metadata = { ...source.metadata, eTag: `"${version}"` };
      const copied = await run(null, "object.copy", (tx) =>
        save(tx, { ...where, metadata, user: source.user_metadata ?? {} }, {}));
      return { Id: copied.id, Key: `${where.bucket}/${where.key}` };
    } catch (error) {
      await drop(version);
      throw error;
    }
  }

  async function remove(caller, bucket, keys) {
    const gone = keys.length === 0 ? [] : await run(caller, "object.delete_many", (tx) => tx`
      delete from storage.objects where bucket_id = ${bucket} and name in ${tx(keys)}
      returning ${tx(COLUMNS)}`);
    await Promise.all(gone.map((row) => drop(row.version)));
    return gone;
  }

  async function read({ caller, kind, bucket, key }, context) {
    if (kind === "sign") {
      redeem(context.url, bucket, key, "download");
      const row = await find(null, "object.get_signed", bucket, key) ?? noObject();
      return sendObject({ ...row, file: file(row.version) }, context);
    }
    const { public: isPublic } = await bucketOf(bucket);
    if (kind === "public" && !isPublic) noBucket();
    const asked = isPublic && kind !== "authenticated" ? null : caller;
    const row = await find(asked, "object.get_authenticated", bucket, key) ?? noObject();
    if (kind !== "info") return sendObject({ ...row, file: file(row.version) }, context);
    const { mimetype, size, cacheControl, eTag, lastModified } = row.metadata;
    return {
      id: row.id, name: row.name, bucket_id: bucket, version: row.version, size,
      content_type: mimetype, cache_control: cacheControl, etag: eTag,
      last_modified: lastModified, created_at: row.created_at, metadata: row.user_metadata,
    };
  }

  async function signedUpload({ caller, bucket, key, upsert, request, headers, url }) {
    if (request.method === "POST") {
      const where = { bucket, key: checkKey(key), owner: ownerOf(caller) };
      await bucketOf(bucket);
      await mayAdd(caller, "object.sign_upload_url", where, upsert);
      const claims = { use: "upload", owner: where.owner, upsert };
      return address("upload/sign", bucket, key, UPLOAD_SECONDS, claims);
    }
    const { owner, upsert: mayReplace } = redeem(url, bucket, key, "upload");
    const where = { bucket, key, owner };
    return upload({
      caller: null, operation: "object.upload_signed", where, upsert: mayReplace, request, headers,
    });
  }

  async function buckets(caller, id) {
    const rows = await run(caller, "bucket.list", (tx) => tx`
      select * from storage.buckets ${id ? tx`where id = ${id}` : tx``} order by id`);
    return id ? rows[0] ?? noBucket() : rows;
  }

  async function route({ caller, request, response, url, headers, cors }) {
    const { method } = request;
    const [top, first, ...rest] = decoded(url.pathname);
    const isRead = ["GET", "HEAD"].includes(method);
    if (top === "bucket" && isRead) return buckets(caller, first);
    if (top !== "object" || !first) return refuse(404, "not_found", "Not on the local stack");
    const upsert = headers["x-upsert"] === "true";
    if (isRead) {
      const kind = ["public", "sign", "authenticated", "info"].includes(first) ? first : null;
      const [bucket = "", ...key] = kind ? rest : [first, ...rest];
      const asked = { caller, kind, bucket, key: key.join("/") };
      return read(asked, { request, response, url, cors });
    }
    if (first === "upload" && rest[0] === "sign") {
      const [, bucket = "", ...key] = rest;
      return signedUpload({ caller, bucket, key: key.join("/"), upsert, request, headers, url });
    }
    if (method === "POST" && first === "sign") {
      const [bucket = "", ...name] = rest;
      const { expiresIn, paths } = await body(request);
      if (name.length > 0) {
        const [signedURL] = await sign(caller, bucket, [name.join("/")], expiresIn, "object.sign");
        return { signedURL: signedURL ?? noObject() };
      }
      const signed = await sign(caller, bucket, texts(paths), expiresIn, "object.sign_many");
      const error = "Either the object does not exist or you do not have access to it";
      return signed.map((signedURL, at) => (
        { path: paths[at], signedURL, error: signedURL ? null : error }));
    }
    if (method === "POST" && first === "list") return list(caller, rest[0] ?? "", await body(request));
    if (method === "POST" && ["move", "copy"].includes(first) && rest.length === 0) {
      return relocate(caller, first, await body(request));
    }
    if (method === "DELETE") {
      const keys = rest.length > 0 ? [rest.join("/")] : texts((await body(request)).prefixes);
      const gone = await remove(caller, first, keys.filter((key) => KEY.test(key)));
      return rest.length > 0 && gone.length === 0 ? noObject() : gone;
    }
    if (!["POST", "PUT"].includes(method)) return refuse(404, "not_found", "Not on the local stack");
    const isUpdate = method === "PUT";
    return upload({
      caller, operation: isUpdate ? "object.upload_update" : "object.upload",
      where: { bucket: first, key: rest.join("/"), owner: ownerOf(caller) },
      upsert: upsert || isUpdate, request, headers,
    });
  }

  function callerOf(headers) {
    const token = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? "")?.[1];
    if (!token) return { role: "anon" };
    const claims = readToken(token, jwtSecret);
    if (!claims) refuse(403, "Unauthorized", "The token is not valid or has expired");
    const role = ["authenticated", "service_role"].includes(claims.role) ? claims.role : "anon";
    return { ...claims, role };
  }

  return {
    async handle({ request, response, url, headers, cors }) {
      const answer = (status, value) => {
        if (response.headersSent) return;
        const text = JSON.stringify(value);
        response.writeHead(status, cors({
          "content-type": "application/json; charset=utf-8",
          "content-length": Buffer.byteLength(text),
        }));
        response.end(request.method === "HEAD" ? undefined : text);
      };
      try {
        const caller = callerOf(headers);
        answer(200, await route({ caller, request, response, url, headers, cors }) ?? null);
      } catch (error) {
        await drained(request);
        if (request.destroyed && !request.complete) return;
        if (isLost(error) || !(error instanceof Refused)) throw error;
        answer(400, { statusCode: String(error.status), error: error.code, message: error.message });
      }
    },
    // As in auth.mjs.
    recover(error) {
      if (!isDriverFault(error)) return false;
      const broken = sql;
      sql = connect();
      broken.end({ timeout: 0 }).catch(() => {});
      return true;
    },
    stop: () => sql.end({ timeout: 2 }),
  };
}

// Reads the rest of a body. Clients that still send when the connection closes see no answer.
function drained(request) {
  if (request.complete || request.destroyed) return null;
  request.unpipe();
  request.resume();
  return new Promise((resolve) => request.once("close", resolve).once("end", resolve));
}

function ownerOf({ role, sub }) {
  return role === "authenticated" ? sub ?? null : null;
}

function decoded(pathname) {
  try {
    return pathname.slice("/storage/v1/".length).split("/").map(decodeURIComponent);
  } catch {
    return refuse(400, "InvalidKey", "Invalid key");
  }
}

async function body(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > JSON_LIMIT) refuse(413, "Payload too large", "The body is too large");
    chunks.push(chunk);
  }
  try {
    const value = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof value === "object" && value) return value;
  } catch {
    // Refused below.
  }
  return invalid("The body is not a JSON object");
}

function texts(list) {
  const fits = Array.isArray(list) && list.length <= 1000;
  return fits && list.every((one) => typeof one === "string")
    ? list
    : invalid("Send a list of at most 1000 keys");
}
