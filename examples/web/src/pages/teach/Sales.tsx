// What a course is sold for, and who has access to it by which right.

import type { Tables } from "database.types";
import { Link } from "react-router";
import { ask, decimalsOf, newestFirst, supabase, useAct, useList, useProfile, useRead, useTexts } from "../../lib";
import { Choice, Field, Form, Listed, Problem, Waiting } from "../../ui";
import { useCourse } from "./Layout";

type Offer = Tables<"offers"> & { all: { course_id: string }[] };
const PERIODS = ["", "month", "year"];

export default function Sales() {
  const { t } = useTexts();
  const { course } = useCourse();
  const offers = useRead(["offers", course.id, "all"], () => ask(
    supabase.from("offers").select("*, offer_courses!inner(course_id), all:offer_courses(course_id)")
      .eq("offer_courses.course_id", course.id).order("created_at"),
  ));
  if (!offers.data) return <Waiting query={offers} />;
  return (
    <>
      <h2>{t("offers")}</h2>
      {course.enrollment_mode !== "closed" && <p className="soft">{t("closedHint")}</p>}
      <div className="stack">
        {offers.data.map((offer) => <OfferForm key={offer.id} offer={offer} />)}
        <OfferForm key={offers.data.length} offer={null} />
      </div>
      <h2>{t("access")}</h2>
      <Grant />
      <Access />
    </>
  );
}

function OfferForm({ offer }: { offer: Offer | null }) {
  const { t, money } = useTexts();
  const course_id = useCourse().course.id;
  const save = useAct((form: FormData) => {
    const word = (name: string) => String(form.get(name)).trim() || undefined;
    const currency = word("currency")!;
    return ask(supabase.rpc("save_offer", {
      title: word("title")!,
      course_ids: offer?.all.map((one) => one.course_id) ?? [course_id],
      price: Math.round(Number(word("price")) * 10 ** decimalsOf(currency)),
      currency,
      access_days: word("access_days") ? Number(word("access_days")) : undefined,
      billing_period: word("billing_period"),
      grace_days: Number(word("grace_days") ?? 0),
      is_active: form.get("is_active") === "on",
      ...(offer && { offer_id: offer.id }),
    }));
  }, [["offers"]]);
  const number = (name: "access_days" | "grace_days", head: string, hint: string) => (
    <Field label={head} hint={hint}><input name={name} type="number" min={0} defaultValue={offer?.[name] ?? ""} /></Field>
  );
  return (
    <details className="card">
      <summary>
        {offer ? `${offer.title}: ${money(offer.price, offer.currency)}` : t("newOffer")}
        {offer && !offer.is_active && <span className="tag warn">{t("notSold")}</span>}
        {offer && offer.all.length > 1 && ` · ${t("courseCount", { n: offer.all.length })}`}
      </summary>
      <Form act={save} label={t("save")} done={t("saved")} className="stack">
        <div className="grid">
          <Field label={t("title")}><input name="title" defaultValue={offer?.title} required maxLength={200} /></Field>
          <Field label={t("price")}>
            <input name="price" type="number" step="any" min={0} required
              defaultValue={offer ? offer.price / 10 ** decimalsOf(offer.currency) : ""} />
          </Field>
          <Field label={t("currency")}>
            <input name="currency" pattern="[A-Z]{3}" maxLength={3} defaultValue={offer?.currency ?? "EUR"} required />
          </Field>
          <Choice head={t("billing")} kind="billing" values={PERIODS} name="billing_period" defaultValue={offer?.billing_period ?? ""} />
          {number("access_days", t("daysOfAccess"), t("daysOfAccessHint"))}
          {number("grace_days", t("graceDays"), t("graceDaysHint"))}
        </div>
        <label className="check">
          <input type="checkbox" name="is_active" defaultChecked={offer?.is_active ?? true} /> {t("forSale")}
        </label>
      </Form>
    </details>
  );
}

// Only admins know accounts by their addresses; the others invite.
function Grant() {
  const { t } = useTexts();
  const course_id = useCourse().course.id;
  const isAdmin = useProfile()?.role === "admin";
  const grant = useAct(async (form: FormData) => {
    const email = String(form.get("email")).trim();
    const people = await ask(supabase.rpc("people", { query: email }));
    const person = people.find((one) => one.email?.toLowerCase() === email.toLowerCase());
    if (!person) throw new Error(t("nobody"));
    const until = String(form.get("until"));
    await ask(supabase.rpc("grant_entitlement", {
      user_id: person.user_id, course_id, ...(until && { expires_at: new Date(until).toISOString() }),
    }));
  }, [["access", course_id]]);
  if (!isAdmin) return <p className="soft">{t("inviteInstead")} <Link to="../team">{t("invite")}</Link></p>;
  return (
    <details className="card">
      <summary>{t("grantAccess")}</summary>
      <Form act={grant} label={t("grantAccess")} done={t("saved")} resets className="stack">
        <Field label={t("email")}><input name="email" type="email" required /></Field>
        <Field label={t("accessUntil")} hint={t("noEnd")}><input name="until" type="datetime-local" /></Field>
      </Form>
    </details>
  );
}

function Access() {
  const { t, label, date } = useTexts();
  const course_id = useCourse().course.id;
  const list = useList(["access", course_id], (page) => newestFirst(
    supabase.from("entitlements").select("id, source, expires_at, revoked_at, created_at, profiles(name, email)")
      .eq("course_id", course_id), page,
  ));
  const revoke = useAct((entitlement_id: string) => ask(supabase.rpc("revoke_entitlement", { entitlement_id })),
    [["access", course_id], ["learners", course_id]]);
  return (
    <>
      <Problem error={revoke.error} />
      <Listed list={list} caption={t("access")} empty={t("noAccess")} columns={[
        { head: t("name"), cell: (row) => <>{row.profiles?.name}<small className="block">{row.profiles?.email}</small></> },
        { head: t("right"), cell: (row) => label("source", row.source) },
        { head: t("since", { when: "" }), cell: (row) => date(row.created_at) },
        { head: t("accessUntil"), cell: (row) => (row.revoked_at ? `${t("ended")} ${date(row.revoked_at)}` : date(row.expires_at)) },
        { head: t("revoke"), cell: (row) => row.revoked_at === null && (
          <button aria-label={`${t("revoke")}: ${row.profiles?.email}`} disabled={revoke.isPending}
            onClick={() => confirm(t("revokeAccess")) && revoke.mutate(row.id)}>{t("revoke")}</button>
        ) },
      ]} />
    </>
  );
}
