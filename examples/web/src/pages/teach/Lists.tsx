// Lists of a course that are one call and one table: at risk, funnel, grades, question statistics.

import type { RiskRow } from "database.types";
import { useState, type ReactNode } from "react";
import { Link } from "react-router";
import { lessonPath, supabase, useList, useTexts } from "../../lib";
import { type Column, Empty, LoadMore, Table, Waiting } from "../../ui";
import Chart from "../../ui/Chart";
import { useGradeColumns } from "../grades/Grades";
import { useCourse } from "./Layout";

type List<Row> = Parameters<typeof Waiting>[0]["query"] & Parameters<typeof LoadMore>[0]["list"] & { rows?: Row[] };
type Props<Row> = { list: List<Row>; caption: string; empty: string; columns: Column<Row>[]; children?: ReactNode };

function Listed<Row>({ list, caption, empty, columns, children }: Props<Row>) {
  if (!list.rows) return <Waiting query={list} />;
  if (list.rows.length === 0) return <Empty text={empty} />;
  return (
    <>
      {children}
      <Table caption={caption} rows={list.rows} columns={columns} />
      <LoadMore list={list} />
    </>
  );
}

export function AtRisk() {
  const { t, label, percent, date } = useTexts();
  const course_id = useCourse().course.id;
  const list = useList(["risk", course_id], (page) => supabase.rpc("at_risk_learners", { course_id, ...page }));
  const stuck = (row: RiskRow) => row.stuck_lesson_slug && (
    <Link to={lessonPath({ course_slug: row.course_slug, slug: row.stuck_lesson_slug })}>{row.stuck_lesson_slug}</Link>
  );
  return (
    <Listed list={list} caption={t("atRisk")} empty={t("noRisk")} columns={[
      { head: t("name"), cell: (row) => <>{row.name}<small className="block">{row.email}</small></> },
      { head: t("why"), cell: (row) => row.reasons.map((reason) => label("risk", reason)).join(", ") },
      { head: t("stuckAt"), cell: stuck },
      { head: t("progress"), cell: (row) => percent(row.progress), number: true },
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
      { head: t("kind.lesson"), cell: (row) => <>{row.title} {row.is_biggest_drop && <span className="tag warn">{t("biggestDrop")}</span>}</> },
      { head: t("kind"), cell: (row) => label("type", row.content_type) },
      { head: t("started"), cell: (row) => number(row.started), number: true },
      { head: t("completed"), cell: (row) => number(row.completed), number: true },
      { head: t("lost"), cell: (row) => percent(row.drop_rate), number: true },
      { head: t("meanScore"), cell: (row) => percent(row.mean_score), number: true },
    ]}>
      <Chart title={t("funnel")} rows={list.rows ?? []} head={t("kind.lesson")} x={(row) => row.title} shape="bar" series={[
        { name: t("started"), value: (row) => row.started },
        { name: t("completed"), value: (row) => row.completed },
      ]} />
    </Listed>
  );
}

export function Gradebook() {
  const { t } = useTexts();
  const course_id = useCourse().course.id;
  const list = useList(["gradebook", course_id], (page) => supabase.rpc("gradebook", { course_id, ...page }));
  const columns = useGradeColumns();
  return (
    <Listed list={list} caption={t("grades")} empty={t("noGrades")} columns={[
      { head: t("name"), cell: (row) => row.name }, ...columns,
    ]} />
  );
}

export function QuestionStats() {
  const { t } = useTexts();
  const quizzes = useCourse().modules.flatMap((module) => module.lessons).filter((one) => one.content_type === "quiz");
  const [chosen, setChosen] = useState(quizzes[0]?.id ?? "");
  if (!chosen) return <Empty text={t("noQuiz")} />;
  return (
    <>
      <select aria-label={t("type.quiz")} className="filters" value={chosen} onChange={(event) => setChosen(event.target.value)}>
        {quizzes.map((quiz) => <option key={quiz.id} value={quiz.id}>{quiz.title}</option>)}
      </select>
      <Stats lesson_id={chosen} />
    </>
  );
}

function Stats({ lesson_id }: { lesson_id: string }) {
  const { t, label, number, percent } = useTexts();
  const list = useList(["stats", lesson_id], (page) => supabase.rpc("question_stats", { lesson_id, ...page }));
  return (
    <Listed list={list} caption={t("questionStats")} empty={t("noQuestions")} columns={[
      { head: t("question", { n: "" }), cell: (row) => row.prompt_md },
      { head: t("kind"), cell: (row) => label("question", row.kind) },
      { head: t("answers"), cell: (row) => number(row.answer_count), number: true },
      { head: t("difficulty"), cell: (row) => percent(row.difficulty), number: true },
      { head: t("discrimination"), cell: (row) => number(row.discrimination), number: true },
    ]} />
  );
}
