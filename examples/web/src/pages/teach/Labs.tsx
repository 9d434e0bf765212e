// The queue of labs, and grading: the work beside the rubric.

import { Link, useNavigate, useParams } from "react-router";
import { ask, lessonPath, supabase, useAct, useList, useRead, useTexts } from "../../lib";
import { Download, Field, Listed, Problem, Prose, Waiting } from "../../ui";
import { useCourse } from "./Layout";

export function Labs() {
  const { t, moment } = useTexts();
  const { course } = useCourse();
  const list = useList(["labs", course.id], (page) => supabase.rpc("lab_queue", { course_id: course.id, ...page }));
  return (
    <Listed list={list} caption={t("labQueue")} empty={t("noLabs")} columns={[
      { head: t("kind.lesson"), cell: (row) => row.lesson_title },
      { head: t("name"), cell: (row) => row.name },
      {
        head: t("handedIn"),
        cell: (row) => <>{moment(row.submitted_at)} {row.is_late && <span className="tag warn">{t("late")}</span>}</>,
      },
      { head: t("status"), cell: (row) => t(row.claimed_by ? "claimed" : "waits") },
      {
        head: t("grade"),
        cell: (row) => (
          <Link to={row.submission_id ?? `attempts/${row.attempt_id}`} aria-label={`${t("grade")}: ${row.lesson_title}, ${row.name}`}>{t("grade")}</Link>
        ),
      },
    ]} />
  );
}

// Opening a submission claims it, so that two of the staff do not grade the same.
export function Grading() {
  const { t, moment } = useTexts();
  const { submission = "" } = useParams();
  const { course } = useCourse();
  const navigate = useNavigate();
  const work = useRead(["submission", submission], () => ask(
    supabase.rpc("claim_submission", { submission_id: submission })
      .select("lesson_id, version, body, url, file_path, file_name, is_late, submitted_at, profiles(name), lessons(slug, title)"),
  ), { staleTime: Infinity, gcTime: 0 });
  const lesson_id = work.data?.lesson_id ?? "";
  const rubric = useRead(["rubric", lesson_id], () => ask(supabase.rpc("rubric", { lesson_id })), { enabled: !!lesson_id });
  const grade = useAct(async ({ form, accept }: { form: FormData; accept: boolean }) => {
    const given = (rubric.data ?? []).map(({ id }) => [id, Number(form.get(`criterion-${id}`))] as const);
    await ask(supabase.rpc("grade_lab", {
      submission_id: submission,
      feedback: String(form.get("feedback")),
      accept,
      ...(given.length > 0 ? { score: null, criteria: Object.fromEntries(given) } : { score: Number(form.get("score")) }),
    }));
    await navigate(`/teach/${course.slug}/labs`);
  }, [["labs", course.id], ["dashboard"]]);
  if (!work.data) return <Waiting query={work} />;
  if (!rubric.data) return <Waiting query={rubric} />;
  const { lessons, profiles, ...version } = work.data;
  return (
    <div className="split">
      <article>
        <h2>{profiles?.name}: {lessons?.title}</h2>
        <p className="row soft">
          {t("version", { n: version.version })} · {moment(version.submitted_at)}
          {version.is_late && <span className="tag warn">{t("late")}</span>}
          {lessons && <Link to={lessonPath({ course_slug: course.slug, slug: lessons.slug })}>{t("kind.lesson")}</Link>}
        </p>
        {version.body && <Prose text={version.body} />}
        {version.url && <a href={version.url} target="_blank" rel="noreferrer nofollow">{version.url}</a>}
        {version.file_path && (
          <p><Download bucket="submissions" path={version.file_path} title={version.file_name ?? t("download")} /></p>
        )}
      </article>
      <form className="stack card start" onSubmit={(event) => {
        event.preventDefault();
        const { submitter } = event.nativeEvent as SubmitEvent;
        grade.mutate({ form: new FormData(event.currentTarget), accept: submitter?.getAttribute("value") === "accept" });
      }}>
        {rubric.data.map((one) => (
          <Field key={one.id} label={`${one.title} (0–${one.points})`}>
            <input type="number" name={`criterion-${one.id}`} min={0} max={one.points} step="any" required />
          </Field>
        ))}
        {rubric.data.length === 0 && (
          <Field label={t("scorePercent")}><input type="number" name="score" min={0} max={100} step="any" required /></Field>
        )}
        <Field label={t("feedback")}><textarea name="feedback" /></Field>
        <Problem error={grade.error} />
        <div className="row">
          <button className="primary" value="accept" disabled={grade.isPending}>{t("accept")}</button>
          <button value="return" disabled={grade.isPending}>{t("return")}</button>
        </div>
      </form>
    </div>
  );
}
