// The client of Supabase, and errors as the database words them.

import { createClient } from "@supabase/supabase-js";
import type { Database, ErrorCode } from "database.types";

export const supabase = createClient<Database>(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY);

type Failure = { message: string; code?: string; details?: string | null; hint?: string | null };

// A refusal: `message` is a sentence to show, `hint` says what to do.
export class Refusal extends Error {
  code: ErrorCode | "offline" | (string & {});
  details: string | null;
  hint: string | null;

  constructor(failure: Failure) {
    const isOffline = !failure.code && /fetch|network/i.test(failure.message);
    super(failure.message);
    this.code = isOffline ? "offline" : (failure.code ?? "");
    this.details = failure.details ?? null;
    this.hint = failure.hint ?? null;
  }
}

// The data of a call; throws its error.
export async function ask<T>(call: PromiseLike<{ data: T; error: Failure | null }>): Promise<NonNullable<T>> {
  const { data, error } = await call;
  if (error) throw new Refusal(error);
  return data as NonNullable<T>;
}

// All rows of a call: an answer of PostgREST ends at a thousand without a word.
const ROWS = 1000;
export async function askAll<T>(
  part: (from: number, to: number) => PromiseLike<{ data: T[] | null; error: Failure | null }>,
): Promise<T[]> {
  const rows: T[] = [];
  for (;;) {
    const more = await ask(part(rows.length, rows.length + ROWS - 1));
    rows.push(...more);
    if (more.length < ROWS) return rows;
  }
}

// A call of the service with the token of the caller. Its errors are problem documents.
export async function askService(path: string, init: RequestInit = {}): Promise<Response> {
  const { data } = await supabase.auth.getSession();
  const headers = new Headers(init.headers);
  if (data.session) headers.set("Authorization", `Bearer ${data.session.access_token}`);
  const answer = await fetch(SERVICE_URL + path, { ...init, headers }).catch((error: Error) => {
    throw new Refusal(error);
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  // What is wrong with a file has its place.
  const place = problem.file && [problem.file, problem.line].filter(Boolean).join(":");
  throw new Refusal({ code: problem.code ?? "http", message: problem.detail ?? answer.statusText, hint: place });
}
