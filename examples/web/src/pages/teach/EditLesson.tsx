// A lesson for its authors: the draft of its text with a preview and its versions, rules, and the questions of a quiz.

import type { LessonPage, Tables } from "database.types";
import { useState } from "react";
import { Link, useBeforeUnload, useBlocker, useNavigate, useParams } from "react-router";
import { ask, lessonPath, outlineKey, Refusal, supabase, useAct, useLesson, useRead, useTexts } from "../../lib";
import { Field, Form, Problem, Prose, TextOf, Waiting } from "../../ui";
import { LessonFiles } from "./LessonFiles";
import { Questions } from "./Questions";
import { Rules } from "./Rules";
import { useCourse } from "./Layout";
import { Conflict, History, Publish } from "./Versions";

const readDraft = (lesson_id: string) => ask(supabase.from("lesson_drafts").select().eq("lesson_id", lesson_id));

export default function EditLesson() {
  const { lesson: slug = "" } = useParams();
  const { course, modules } = useCourse();
  const { t } = useTexts();
  const page = useLesson(course.slug, slug);
  const lesson_id = page.data?.lesson.id ?? "";
  const draft = useRead(
    ["draft", lesson_id], () => readDraft(lesson_id), { enabled: !!lesson_id, staleTime: 0, gcTime: 0 },
  );
  if (!page.data) return <Waiting query={page} />;
  if (!draft.data) return <Waiting query={draft} />;
  const { lesson, files } = page.data;
  return (
    <TextOf value={{ lesson_id, course_slug: course.slug, files, lessons: modules.flatMap((module) => module.lessons) }}>
      <div className="row between">
        <h2>{lesson.title} {lesson.is_archived && <span className="tag warn">{t("archived")}</span>}</h2>
        <Link to={lessonPath(lesson)}>{t("asLearners")}</Link>
      </div>
      <Editor key={lesson.id} page={page.data} loaded={draft.data[0]} />
      <LessonFiles page={page.data} />
      {(lesson.content_type === "quiz" || page.data.lab) && <Rules key={`${lesson.id}-rules`} page={page.data} />}
      {lesson.content_type === "quiz" && <Questions lesson_id={lesson.id} />}
      <Removal page={page.data} />
    </TextOf>
  );
}

function Editor({ page, loaded }: { page: LessonPage; loaded?: Tables<"lesson_drafts"> }) {
  const { t } = useTexts();
  const { lesson } = page;
  const { slug, id: course_id } = useCourse().course;
  // The draft as it was loaded or saved last; its updated_at goes with the next save.
  const [draft, setDraft] = useState(loaded);
  const [theirs, setTheirs] = useState<Tables<"lesson_drafts">>();
  const [text, setText] = useState(loaded?.body_md ?? "");
  const [round, setRound] = useState(0);
  const saved = draft?.body_md ?? "";
  const isVideo = lesson.content_type === "video";
  useBlocker(() => text !== saved && !confirm(t("leaveUnsaved")));
  useBeforeUnload((event) => text !== saved && event.preventDefault());
  const save = useAct(async (form: FormData) => {
    const is = (name: string) => form.get(name) === "on";
    const word = (name: string) => String(form.get(name)).trim() || null;
    const row = await ask(supabase.from("lesson_drafts").upsert({
      lesson_id: lesson.id,
      body_md: text,
      ...(isVideo && { video_url: word("video_url"), transcript: word("transcript") }),
      updated_at: draft?.updated_at,
    }).select().single()).catch(async (error: Error) => {
      if (error instanceof Refusal && error.code === "draft_conflict") setTheirs((await readDraft(lesson.id))[0]);
      throw error;
    });
    setDraft(row);
    await ask(supabase.from("lessons").update({
      title: String(form.get("title")),
      duration_minutes: Number(form.get("duration_minutes")),
      is_published: is("is_published"),
      is_preview: is("is_preview"),
      is_required: is("is_required"),
    }).eq("id", lesson.id).select("id").single());
  }, [["lesson", slug], outlineKey(slug), ["problems", course_id]]);
  const take = (row: Tables<"lesson_drafts">) => {
    setDraft(row);
    setText(row.body_md);
    setTheirs(undefined);
    setRound(round + 1);
  };
  return (
    <>
    <Form key={round} act={save} label={t("save")} done={text === saved ? t("saved") : undefined} className="stack">
      <div className="grid">
        <Field label={t("title")}><input name="title" defaultValue={lesson.title} required /></Field>
        <Field label={t("duration")}>
          <input name="duration_minutes" type="number" step="any" min={0} defaultValue={lesson.duration_minutes} required />
        </Field>
        {isVideo && (
          <Field label={t("filmAddress")}><input name="video_url" type="url" defaultValue={draft?.video_url ?? ""} /></Field>
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
      {isVideo && <Field label={t("transcript")}><textarea name="transcript" defaultValue={draft?.transcript ?? ""} /></Field>}
    </Form>
    {theirs && <Conflict error={save.error} theirs={theirs} onTake={() => take(theirs)} onKeep={() => {
      setDraft(theirs);
      setTheirs(undefined);
    }} />}
    {draft && <Publish slug={slug} draft={draft} isSaved={text === saved} onDone={() => setDraft({ ...draft, has_changes: false })} />}
    {draft && <History draft={draft} onRestore={take} />}
    </>
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
