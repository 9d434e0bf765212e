import type { QuestionKind } from "database.types";
import { useState } from "react";
import { ask, askAll, supabase, useAct, useRead, useTexts } from "../../lib";
import { Choice, Field, Form, Problem, Prose, Waiting } from "../../ui";
import { Draws } from "./Draws";
import { moved } from "./Edit";
import { FileImport } from "./FileImport";
import { fromText, hasNotes, hintsFromText, hintsToText, toText } from "./questionText";

const KINDS: QuestionKind[] =
  ["single", "multiple", "true_false", "numeric", "short_text", "ordering", "matching", "cloze", "essay", "file"];
const TRUTHS = ["true", "false"] as const;
const COLUMNS = "id, ord, kind, prompt_md, points, options, revision, tags";

// Questions belong to a quiz or to a bank.
type Place = { lesson_id: string; bank_id?: undefined } | { lesson_id?: undefined; bank_id: string };
const keyOf = (place: Place) => ["questions", place.lesson_id ?? place.bank_id];

async function readQuestions(place: Place) {
  const [questions, keys] = await Promise.all([
    askAll((from, to) => supabase.from("questions").select(COLUMNS).match(place).is("archived_at", null)
      .order("ord").order("id").range(from, to)),
    askAll((from, to) => supabase.rpc("question_keys", place).range(from, to)),
  ]);
  const keyOfId = new Map(keys.map((key) => [key.question_id, key]));
  return questions.flatMap((question) => {
    const own = keyOfId.get(question.id);
    return own ? [{ ...question, ...own }] : [];
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
      {isOpen && <List place={{ lesson_id }} />}
    </details>
  );
}

// A form for each of a thousand questions would stop the page: it comes when the question is opened, and stays.
function OneQuestion({ place, question }: { place: Place; question: Question }) {
  const [wasOpen, setOpen] = useState(false);
  return (
    <details className="card grow" onToggle={(event) => event.target === event.currentTarget && setOpen(true)}>
      <summary>{question.prompt_md}</summary>
      {wasOpen && <Editor place={place} question={question} />}
    </details>
  );
}

export function List({ place }: { place: Place }) {
  const { t } = useTexts();
  const { lesson_id } = place;
  const questions = useRead(keyOf(place), () => readQuestions(place), { staleTime: 0 });
  const move = useAct((question_ids: string[]) =>
    ask(supabase.rpc("reorder_questions", { lesson_id: lesson_id!, question_ids })), [keyOf(place)]);
  if (!questions.data) return <Waiting query={questions} />;
  const rows = questions.data;
  return (
    <section className="stack">
      <Problem error={move.error} />
      {rows.map((question, index) => (
        <div key={question.id} className="row nowrap start">
          <OneQuestion place={place} question={question} />
          {lesson_id && index > 0 && (
            <button aria-label={`${t("up")}: ${question.prompt_md}`} disabled={move.isPending}
              onClick={() => move.mutate(moved(rows, index))}>↑</button>
          )}
        </div>
      ))}
      <details className="card">
        <summary>{t("newQuestion")}</summary>
        <Editor key={rows.length} place={place} question={null} />
      </details>
      {lesson_id && <Draws lesson_id={lesson_id} />}
      {lesson_id && (
        <details className="card">
          <summary>{t("importQuestions")}</summary>
          <FileImport key={rows.length} path={`/v1/lessons/${lesson_id}/questions/import`} onDone={() => {}}
            stale={[keyOf(place), ["problems"], ["lesson"], ["stats", lesson_id]]} />
        </details>
      )}
    </section>
  );
}

const tagsOf = (text: string) => [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];

function Editor({ place, question }: { place: Place; question: Question | null }) {
  const { t, label } = useTexts();
  // What the form was filled with, so that a change by somebody else meanwhile is refused.
  const [read, setRead] = useState(question);
  const [kind, setKind] = useState<QuestionKind>(question?.kind ?? "single");
  const [prompt, setPrompt] = useState(question?.prompt_md ?? "");
  const own = question?.kind === kind ? question : null;
  const stale = [keyOf(place), ["problems"], ["lesson"], ["stats"]];
  const save = useAct(async (form: FormData) => {
    const word = (name: string) => String(form.get(name) ?? "").trim();
    const { options, key, feedback } = fromText(kind, String(form.get("key")), read);
    if ("accepted" in key) key.max_distance = Number(word("max_distance"));
    if (kind === "true_false") for (const one of TRUTHS) if (word(`feedback-${one}`)) feedback[one] = word(`feedback-${one}`);
    const saved = await ask(supabase.rpc("save_question", {
      lesson_id: place.lesson_id ?? null,
      ...(place.bank_id && { bank_id: place.bank_id, tags: tagsOf(word("tags")) }),
      kind, options, key, feedback,
      prompt_md: prompt,
      points: Number(form.get("points")),
      explanation_md: word("explanation"),
      hints: hintsFromText(word("hints")),
      ...(read && { question_id: read.id, revision: read.revision, ord: read.ord }),
    }));
    if (read) setRead({ ...read, ...saved, key, feedback });
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
      <Field label={t("key")} hint={label("keyHint", kind) + (hasNotes(kind) ? `. ${t("noteHintOption")}` : "")}>
        {kind === "true_false" ? (
          <select name="key" defaultValue={own ? toText(own) : "true"}>
            {TRUTHS.map((one) => <option key={one} value={one}>{t(one)}</option>)}
          </select>
        ) : (
          <textarea key={kind} name="key" defaultValue={own ? toText(own) : ""} required={kind !== "essay" && kind !== "file"} />
        )}
      </Field>
      {kind === "short_text" && (
        <Field label={t("maxDistance")}>
          <input name="max_distance" type="number" min={0} max={3}
            defaultValue={own && "max_distance" in own.key ? own.key.max_distance : 0} />
        </Field>
      )}
      {kind === "true_false" && TRUTHS.map((one) => (
        <Field key={one} label={`${t("feedback")}: ${t(one)}`}>
          <input name={`feedback-${one}`} maxLength={20000} defaultValue={own?.feedback[one] ?? ""} />
        </Field>
      ))}
      <Field label={t("hints")} hint={t("hintsHint")}>
        <textarea name="hints" defaultValue={question ? hintsToText(question.hints) : ""} />
      </Field>
      {place.bank_id && (
        <Field label={t("tags")} hint={t("tagsHint")}><input name="tags" defaultValue={question?.tags.join(", ")} /></Field>
      )}
      <Field label={t("explanation")}><textarea name="explanation" defaultValue={question?.explanation_md ?? ""} /></Field>
      <Problem error={archive.error} />
      {question && <div><button type="button" onClick={() => archive.mutate(undefined)}>{t("archiveQuestion")}</button></div>}
    </Form>
  );
}
