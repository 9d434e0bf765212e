// The staff of a course, and its open invitations.

import type { InvitedRole } from "database.types";
import { ask, supabase, useAct, useRead, useTexts } from "../../lib";
import { Choice, Empty, Field, Form, Problem, Table, Waiting } from "../../ui";
import { useCourse } from "./Layout";

const ROLES: InvitedRole[] = ["learner", "assistant", "instructor", "owner"];

export default function Team() {
  const { t, label, date } = useTexts();
  const course_id = useCourse().course.id;
  const team = useRead(["team", course_id], () => ask(supabase.rpc("course_team", { course_id })));
  const invite = useAct((form: FormData) => ask(supabase.rpc("invite", {
    course_id, email: String(form.get("email")), role: String(form.get("role")) as InvitedRole,
  })), [["sent", course_id]]);
  if (!team.data) return <Waiting query={team} />;
  return (
    <>
      <Table caption={t("team")} rows={team.data} columns={[
        { head: t("name"), cell: (row) => <>{row.name}<small className="block">{row.email}</small></> },
        { head: t("role"), cell: (row) => label("role", row.role) },
        { head: t("since", { when: "" }), cell: (row) => date(row.created_at) },
      ]} />
      <Form act={invite} label={t("invite")} done={t("invited")} resets className="stack card form">
        <h2>{t("invite")}</h2>
        <p className="soft">{t("inviteHint")}</p>
        <Field label={t("email")}><input name="email" type="email" required /></Field>
        <Choice head={t("role")} kind="role" values={ROLES} name="role" />
      </Form>
      <Sent course_id={course_id} />
    </>
  );
}

function Sent({ course_id }: { course_id: string }) {
  const { t, label, date } = useTexts();
  const sent = useRead(["sent", course_id], () => ask(supabase.from("invitations")
    .select("id, email, role, has_seat, expires_at").eq("course_id", course_id).eq("status", "pending")
    .order("sent_at", { ascending: false }).limit(200)));
  const revoke = useAct((invitation_id: string) => ask(supabase.rpc("revoke_invitation", { invitation_id })),
    [["sent", course_id]]);
  if (!sent.data) return <Waiting query={sent} />;
  if (sent.data.length === 0) return <Empty text={t("noneSent")} />;
  return (
    <>
      <h2>{t("invitations")}</h2>
      <Problem error={revoke.error} />
      <Table caption={t("invitations")} rows={sent.data} columns={[
        { head: t("email"), cell: (row) => row.email },
        { head: t("role"), cell: (row) => <>{label("role", row.role)}{row.has_seat && ` · ${t("seatHeld")}`}</> },
        { head: t("expires", { when: "" }), cell: (row) => date(row.expires_at) },
        { head: t("revoke"), cell: (row) => (
          <button aria-label={`${t("revoke")}: ${row.email}`} disabled={revoke.isPending}
            onClick={() => revoke.mutate(row.id)}>{t("revoke")}</button>
        ) },
      ]} />
    </>
  );
}
