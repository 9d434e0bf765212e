// A course as a folder of Markdown in a zip, and as a copy.

import { useNavigate } from "react-router";
import { ask, supabase, useAct, useTexts } from "../../lib";
import { Field, Form, Saved } from "../../ui";
import { useCourse } from "./Layout";
import { slugOf } from "./NewCourse";

// The title, its slug and the start that a form names; what is blank is left out.
export function named(form: FormData) {
  const word = (name: string) => String(form.get(name) ?? "").trim() || undefined;
  const title = word("title");
  return { title, slug: title && slugOf(title), starts_on: word("starts_on") };
}

export function Named({ isRequired }: { isRequired: boolean }) {
  const { t } = useTexts();
  return (
    <>
      <Field label={t("newName")}><input name="title" maxLength={200} required={isRequired} /></Field>
      <Field label={t("startsOn")} hint={t("startsOnHint")}><input name="starts_on" type="date" /></Field>
    </>
  );
}

export function CourseFile() {
  const { t } = useTexts();
  const { course } = useCourse();
  const navigate = useNavigate();
  const copy = useAct(async (form: FormData) => {
    const { slug = slugOf(course.title), ...rest } = named(form);
    const made = await ask(supabase.rpc("clone_course", { course_id: course.id, slug, ...rest }));
    const files = supabase.storage.from("lesson-files");
    for (const { lesson_id, path: from, title } of made.files) {
      const path = `${made.course_id}/${lesson_id}/${crypto.randomUUID()}`;
      // Storage copies for those who read the copy, and nobody does before its row is there.
      await ask(files.upload(path, await ask(files.download(from))));
      await ask(supabase.from("lesson_files").insert({ lesson_id, path, title }).select("id"));
    }
    await navigate(`/teach/${made.course_slug}/edit`);
  }, [["dashboard"]]);
  return (
    <details>
      <summary>{t("courseFile")}</summary>
      <p>{t("courseFileHint")}</p>
      <Saved path={`/v1/courses/${course.id}/export.zip`} name={`${course.slug}.zip`} label={t("saveFile")} />
      <Form act={copy} label={t("copyCourse")} className="stack card form"><Named isRequired /></Form>
    </details>
  );
}
