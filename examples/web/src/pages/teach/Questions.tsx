import type { QuestionKind } from "database.types";
import { useState } from "react";
import { ask, supabase, useAct, useRead, useTexts } from "../../lib";
import { Field, Form, Problem, Waiting } from "../../ui";
import { fromText, toText } from "./questionText";

const KINDS: QuestionKind[] = ["single", "multiple", "true_false", "numeric", "short_text", "ordering", "matching"];
const COLUMNS = "id, ord, kind, prompt_md, points, options, revision, archived_at";

async function readQuestions(lesson_id: string) {
  const [questions, keys] = await Promise.all([
    ask(supabase.from("questions").select(COLUMNS).eq("lesson_id", lesson_id).is("archived_at", null).order("ord")),
    ask(supabase.rpc("question_keys", { lesson_id })),
  ]);
  return questions.flatMap((question) => {
    const own = keys.find((one) => one.question_id === question.id);
    return own ? [{ ...question, key: own.key, explanation_md: own.explanation_md }] : [];
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
        <details key={`${question.id}${question.revision}`} className="card">
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
  const [kind, setKind] = useState<QuestionKind>(question?.kind ?? "single");
  const stale = [["questions", lesson_id], ["problems"], ["lesson"]];
  const save = useAct((form: FormData) => {
    const { options, key } = fromText(kind, String(form.get("key")), question);
    return ask(supabase.rpc("save_question", {
      lesson_id, kind, options, key,
      prompt_md: String(form.get("prompt")),
      points: Number(form.get("points")),
      explanation_md: String(form.get("explanation")).trim() || undefined,
      ...(question && { question_id: question.id, revision: question.revision, ord: question.ord }),
    }));
  }, stale);
  const archive = useAct(() => ask(supabase.rpc("archive_question", { question_id: question!.id })), stale);
  return (
    <Form act={save} label={t("save")} done={t("saved")} className="stack">
      <div className="row">
        <Field label={t("kind")}>
          <select value={kind} onChange={(event) => setKind(event.target.value as QuestionKind)}>
            {KINDS.map((one) => <option key={one} value={one}>{label("question", one)}</option>)}
          </select>
        </Field>
        <Field label={t("pointsHead")}>
          <input name="points" type="number" min={0} max={1000} step="any" defaultValue={question?.points ?? 1} required />
        </Field>
      </div>
      <Field label={t("prompt")}><textarea name="prompt" defaultValue={question?.prompt_md} required /></Field>
      <Field label={t("key")} hint={label("keyHint", kind)}>
        {kind === "true_false" ? (
          <select name="key" defaultValue={question ? toText(question) : "true"}>
            {(["true", "false"] as const).map((one) => <option key={one} value={one}>{t(one)}</option>)}
          </select>
        ) : (
          <textarea name="key" defaultValue={question?.kind === kind ? toText(question) : ""} required />
        )}
      </Field>
      <Field label={t("explanation")}><textarea name="explanation" defaultValue={question?.explanation_md ?? ""} /></Field>
      <Problem error={archive.error} />
      {question && <button type="button" onClick={() => archive.mutate(undefined)}>{t("archive")}</button>}
    </Form>
  );
}
