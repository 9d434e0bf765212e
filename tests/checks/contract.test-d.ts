// Compiled by test_types.py and never run: the contract as a strict program uses it, without a cast
// and without Json in what it reads. Each @ts-expect-error is a use that must not compile.

import { createClient } from "@supabase/supabase-js";
import { readUIMessageStream, type UIMessage, type UIMessageChunk } from "ai";

import type {
  ContentType,
  CourseOutline,
  Database,
  Enums,
  ErrorCode,
  ErrorDetails,
  Errors,
  GradebookRow,
  Json,
  LearningRow,
  LessonPage,
  LockReason,
  Review,
  Tables,
  TablesInsert,
  TablesUpdate,
  TutorData,
  TutorMetadata,
  TutorStreamPart,
  TutorUIMessage,
} from "../../supabase/database.types";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
// The keys under which a type holds Json or unknown, however deep.
type Opaque<T> = unknown extends T
  ? "opaque"
  : Equal<T, Json> extends true
    ? "opaque"
    : T extends readonly (infer E)[]
      ? Opaque<E>
      : T extends object
        ? { [K in keyof T]-?: Opaque<T[K]> }[keyof T]
        : never;
const holds = <_ extends true>(): void => {};

const supabase = createClient<Database>("http://127.0.0.1:54321", "key");

// No answer, no column and no parameter is Json or unknown.
type Public = Database["public"];
holds<Equal<Opaque<{ [N in keyof Public["Functions"]]: Public["Functions"][N]["Returns"] }>, never>>();
holds<Equal<Opaque<{ [N in keyof Public["Functions"]]: Public["Functions"][N]["Args"] }>, never>>();
holds<Equal<Opaque<{ [N in keyof Public["Tables"]]: Public["Tables"][N]["Row"] }>, never>>();
holds<Equal<Opaque<{ [N in keyof Public["Tables"]]: Public["Tables"][N]["Insert"] }>, never>>();
// The test of the test.
holds<Equal<Opaque<{ a: { b: Json }[] }>, "opaque">>();

export async function learn(): Promise<string[]> {
  const shown: string[] = [];

  const outline = await supabase.rpc("course_outline", { slug: "databases-inside" });
  if (outline.error) return [outline.error.message];
  holds<Equal<typeof outline.data, CourseOutline>>();
  for (const lesson of outline.data.modules.flatMap((module) => module.lessons)) {
    const kind: ContentType = lesson.content_type;
    const reason: LockReason | null = lesson.reason;
    if (reason === "prerequisite") shown.push(...lesson.requires, kind);
    // @ts-expect-error no such reason
    if (reason === "tired") shown.push(lesson.title);
    // @ts-expect-error without a date it is null
    lesson.opens_at.slice(0, 10);
  }
  // @ts-expect-error a visitor has no enrollment
  shown.push(outline.data.enrollment.status);

  const enrolled = await supabase.rpc("enroll", { course_id: outline.data.course.id });
  if (enrolled.data) {
    const status: Enums<"enrollment_status"> = enrolled.data.status;
    shown.push(status);
  }
  const progress = await supabase.rpc("record_progress", {
    lesson_id: "l", position_seconds: 90.5, watched: [[0, 30], [60, 90.5]], event_id: "e",
  });
  shown.push(progress.data?.watched ?? "", progress.data?.completed_at ?? "");
  const seconds: number = progress.data?.watched_seconds ?? 0;
  shown.push(String(seconds));
  const completed = await supabase.rpc("complete_lesson", { lesson_id: "l" });
  if (completed.data?.status === "completed") shown.push(completed.data.updated_at);
  if (completed.data?.is_course_complete) shown.push(completed.data.certificate_code ?? "");
  const page = await supabase.rpc("lesson_page", { course_slug: "c", lesson_slug: "l" });
  holds<Equal<NonNullable<typeof page.data>, LessonPage>>();
  // @ts-expect-error a locked lesson has no content
  shown.push(page.data?.content.body_md);
  shown.push(page.data?.next?.slug ?? "", String(page.data?.quiz?.question_count ?? 0));
  const access = await supabase.rpc("lesson_access", { course_id: "c" });
  shown.push(...(access.data ?? []).filter((one) => one.is_open).map((one) => one.lesson_id));
  const why = await supabase.rpc("explain_access", { lesson_id: "l" });
  if (why.data && !why.data.is_open) shown.push(why.data.reason ?? "");

  const learning = await supabase.rpc("my_learning");
  holds<Equal<NonNullable<typeof learning.data>, LearningRow[]>>();
  const one = await supabase.rpc("my_learning").eq("slug", "databases-inside").single();
  shown.push(one.data?.next_lesson?.slug ?? "", one.data?.due_dates[0]?.due_at ?? "");
  const some = await supabase.rpc("my_learning").select("slug, next_lesson, completed_at");
  for (const row of some.data ?? []) {
    shown.push(row.slug, row.next_lesson?.title ?? "", row.completed_at ?? "");
    // @ts-expect-error it was not selected
    shown.push(row.title);
  }
  // @ts-expect-error no such function
  await supabase.rpc("my_courses");
  // @ts-expect-error no such parameter
  await supabase.rpc("course_outline", { name: "databases-inside" });
  return shown;
}

