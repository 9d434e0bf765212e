// A lesson for its authors: text with a preview, rules, and the questions of a quiz.

import type { LessonPage } from "database.types";
import { useState } from "react";
import { Link, useBeforeUnload, useBlocker, useNavigate, useParams } from "react-router";
import { ask, lessonPath, outlineKey, supabase, useAct, useLesson, useRead, useTexts } from "../../lib";
import { Field, Form, Problem, Prose, Waiting } from "../../ui";
import { Questions } from "./Questions";
import { Rules } from "./Rules";
import { useCourse } from "./Layout";

export default function EditLesson() {
  const { lesson: slug = "" } = useParams();
  const { course } = useCourse();
  const { t } = useTexts();
  const page = useLesson(course.slug, slug);
  const lesson_id = page.data?.lesson.id ?? "";
  const source = useRead(
    ["source", lesson_id], () => ask(supabase.rpc("lesson_source", { lesson_id })),
    { enabled: !!lesson_id, staleTime: 0, gcTime: 0 },
  );
  if (!page.data) return <Waiting query={page} />;
  if (!source.data) return <Waiting query={source} />;
  const { lesson } = page.data;
  return (
    <>
      <div className="row between">
        <h2>{lesson.title} {lesson.is_archived && <span className="tag warn">{t("archived")}</span>}</h2>
        <Link to={lessonPath(lesson)}>{t("asLearners")}</Link>
      </div>
      <Editor key={lesson.id} page={page.data} body={source.data[0]?.body_md ?? ""} transcript={source.data[0]?.transcript ?? ""} />
      {(page.data.quiz || page.data.lab) && <Rules key={`${lesson.id}-rules`} page={page.data} />}
      {lesson.content_type === "quiz" && <Questions lesson_id={lesson.id} />}
      <Removal page={page.data} />
    </>
  );
}

function Editor({ page, body, transcript }: { page: LessonPage; body: string; transcript: string }) {
  const { t } = useTexts();
  const { lesson, content } = page;
  const { slug, id: course_id } = useCourse().course;
  const [text, setText] = useState(body);
  const [saved, setSaved] = useState(body);
  const isVideo = lesson.content_type === "video";
  useBlocker(() => text !== saved && !confirm(t("leaveUnsaved")));
  useBeforeUnload((event) => text !== saved && event.preventDefault());
  const save = useAct(async (form: FormData) => {
    const is = (name: string) => form.get(name) === "on";
    const word = (name: string) => String(form.get(name)).trim() || null;
    await ask(supabase.from("lesson_contents").upsert({
      lesson_id: lesson.id,
      body_md: text,
      ...(isVideo && { video_url: word("video_url"), transcript: word("transcript") }),
    }).select("lesson_id"));
    setSaved(text);
    await ask(supabase.from("lessons").update({
      title: String(form.get("title")),
      duration_minutes: Number(form.get("duration_minutes")),
      is_published: is("is_published"),
      is_preview: is("is_preview"),
      is_required: is("is_required"),
    }).eq("id", lesson.id).select("id").single());
  }, [["lesson", slug], outlineKey(slug), ["problems", course_id]]);
  return (
    <Form act={save} label={t("save")} done={text === saved ? t("saved") : undefined} className="stack">
      <div className="grid">
        <Field label={t("title")}><input name="title" defaultValue={lesson.title} required /></Field>
        <Field label={t("duration")}>
          <input name="duration_minutes" type="number" step="any" min={0} defaultValue={lesson.duration_minutes} required />
        </Field>
        {isVideo && (
          <Field label={t("filmAddress")}><input name="video_url" type="url" defaultValue={content?.video_url ?? ""} /></Field>
        )}
      </div>
      <div className="row">
        {(["is_published", "is_preview", "is_required"] as const).map((name) => (
          <label key={name} className="check"><input type="checkbox" name={name} defaultChecked={lesson[name]} /> {t(name)}</label>
        ))}
      </div>
      <div className="editor two">
        <Field label={t("text")} hint={t("markdownHint")}>
          <textarea value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
        <section aria-label={t("previewOf")} className="panel preview" tabIndex={0}><Prose text={text} /></section>
      </div>
      {isVideo && <Field label={t("transcript")}><textarea name="transcript" defaultValue={transcript} /></Field>}
    </Form>
  );
}

// An archived lesson can be restored. Deleting is refused where learners have worked.
function Removal({ page: { lesson, course } }: { page: LessonPage }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const stale = [["lesson", course.slug], outlineKey(course.slug), ["problems", course.id]];
  const archive = useAct(() => ask(
    supabase.rpc(lesson.is_archived ? "restore_lesson_archive" : "archive_lesson", { lesson_id: lesson.id }),
  ), stale);
  const remove = useAct(async () => {
    await ask(supabase.from("lessons").delete().eq("id", lesson.id).select("id").single());
    await navigate(`/teach/${course.slug}/edit`);
  }, [outlineKey(course.slug), ["problems", course.id]]);
  return (
    <section className="lesson-foot">
      <Problem error={archive.error ?? remove.error} />
      <button disabled={archive.isPending} onClick={() => archive.mutate(undefined)}>
        {t(lesson.is_archived ? "restore" : "archive")}
      </button>
      <button disabled={remove.isPending} onClick={() => confirm(t("deleteLesson")) && remove.mutate(undefined)}>
        {t("remove")}
      </button>
    </section>
  );
}
