// A lab: what was handed in, version by version, and the form for the next one.

import { useQuery } from "@tanstack/react-query";
import type { Criterion, GradedCriterion, LabRules, LessonPage } from "database.types";
import { useState } from "react";
import { useTexts } from "../../lib/i18n";
import { staleAfterWork } from "../../lib/lesson";
import { useAct } from "../../lib/query";
import { useSession } from "../../lib/session";
import { ask, supabase } from "../../lib/supabase";
import { Field, Table } from "../../ui/parts";
import { Prose } from "../../ui/Prose";
import { Problem, Waiting } from "../../ui/State";

const COLUMNS = "id, version, status, body, url, submitted_at, is_late, score, feedback, criteria";
const readWork = (lesson: string, user: string) =>
  ask(supabase.from("lab_submissions").select(COLUMNS)
    .eq("lesson_id", lesson).eq("user_id", user).order("version", { ascending: false }));
type Work = Awaited<ReturnType<typeof readWork>>[number];

export default function Lab({ page, lab }: { page: LessonPage; lab: LabRules }) {
  const { t, moment } = useTexts();
  const user = useSession()?.user.id;
  const { lesson } = page;
  const work = useQuery({
    queryKey: ["work", lesson.id],
    queryFn: () => readWork(lesson.id, user!),
    enabled: !!user && !page.is_staff,
    staleTime: 0,
  });
  const isDone = work.data?.[0]?.status === "accepted";
  return (
    <section>
      {lab.due_at && <p className="panel">{t("due", { when: moment(lab.due_at) })}</p>}
      {lab.rubric && <Rubric rubric={lab.rubric} />}
      {!page.is_staff && user && (work.data ? (
        <>
          {!isDone && <Form page={page} />}
          {work.data.map((one) => <Version key={one.id} work={one} />)}
        </>
      ) : <Waiting query={work} />)}
    </section>
  );
}

function Rubric({ rubric }: { rubric: Criterion[] }) {
  const { t, number } = useTexts();
  return (
    <Table
      caption={t("rubric")}
      rows={rubric}
      columns={[
        { head: t("criterion"), cell: (row) => row.title },
        { head: t("maximum"), cell: (row) => number(row.points), number: true },
      ]}
    />
  );
}

function Form({ page }: { page: LessonPage }) {
  const { t } = useTexts();
  // A draft that is not handed in yet outlives a reload.
  const store = `lab:${page.lesson.id}`;
  const [body, setBody] = useState(() => sessionStorage.getItem(store) ?? "");
  const [url, setUrl] = useState("");
  const submit = useAct(async () => {
    await ask(supabase.rpc("submit_lab", {
      lesson_id: page.lesson.id, ...(body.trim() && { body }), ...(url.trim() && { url: url.trim() }),
    }));
    sessionStorage.removeItem(store);
    setBody("");
    setUrl("");
  }, [["work", page.lesson.id], ...staleAfterWork(page.course.slug)]);
  return (
    <form className="stack card" action={() => submit.mutate(undefined)}>
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
      <Problem error={submit.error} />
      <button className="primary" disabled={submit.isPending || (!body.trim() && !url.trim())}>{t("handIn")}</button>
    </form>
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
      {work.criteria && <Given criteria={work.criteria} />}
      {work.feedback && <div className="panel"><strong>{t("feedback")}</strong><Prose text={work.feedback} /></div>}
    </details>
  );
}

export function Given({ criteria }: { criteria: GradedCriterion[] }) {
  const { t, number } = useTexts();
  return (
    <Table
      caption={t("rubric")}
      rows={criteria}
      columns={[
        { head: t("criterion"), cell: (row) => row.title },
        { head: t("result"), cell: (row) => `${number(row.given)} / ${number(row.points)}`, number: true },
      ]}
    />
  );
}
