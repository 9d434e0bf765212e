import { Link } from "react-router";
import { ask, supabase, useRead, useTexts } from "../../lib";
import { Figures, Table, useTitle, Waiting } from "../../ui";
import Chart from "../../ui/Chart";
import { People } from "./People";

export default function Platform() {
  const { t, number, hours, day } = useTexts();
  useTitle(t("platform"));
  const overview = useRead(["platform"], () => ask(supabase.rpc("platform_overview")));
  if (!overview.data) return <Waiting query={overview} />;
  const { data } = overview;
  return (
    <>
      <div className="row between"><h1>{t("platform")}</h1><Link className="button" to="/orders">{t("orders")}</Link></div>
      <Figures rows={[
        ["learners", number(data.learners)],
        ["instructors", number(data.instructors)],
        ["admins", number(data.admins)],
        ["publishedCourses", `${number(data.courses_published)} / ${number(data.courses)}`],
        ["active", number(data.enrollments_active)],
        ["completed", number(data.enrollments_completed)],
        ["certificates", number(data.certificates)],
        ["timeSpent", hours(data.seconds_spent)],
      ]} />
      <p className="soft">{t("since", { when: day(data.since) })} · {t("fewNote")}</p>
      <Chart title={t("activity")} rows={data.days} head={t("day")} x={(row) => day(row.day)} series={[
        { name: t("activeLearners"), value: (row) => row.active_learners },
        { name: t("enrolled"), value: (row) => row.enrolled },
        { name: t("completed"), value: (row) => row.completed },
      ]} />
      <h2>{t("topCourses")}</h2>
      <Table caption={t("topCourses")} rows={data.top_courses} columns={[
        { head: t("kind.course"), cell: (row) => <Link to={`/teach/${row.course_slug}`}>{row.title}</Link> },
        { head: t("active"), cell: (row) => number(row.active), number: true },
      ]} />
      <People />
    </>
  );
}
