import type { LearningRow } from "database.types";
import { Link } from "react-router";
import { lessonPath, supabase, useList, useTexts } from "../../lib";
import { Cover, LoadMore, Meter, useTitle, Waiting } from "../../ui";
import { useInvitations } from "./Invitations";

export default function Learning() {
  const { t } = useTexts();
  useTitle(t("learning"));
  const list = useList(["learning"], (page) => supabase.rpc("my_learning", page));
  const invitations = useInvitations().rows?.length;
  if (!list.rows) return <Waiting query={list} />;
  const due = list.rows.flatMap((course) => course.due_dates).toSorted((a, b) => a.due_at.localeCompare(b.due_at));
  const streak = Math.max(0, ...list.rows.map((course) => course.streak_days));
  const minutes = list.rows.reduce((sum, course) => sum + course.minutes_this_week, 0);
  return (
    <>
      <h1>{t("learning")}</h1>
      {invitations ? <p className="alert"><Link to="/invitations">{t("openInvitations", { n: invitations })}</Link></p> : null}
      {list.rows.length === 0 ? (
        <div className="state"><p>{t("noLearning")}</p><Link className="button primary" to="/">{t("findCourses")}</Link></div>
      ) : (
        <p className="row"><span className="tag">{t("streak", { n: streak })}</span>{t("thisWeek", { n: minutes })}</p>
      )}
      {due.length > 0 && <Due dates={due} />}
      <ul className="grid plain-list">
        {list.rows.map((course) => <li key={course.course_id} className="card course-card"><Course course={course} /></li>)}
      </ul>
      <LoadMore list={list} />
    </>
  );
}

function Due({ dates }: { dates: LearningRow["due_dates"] }) {
  const { t, moment, label } = useTexts();
  return (
    <section className="panel">
      <h2>{t("dueDates")}</h2>
      <ul className="plain-list">
        {dates.slice(0, 10).map((one) => (
          <li key={one.lesson_id}>
            <Link to={lessonPath({ course_slug: one.course_slug, slug: one.lesson_slug })}>{one.title}</Link>{" "}
            <small>{label("type", one.content_type)} · {moment(one.due_at)}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Course({ course }: { course: LearningRow }) {
  const { t, percent, label } = useTexts();
  return (
    <>
      <Cover url={course.cover_url} title={course.title} />
      <div className="stack">
        <h2><Link to={`/courses/${course.slug}`}>{course.title}</Link></h2>
        <small>{label("enrollment", course.status)}</small>
        <Meter value={course.progress} label={t("progress")} />
        <small>{t("progressOf", { progress: percent(course.progress) })}</small>
        {course.next_lesson && (
          <Link className="button primary above" to={lessonPath(course.next_lesson)}>{course.next_lesson.title}</Link>
        )}
        {course.certificate_code && (
          <Link className="above" to={`/verify/${course.certificate_code}`}>{t("certificate")}</Link>
        )}
      </div>
    </>
  );
}
