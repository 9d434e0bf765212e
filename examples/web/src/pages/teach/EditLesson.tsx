// A lesson for its authors: rules, text with a preview, and the questions of a quiz.

import { useState } from "react";
import { Link, useParams } from "react-router";
import { ask, outlineKey, supabase, useAct, useLesson, useRead, useTexts } from "../../lib";
import { Field, Form, Prose, Waiting } from "../../ui";
import { Questions } from "./Questions";
import { useCourse } from "./Layout";

export default function EditLesson() {
  const { lesson: slug = "" } = useParams();
  const { course } = useCourse();
  const page = useLesson(course.slug, slug);
  const lesson_id = page.data?.lesson.id ?? "";
  const source = useRead(
    ["source", lesson_id], () => ask(supabase.rpc("lesson_source", { lesson_id })),
    { enabled: !!lesson_id, staleTime: 0, gcTime: 0 },
  );
  if (!page.data) return <Waiting query={page} />;
  if (!source.data) return <Waiting query={source} />;
  const { lesson, content } = page.data;
  return (
    <>
      <p><Link to={`/courses/${course.slug}/lessons/${lesson.slug}`}>{lesson.title}</Link></p>
      <Editor
        key={lesson.id}
        lesson={lesson}
        body={source.data[0]?.body_md ?? ""}
        transcript={source.data[0]?.transcript ?? ""}
        film={content?.video_url ?? ""}
      />
      {lesson.content_type === "quiz" && <Questions lesson_id={lesson.id} />}
    </>
  );
}

type Lesson = {
  id: string; title: string; content_type: string; duration_minutes: number; is_published: boolean; is_preview: boolean;
  is_required: boolean;
};
type Props = { lesson: Lesson; body: string; transcript: string; film: string };

function Editor({ lesson, body, transcript, film }: Props) {
  const { t } = useTexts();
  const { course } = useCourse();
  const [text, setText] = useState(body);
  const save = useAct(async (form: FormData) => {
    const is = (name: string) => form.get(name) === "on";
    await ask(supabase.from("lessons").update({
      title: String(form.get("title")),
      duration_minutes: Number(form.get("duration_minutes")),
      is_published: is("is_published"),
      is_preview: is("is_preview"),
      is_required: is("is_required"),
    }).eq("id", lesson.id).select("id"));
    await ask(supabase.from("lesson_contents").upsert({
      lesson_id: lesson.id,
      body_md: text,
      video_url: String(form.get("video_url") ?? "").trim() || null,
      transcript: String(form.get("transcript") ?? "").trim() || null,
    }).select("lesson_id"));
  }, [["lesson", course.slug], outlineKey(course.slug), ["problems", course.id]]);
  return (
    <Form act={save} label={t("save")} done={t("saved")} className="stack">
      <div className="grid">
        <Field label={t("title")}><input name="title" defaultValue={lesson.title} required /></Field>
        <Field label={t("duration")}>
          <input name="duration_minutes" type="number" step="any" min={0} defaultValue={lesson.duration_minutes} required />
        </Field>
        {lesson.content_type === "video" && (
          <Field label={t("filmAddress")}><input name="video_url" type="url" defaultValue={film} /></Field>
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
        <section aria-label={t("previewOf")} className="panel"><Prose text={text} /></section>
      </div>
      {lesson.content_type === "video" && (
        <Field label={t("transcript")}><textarea name="transcript" defaultValue={transcript} /></Field>
      )}
    </Form>
  );
}
