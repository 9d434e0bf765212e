// Publishing with what is missing, and what a course says of itself.

import type { EnrollmentMode } from "database.types";
import { Link } from "react-router";
import { ask, LANGUAGES, outlineKey, supabase, useAct, useList, useTexts } from "../../lib";
import { Choice, Field, Form, Picture, Problem, Waiting } from "../../ui";
import { useCourse } from "./Layout";

const MODES: EnrollmentMode[] = ["open", "code", "approval", "closed"];
const LEVELS = ["", "beginner", "intermediate", "advanced"];

export function Publishing() {
  const { t } = useTexts();
  const { course } = useCourse();
  const problems = useList(["problems", course.id], (page) =>
    supabase.rpc("course_problems", { course_id: course.id, ...page }));
  const acts = {
    publish: () => ask(supabase.rpc("publish_course", { course_id: course.id })),
    unpublish: () => ask(supabase.rpc("unpublish_course", { course_id: course.id })),
    archiveCourse: () => ask(supabase.rpc("archive_course", { course_id: course.id })),
    restoreCourse: () => ask(supabase.rpc("restore_course_archive", { course_id: course.id })),
  };
  const change = useAct(
    (act: keyof typeof acts): Promise<unknown> => acts[act](),
    [outlineKey(course.slug), ["problems", course.id], ["dashboard"], ["courses"]],
  );
  const offered = course.archived_at ? ["restoreCourse"] as const
    : [course.is_published ? "unpublish" : "publish", "archiveCourse"] as const;
  return (
    <section className="card stack">
      <h2>{t(course.archived_at ? "archived" : course.is_published ? "published" : "draft")}</h2>
      {!problems.rows ? <Waiting query={problems} /> : problems.rows.length === 0 ? (
        <p className="good">{t("nothingMissing")}</p>
      ) : (
        <ul className="problems">
          {problems.rows.map((one) => (
            <li key={one.cursor}>
              {one.lesson_slug ? <Link to={one.lesson_slug}>{one.message}</Link> : one.message}
            </li>
          ))}
        </ul>
      )}
      <Problem error={change.error} />
      {offered.map((act) => (
        <button key={act} className={act === "publish" ? "primary" : ""} disabled={change.isPending} onClick={() => change.mutate(act)}>
          {t(act)}
        </button>
      ))}
    </section>
  );
}

export function Settings() {
  const { t } = useTexts();
  const { course } = useCourse();
  const locales = [...new Set([...LANGUAGES, course.locale])];
  const save = useAct((form: FormData) => {
    const word = (name: string) => String(form.get(name)).trim();
    return ask(supabase.from("courses").update({
      title: word("title"), description: word("description"), locale: word("locale"), level: word("level") || null,
      enrollment_mode: word("enrollment_mode") as EnrollmentMode, capacity: Number(word("capacity")) || null,
      cover_url: word("cover_url") || null,
    }).eq("id", course.id).select("id").single());
  }, [outlineKey(course.slug), ["problems", course.id], ["courses"], ["dashboard"]]);
  return (
    <Form act={save} label={t("save")} done={t("saved")}>
      <Field label={t("title")}><input name="title" defaultValue={course.title} required maxLength={200} /></Field>
      <Field label={t("description")}><textarea name="description" defaultValue={course.description} /></Field>
      <Choice head={t("language")} kind="locale" values={locales} name="locale" defaultValue={course.locale} />
      <Choice head={t("level")} kind="level" values={LEVELS} name="level" defaultValue={course.level ?? ""} />
      <Choice head={t("enrollmentMode")} kind="enrolls" values={MODES} name="enrollment_mode" defaultValue={course.enrollment_mode} />
      <Field label={t("capacity")} hint={t("capacityHint")}>
        <input name="capacity" type="number" min={1} defaultValue={course.capacity ?? ""} />
      </Field>
      <Picture label={t("cover")} bucket="covers" folder={course.id} name="cover_url" url={course.cover_url} />
    </Form>
  );
}
