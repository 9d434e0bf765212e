import { ask, supabase, useRead, useTexts } from "../../lib";
import { Figures, Waiting } from "../../ui";
import Chart from "../../ui/Chart";
import { useCourse } from "./Layout";

export default function Overview() {
  const { t, number, percent, hours, day } = useTexts();
  const course_id = useCourse().course.id;
  const overview = useRead(["overview", course_id], () => ask(supabase.rpc("course_overview", { course_id })));
  if (!overview.data) return <Waiting query={overview} />;
  const { data } = overview;
  return (
    <>
      <Figures rows={[
        ["active", number(data.active)],
        ["completed", number(data.completed)],
        ["pending", number(data.pending)],
        ["completionRate", percent(data.completion_rate)],
        ["meanProgress", percent(data.mean_progress)],
        ["meanScore", percent(data.mean_score)],
        ["timeSpent", hours(data.seconds_spent)],
        ["daysToComplete", number(data.median_days_to_complete)],
      ]} />
      <p className="soft">{t("since", { when: day(data.since) })}</p>
      <Chart title={t("activity")} rows={data.days} head={t("day")} x={(row) => day(row.day)} series={[
        { name: t("activeLearners"), value: (row) => row.active_learners },
        { name: t("lessonsCompleted"), value: (row) => row.lessons_completed },
        { name: t("enrolled"), value: (row) => row.enrolled },
      ]} />
      {data.score_distribution && (
        <Chart title={t("scores")} rows={data.score_distribution.map((count, index) => ({ count, index }))} head={t("result")}
          x={(row) => `${row.index * 10}–${row.index * 10 + 10} %`} shape="bar"
          series={[{ name: t("learners"), value: (row) => row.count }]} />
      )}
    </>
  );
}
