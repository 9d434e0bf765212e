import { Link } from "react-router";
import { supabase, useList, useTexts } from "../../lib";
import { Empty, LoadMore, Table, useTitle, Waiting } from "../../ui";
import Chart from "../../ui/Chart";
import { NewCourse } from "./NewCourse";

export default function Dashboard() {
  const { t, number, percent } = useTexts();
  useTitle(t("teaching"));
  const list = useList(["dashboard"], (page) => supabase.rpc("instructor_dashboard", page));
  if (!list.rows) return <Waiting query={list} />;
  const { rows } = list;
  const count = (head: string, cell: (row: (typeof rows)[number]) => number | null) =>
    ({ head, cell: (row: (typeof rows)[number]) => number(cell(row)), number: true });
  return (
    <>
      <h1>{t("teaching")}</h1>
      {rows.length === 0 ? <Empty text={t("noTeaching")} /> : (
        <>
          <Table caption={t("courses")} rows={rows} columns={[
            { head: t("kind.course"), cell: (row) => <Link to={`/teach/${row.course_slug}`}>{row.title}</Link> },
            { head: t("status"), cell: (row) => t(row.is_published ? "published" : "draft") },
            count(t("active"), (row) => row.active),
            count(t("activeWeek"), (row) => row.active_learners_7d),
            count(t("pending"), (row) => row.pending + row.waitlisted),
            count(t("completed"), (row) => row.completed),
            { head: t("completionRate"), cell: (row) => percent(row.completion_rate), number: true },
            { head: t("meanScore"), cell: (row) => percent(row.mean_score), number: true },
            { head: t("labsToGrade"), cell: (row) => <Link to={`/teach/${row.course_slug}/labs`}>{row.labs_to_grade}</Link> },
          ]} />
          <Chart
            title={t("learners")}
            rows={rows}
            head={t("kind.course")}
            x={(row) => row.title}
            series={[
              { name: t("active"), value: (row) => row.active },
              { name: t("inactive"), value: (row) => row.inactive_learners },
              { name: t("completed"), value: (row) => row.completed },
            ]}
            shape="bar"
          />
        </>
      )}
      <LoadMore list={list} />
      <NewCourse />
    </>
  );
}
