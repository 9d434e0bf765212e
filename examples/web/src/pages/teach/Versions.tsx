// A draft on its way to learners: a conflict with another author, publication, and the versions before.

import type { Tables } from "database.types";
import { useState } from "react";
import { ask, outlineKey, Refusal, supabase, useAct, useList, useTexts } from "../../lib";
import { Field, Form, Listed, Problem } from "../../ui";

type Draft = Tables<"lesson_drafts">;
const historyKey = (lesson_id: string) => ["history", lesson_id];

type ConflictProps = { error: Error | null; theirs: Draft; onTake: () => void; onKeep: () => void };

// Both texts stay until the author has chosen; keeping the own one replaces theirs with the next save.
export function Conflict({ error, theirs, onTake, onKeep }: ConflictProps) {
  const { t, moment } = useTexts();
  const details = error instanceof Refusal ? error.details : null;
  const { name } = JSON.parse(details ?? "{}") as { name?: string };
  const head = t("theirDraft", { name: name ?? "–", when: moment(theirs.updated_at) });
  return (
    <section className="stack card" aria-label={head}>
      <Field label={head}><textarea readOnly value={theirs.body_md} /></Field>
      <div className="row">
        <button onClick={onTake}>{t("takeTheirs")}</button>
        <button onClick={onKeep}>{t("keepMine")}</button>
      </div>
    </section>
  );
}

type PublishProps = { slug: string; draft: Draft; isSaved: boolean; onDone: () => void };

export function Publish({ slug, draft, isSaved, onDone }: PublishProps) {
  const { t } = useTexts();
  const { lesson_id } = draft;
  const publish = useAct(async (form: FormData) => {
    await ask(supabase.rpc("publish_lesson", {
      lesson_id, note: String(form.get("note")), draft_updated_at: draft.updated_at,
    }));
    onDone();
  }, [["lesson", slug], outlineKey(slug), ["problems"], historyKey(lesson_id)]);
  if (!isSaved || !draft.has_changes) return <p className="state">{t(isSaved ? "noChanges" : "saveFirst")}</p>;
  return (
    <Form act={publish} label={t("publishLesson")}>
      <Field label={t("note")} hint={t("noteHint")}><input name="note" maxLength={1000} /></Field>
    </Form>
  );
}

export function History({ draft, onRestore }: { draft: Draft; onRestore: (draft: Draft) => void }) {
  const { t, moment } = useTexts();
  const { lesson_id } = draft;
  const [isOpen, setOpen] = useState(false);
  const list = useList(
    historyKey(lesson_id), (page) => supabase.rpc("lesson_history", { lesson_id, ...page }), isOpen,
  );
  const restore = useAct(async (version: number) => onRestore(await ask(
    supabase.rpc("restore_lesson", { lesson_id, version, draft_updated_at: draft.updated_at }).single(),
  )));
  return (
    <details className="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("versions")}</summary>
      <Problem error={restore.error} />
      <Listed list={list} caption={t("versions")} empty={t("noVersions")} columns={[
        { head: t("versions"), cell: (row) => t("version", { n: row.version }) },
        { head: t("published"), cell: (row) => moment(row.published_at) },
        { head: t("by"), cell: (row) => row.published_by_name },
        { head: t("note"), cell: (row) => row.note },
        { head: "", cell: (row) => (
          <button disabled={restore.isPending} onClick={() => restore.mutate(row.version)}
            aria-label={t("restoreVersion", { n: row.version })}>{t("intoDraft")}</button>
        ) },
      ]} />
    </details>
  );
}
