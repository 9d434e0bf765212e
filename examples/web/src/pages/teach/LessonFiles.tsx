// The files of a lesson for its authors: added, renamed, sorted, removed.

import type { LessonPage } from "database.types";
import { ask, supabase, useAct, useTexts } from "../../lib";
import { Download, Form, Problem, Upload } from "../../ui";

type PageFile = LessonPage["files"][number];
const LONGEST_TITLE = 200;

export function LessonFiles({ page: { lesson, course, files } }: { page: LessonPage }) {
  const { t } = useTexts();
  const stale = [["lesson", course.slug]];
  const add = useAct(({ path, title }: { path: string; title: string }) => ask(
    supabase.from("lesson_files").insert({ lesson_id: lesson.id, path, title, ord: files.length }).select("id"),
  ), stale);
  // The positions of all files are written again: concurrent authors may have used the same.
  const raise = useAct(async (index: number) => {
    const order = files.toSpliced(index - 1, 2, files[index]!, files[index - 1]!);
    for (const [ord, { id }] of order.entries()) {
      await ask(supabase.from("lesson_files").update({ ord }).eq("id", id).select("id").single());
    }
  }, stale);
  return (
    <details>
      <summary><h2 className="inline">{t("files")}</h2> <small>{files.length}</small></summary>
      <p className="soft">{t("filesHint")}</p>
      <Problem error={raise.error} />
      <ol className="plain-list stack files">
        {files.map((file, index) => (
          <li key={file.id}>
            <Row file={file} stale={stale} up={index > 0 && !raise.isPending ? () => raise.mutate(index) : null} />
          </li>
        ))}
      </ol>
      <Upload label={t("addFiles")} bucket="lesson-files" folder={`${course.id}/${lesson.id}`} isMany
        onStored={(path, { name }) => add.mutateAsync({ path, title: name.slice(-LONGEST_TITLE) })} />
    </details>
  );
}

type RowProps = { file: PageFile; stale: string[][]; up: (() => void) | null };

function Row({ file, stale, up }: RowProps) {
  const { t, bytes } = useTexts();
  const rename = useAct((form: FormData) => ask(supabase.from("lesson_files")
    .update({ title: String(form.get("title")).trim() }).eq("id", file.id).select("id").single()), stale);
  const remove = useAct(() => ask(
    supabase.from("lesson_files").delete().eq("id", file.id).select("id").single(),
  ), stale);
  return (
    <Form act={rename} label={t("rename")} className="row">
      <input className="grow" name="title" aria-label={`${t("title")}: ${file.title}`} defaultValue={file.title} required
        maxLength={LONGEST_TITLE} />
      <small>{bytes(file.size_bytes)}</small>
      <Download bucket="lesson-files" path={file.path} title={file.title} isLink>{t("download")}</Download>
      {up && <button type="button" aria-label={`${t("up")}: ${file.title}`} onClick={up}>↑</button>}
      <button type="button" aria-label={`${t("remove")}: ${file.title}`} disabled={remove.isPending}
        onClick={() => confirm(t("removeFile", { name: file.title })) && remove.mutate(undefined)}>{t("remove")}</button>
      <Problem error={remove.error} />
    </Form>
  );
}
