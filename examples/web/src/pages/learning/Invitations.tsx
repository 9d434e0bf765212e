// What others offer the caller's address: a seat, a place on the staff, a role.

import type { InvitationRow } from "database.types";
import { Link } from "react-router";
import { ask, supabase, useAct, useList, useTexts } from "../../lib";
import { Done, Empty, LoadMore, Problem, useTitle, Waiting } from "../../ui";

export const useInvitations = () => useList(["invitations"], (page) => supabase.rpc("my_invitations", page));

export default function Invitations() {
  const { t } = useTexts();
  useTitle(t("invitations"));
  const list = useInvitations();
  const answer = useAct(async ({ id: invitation_id, accept }: { id: string; accept: boolean }) => {
    await ask(accept
      ? supabase.rpc("accept_invitation", { invitation_id })
      : supabase.rpc("decline_invitation", { invitation_id }));
    localStorage.removeItem("profile");
  }, [["invitations"], ["learning"], ["outline"], ["profile"]]);
  if (!list.rows) return <Waiting query={list} />;
  return (
    <>
      <h1>{t("invitations")}</h1>
      <Problem error={answer.error} />
      <Done text={answer.isSuccess ? t(answer.variables.accept ? "invitationAccepted" : "invitationDeclined") : null} />
      {list.rows.length === 0 && <Empty text={t("noInvitations")} />}
      <ul className="plain-list stack">
        {list.rows.map((one) => (
          <li key={one.id} className="card row between">
            <Offer row={one} />
            <span className="row">
              {([true, false] as const).map((accept) => (
                <button key={String(accept)} className={accept ? "primary" : ""} disabled={answer.isPending}
                  aria-label={`${t(accept ? "accept" : "decline")}: ${one.course_title ?? t("platform")}`}
                  onClick={() => answer.mutate({ id: one.id, accept })}>{t(accept ? "accept" : "decline")}</button>
              ))}
            </span>
          </li>
        ))}
      </ul>
      <LoadMore list={list} />
    </>
  );
}

function Offer({ row }: { row: InvitationRow }) {
  const { t, label, date } = useTexts();
  return (
    <div>
      <h2>{row.role === "learner" && row.course_slug
        ? <Link to={`/courses/${row.course_slug}`}>{row.course_title}</Link> : row.course_title ?? t("platform")}</h2>
      <p>{t("invitedAs", { role: label("role", row.role) })}{row.invited_by && ` · ${row.invited_by}`}</p>
      <small>{t("expires", { when: date(row.expires_at) })}{row.has_seat && ` · ${t("seatHeld")}`}</small>
    </div>
  );
}
