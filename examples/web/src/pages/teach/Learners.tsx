import type { EnrollmentStatus, LearnerRow } from "database.types";
import { useState } from "react";
import { ask, supabase, useAct, useList, useTexts } from "../../lib";
import { Empty, LoadMore, Problem, Table, Waiting } from "../../ui";
import { useCourse } from "./Layout";

const STATUSES: EnrollmentStatus[] = ["pending", "waitlisted", "active", "completed", "withdrawn"];
const SORTS = ["-last_activity", "progress", "name", "-enrolled"];

export default function Learners() {
  const { t, label, percent, hours, date } = useTexts();
  const course_id = useCourse().course.id;
  const [status, setStatus] = useState<EnrollmentStatus | "">("");
  const [sort, setSort] = useState("-last_activity");
  const key = ["learners", course_id, status, sort];
  const list = useList(key, (page) =>
    supabase.rpc("course_learners", { course_id, sort, ...(status && { status }), ...page }));
  const decide = useAct(async ({ user_id, accept }: { user_id: string; accept: boolean }) => {
    const enrollment = await ask(supabase.from("enrollments").select("id")
      .eq("course_id", course_id).eq("user_id", user_id).single());
    await ask(supabase.rpc("decide_enrollment", { enrollment_id: enrollment.id, accept }));
  }, [["learners", course_id], ["dashboard"], ["overview", course_id]]);
  const acts = (row: LearnerRow) => row.status === "pending" && (
    <span className="row">
      <button onClick={() => decide.mutate({ user_id: row.user_id, accept: true })}>{t("accept")}</button>
      <button onClick={() => decide.mutate({ user_id: row.user_id, accept: false })}>{t("decline")}</button>
    </span>
  );
  return (
    <>
      <div className="row filters">
        <select aria-label={t("status")} value={status} onChange={(event) => setStatus(event.target.value as EnrollmentStatus)}>
          <option value="">{t("everybody")}</option>
          {STATUSES.map((one) => <option key={one} value={one}>{label("learner", one)}</option>)}
        </select>
        <select aria-label={t("sortBy")} value={sort} onChange={(event) => setSort(event.target.value)}>
          {SORTS.map((one) => <option key={one} value={one}>{t("sortBy")}: {label("sort", one)}</option>)}
        </select>
      </div>
      <Problem error={decide.error} />
      {!list.rows ? <Waiting query={list} /> : list.rows.length === 0 ? <Empty text={t("noLearners")} /> : (
        <Table caption={t("learners")} rows={list.rows} columns={[
          { head: t("name"), cell: (row) => <>{row.name}<small className="block">{row.email}</small></> },
          { head: t("status"), cell: (row) => <>{label("learner", row.status)} {acts(row)}</> },
          { head: t("progress"), cell: (row) => percent(row.progress), number: true },
          { head: t("courseScore"), cell: (row) => percent(row.course_score), number: true },
          { head: t("timeSpent"), cell: (row) => hours(row.seconds_spent), number: true },
          { head: t("lastActive"), cell: (row) => date(row.last_activity_at) },
        ]} />
      )}
      <LoadMore list={list} />
    </>
  );
}
