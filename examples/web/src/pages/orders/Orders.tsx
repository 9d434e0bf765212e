// Payments that the provider has reported: one's own, and all of them for admins.

import { newestFirst, supabase, useList, useProfile, useTexts } from "../../lib";
import { Listed, useTitle } from "../../ui";

const COLUMNS = "id, title, status, amount, currency, refunded_amount, paid_at, expires_at, provider, reference, created_at";

export default function Orders() {
  const { t, label, date, moment, money } = useTexts();
  useTitle(t("orders"));
  const isAdmin = useProfile()?.role === "admin";
  const list = useList(["orders"], (page) =>
    newestFirst(supabase.from("orders").select(`${COLUMNS}, profiles(name, email)`), page));
  const paid = (amount: number | null, currency: string | null) => (amount !== null && currency ? money(amount, currency) : "–");
  return (
    <>
      <h1>{t("orders")}</h1>
      <p className="soft">{t("ordersHint")}</p>
      <Listed list={list} caption={t("orders")} empty={t("noOrders")} columns={[
        { head: t("offer"), cell: (row) => <>{row.title ?? "–"}<small className="block">{row.provider} {row.reference}</small></> },
        ...(isAdmin ? [{
          head: t("buyer"),
          cell: (row: { profiles: { name: string; email: string | null } | null }) =>
            <>{row.profiles?.name ?? "–"}<small className="block">{row.profiles?.email}</small></>,
        }] : []),
        { head: t("status"), cell: (row) => <span className={`tag ${row.status === "paid" ? "good" : "warn"}`}>{label("order", row.status)}</span> },
        {
          head: t("price"), number: true,
          cell: (row) => (
            <>
              {paid(row.amount, row.currency)}
              {row.refunded_amount > 0 && <small className="block">− {paid(row.refunded_amount, row.currency)}</small>}
            </>
          ),
        },
        { head: t("paidAt"), cell: (row) => moment(row.paid_at) },
        { head: t("accessUntil"), cell: (row) => date(row.expires_at) },
      ]} />
    </>
  );
}
