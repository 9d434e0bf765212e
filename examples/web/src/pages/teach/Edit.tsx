// The outline for its authors: order, new modules and lessons.

import type { ContentType, OutlineModule } from "database.types";
import { Link } from "react-router";
import { ask, outlineKey, supabase, useAct, useTexts } from "../../lib";
import { Choice, Field, Form, Problem } from "../../ui";
import { CourseFile } from "./CourseFile";
import { Publishing, Settings } from "./Settings";
import { useCourse } from "./Layout";
import { slugOf } from "./NewCourse";

const TYPES: ContentType[] = ["text", "video", "quiz", "lab"];
const RULES = { text: "view", video: "watch", quiz: "pass", lab: "accept" } as const;
const MINUTES = 10;

const lastOf = (rows: { ord: number }[]) => Math.max(0, ...rows.map((row) => row.ord));
// The ids with the one at `index` before its predecessor.
export const moved = (rows: { id: string }[], index: number) =>
  rows.map((row) => row.id).toSpliced(index - 1, 2, rows[index]!.id, rows[index - 1]!.id);

export default function Edit() {
  const { t } = useTexts();
  const { course, modules } = useCourse();
  const stale = [outlineKey(course.slug), ["problems", course.id]];
  const add = useAct((form: FormData) => ask(supabase.from("modules")
    .insert({ course_id: course.id, title: String(form.get("title")), ord: lastOf(modules) + 1 }).select("id")), stale);
  const move = useAct((module_ids: string[]) =>
    ask(supabase.rpc("reorder_modules", { course_id: course.id, module_ids })), stale);
  return (
    <div className="split">
      <div>
        <Problem error={move.error} />
        {modules.map((module, index) => (
          <Module key={module.id} module={module} stale={stale} up={index > 0 ? () => move.mutate(moved(modules, index)) : null} />
        ))}
        <Form act={add} label={t("create")} resets>
          <Field label={t("newModule")}><input name="title" required maxLength={200} /></Field>
        </Form>
        <h2>{t("settings")}</h2>
        <Settings />
        <CourseFile />
      </div>
      <aside><Publishing /></aside>
    </div>
  );
}

type Props = { module: OutlineModule; stale: readonly (readonly unknown[])[]; up: (() => void) | null };

function Module({ module, stale, up }: Props) {
  const { t, label } = useTexts();
  const { course } = useCourse();
  const { lessons } = module;
  const move = useAct((lesson_ids: string[]) =>
    ask(supabase.rpc("reorder_lessons", { module_id: module.id, lesson_ids })), stale);
  const add = useAct((form: FormData) => {
    const title = String(form.get("title"));
    const content_type = String(form.get("content_type")) as ContentType;
    return ask(supabase.from("lessons").insert({
      course_id: course.id, module_id: module.id, title, slug: slugOf(title), content_type, ord: lastOf(lessons) + 1,
      is_published: true, duration_minutes: MINUTES, completion_rule: RULES[content_type],
    }).select("id"));
  }, stale);
  return (
    <section className="card edit-module">
      <div className="row between nowrap">
        <h2>{module.title} {module.is_archived && <span className="tag warn">{t("archived")}</span>}</h2>
        {up && <button aria-label={`${t("up")}: ${module.title}`} onClick={up}>↑</button>}
      </div>
      <Problem error={move.error} />
      <ol className="order plain-list">
        {lessons.map((lesson, index) => (
          <li key={lesson.id}>
            <span>
              <Link to={`/teach/${course.slug}/edit/${lesson.slug}`}>{lesson.title}</Link>{" "}
              <small>
                {label("type", lesson.content_type)}
                {lesson.is_archived ? ` · ${t("archived")}` : !lesson.is_published && ` · ${t("draft")}`}
              </small>
            </span>
            {index > 0 && (
              <button aria-label={`${t("up")}: ${lesson.title}`} onClick={() => move.mutate(moved(lessons, index))}>↑</button>
            )}
          </li>
        ))}
      </ol>
      {!module.is_archived && (
        <Form act={add} label={t("create")} className="row" resets>
          <input className="grow" name="title" aria-label={t("newLesson")} placeholder={t("newLesson")} required maxLength={200} />
          <Choice isBare className="auto" name="content_type" head={t("kind")} kind="type" values={TYPES} />
        </Form>
      )}
      <ModuleSettings module={module} stale={stale} />
    </section>
  );
}

function ModuleSettings({ module, stale }: Omit<Props, "up">) {
  const { t } = useTexts();
  const words = useAct((form: FormData) => ask(supabase.from("modules")
    .update({ title: String(form.get("title")), summary: String(form.get("summary")) })
    .eq("id", module.id).select("id").single()), stale);
  const archive = useAct(() => ask(
    supabase.rpc(module.is_archived ? "restore_module_archive" : "archive_module", { module_id: module.id }),
  ), stale);
  return (
    <details>
      <summary>{t("moduleSettings")}</summary>
      <Form act={words} label={t("save")} done={t("saved")} className="stack">
        <Field label={t("title")}><input name="title" defaultValue={module.title} required maxLength={200} /></Field>
        <Field label={t("summary")}><input name="summary" defaultValue={module.summary} /></Field>
        <Problem error={archive.error} />
        <div>
          <button type="button" disabled={archive.isPending} onClick={() => archive.mutate(undefined)}>
            {t(module.is_archived ? "restore" : "archive")}
          </button>
        </div>
      </Form>
    </details>
  );
}
