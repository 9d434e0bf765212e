// Grading the essays and files of an attempt.

import { useNavigate, useParams } from "react-router";
import { ask, supabase, useAct, useRead, useTexts } from "../../lib";
import { Field, Form, Prose, Waiting } from "../../ui";
import { GivenAnswer } from "../quiz/Review";
import { useCourse } from "./Layout";

export default function Answers() {
  const { t } = useTexts();
  const { attempt = "" } = useParams();
  const { course, modules } = useCourse();
  const navigate = useNavigate();
  const review = useRead(["review", attempt], () => ask(supabase.rpc("review_attempt", { attempt_id: attempt })));
  const attempts = useRead(["attempt", attempt], () => ask(
    supabase.from("quiz_attempts").select("profiles(name)").eq("id", attempt).single(),
  ));
  const items = (review.data?.items ?? []).flatMap((item) =>
    (item.kind === "essay" || item.kind === "file") && item.answer !== null ? [item] : []);
  const grade = useAct(async (form: FormData) => {
    const grades = Object.fromEntries(items.map(({ question_id: id }) => [id, {
      score_percent: Number(form.get(`score-${id}`)), comment_md: String(form.get(`comment-${id}`)),
    }]));
    const reason = String(form.get("reason") ?? "").trim();
    await ask(supabase.rpc("grade_attempt", { attempt_id: attempt, grades, ...(reason && { reason }) }));
    await navigate(`/teach/${course.slug}/labs`);
  }, [["labs", course.id], ["review", attempt], ["dashboard"]]);
  if (!review.data) return <Waiting query={review} />;
  const { lesson_id, number } = review.data;
  const lesson = modules.flatMap((module) => module.lessons).find((one) => one.id === lesson_id);
  return (
    <>
      <h2>{attempts.data?.profiles?.name}: {lesson?.title}, {t("attempt", { n: number })}</h2>
      <Form act={grade} label={t("save")} className="stack">
        {items.map((item) => (
          <section key={item.question_id} className="card stack">
            <Prose text={item.prompt_md} />
            <GivenAnswer item={item} />
            {"correct" in item && typeof item.correct === "string" && (
              <details><summary>{t("sampleAnswer")}</summary><Prose text={item.correct} /></details>
            )}
            <Field label={t("scorePercent")}>
              <input type="number" name={`score-${item.question_id}`} min={0} max={100} step="any" required />
            </Field>
            <Field label={t("feedback")}>
              <textarea name={`comment-${item.question_id}`} defaultValue={item.comment_md ?? ""} />
            </Field>
          </section>
        ))}
        {!review.data.is_pending && <Field label={t("reason")}><input name="reason" maxLength={1000} required /></Field>}
      </Form>
    </>
  );
}
