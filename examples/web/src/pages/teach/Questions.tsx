import type { QuestionKind } from "database.types";
import { useState } from "react";
import { ask, supabase, useAct, useRead, useTexts } from "../../lib";
import { Choice, Field, Form, Problem, Prose, Waiting } from "../../ui";
import { fromText, toText } from "./questionText";

const KINDS: QuestionKind[] =
  ["single", "multiple", "true_false", "numeric", "short_text", "ordering", "matching", "cloze", "essay", "file"];
const COLUMNS = "id, ord, kind, prompt_md, points, options, revision";

async function readQuestions(lesson_id: string) {
  const [questions, keys] = await Promise.all([
    ask(supabase.from("questions").select(COLUMNS).eq("lesson_id", lesson_id).is("archived_at", null).order("ord")),
    ask(supabase.rpc("question_keys", { lesson_id })),
  ]);
  return questions.flatMap((question) => {
    const own = keys.find((one) => one.question_id === question.id);
    return own ? [{ ...question, key: own.key, explanation_md: own.explanation_md, hints: own.hints }] : [];
  });
}
type Question = Awaited<ReturnType<typeof readQuestions>>[number];

// Keys are read when somebody opens the section.
export function Questions({ lesson_id }: { lesson_id: string }) {
  const { t } = useTexts();
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => event.target === event.currentTarget && setOpen(event.currentTarget.open)}>
      <summary><h2 className="inline">{t("questions")}</h2></summary>
      {isOpen && <List lesson_id={lesson_id} />}
    </details>
  );
}

function List({ lesson_id }: { lesson_id: string }) {
  const { t } = useTexts();
  const questions = useRead(["questions", lesson_id], () => readQuestions(lesson_id), { staleTime: 0 });
  if (!questions.data) return <Waiting query={questions} />;
  return (
    <section className="stack">
      {questions.data.map((question) => (
        <details key={question.id} className="card">
          <summary>{question.prompt_md}</summary>
          <Editor lesson_id={lesson_id} question={question} />
        </details>
      ))}
      <details className="card">
        <summary>{t("newQuestion")}</summary>
        <Editor key={questions.data.length} lesson_id={lesson_id} question={null} />
      </details>
    </section>
  );
}

function Editor({ lesson_id, question }: { lesson_id: string; question: Question | null }) {
  const { t, label } = useTexts();
  // What the form was filled with, so that a change by somebody else meanwhile is refused.
  const [read, setRead] = useState(question);
  const [kind, setKind] = useState<QuestionKind>(question?.kind ?? "single");
  const [prompt, setPrompt] = useState(question?.prompt_md ?? "");
  const stale = [["questions", lesson_id], ["problems"], ["lesson"], ["stats", lesson_id]];
  const save = useAct(async (form: FormData) => {
    const { options, key } = fromText(kind, String(form.get("key")), read);
    const saved = await ask(supabase.rpc("save_question", {
      lesson_id, kind, options, key,
      prompt_md: prompt,
      points: Number(form.get("points")),
      explanation_md: String(form.get("explanation")).trim(),
      hints: String(form.get("hints")).split("\n").filter((line) => line.trim()).map((line) => {
        const [, cost = "0", text_md = line] = /^\s*(\d+)\s*%:?\s*(.*)$/.exec(line) ?? [];
        return { text_md, cost_percent: Number(cost) };
      }),
      ...(read && { question_id: read.id, revision: read.revision, ord: read.ord }),
    }));
    if (read) setRead({ ...read, ...saved, key });
  }, stale);
  const archive = useAct(() => ask(supabase.rpc("archive_question", { question_id: read!.id })), stale);
  return (
    <Form act={save} label={t("save")} done={t("saved")} className="stack">
      <div className="row">
        <Choice head={t("kind")} kind="question" values={KINDS} value={kind}
          onChange={(event) => setKind(event.target.value as QuestionKind)} />
        <Field label={t("pointsHead")}>
          <input name="points" type="number" min={0} max={1000} step="any" defaultValue={question?.points ?? 1} required />
        </Field>
      </div>
      <Field label={t("prompt")} hint={t("markdownHint")}>
        <textarea value={prompt} onChange={(event) => setPrompt(event.target.value)} required />
      </Field>
      <section aria-label={t("previewOf")} className="panel"><Prose text={prompt} /></section>
      <Field label={t("key")} hint={label("keyHint", kind)}>
        {kind === "true_false" ? (
          <select name="key" defaultValue={question?.kind === kind ? toText(question) : "true"}>
            {(["true", "false"] as const).map((one) => <option key={one} value={one}>{t(one)}</option>)}
          </select>
        ) : (
          <textarea key={kind} name="key" defaultValue={question?.kind === kind ? toText(question) : ""}
            required={kind !== "essay" && kind !== "file"} />
        )}
      </Field>
      <Field label={t("hints")} hint={t("hintsHint")}>
        <textarea name="hints"
          defaultValue={question?.hints.map((one) => `${one.cost_percent} %: ${one.text_md.replaceAll("\n", " ")}`).join("\n")} />
      </Field>
      <Field label={t("explanation")}><textarea name="explanation" defaultValue={question?.explanation_md ?? ""} /></Field>
      <Problem error={archive.error} />
      {question && <div><button type="button" onClick={() => archive.mutate(undefined)}>{t("archiveQuestion")}</button></div>}
    </Form>
  );
}
