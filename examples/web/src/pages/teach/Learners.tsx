import type { EnrollmentStatus, LearnerRow } from "database.types";
import { useState } from "react";
import { ask, supabase, useAct, useList, useTexts } from "../../lib";
import { Choice, Listed, Problem } from "../../ui";
import { useCourse } from "./Layout";

const STATUSES = ["all", "pending", "waitlisted", "active", "completed", "withdrawn"] as const;
const SORTS = ["-last_activity", "progress", "name", "-enrolled"];

export default function Learners() {
  const { t, label, percent, hours, date } = useTexts();
  const course_id = useCourse().course.id;
  const [status, setStatus] = useState<EnrollmentStatus | "all">("all");
  const [sort, setSort] = useState("-last_activity");
  const list = useList(["learners", course_id, status, sort], (page) =>
    supabase.rpc("course_learners", { course_id, sort, ...(status !== "all" && { status }), ...page }));
  const decide = useAct(async ({ user_id, accept }: { user_id: string; accept: boolean }) => {
    const enrollment = await ask(supabase.from("enrollments").select("id")
      .eq("course_id", course_id).eq("user_id", user_id).single());
    await ask(supabase.rpc("decide_enrollment", { enrollment_id: enrollment.id, accept }));
  }, [["learners", course_id], ["dashboard"], ["overview", course_id]]);
  const acts = ({ user_id, name, status: now }: LearnerRow) => now === "pending" && (
    <span className="row">
      {([true, false] as const).map((accept) => (
        <button key={String(accept)} aria-label={`${t(accept ? "accept" : "decline")}: ${name}`} disabled={decide.isPending}
          onClick={() => decide.mutate({ user_id, accept })}>{t(accept ? "accept" : "decline")}</button>
      ))}
    </span>
  );
  return (
    <>
      <div className="row filters">
        <Choice isBare head={t("status")} kind="learner" values={STATUSES} value={status}
          onChange={(event) => setStatus(event.target.value as EnrollmentStatus | "all")} />
        <Choice isBare head={t("sortBy")} kind="sort" values={SORTS} value={sort}
          onChange={(event) => setSort(event.target.value)} />
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