export async function find(): Promise<string[]> {
  const found = await supabase.rpc("search", { query: "index", page_size: 5 });
  const ids = (found.data ?? []).map((result) => {
    if (result.kind === "course") holds<Equal<typeof result.lesson_id, null>>();
    if (result.kind === "lesson") holds<Equal<typeof result.content_type, ContentType>>();
    return result.kind === "lesson" ? result.lesson_id : result.course_id;
  });
  const corrected: string | null | undefined = found.data?.[0]?.did_you_mean;
  const facets = await supabase.rpc("search_facets", { query: "index", kind: "lesson" });
  const counted = (facets.data ?? []).map((row) => {
    if (row.facet === "course") holds<Equal<typeof row.course_title, string>>();
    return row.count;
  });
  const suggested = await supabase.rpc("suggest", { prefix: "dat" });
  const passages = await supabase.rpc("search_passages", { course_id: "c", query: "index" });
  const source: "body" | "transcript" | undefined = passages.data?.[0]?.source;
  const certificate = await supabase.rpc("verify_certificate", { code: "c" });
  return [
    ...ids, ...counted.map(String), corrected ?? "", suggested.data?.[0]?.course_slug ?? "",
    source ?? "",
    certificate.data?.revoked_at ?? "",
  ];
}

function read(review: Review): number {
  if (!review.is_revealed) {
    // @ts-expect-error the right answers are not shown
    void review.items[0]?.correct;
    return 0;
  }
  return review.items.reduce((sum, item) => {
    switch (item.kind) {
      case "matching":
        holds<Equal<typeof item.answer, Record<string, string> | null>>();
        return sum + item.options.left.length;
      case "numeric":
        return sum + (typeof item.answer === "number" ? item.answer : 0) + (item.correct ?? 0);
      case "true_false":
        return sum + Number(item.answer === item.correct);
      case "single":
        // @ts-expect-error one option has no sides
        void item.options.left;
        return sum + item.options.length;
      default:
        return sum + ((item.score_percent ?? 0) / 100) * item.points;
    }
  }, 0);
}

export async function attempt(): Promise<number> {
  const started = await supabase.rpc("start_attempt", { lesson_id: "l" });
  const item = started.data?.items[0];
  if (!started.data || !item) return 0;
  const attempt_id = started.data.id;
  holds<Equal<typeof started.data.seconds_left, number | null>>();
  if (item.kind === "multiple") {
    const answer = item.options.map((option) => option.id);
    await supabase.rpc("save_answer", { attempt_id, question_id: item.question_id, answer });
  }
  await supabase.rpc("save_answer", { attempt_id, question_id: item.question_id, answer: null });
  const submitted = await supabase.rpc("submit_attempt", { attempt_id });
  const review = await supabase.rpc("review_attempt", { attempt_id });
  const lab = await supabase.rpc("submit_lab", { lesson_id: "l", body: "Work." });
  const given: number = lab.data?.criteria?.[0]?.given ?? 0;
  return (submitted.data?.score ?? 0) + (review.data ? read(review.data) : 0) + given;
}

export async function teach(): Promise<string> {
  await supabase.rpc("save_question", {
    lesson_id: "l", kind: "single", prompt_md: "?", points: 1,
    options: [{ id: "a", text: "A" }, { id: "b", text: "B" }], key: { correct: "a" },
  });
  await supabase.rpc("save_question", {
    lesson_id: "l", kind: "numeric", prompt_md: "?", points: 1, options: [],
    key: { value: 3.14, tolerance: 0.01 },
  });
  await supabase.rpc("save_question", {
    lesson_id: "l", kind: "single", prompt_md: "?", points: 1, options: [],
    // @ts-expect-error no key has this form
    key: { right: "a" },
  });
  await supabase.rpc("save_rubric", {
    lesson_id: "l", criteria: [{ id: "a", title: "It works", points: 4 }],
  });
  await supabase.rpc("grade_lab", {
    submission_id: "s", score: null, feedback: null, accept: true, criteria: { a: 3 },
  });
  const published = await supabase.rpc("publish_course", { course_id: "c" });
  const problem = published.data?.problems[0];
  const grades = await supabase.rpc("gradebook", { course_id: "c" }).order("score").limit(3);
  holds<Equal<NonNullable<typeof grades.data>, GradebookRow[]>>();
  // @ts-expect-error without a result it is null
  grades.data?.[0]?.score.toFixed(1);
  const roster = await supabase.rpc("enroll_roster", {
    course_id: "c", learners: [{ email: "lea@example.test" }],
  });
  for (const line of roster.data ?? []) {
    if (line.status === "failed") return line.detail;
    if (line.status === "invited") continue;
    holds<Equal<typeof line.enrollment_id, string>>();
  }
  const figures = await supabase.rpc("course_overview", { course_id: "c" });
  const today: number | null = figures.data?.days.at(-1)?.active_learners ?? null;
  const funnel = await supabase.rpc("course_funnel", { course_id: "c" });
  const risk = await supabase.rpc("at_risk_learners", { course_id: "c" });
  const stuck: boolean = risk.data?.[0]?.reasons.includes("stuck") ?? false;
  const stats = await supabase.rpc("question_stats", { lesson_id: "l" });
  const history = await supabase.rpc("grade_history", { course_id: "c" });
  if (history.data?.[0]?.action === "overridden") return history.data[0].reason ?? "";
  const quota = await supabase.rpc("tutor_quota", { course_id: "c" });
  return [
    problem?.message, today, stuck, funnel.data?.[0]?.title, stats.data?.[0]?.choices?.["a"],
    quota.data?.quotas[0]?.remaining,
  ].join();
}

