import { Link, useParams } from "react-router";
import type { GradebookRow } from "database.types";
import { lessonPath, supabase, useList, useOutline, useSession, useTexts } from "../../lib";
import { type Column, Empty, LoadMore, Table, useTitle, Waiting } from "../../ui";

// The results of the caller; the gradebook of staff is a page of theirs.
export default function Grades() {
  const { course: slug } = useParams();
  const { t, percent } = useTexts();
  useTitle(t("grades"));
  const user = useSession()?.user.id;
  const columns = useGradeColumns();
  const outline = useOutline(slug);
  const course_id = outline.data?.course.id ?? "";
  const list = useList(["gradebook", course_id], (page) => supabase.rpc("gradebook", { course_id, ...page }), !!course_id);
  if (!outline.data) return <Waiting query={outline} />;
  if (!list.rows) return <Waiting query={list} />;
  const rows = list.rows.filter((row) => row.user_id === user);
  return (
    <>
      <p><Link to={`/courses/${slug}`}>← {outline.data.course.title}</Link></p>
      <h1>{t("grades")}</h1>
      {rows[0] && <p>{t("courseScore")}: <strong>{percent(rows[0].course_score)}</strong></p>}
      {rows.length === 0 ? <Empty text={t("noGrades")} /> : <Table caption={t("grades")} rows={rows} columns={columns} />}
      <LoadMore list={list} />
    </>
  );
}

export function useGradeColumns(): Column<GradebookRow>[] {
  const { t, percent, number, label } = useTexts();
  return [
    {
      head: t("kind.lesson"),
      cell: (row) => (
        <Link to={lessonPath({ course_slug: row.course_slug, slug: row.lesson_slug })}>{row.lesson_title}</Link>
      ),
    },
    { head: t("kind"), cell: (row) => label("type", row.content_type) },
    {
      head: t("result"),
      cell: (row) => <>{percent(row.score)}{row.is_late && <small> {t("late")}</small>}</>,
      number: true,
    },
    { head: t("weight"), cell: (row) => number(row.weight), number: true },
    { head: t("attemptCount"), cell: (row) => number(row.attempt_count), number: true },
    { head: t("status"), cell: (row) => (row.status ? label("lesson", row.status) : t("notStarted")) },
  ];
}
