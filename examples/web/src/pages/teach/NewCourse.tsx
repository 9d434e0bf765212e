import { useNavigate } from "react-router";
import { ask, supabase, useAct, useTexts } from "../../lib";
import { Field, Form } from "../../ui";

// A word of an address: what is left of a title without accents and signs.
export const slugOf = (title: string) =>
  title.normalize("NFKD").toLowerCase().replace(/ß/g, "ss").replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, "-")
    .slice(0, 60).replace(/^-+|-+$/g, "") || crypto.randomUUID();

export function NewCourse() {
  const { t, language } = useTexts();
  const navigate = useNavigate();
  const create = useAct(async (form: FormData) => {
    const title = String(form.get("title"));
    const slug = slugOf(title);
    await ask(supabase.from("courses").insert({ title, slug, locale: language }).select("id"));
    await navigate(`/teach/${slug}/edit`);
  }, [["dashboard"]]);
  return (
    <details>
      <summary>{t("newCourse")}</summary>
      <Form act={create} label={t("create")} className="stack card form">
        <Field label={t("title")}><input name="title" required maxLength={200} /></Field>
      </Form>
    </details>
  );
}
