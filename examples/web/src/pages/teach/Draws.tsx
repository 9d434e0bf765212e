// What a quiz draws from the banks of its course.

import { ask, supabase, useAct, useRead, useTexts } from "../../lib";
import { Field, Form, Problem, Waiting } from "../../ui";
import { useCourse } from "./Layout";

export const banksKey = (course_id: string) => ["banks", course_id];
export const useBanks = (course_id: string) => useRead(banksKey(course_id), () =>
  ask(supabase.from("question_banks").select("id, title").eq("course_id", course_id).order("title")));

// What each attempt at a quiz draws, beside its own questions.
export function Draws({ lesson_id }: { lesson_id: string }) {
  const { t } = useTexts();
  const course_id = useCourse().course.id;
  const banks = useBanks(course_id);
  const draws = useRead(["draws", lesson_id], () =>
    ask(supabase.from("quiz_draws").select("bank_id, tag, question_count").eq("lesson_id", lesson_id).order("bank_id").order("tag")));
  const stale = [["draws", lesson_id], ["problems"], ["lesson"]];
  const add = useAct(async (form: FormData) => {
    // Rules or a first question make the quiz; without either it has the default rules.
    const quiz = await ask(supabase.from("quizzes").select("lesson_id").eq("lesson_id", lesson_id));
    if (quiz.length === 0) await ask(supabase.from("quizzes").insert({ lesson_id }).select("lesson_id"));
    return ask(supabase.from("quiz_draws").insert({
      lesson_id,
      bank_id: String(form.get("bank_id")),
      tag: String(form.get("tag")).trim(),
      question_count: form.get("question_count") ? Number(form.get("question_count")) : null,
    }).select("bank_id"));
  }, stale);
  const remove = useAct((draw: { bank_id: string; tag: string }) =>
    ask(supabase.from("quiz_draws").delete().match({ lesson_id, bank_id: draw.bank_id, tag: draw.tag }).select("bank_id")), stale);
  if (!banks.data || !draws.data) return <Waiting query={banks.data ? draws : banks} />;
  if (banks.data.length === 0) return null;
  const titleOf = (id: string) => banks.data.find((one) => one.id === id)?.title ?? "";
  return (
    <details className="card">
      <summary>{t("draws")}</summary>
      <Problem error={remove.error} />
      <ul>
        {draws.data.map((draw) => (
          <li key={`${draw.bank_id} ${draw.tag}`} className="row between">
            {titleOf(draw.bank_id)}{draw.tag && ` · ${draw.tag}`}: {draw.question_count ?? t("allQuestions")}
            <button aria-label={`${t("remove")}: ${titleOf(draw.bank_id)} ${draw.tag}`} disabled={remove.isPending}
              onClick={() => remove.mutate(draw)}>{t("remove")}</button>
          </li>
        ))}
      </ul>
      <Form act={add} label={t("create")} resets className="stack">
        <div className="grid">
          <Field label={t("bank")}>
            <select name="bank_id">{banks.data.map((one) => <option key={one.id} value={one.id}>{one.title}</option>)}</select>
          </Field>
          <Field label={t("tag")} hint={t("tagHint")}><input name="tag" maxLength={40} /></Field>
          <Field label={t("drawCount")} hint={t("drawCountHint")}><input name="question_count" type="number" min={1} max={1000} /></Field>
        </div>
      </Form>
    </details>
  );
}
