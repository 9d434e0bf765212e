// Writes the contract for TypeScript: the output of the CLI, narrowed by the shapes of
// backend/app/models/rpc, the columns that a signed-in user may write, and the codes of errors.

import { execFileSync } from "node:child_process";
import path from "node:path";

import postgres from "postgres";

import { Problem } from "./problem.mjs";
import { ROOT } from "./settings.mjs";

const HEADER = `// Written by \`make types\` from the migrations and backend/app/models/rpc. Do not edit.
//
//   const supabase = createClient<Database>(url, key);
//
// Insert and Update hold the columns that a signed-in user may write; the rest is the database's.
// Errors holds the codes that each function may raise. Rows of other tables in a select are typed
// by foreign keys alone: row-level security may hide one, so that it is null. Ask for it with
// !inner, or treat it as nullable.
`;

// JSON Schema keywords without a meaning in TypeScript. An unknown keyword is an error.
const SILENT = [
  ["title", "description", "format", "default", "discriminator", "pattern"],
  ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  ["minItems", "minLength", "maxLength"],
].flat();
const SAID = [
  ["$ref", "type", "enum", "const", "anyOf", "oneOf", "items", "prefixItems", "maxItems"],
  ["properties", "required", "additionalProperties", "propertyNames"],
].flat();
const PLAIN = { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" };

const key = (name) => (/^\w+$/.test(name) ? name : JSON.stringify(name));
const lines = (entries) => (entries.length ? `{\n${entries.join("\n")}\n}` : "Record<string, never>");

function note(schema) {
  const text = schema.description ?? schema.anyOf?.find((one) => one.description)?.description;
  return text ? `/** ${text.replace(/\s+/g, " ").replaceAll("*/", "*\\/")} */\n` : "";
}

function typeOf(schema) {
  const odd = Object.keys(schema).find((word) => !SILENT.includes(word) && !SAID.includes(word));
  if (odd) throw new Problem(`JSON Schema keyword ${odd} has no type in TypeScript yet.`);
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return [...new Set(union.map(typeOf))].join(" | ");
  if (schema.type === "array") {
    if (schema.maxItems === 0) return "[]";
    if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(", ")}]`;
    const items = typeOf(schema.items);
    return /\W/.test(items) ? `(${items})[]` : `${items}[]`;
  }
  if (schema.type === "object" && !schema.additionalProperties) {
    return lines(Object.entries(schema.properties ?? {}).map(([name, one]) => {
      const optional = schema.required?.includes(name) ? "" : "?";
      return `${note(one)}${key(name)}${optional}: ${typeOf(one)};`;
    }));
  }
  if (schema.type === "object") {
    const value = typeOf(schema.additionalProperties);
    const names = schema.propertyNames && typeOf(schema.propertyNames);
    return names ? `Partial<Record<${names}, ${value}>>` : `Record<string, ${value}>`;
  }
  if (!PLAIN[schema.type]) throw new Problem(`No type in TypeScript for ${JSON.stringify(schema)}.`);
  return PLAIN[schema.type];
}

const named = (schemas) => Object.entries(schemas)
  .map(([name, schema]) => indented(`${note(schema)}export type ${name} = ${typeOf(schema)};`));
const listed = (schemas) => lines(Object.entries(schemas)
  .map(([name, schema]) => `${key(name)}: ${typeOf(schema)};`));
const nested = (groups) => lines(Object.entries(groups)
  .map(([name, schemas]) => `${key(name)}: ${listed(schemas)};`));
const words = (list) => list.map((word) => JSON.stringify(word)).join(" | ") || "never";

// Indents by brackets. In comments and strings every bracket closes on its own line.
function indented(text) {
  let depth = 0;
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    if (/^\/[/*]/.test(line)) return "  ".repeat(depth) + line;
    const closed = /^[\]})]+/.exec(line)?.[0].length ?? 0;
    const indent = "  ".repeat(depth - closed);
    depth += line.split(/[[{(]/).length - line.split(/[\]})]/).length;
    return indent + line;
  }).join("\n");
}

// The output of the CLI with one property a line.
const tidy = (text, separator = "") => indented(text
  .replace(/,\s*(?="\w+"\??:)/g, `${separator}\n`)
  .replace(/"(\w+)"(?=\??:)/g, "$1")
  .replace(/\{[ \t]*(?=[\w[])/g, "{\n")
  .replace(/([^\s{])[ \t]*\}/g, "$1\n}")
  .replace(/; (?=\w+:)/g, ";\n"));

// The error codes of each function, read from the list after "Errors:" in its comment.
const ERRORS = `
select p.proname as name, array(
  select distinct m[1] from regexp_matches(
    substring(obj_description(p.oid, 'pg_proc') from 'Errors: (.*)'), '[a-z]+(?:_[a-z]+)+', 'g'
  ) as m order by 1
) as codes
from pg_proc as p
where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
order by 1`;

const WRITABLE = `
select c.relname as name,
  array(
    select a.attname::text from pg_attribute as a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and has_column_privilege('authenticated', c.oid, a.attnum, 'INSERT') order by a.attnum
  ) as inserted,
  array(
    select a.attname::text from pg_attribute as a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and has_column_privilege('authenticated', c.oid, a.attnum, 'UPDATE') order by a.attnum
  ) as updated
from pg_class as c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
  and not c.relispartition
order by 1`;

const JOINED = `
type Public = Generated["public"];
type Typed<T, Shapes> = { [C in keyof T]: C extends keyof Shapes ? Shapes[C] : T[C] };
type Shaped<N, T> = N extends keyof Columns ? Typed<T, Columns[N]> : T;
type Part<T, K> = [K] extends [never] ? never : { [C in keyof T as C extends K ? C : never]: T[C] };
type RowOf<N extends keyof Public["Tables"]> = Shaped<N, Public["Tables"][N]["Row"]>;
type Returned<N, F extends { Returns: unknown }> = N extends keyof Answers
  ? Answers[N]
  : F extends { SetofOptions: { to: infer T extends keyof Columns; isSetofReturn: infer S } }
    ? S extends true ? RowOf<T>[] : RowOf<T>
    : F["Returns"];

export type Database = {
  public: Omit<Public, "Tables" | "Functions"> & {
    Tables: {
      [N in keyof Public["Tables"]]: Omit<Public["Tables"][N], "Row" | "Insert" | "Update"> & {
        Row: RowOf<N>;
        Insert: Shaped<N, Part<Public["Tables"][N]["Insert"], Writable[N]["Insert"]>>;
        Update: Shaped<N, Part<Public["Tables"][N]["Update"], Writable[N]["Update"]>>;
      };
    };
    Functions: {
      [N in keyof Public["Functions"]]: Omit<Public["Functions"][N], "Args" | "Returns"> & {
        Args: N extends keyof Arguments
          ? Typed<Public["Functions"][N]["Args"], Arguments[N]>
          : Public["Functions"][N]["Args"];
        Returns: Returned<N, Public["Functions"][N]>;
      };
    };
  };
};
`;

const STREAM = `/** Data parts by name, for \`UIMessage<TutorMetadata, TutorData>\` of the package ai. */
export type TutorData = {
  [P in TutorDataPart as P["type"] extends \`data-\${infer N}\` ? N : never]: P["data"];
};
`;

// The whole file, from the output of the CLI and from the catalogue of the database.
export async function contract(cliText, databaseUrl) {
  const python = path.join(ROOT, ".venv/bin/python");
  const shapes = JSON.parse(execFileSync(python, ["-m", "app.models.rpc"], {
    cwd: path.join(ROOT, "backend"), maxBuffer: 64 << 20,
  }));
  const sql = postgres(databaseUrl, { max: 1 });
  const [errors, tables] = [await sql.unsafe(ERRORS), await sql.unsafe(WRITABLE)];
  const catalogue = await sql`select code from private.errors order by code`;
  await sql.end();
  const [, json, generated, helpers, constants] =
    /^([^]*?)export type (Database = [^]*?)\n(type DatabaseWithoutInternals[^]*?)(export const Constants = [^]*)$/
      .exec(cliText) ?? [];
  if (!constants) throw new Problem("The CLI writes its types in another form: see contract.mjs.");
  const rights = tables.map(({ name, inserted, updated }) =>
    `${key(name)}: {\nInsert: ${words(inserted)};\nUpdate: ${words(updated)};\n};`);
  const codes = errors.map(({ name, codes }) => `${key(name)}: ${words(codes)};`);
  return [
    HEADER + json.trimEnd(),
    tidy(`type ${generated.replace(/\bDatabase\b/g, "Generated")}`),
    ...named(shapes.types),
    STREAM.trim(),
    indented(`/** What functions answer, where it is more than the row of a table. */
      export type Answers = ${listed(shapes.answers)};`),
    indented(`/** Columns of which the catalogue does not tell what they hold. */
      export type Columns = ${nested(shapes.columns)};`),
    indented(`/** Parameters of which the catalogue does not tell what they take. */
      export type Arguments = ${nested(shapes.arguments)};`),
    indented(`/** Columns that a signed-in user may write. */
      export type Writable = ${lines(rights)};`),
    indented(`/** Codes of the errors that each function may raise. */
      export type Errors = ${lines(codes)};`),
    `/** Every code of docs/errors.md. */
export type ErrorCode =\n  | ${catalogue.map(({ code }) => JSON.stringify(code)).join("\n  | ")};`,
    indented(`/** What JSON.parse(error.details) gives, of the errors that have details. */
      export type ErrorDetails = ${listed(shapes.details)};`),
    JOINED.trim(),
    helpers.trim(),
    tidy(constants, ","),
  ].join("\n\n").concat("\n");
}
