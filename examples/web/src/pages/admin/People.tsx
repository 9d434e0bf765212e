import type { AppRole } from "database.types";
import { useDeferredValue, useState } from "react";
import { Link } from "react-router";
import { ask, supabase, useAct, useRead, useTexts } from "../../lib";
import { Choice, Empty, Field, Problem, Table, Waiting } from "../../ui";

const ROLES: AppRole[] = ["learner", "instructor", "admin"];
const SHOWN = 50;

// The first people whose name or address contains what was typed.
const readPeople = (text: string) => {
  const pattern = JSON.stringify(`%${text.replace(/[\\%_]/g, "\\$&")}%`);
  return ask(supabase.from("profiles").select("id, name, email, role, created_at")
    .or(`email.ilike.${pattern},name.ilike.${pattern}`).is("deleted_at", null).order("email").limit(SHOWN));
};
type Person = Awaited<ReturnType<typeof readPeople>>[number];

export function People() {
  const { t, date } = useTexts();
  const [text, setText] = useState("");
  const searched = useDeferredValue(text.trim());
  const people = useRead(["people", searched], () => readPeople(searched), { placeholderData: (last) => last });
  return (
    <section>
      <h2>{t("people")}</h2>
      <Field label={t("findPerson")}>
        <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
      {!people.data ? <Waiting query={people} /> : people.data.length === 0 ? <Empty text={t("nobody")} /> : (
        <Table caption={t("people")} rows={people.data} columns={[
          { head: t("name"), cell: (row) => <>{row.name}<small className="block">{row.email}</small></> },
          { head: t("role"), cell: (row) => <Role key={row.id} person={row} /> },
          { head: t("since", { when: "" }), cell: (row) => date(row.created_at) },
        ]} />
      )}
      {people.data?.length === SHOWN && <p className="soft">{t("firstOnly", { n: SHOWN })}</p>}
    </section>
  );
}

function Role({ person }: { person: Person }) {
  const { t } = useTexts();
  const change = useAct((role: AppRole) => ask(supabase.rpc("set_user_role", { user_id: person.id, role })), [["people"]]);
  const left = change.data?.ownerless_courses ?? [];
  return (
    <>
      <Choice isBare head={`${t("role")}: ${person.email}`} kind="role" values={ROLES}
        value={change.isPending ? change.variables : person.role}
        onChange={(event) => change.mutate(event.target.value as AppRole)} />
      <Problem error={change.error} />
      {left.length > 0 && (
        <p>{t("ownerless")} {left.map((one) => <Link key={one.course_id} to={`/teach/${one.course_slug}`}>{one.title}</Link>)}</p>
      )}
    </>
  );
}
