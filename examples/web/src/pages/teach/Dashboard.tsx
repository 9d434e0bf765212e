import type { DashboardRow } from "database.types";
import { Link } from "react-router";
import { supabase, useList, useTexts } from "../../lib";
import { Listed, useTitle } from "../../ui";
import Chart from "../../ui/Chart";
import { NewCourse } from "./NewCourse";

// A chart of many courses is longer than the screen.
const CHARTED = 10;

export default function Dashboard() {
  const { t, number, percent } = useTexts();
  useTitle(t("teaching"));
  const list = useList(["dashboard"], (page) => supabase.rpc("instructor_dashboard", page));
  const count = (head: string, value: (row: DashboardRow) => number) =>
    ({ head, cell: (row: DashboardRow) => number(value(row)), number: true });
  return (
    <>
      <h1>{t("teaching")}</h1>
      <Listed list={list} caption={t("courses")} empty={t("noTeaching")} columns={[
        { head: t("kind.course"), cell: (row) => <Link to={`/teach/${row.course_slug}`}>{row.title}</Link> },
        { head: t("status"), cell: (row) => t(row.is_published ? "published" : "draft") },
        count(t("active"), (row) => row.active),
        count(t("activeWeek"), (row) => row.active_learners_7d),
        count(t("pending"), (row) => row.pending + row.waitlisted),
        count(t("completed"), (row) => row.completed),
        { head: t("completionRate"), cell: (row) => percent(row.completion_rate), number: true },
        { head: t("meanScore"), cell: (row) => percent(row.mean_score), number: true },
        {
          head: t("labsToGrade"),
          cell: (row) => <Link to={`/teach/${row.course_slug}/labs`}>{number(row.labs_to_grade)}</Link>,
          number: true,
        },
      ]}>
        <Chart title={t("learners")} rows={list.rows?.slice(0, CHARTED) ?? []} head={t("kind.course")} shape="rows"
          x={(row) => row.title} series={[
            { name: t("active"), value: (row) => row.active },
            { name: t("inactive"), value: (row) => row.inactive_learners },
            { name: t("completed"), value: (row) => row.completed },
          ]} />
      </Listed>
      <NewCourse />
      <p><Link to="/import">{t("importCourse")}</Link></p>
    </>
  );
}
