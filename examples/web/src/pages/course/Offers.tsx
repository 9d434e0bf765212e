// What a closed course is sold for. The service opens the page of the payment provider.

import { useQueryClient } from "@tanstack/react-query";
import type { CourseOutline } from "database.types";
import { useEffect } from "react";
import { Link, useSearchParams } from "react-router";
import { ask, askService, outlineKey, supabase, useAct, useRead, useSession, useTexts } from "../../lib";
import { Problem, Waiting } from "../../ui";

const EVERY = 4000;

export function Offers({ course, enroll }: { course: CourseOutline["course"]; enroll: () => void }) {
  const { t, money } = useTexts();
  const session = useSession();
  const [search] = useSearchParams();
  const isPaid = search.get("payment") === "done";
  const offers = useRead(["offers", course.id], () => ask(
    supabase.from("offers").select("id, title, price, currency, access_days, billing_period, offer_courses!inner(course_id)")
      .eq("offer_courses.course_id", course.id).eq("is_active", true).order("price"),
  ), { enabled: !isPaid });
  useSeat(course.slug, isPaid);
  const buy = useAct(async (id: string) => {
    const answer = await askService(`/v1/offers/${id}/checkout`, { method: "POST" });
    location.assign((await answer.json()).url);
  });
  if (isPaid) {
    return (
      <div className="card stack" role="status">
        <strong>{t("paid")}</strong>
        <button className="primary" onClick={enroll}>{t("enroll")}</button>
      </div>
    );
  }
  if (!offers.data) return <Waiting query={offers} />;
  return (
    <div className="card stack">
      {offers.data.map((offer) => (
        <div key={offer.id} className="stack">
          <strong>{offer.title}</strong>
          <span>{money(offer.price, offer.currency)}{offer.billing_period && ` ${t(offer.billing_period === "month" ? "perMonth" : "perYear")}`}</span>
          {offer.access_days && <small>{t("accessDays", { n: offer.access_days })}</small>}
          {session && (
            <button className="primary" disabled={buy.isPending} onClick={() => buy.mutate(offer.id)}>{t("buy")}</button>
          )}
        </div>
      ))}
      {!session && <Link className="button primary" to={`/sign-in?next=/courses/${course.slug}`}>{t("signInToEnroll")}</Link>}
      {/* Also beside offers: staff may have granted access. */}
      {session && <button onClick={enroll}>{t("enroll")}</button>}
      <Problem error={buy.error} />
    </div>
  );
}

// The report of the payment may come after the buyer: the seat is looked for until it is there.
function useSeat(slug: string, waits: boolean) {
  const client = useQueryClient();
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: outlineKey(slug) }), EVERY);
    return () => clearInterval(timer);
  }, [client, slug, waits]);
}
