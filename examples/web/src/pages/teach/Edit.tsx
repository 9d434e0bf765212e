// The outline for its authors: order, new modules and lessons, and publishing with what is missing.

import type { ContentType, OutlineModule } from "database.types";
import { Link } from "react-router";
import { ask, outlineKey, supabase, useAct, useList, useTexts } from "../../lib";
import { Field, Form, Problem, Waiting } from "../../ui";
import { useCourse } from "./Layout";
import { slugOf } from "./NewCourse";

const TYPES: ContentType[] = ["text", "video", "quiz", "lab"];

export default function Edit() {
  const { t } = useTexts();
  const { course, modules } = useCourse();
  const stale = [outlineKey(course.slug), ["problems", course.id]];
  const describe = useAct((form: FormData) => ask(supabase.from("courses")
    .update({ title: String(form.get("title")), description: String(form.get("description")) })
    .eq("id", course.id).select("id")), [...stale, ["courses"], ["dashboard"]]);
  const addModule = useAct((form: FormData) => ask(supabase.from("modules")
    .insert({ course_id: course.id, title: String(form.get("title")), ord: modules.length + 1 }).select("id")), stale);
  const move = useAct((module_ids: string[]) =>
    ask(supabase.rpc("reorder_modules", { course_id: course.id, module_ids })), stale);
  return (
    <div className="split">
      <div>
        <Problem error={move.error} />
        {modules.map((module, index) => (
          <Module key={module.id} module={module} stale={stale} up={index > 0 ? () => move.mutate(swapped(modules, index)) : null} />
        ))}
        <Form act={addModule} label={t("create")} resets>
          <Field label={t("newModule")}><input name="title" required maxLength={200} /></Field>
        </Form>
      </div>
      <aside className="stack start">
        <Publishing />
        <Form act={describe} label={t("save")} done={t("saved")}>
          <Field label={t("title")}><input name="title" defaultValue={course.title} required /></Field>
          <Field label={t("description")}><textarea name="description" defaultValue={course.description} /></Field>
        </Form>
      </aside>
    </div>
  );
}

// The ids with the one at `index` before its predecessor.
function swapped(rows: { id: string }[], index: number): string[] {
  const ids = rows.map((row) => row.id);
  ids.splice(index - 1, 0, ...ids.splice(index, 1));
  return ids;
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
    const slug = slugOf(title) || crypto.randomUUID();
    const content_type = String(form.get("content_type")) as ContentType;
    return ask(supabase.from("lessons").insert({
      course_id: course.id, module_id: module.id, title, slug, content_type, ord: lessons.length + 1, is_published: true,
      duration_minutes: 10,
      completion_rule: ({ text: "view", video: "watch", quiz: "pass", lab: "accept" } as const)[content_type],
    }).select("id"));
  }, stale);
  return (
    <section className="card edit-module">
      <div className="row between">
        <h2>{module.title}</h2>
        {up && <button aria-label={`${t("up")}: ${module.title}`} onClick={up}>↑</button>}
      </div>
      <Problem error={move.error} />
      <ol className="order plain-list">
        {lessons.map((lesson, index) => (
          <li key={lesson.id}>
            <span>
              <Link to={`/teach/${course.slug}/edit/${lesson.slug}`}>{lesson.title}</Link>{" "}
              <small>{label("type", lesson.content_type)}{!lesson.is_published && ` · ${t("draft")}`}</small>
            </span>
            {index > 0 && (
              <button aria-label={`${t("up")}: ${lesson.title}`} onClick={() => move.mutate(swapped(lessons, index))}>↑</button>
            )}
          </li>
        ))}
      </ol>
      <Form act={add} label={t("create")} className="row" resets>
        <input className="grow" name="title" aria-label={t("newLesson")} placeholder={t("newLesson")} required maxLength={200} />
        <select className="auto" name="content_type" aria-label={t("kind")}>
          {TYPES.map((type) => <option key={type} value={type}>{label("type", type)}</option>)}
        </select>
      </Form>
    </section>
  );
}

function Publishing() {
  const { t } = useTexts();
  const { course } = useCourse();
  const problems = useList(["problems", course.id], (page) =>
    supabase.rpc("course_problems", { course_id: course.id, ...page }));
  const change = useAct(
    () => ask(supabase.rpc(course.is_published ? "unpublish_course" : "publish_course", { course_id: course.id })),
    [outlineKey(course.slug), ["problems", course.id], ["dashboard"], ["courses"]],
  );
  return (
    <section className="card stack">
      <h2>{t(course.is_published ? "published" : "draft")}</h2>
      <Waiting query={problems} />
      <ul className="plain-list">
        {problems.rows?.map((one) => (
          <li key={one.cursor}>
            {one.lesson_slug ? <Link to={`/teach/${course.slug}/edit/${one.lesson_slug}`}>{one.message}</Link> : one.message}
          </li>
        ))}
      </ul>
      {problems.rows?.length === 0 && <p className="good">{t("nothingMissing")}</p>}
      <Problem error={change.error} />
      <button className="primary" disabled={change.isPending} onClick={() => change.mutate(undefined)}>
        {t(course.is_published ? "unpublish" : "publish")}
      </button>
    </section>
  );
}
