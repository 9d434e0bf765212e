// A lab: what was handed in, version by version, and the form for the next one.

import type { Criterion, LabRules, LessonPage } from "database.types";
import { useState } from "react";
import { ask, staleAfterWork, supabase, useAct, useRead, useSession, useTexts } from "../../lib";
import { Download, Field, Form, Prose, Table, Upload, Waiting } from "../../ui";

const COLUMNS = "id, version, status, body, url, file_path, file_name, submitted_at, is_late, score, feedback, criteria";
const readWork = (lesson: string, user: string) =>
  ask(supabase.from("lab_submissions").select(COLUMNS)
    .eq("lesson_id", lesson).eq("user_id", user).order("version", { ascending: false }));
type Work = Awaited<ReturnType<typeof readWork>>[number];

export default function Lab({ page, lab }: { page: LessonPage; lab: LabRules }) {
  const { t, moment } = useTexts();
  const user = useSession()?.user.id;
  const { lesson } = page;
  const work = useRead(
    ["work", lesson.id], () => readWork(lesson.id, user!),
    { enabled: page.is_enrolled, staleTime: 0 },
  );
  const isDone = work.data?.[0]?.status === "accepted";
  return (
    <section>
      {lab.due_at && <p className="panel">{t("due", { when: moment(lab.due_at) })}</p>}
      {lab.rubric && <Rubric rubric={lab.rubric} />}
      {page.is_enrolled && (work.data ? (
        <>
          {!isDone && <HandIn page={page} />}
          {work.data.map((one) => <Version key={one.id} work={one} />)}
        </>
      ) : <Waiting query={work} />)}
    </section>
  );
}

// The criteria, with the points given once the work is graded.
function Rubric({ rubric }: { rubric: (Criterion & { given?: number })[] }) {
  const { t, number } = useTexts();
  return (
    <Table caption={t("rubric")} rows={rubric} columns={[
      { head: t("criterion"), cell: (row) => row.title },
      {
        head: t("pointsHead"), number: true,
        cell: (row) => (row.given === undefined ? "" : `${number(row.given)} / `) + number(row.points),
      },
    ]} />
  );
}

function HandIn({ page }: { page: LessonPage }) {
  const { t } = useTexts();
  // A draft that is not handed in yet outlives a reload.
  const store = `lab:${page.lesson.id}`;
  const [body, setBody] = useState(() => sessionStorage.getItem(store) ?? "");
  const [url, setUrl] = useState("");
  const [file, setFile] = useState<{ file_path: string; file_name: string } | null>(null);
  const user = useSession()?.user.id;
  const submit = useAct(async (_: FormData) => {
    await ask(supabase.rpc("submit_lab", {
      lesson_id: page.lesson.id, ...(body.trim() && { body }), ...(url.trim() && { url: url.trim() }), ...file,
    }));
    sessionStorage.removeItem(store);
    setBody("");
    setUrl("");
    setFile(null);
  }, [["work", page.lesson.id], ...staleAfterWork(page.course.slug)]);
  return (
    <Form act={submit} label={t("handIn")}>
      <Field label={t("yourWork")} hint={t("markdownHint")}>
        <textarea
          value={body}
          onChange={(event) => {
            setBody(event.target.value);
            sessionStorage.setItem(store, event.target.value);
          }}
        />
      </Field>
      <Field label={t("workAddress")}>
        <input type="url" value={url} onChange={(event) => setUrl(event.target.value)} />
      </Field>
      <Upload label={t("workFile")} bucket="submissions" folder={`${user}/${page.lesson.id}`}
        onStored={(file_path, { name }) => setFile({ file_path, file_name: name.slice(-200) })} />
      {file && (
        <p className="row">
          {t("attached", { name: file.file_name })}
          <button type="button" onClick={() => setFile(null)}>{t("remove")}</button>
        </p>
      )}
    </Form>
  );
}

function Version({ work }: { work: Work }) {
  const { t, label, moment, percent } = useTexts();
  return (
    <details className="card version" open={work.status !== "superseded"}>
      <summary>
        {t("version", { n: work.version })} · {label("work", work.status)} · {moment(work.submitted_at)}
        {work.is_late && ` · ${t("late")}`}{work.score !== null && ` · ${percent(work.score)}`}
      </summary>
      {work.body && <Prose text={work.body} />}
      {work.url && <p><a href={work.url} target="_blank" rel="noreferrer nofollow">{work.url}</a></p>}
      {work.file_path && (
        <p><Download bucket="submissions" path={work.file_path} title={work.file_name ?? t("download")} /></p>
      )}
      {work.criteria && <Rubric rubric={work.criteria} />}
      {work.feedback && <div className="panel"><strong>{t("feedback")}</strong><Prose text={work.feedback} /></div>}
    </details>
  );
}
