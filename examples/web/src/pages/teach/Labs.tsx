// The queue of labs, and grading: the work beside the rubric.

import { Link, useNavigate, useParams } from "react-router";
import { ask, supabase, useAct, useList, useRead, useTexts } from "../../lib";
import { Empty, Field, LoadMore, Problem, Prose, Table, Waiting } from "../../ui";
import { useCourse } from "./Layout";

export function Labs() {
  const { t, moment } = useTexts();
  const { course } = useCourse();
  const list = useList(["labs", course.id], (page) => supabase.rpc("lab_queue", { course_id: course.id, ...page }));
  if (!list.rows) return <Waiting query={list} />;
  if (list.rows.length === 0) return <Empty text={t("noLabs")} />;
  return (
    <>
      <Table caption={t("labQueue")} rows={list.rows} columns={[
        { head: t("kind.lesson"), cell: (row) => row.lesson_title },
        { head: t("name"), cell: (row) => row.name },
        { head: t("handedIn"), cell: (row) => <>{moment(row.submitted_at)} {row.is_late && <span className="tag warn">{t("late")}</span>}</> },
        { head: t("status"), cell: (row) => (row.claimed_by ? t("claimed") : "") },
        { head: t("grade"), cell: (row) => <Link to={`/teach/${course.slug}/labs/${row.submission_id}`}>{t("grade")}</Link> },
      ]} />
      <LoadMore list={list} />
    </>
  );
}

// Opening a submission claims it, so that two of the staff do not grade the same.
export function Grading() {
  const { t } = useTexts();
  const { submission = "" } = useParams();
  const { course } = useCourse();
  const navigate = useNavigate();
  const work = useRead(
    ["submission", submission], () => ask(supabase.rpc("claim_submission", { submission_id: submission })),
    { staleTime: Infinity },
  );
  const lesson_id = work.data?.lesson_id ?? "";
  const rubric = useRead(
    ["rubric", lesson_id], () => ask(supabase.rpc("rubric", { lesson_id })),
    { enabled: !!lesson_id },
  );
  const grade = useAct(async ({ form, accept }: { form: FormData; accept: boolean }) => {
    const given = (rubric.data ?? []).map(({ id }) => [id, Number(form.get(`criterion-${id}`))] as const);
    await ask(supabase.rpc("grade_lab", {
      submission_id: submission,
      feedback: String(form.get("feedback")),
      accept,
      ...(given.length > 0
        ? { score: null, criteria: Object.fromEntries(given) } : { score: Number(form.get("score")) }),
    }));
    await navigate(`/teach/${course.slug}/labs`);
  }, [["labs", course.id], ["dashboard"]]);
  if (!work.data) return <Waiting query={work} />;
  if (!rubric.data) return <Waiting query={rubric} />;
  return (
    <div className="split">
      <article>
        <h2>{t("version", { n: work.data.version })}</h2>
        {work.data.body && <Prose text={work.data.body} />}
        {work.data.url && <a href={work.data.url} target="_blank" rel="noreferrer nofollow">{work.data.url}</a>}
      </article>
      <form className="stack card start" onSubmit={(event) => {
        event.preventDefault();
        const { submitter } = event.nativeEvent as SubmitEvent;
        grade.mutate({ form: new FormData(event.currentTarget), accept: submitter?.getAttribute("value") === "accept" });
      }}>
        {rubric.data.map((one) => (
          <Field key={one.id} label={`${one.title} (${one.points})`}>
            <input type="number" name={`criterion-${one.id}`} min={0} max={one.points} step="any" required />
          </Field>
        ))}
        {rubric.data.length === 0 && (
          <Field label={t("scorePercent")}><input type="number" name="score" min={0} max={100} step="any" required /></Field>
        )}
        <Field label={t("feedback")}><textarea name="feedback" /></Field>
        <Problem error={grade.error} />
        <div className="row">
          <button className="primary" value="accept">{t("accept")}</button>
          <button value="return">{t("return")}</button>
        </div>
      </form>
    </div>
  );
}
