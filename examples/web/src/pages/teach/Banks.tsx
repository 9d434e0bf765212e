// Banks of questions, from which the quizzes of the course draw.

import { ask, supabase, useAct, useTexts } from "../../lib";
import { Field, Form, Problem, Waiting } from "../../ui";
import { banksKey, useBanks } from "./Draws";
import { useCourse } from "./Layout";
import { List } from "./Questions";

export default function Banks() {
  const { t } = useTexts();
  const course_id = useCourse().course.id;
  const banks = useBanks(course_id);
  const add = useAct((form: FormData) => ask(
    supabase.from("question_banks").insert({ course_id, title: String(form.get("title")).trim() }).select("id"),
  ), [banksKey(course_id)]);
  const remove = useAct((id: string) => ask(supabase.from("question_banks").delete().eq("id", id).select("id")), [banksKey(course_id)]);
  if (!banks.data) return <Waiting query={banks} />;
  return (
    <div className="stack">
      <p className="soft">{t("banksHint")}</p>
      <Problem error={remove.error} />
      {banks.data.map((bank) => (
        <section key={bank.id} className="card stack">
          <div className="row between">
            <h2>{bank.title}</h2>
            <button aria-label={`${t("remove")}: ${bank.title}`} disabled={remove.isPending}
              onClick={() => confirm(t("removeBank")) && remove.mutate(bank.id)}>{t("remove")}</button>
          </div>
          <List place={{ bank_id: bank.id }} />
        </section>
      ))}
      <Form act={add} label={t("create")} resets>
        <Field label={t("newBank")}><input name="title" required maxLength={200} /></Field>
      </Form>
    </div>
  );
}