export async function write(): Promise<void> {
  await supabase.from("courses").insert({ slug: "x", title: "X" });
  await supabase.from("lessons").update({ release_after: "3 days" }).eq("id", "l");
  await supabase.from("profiles").update({ name: "Lea" }).eq("id", "u");
  // @ts-expect-error a count is the database's
  await supabase.from("courses").insert({ slug: "x", title: "X", lesson_count: 5 });
  // @ts-expect-error publish_course does it
  await supabase.from("courses").update({ is_published: true }).eq("id", "c");
  // @ts-expect-error set_user_role does it
  await supabase.from("profiles").update({ role: "admin" }).eq("id", "u");
  // @ts-expect-error enroll does it
  await supabase.from("enrollments").insert({ course_id: "c", user_id: "u" });
  // @ts-expect-error functions write it
  await supabase.from("enrollments").update({ status: "active" }).eq("id", "e");
  // @ts-expect-error record_progress does it
  await supabase.from("lesson_progress").upsert({ lesson_id: "l", user_id: "u", course_id: "c" });
  const insert: TablesInsert<"courses"> = { slug: "x", title: "X" };
  const update: TablesUpdate<"courses"> = { capacity: null };
  holds<Equal<TablesInsert<"enrollments">, never>>();
  void [insert, update];
}

export async function embed(): Promise<string> {
  const mine = await supabase.from("enrollments").select("status, courses(title, cover_url)");
  const title: string = mine.data?.[0]?.courses.title ?? "";
  const quiz = await supabase.from("lessons").select("title, quizzes(reveal)").single();
  const reveal: Enums<"quiz_reveal"> | undefined = quiz.data?.quizzes?.reveal;
  const attempts = await supabase.from("quiz_attempts").select("items, answers");
  const kind = attempts.data?.[0]?.items[0]?.kind;
  const message: Tables<"tutor_messages"> | undefined = (
    await supabase.from("tutor_messages").select("*")
  ).data?.[0];
  const label: string = message?.details.metadata?.label ?? message?.role ?? "";
  return [title, reveal, kind, label, message?.citations[0]?.citedText].join();
}

export function explain(code: Errors["enroll"]): string {
  switch (code) {
    case "code_required":
      return "A code, please.";
    // @ts-expect-error enroll does not raise it
    case "attempt_open":
      return "";
    default:
      return code;
  }
}
export const codes: ErrorCode[] = ["tutor_locked", "quota_exceeded"];
export const wait = (details: ErrorDetails["quota_exceeded"]): number => details.retry_after;

// The tutor: an answer as `ai` reads it, and as the types say it.
export type Chat = UIMessage<TutorMetadata, TutorData>;
// A message of ours is one of `ai`, and each frame is one that it reads.
export const accepted = (message: TutorUIMessage): Chat => message;
export const chunk = (part: TutorStreamPart): UIMessageChunk<TutorMetadata, TutorData> => part;

export async function listen(stream: ReadableStream<UIMessageChunk>): Promise<string[]> {
  const lines: string[] = [];
  for await (const message of readUIMessageStream<TutorUIMessage>({ stream })) {
    if (message.metadata?.generative === false) lines.push(message.metadata.label ?? "");
    for (const part of message.parts) {
      switch (part.type) {
        case "text":
          lines.push(part.text, ...(part.citations ?? []).map((one) => one.citedText));
          break;
        case "source-document":
          lines.push(part.title, part.providerMetadata.tutor.lessonId);
          break;
        case "data-abstain":
          lines.push(...part.data.suggestions.map((lesson) => lesson.title));
          break;
        case "data-suggestions":
          lines.push(...part.data.items);
          break;
        case "data-usage":
          lines.push(String(part.data.quotas[0]?.remaining ?? ""));
          break;
        case "data-quiz-guard":
          lines.push(String(part.data.held));
          break;
        case "data-problem":
          lines.push(part.data.detail);
          break;
        case "step-start":
          break;
        default:
          holds<Equal<typeof part, never>>();
      }
    }
  }
  return lines;
}
