import type { EnrollmentStatus, LearnerRow, LearnerSort } from "database.types";
import { useState } from "react";
import { ask, supabase, useAct, useList, useTexts } from "../../lib";
import { Choice, Listed, Problem, Saved } from "../../ui";
import { useCourse } from "./Layout";

const STATUSES = ["all", "pending", "waitlisted", "active", "completed", "withdrawn"] as const;
const SORTS: LearnerSort[] = ["-last_activity", "progress", "name", "-enrolled"];

export default function Learners() {
  const { t, label, percent, hours, date } = useTexts();
  const { id: course_id, slug } = useCourse().course;
  const [status, setStatus] = useState<EnrollmentStatus | "all">("all");
  const [sort, setSort] = useState<LearnerSort>("-last_activity");
  const list = useList(["learners", course_id, status, sort], (page) =>
    supabase.rpc("course_learners", { course_id, sort, ...(status !== "all" && { status }), ...page }));
  const decide = useAct((given: { enrollment_id: string; accept: boolean }) =>
    ask(supabase.rpc("decide_enrollment", given)), [["learners", course_id], ["dashboard"], ["overview", course_id]]);
  const acts = ({ enrollment_id, name, status: now }: LearnerRow) => now === "pending" && (
    <span className="row">
      {([true, false] as const).map((accept) => (
        <button key={String(accept)} aria-label={`${t(accept ? "accept" : "decline")}: ${name}`} disabled={decide.isPending}
          onClick={() => decide.mutate({ enrollment_id, accept })}>{t(accept ? "accept" : "decline")}</button>
      ))}
    </span>
  );
  return (
    <>
      <div className="row filters">
        <Choice isBare head={t("status")} kind="learner" values={STATUSES} value={status}
          onChange={(event) => setStatus(event.target.value as EnrollmentStatus | "all")} />
        <Choice isBare head={t("sortBy")} kind="sort" values={SORTS} value={sort}
          onChange={(event) => setSort(event.target.value as LearnerSort)} />
        <span className="spacer" />
        <Saved path={`/v1/courses/${course_id}/learners.csv`} name={`${slug}-learners.csv`} label={t("saveTable")} />
      </div>
      <Problem error={decide.error} />
      <Listed list={list} caption={t("learners")} empty={t("noLearners")} columns={[
        { head: t("name"), cell: (row) => <>{row.name}<small className="block">{row.email}</small></> },
        { head: t("status"), cell: (row) => <>{label("learner", row.status)} {acts(row)}</> },
        { head: t("progress"), cell: (row) => percent(row.progress), number: true },
        { head: t("courseScore"), cell: (row) => percent(row.course_score), number: true },
        { head: t("timeSpent"), cell: (row) => hours(row.seconds_spent), number: true },
        { head: t("lastActive"), cell: (row) => date(row.last_activity_at) },
      ]} />
    </>
  );
}
