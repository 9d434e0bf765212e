// A file that the service reads: a report of what comes and what is lost, by file and line, before anything is stored.

import { type ReactNode, useState } from "react";
import { askService, useAct, useTexts } from "../../lib";
import { Field, Figures, Form, Problem, Table } from "../../ui";

type Note = { level: "lost" | "changed"; code: string; message: string; file: string; lines: number[]; count: number };
type Lesson = { slug: string; title: string; content_type: string; questions: number };
type Report = {
  format: string;
  title: string;
  counts: Record<"modules" | "lessons" | "questions" | "skipped_questions" | "files", number>;
  modules: { title: string; lessons: Lesson[] }[];
  notes: Note[];
  notes_left_off: number;
};
type Answer = { course_slug?: string; report: Report };
type Options = Record<string, string | undefined>;

const ACCEPT = ".zip,.gz,.tgz,.imscc,.mbz,.xml,.gift,.txt,.md";

type Props = {
  path: string; stale: (string | undefined)[][]; onDone: (answer: Answer) => void;
  options?: (form: FormData) => Options; children?: ReactNode;
};

export function FileImport({ path, stale, onDone, options = () => ({}), children }: Props) {
  const { t } = useTexts();
  const [chosen, setChosen] = useState<{ file: File; options: Options } | null>(null);
  const send = async (given: { file: File; options: Options }, dryRun: boolean): Promise<Answer> => {
    const entries = Object.entries({ ...given.options, name: given.file.name, ...(dryRun && { dry_run: "true" }) });
    const query = new URLSearchParams(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
    return (await askService(`${path}?${query}`, { method: "POST", body: given.file })).json();
  };
  const check = useAct(async (form: FormData) => {
    const given = { file: form.get("file") as File, options: options(form) };
    const answer = await send(given, true);
    setChosen(given);
    return answer;
  });
  const store = useAct(async (_: undefined) => {
    const answer = await send(chosen!, false);
    if (missesFiles(answer)) return answer;
    onDone(answer);
    return null;
  }, stale);
  return (
    <>
      <div onChange={() => { check.reset(); store.reset(); setChosen(null); }}>
        <Form act={check} label={t(check.isPending ? "readingFile" : "checkFile")} className="stack card form">
          <Field label={t("file")} hint={t("importFormats")}><input name="file" type="file" accept={ACCEPT} required /></Field>
          {children}
        </Form>
      </div>
      {check.data && chosen && (
        <section className="stack" aria-label={t("report")}>
          {store.data && <p role="alert">{t("someFiles")}</p>}
          <ReportOf report={(store.data ?? check.data).report} />
          <Problem error={store.error} />
          <div className="row">
            <button className="primary" disabled={store.isPending} onClick={() => store.mutate(undefined)}>
              {t(store.data ? "retry" : "importNow")}
            </button>
            {store.data && <button onClick={() => onDone(store.data!)}>{t("toCourse")}</button>}
          </div>
        </section>
      )}
    </>
  );
}

// An import that is repeated stores the files that are missing.
const missesFiles = ({ report }: Answer) => report.notes.some((note) => note.code === "file_not_stored");

function ReportOf({ report }: { report: Report }) {
  const { t, label, number } = useTexts();
  const { counts, notes } = report;
  const lessons = report.modules.flatMap((module) => module.lessons.map((lesson) => ({ ...lesson, module: module.title })));
  const places = (note: Note) => {
    const lines = note.lines.slice(0, 10).join(", ") + (note.lines.length > 10 ? " …" : "");
    return lines ? `${note.file}: ${lines}` : note.file;
  };
  return (
    <>
      <h2>{report.title}</h2>
      <Figures rows={[
        ["modules", number(counts.modules)], ["lessons", number(counts.lessons)], ["questions", number(counts.questions)],
        ["skippedQuestions", number(counts.skipped_questions)],
      ]} />
      {notes.length === 0 ? <p className="good">{t("nothingLost")}</p> : (
        <Table caption={t("lostOrChanged")} rows={notes} columns={[
          { head: t("lostOrChanged"), cell: (note) => (
            <><span className={`tag ${note.level === "lost" ? "bad" : "warn"}`}>{label("note", note.level)}</span> {note.message}</>
          ) },
          { head: t("place"), cell: places },
          { head: t("count"), cell: (note) => number(note.count), number: true },
        ]} />
      )}
      {report.notes_left_off > 0 && <p>{t("notesLeftOff", { n: report.notes_left_off })}</p>}
      <details>
        <summary>{t("outline")}</summary>
        <Table caption={t("outline")} rows={lessons} columns={[
          { head: t("kind.module"), cell: (row) => row.module },
          { head: t("kind.lesson"), cell: (row) => row.title },
          { head: t("kind"), cell: (row) => label("type", row.content_type) },
          { head: t("questions"), cell: (row) => number(row.questions), number: true },
        ]} />
      </details>
    </>
  );
}
