// Lists of a course that are one call and one table: at risk, funnel, grades, question statistics.

import type { QuestionStatsRow, RiskRow } from "database.types";
import { useState } from "react";
import { Link } from "react-router";
import { ask, lessonPath, supabase, useList, useRead, useTexts } from "../../lib";
import { Empty, Listed, Prose, Saved } from "../../ui";
import Chart from "../../ui/Chart";
import { useGradeColumns } from "../grades/Grades";
import { useCourse } from "./Layout";
import { listOf } from "./questionText";

export function AtRisk() {
  const { t, label, percent, date } = useTexts();
  const { course, modules } = useCourse();
  const titles = new Map(modules.flatMap((module) => module.lessons.map((one) => [one.id, one.title])));
  const list = useList(["risk", course.id], (page) => supabase.rpc("at_risk_learners", { course_id: course.id, ...page }));
  const stuck = (row: RiskRow) => row.stuck_lesson_slug && (
    <Link to={lessonPath({ course_slug: row.course_slug, slug: row.stuck_lesson_slug })}>
      {titles.get(row.stuck_lesson_id ?? "") ?? row.stuck_lesson_slug}
    </Link>
  );
  return (
    <Listed list={list} caption={t("atRisk")} empty={t("noRisk")} columns={[
      { head: t("name"), cell: (row) => <>{row.name}<small className="block">{row.email}</small></> },
      { head: t("why"), cell: (row) => row.reasons.map((reason) => label("risk", reason)).join(", ") },
      { head: t("stuckAt"), cell: stuck },
      { head: t("progress"), cell: (row) => percent(row.progress), number: true },
      { head: t("nextDue"), cell: (row) => date(row.next_due_at) },
      { head: t("lastActive"), cell: (row) => date(row.last_activity_at) },
    ]} />
  );
}

export function Funnel() {
  const { t, label, number, percent } = useTexts();
  const course_id = useCourse().course.id;
  const list = useList(["funnel", course_id], (page) => supabase.rpc("course_funnel", { course_id, ...page }));
  return (
    <Listed list={list} caption={t("funnel")} empty={t("noLearners")} columns={[
      { head: t("kind.lesson"), cell: (row) => <>{row.title} {row.is_biggest_drop && <small>{t("biggestDrop")}</small>}</> },
      { head: t("kind"), cell: (row) => label("type", row.content_type) },
      { head: t("started"), cell: (row) => number(row.started), number: true },
      { head: t("completed"), cell: (row) => number(row.completed), number: true },
      { head: t("lost"), cell: (row) => percent(row.drop_rate), number: true },
      { head: t("meanScore"), cell: (row) => percent(row.mean_score), number: true },
    ]}>
      <Chart title={t("funnel")} rows={list.rows ?? []} head={t("kind.lesson")} x={(row) => row.title} shape="rows" series={[
        { name: t("started"), value: (row) => row.started },
        { name: t("completed"), value: (row) => row.completed },
      ]} />
    </Listed>
  );
}

export function Gradebook() {
  const { t, percent } = useTexts();
  const { id: course_id, slug } = useCourse().course;
  const list = useList(["gradebook", course_id], (page) => supabase.rpc("gradebook", { course_id, ...page }));
  const columns = useGradeColumns();
  return (
    <Listed list={list} caption={t("grades")} empty={t("noGrades")} columns={[
      { head: t("name"), cell: (row) => row.name },
      { head: t("courseScore"), cell: (row) => percent(row.course_score), number: true },
      ...columns,
    ]}>
      <p><Saved path={`/v1/courses/${course_id}/gradebook.csv`} name={`${slug}-grades.csv`} label={t("saveTable")} /></p>
    </Listed>
  );
}

export function QuestionStats() {
  const { t } = useTexts();
  const quizzes = useCourse().modules.flatMap((module) => module.lessons).filter((one) => one.content_type === "quiz");
  const [chosen, setChosen] = useState(quizzes[0]?.id ?? "");
  if (!chosen) return <Empty text={t("noQuiz")} />;
  return (
    <>
      <div className="filters">
        <select aria-label={t("type.quiz")} value={chosen} onChange={(event) => setChosen(event.target.value)}>
          {quizzes.map((quiz) => <option key={quiz.id} value={quiz.id}>{quiz.title}</option>)}
        </select>
      </div>
      <Stats key={chosen} lesson_id={chosen} />
    </>
  );
}

function Stats({ lesson_id }: { lesson_id: string }) {
  const { t, label, number, percent } = useTexts();
  const list = useList(["stats", lesson_id], (page) => supabase.rpc("question_stats", { lesson_id, ...page }));
  // The statistics name options by id; their texts are in the questions.
  const options = useRead(["options", lesson_id], async () => {
    const questions = await ask(supabase.from("questions").select("id, options").eq("lesson_id", lesson_id));
    return new Map(questions.flatMap((one) => listOf(one.options).map(({ id, text }) => [one.id + id, text])));
  });
  const picks = (row: QuestionStatsRow) => row.choices && (
    <ul className="plain-list">
      {Object.entries(row.choices).map(([id, n]) => (
        <li key={id}><small>{number(n)} × {options.data?.get(row.question_id + id) ?? label("answer", id)}</small></li>
      ))}
    </ul>
  );
  return (
    <Listed list={list} caption={t("questionStats")} empty={t("noQuestions")} columns={[
      { head: t("prompt"), cell: (row) => <Prose text={`${row.ord}. ${row.prompt_md}`} /> },
      { head: t("kind"), cell: (row) => label("question", row.kind) },
      { head: t("answers"), cell: (row) => number(row.answer_count), number: true },
      { head: t("difficulty"), cell: (row) => percent(row.difficulty), number: true },
      { head: t("discrimination"), cell: (row) => number(row.discrimination), number: true },
      { head: t("picked"), cell: picks },
    ]}>
      <Chart title={t("difficulty")} rows={list.rows ?? []} head={t("prompt")} x={(row) => String(row.ord)} shape="bar" series={[
        { name: "%", value: (row) => row.difficulty },
      ]} />
    </Listed>
  );
}
