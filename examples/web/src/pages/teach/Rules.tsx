// What a quiz or a lab demands: the row of its rules, and the rubric of a lab.

import type { LabRules, LessonPage, QuizReveal, QuizScoring, Tables } from "database.types";
import { useState } from "react";
import { ask, supabase, useAct, useRead, useTexts } from "../../lib";
import { Choice, Field, Form, Waiting } from "../../ui";

const SCORINGS: QuizScoring[] = ["highest", "last", "first", "average"];
const REVEALS: QuizReveal[] = ["never", "after_submit", "after_pass", "after_close"];

// A moment as an input of the local time has it, and back.
const toInput = (moment: string | null) =>
  moment ? new Date(Date.parse(moment) - new Date(moment).getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : "";
// An unchanged due date is not sent: it may follow from a day.
const dueOf = (form: FormData, before: string | null) => {
  const input = String(form.get("due_at"));
  return input === toInput(before) ? {} : { due_at: input ? new Date(input).toISOString() : null };
};
const numberOf = (input: FormDataEntryValue | null) => (input ? Number(input) : null);

// The row of a quiz is read when somebody opens the section: the page of the lesson has the rules of one learner.
export function Rules({ page }: { page: LessonPage }) {
  const { t } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const lesson_id = page.lesson.id;
  const isQuiz = page.lesson.content_type === "quiz";
  const quiz = useRead(rulesKey(lesson_id), () => ask(supabase.from("quizzes").select().eq("lesson_id", lesson_id)), {
    enabled: isOpen && isQuiz, staleTime: 0,
  });
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary><h2 className="inline">{t("rules")}</h2></summary>
      {isQuiz && isOpen && (quiz.data ? <Quiz page={page} quiz={quiz.data[0]} /> : <Waiting query={quiz} />)}
      {page.lab && <Lab page={page} lab={page.lab} />}
    </details>
  );
}

const rulesKey = (lesson_id: string) => ["rules", lesson_id];
const staleRules = (page: LessonPage) => [["lesson", page.course.slug], ["outline", page.course.slug]];

// Without a row the form is empty, and what stays empty has the default of the database.
function Quiz({ page, quiz }: { page: LessonPage; quiz?: Tables<"quizzes"> }) {
  const { t, moment } = useTexts();
  const lesson_id = page.lesson.id;
  const save = useAct(async (form: FormData) => {
    const minutes = numberOf(form.get("minutes"));
    const day = String(form.get("due_on")) || null;
    const rules = {
      ...(form.get("pass_mark") && { pass_mark: Number(form.get("pass_mark")) }),
      max_attempts: numberOf(form.get("max_attempts")),
      draw_count: numberOf(form.get("draw_count")),
      time_limit_seconds: minutes && Math.round(minutes * 60),
      scoring: form.get("scoring") as QuizScoring,
      reveal: form.get("reveal") as QuizReveal,
      is_shuffled: form.get("is_shuffled") === "on",
      ...(day !== (quiz?.due_on ?? null) && { due_on: day }),
    };
    const changed = await ask(supabase.from("quizzes").update(rules).eq("lesson_id", lesson_id).select("lesson_id"));
    if (changed.length === 0) await ask(supabase.from("quizzes").insert({ lesson_id, ...rules }).select("lesson_id"));
  }, [...staleRules(page), rulesKey(lesson_id)]);
  const number = (name: string, head: string, value: number | null | undefined, max: number, hint?: string) => (
    <Field label={head} hint={hint}><input type="number" step="any" name={name} min={0} max={max} defaultValue={value ?? ""} /></Field>
  );
  return (
    <Form act={save} label={t("save")} done={t("saved")}>
      <div className="grid">
        {number("pass_mark", t("passPercent"), quiz?.pass_mark, 100)}
        {number("max_attempts", t("maxAttempts"), quiz?.max_attempts, 1000)}
        {number("minutes", t("maxMinutes"), quiz?.time_limit_seconds && quiz.time_limit_seconds / 60, 10_000)}
        {number("draw_count", t("drawCount"), quiz?.draw_count, 1000, t("drawCountHint"))}
        <Field label={t("dueOn")} hint={quiz?.due_at && !quiz.due_on ? t("due", { when: moment(quiz.due_at) }) : t("dueOnHint")}>
          <input type="date" name="due_on" defaultValue={quiz?.due_on ?? ""} />
        </Field>
        <Choice head={t("scoring")} kind="scoring" values={SCORINGS} name="scoring" defaultValue={quiz?.scoring} />
        <Choice head={t("reveal")} kind="reveal" values={REVEALS} name="reveal" defaultValue={quiz?.reveal ?? "after_submit"} />
      </div>
      <label className="check"><input type="checkbox" name="is_shuffled" defaultChecked={quiz?.is_shuffled ?? true} /> {t("isShuffled")}</label>
    </Form>
  );
}

function Lab({ page, lab }: { page: LessonPage; lab: LabRules }) {
  const { t } = useTexts();
  const lesson_id = page.lesson.id;
  const save = useAct(async (form: FormData) => {
    const due = dueOf(form, lab.due_at);
    if ("due_at" in due) {
      const changed = await ask(supabase.from("labs").update(due).eq("lesson_id", lesson_id).select("lesson_id"));
      if (changed.length === 0) await ask(supabase.from("labs").insert({ lesson_id, ...due }).select("lesson_id"));
    }
    const lines = String(form.get("rubric")).split("\n").filter((line) => line.trim() !== "");
    if (lines.length === 0) return;
    const criteria = lines.map((line) => {
      const [, title = line, points = "1"] = /^(.*?)\s*[:=]\s*([\d.,]+)\s*$/.exec(line) ?? [];
      const id = lab.rubric?.find((one) => one.title === title)?.id ?? crypto.randomUUID().slice(0, 8);
      return { id, title: title.trim(), points: Number(points.replace(",", ".")) };
    });
    await ask(supabase.rpc("save_rubric", { lesson_id, criteria }));
  }, [...staleRules(page), ["rubric", lesson_id]]);
  return (
    <Form act={save} label={t("save")} done={t("saved")}>
      <Field label={t("dueAt")}><input type="datetime-local" name="due_at" defaultValue={toInput(lab.due_at)} /></Field>
      <Field label={t("rubric")} hint={t("rubricHint")}>
        <textarea name="rubric" defaultValue={lab.rubric?.map((one) => `${one.title}: ${one.points}`).join("\n")} />
      </Field>
    </Form>
  );
}
