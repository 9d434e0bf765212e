// Where the caller stands with the course, and what they can do about it.

import type { CourseOutline } from "database.types";
import { Link } from "react-router";
import { ask, lessonPath, outlineKey, supabase, useAct, useSession, useTexts } from "../../lib";
import { Offers } from "./Offers";
import { Field, Form, Meter, Problem } from "../../ui";

export function Enrollment({ outline }: { outline: CourseOutline }) {
  const { t, label, percent } = useTexts();
  const { course, enrollment } = outline;
  const changes = [outlineKey(course.slug), ["learning"]];
  const complete = useAct(() => ask(supabase.rpc("complete_course", { course_id: course.id })), changes);
  const withdraw = useAct(() => ask(supabase.rpc("withdraw", { course_id: course.id })), changes);
  if (!enrollment || enrollment.status === "withdrawn") return <Enroll outline={outline} />;
  const lessons = outline.modules.flatMap((module) => module.lessons).filter((lesson) => lesson.is_open);
  const next = lessons.find((lesson) => lesson.status !== "completed") ?? lessons[0];
  const isIn = enrollment.status === "active" || enrollment.status === "completed";
  return (
    <div className="card stack">
      <strong>{label("enrollment", enrollment.status)}</strong>
      {outline.waitlist_position !== null && <span>{t("waitlist", { n: outline.waitlist_position })}</span>}
      {isIn && (
        <>
          <Meter value={enrollment.progress} label={t("progress")} />
          <span>{t("progressOf", { progress: percent(enrollment.progress) })}</span>
          {next && <Link className="button primary" to={lessonPath(next)}>{t("continue")}</Link>}
          <Link to={`/courses/${course.slug}/grades`}>{t("grades")}</Link>
        </>
      )}
      {outline.certificate_code && <Link to={`/verify/${outline.certificate_code}`}>{t("certificate")}</Link>}
      {enrollment.status === "active" && enrollment.progress === 100 && (
        <button onClick={() => complete.mutate(undefined)}>{t("completeCourse")}</button>
      )}
      <Problem error={complete.error ?? withdraw.error} />
      <details>
        <summary>{t("leave")}</summary>
        <p>{t("leaveHint")}</p>
        <button disabled={withdraw.isPending} onClick={() => withdraw.mutate(undefined)}>{t("withdraw")}</button>
      </details>
    </div>
  );
}

function Enroll({ outline }: { outline: CourseOutline }) {
  const { t } = useTexts();
  const session = useSession();
  const { course } = outline;
  const enroll = useAct(
    (form: FormData) => ask(supabase.rpc("enroll", { course_id: course.id, code: form.get("code")?.toString() })),
    [outlineKey(course.slug), ["learning"], ["lesson"]],
  );
  const label = t(
    course.enrollment_mode === "approval" ? "askToEnroll" : outline.seats_left === 0 ? "joinWaitlist" : "enroll",
  );
  if (course.enrollment_mode === "closed") {
    return (
      <>
        <Offers course={course} enroll={() => enroll.mutate(new FormData())} />
        <Problem error={enroll.error} />
      </>
    );
  }
  if (!session) {
    return <Link className="button primary" to={`/sign-in?next=/courses/${course.slug}`}>{t("signInToEnroll")}</Link>;
  }
  return (
    <Form act={enroll} label={label}>
      {course.enrollment_mode === "code" && <Field label={t("code")}><input name="code" required /></Field>}
    </Form>
  );
}
