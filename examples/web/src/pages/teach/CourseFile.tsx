// A course as one file: saved, copied, and read back as a new one.

import type { Bundle } from "database.types";
import { useRef } from "react";
import { useNavigate } from "react-router";
import { ask, supabase, useAct, useTexts } from "../../lib";
import { Field, Form, Problem } from "../../ui";
import { useCourse } from "./Layout";
import { slugOf } from "./NewCourse";

// The title, its slug and the start that a form names; what is blank is left out.
function named(form: FormData) {
  const word = (name: string) => String(form.get(name) ?? "").trim() || undefined;
  const title = word("title");
  return { title, slug: title && slugOf(title), starts_on: word("starts_on") };
}

function Named({ isRequired }: { isRequired: boolean }) {
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
  const save = useAct(async () => {
    const bundle = await ask(supabase.rpc("export_course", { course_id: course.id }));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(bundle, null, 2)], { type: "application/json" }));
    link.download = `${course.slug}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
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
      <Problem error={save.error} />
      <button disabled={save.isPending} onClick={() => save.mutate(undefined)}>{t("saveFile")}</button>
      <Form act={copy} label={t("copyCourse")} className="stack card form"><Named isRequired /></Form>
    </details>
  );
}

export function ImportCourse() {
  const { t } = useTexts();
  const navigate = useNavigate();
  // One key for one file: a repeated click makes no second course.
  const key = useRef<string>(crypto.randomUUID());
  const read = useAct(async (form: FormData) => {
    const text = await (form.get("file") as File).text();
    const bundle = parsed(text, t("noCourseFile"));
    const made = await ask(supabase.rpc("import_course", { bundle, ...named(form), import_key: key.current }));
    await navigate(`/teach/${made.course_slug}/edit`);
  }, [["dashboard"]]);
  return (
    <details onChange={() => { key.current = crypto.randomUUID(); }}>
      <summary>{t("importCourse")}</summary>
      <Form act={read} label={t("importCourse")} className="stack card form">
        <Field label={t("courseFile")}><input name="file" type="file" accept=".json,application/json" required /></Field>
        <Named isRequired={false} />
      </Form>
    </details>
  );
}

// The database checks the form; this is only JSON.
function parsed(text: string, problem: string): Bundle {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(problem);
  }
}
