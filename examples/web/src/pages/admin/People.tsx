import type { AppRole, PersonRow } from "database.types";
import { useDeferredValue, useState } from "react";
import { Link } from "react-router";
import { ask, supabase, useAct, useList, useTexts } from "../../lib";
import { Choice, Field, Listed, Problem } from "../../ui";

const ROLES: AppRole[] = ["learner", "instructor", "admin"];

export function People() {
  const { t, date } = useTexts();
  const [text, setText] = useState("");
  const query = useDeferredValue(text.trim());
  const list = useList(["people", query], (page) => supabase.rpc("people", { query, ...page }));
  return (
    <section>
      <h2>{t("people")}</h2>
      <Field label={t("findPerson")}>
        <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
      </Field>
      <Listed list={list} caption={t("people")} empty={t("nobody")} columns={[
        { head: t("name"), cell: (row) => <>{row.name}<small className="block">{row.email}</small></> },
        { head: t("role"), cell: (row) => <Role key={row.user_id} person={row} /> },
        { head: t("suspension"), cell: (row) => <Suspension key={row.user_id} person={row} /> },
        { head: t("since", { when: "" }), cell: (row) => date(row.created_at) },
      ]} />
    </section>
  );
}

type Left = { course_id: string; course_slug: string; title: string }[];

function Ownerless({ courses }: { courses: Left | undefined }) {
  const { t } = useTexts();
  if (!courses?.length) return null;
  return <p>{t("ownerless")} {courses.map((one) => <Link key={one.course_id} to={`/teach/${one.course_slug}`}>{one.title}</Link>)}</p>;
}

function Role({ person }: { person: PersonRow }) {
  const { t } = useTexts();
  const change = useAct((role: AppRole) => ask(supabase.rpc("set_user_role", { user_id: person.user_id, role })), [["people"]]);
  return (
    <>
      <Choice isBare head={`${t("role")}: ${person.email}`} kind="role" values={ROLES}
        value={change.isPending ? change.variables : person.role}
        onChange={(event) => change.mutate(event.target.value as AppRole)} />
      <Problem error={change.error} />
      <Ownerless courses={change.data?.ownerless_courses} />
    </>
  );
}

function Suspension({ person }: { person: PersonRow }) {
  const { t, date } = useTexts();
  const { user_id, is_suspended, suspended_until } = person;
  const change = useAct((reason: string) => ask(is_suspended
    ? supabase.rpc("restore_user", { user_id }) : supabase.rpc("suspend_user", { user_id, reason })), [["people"]]);
  return (
    <form className="row" action={(form) => change.mutate(String(form.get("reason") ?? ""))}>
      {is_suspended
        ? <span>{person.suspended_reason}{suspended_until && ` · ${t("expires", { when: date(suspended_until) })}`}</span>
        : <input name="reason" aria-label={`${t("reason")}: ${person.email}`} placeholder={t("reason")} required maxLength={1000} />}
      <button disabled={change.isPending} aria-label={`${t(is_suspended ? "restore" : "suspend")}: ${person.email}`}>
        {t(is_suspended ? "restore" : "suspend")}
      </button>
      <Problem error={change.error} />
      <Ownerless courses={change.data?.ownerless_courses} />
    </form>
  );
}
