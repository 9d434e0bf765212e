// Small parts that pages share.

import { useEffect, useState, type ReactNode } from "react";
import { type Key, useTexts } from "../lib";

export function Meter({ value, label }: { value: number; label: string }) {
  const width = `${Math.min(100, Math.max(0, value))}%`;
  return (
    <span className="meter" role="progressbar" aria-label={label} aria-valuenow={Math.round(value)}>
      <i style={{ width }} />
    </span>
  );
}

export function Field({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return <label className="field"><span>{label}</span>{children}{hint && <small>{hint}</small>}</label>;
}

export function Figures({ rows }: { rows: [Key, string][] }) {
  const { t } = useTexts();
  return (
    <dl className="figures">
      {rows.map(([key, value]) => <div key={key}><dt>{t(key)}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

export type Column<Row> = { head: string; cell: (row: Row) => ReactNode; number?: boolean };

export function Table<Row>({ caption, rows, columns }: { caption: string; rows: Row[]; columns: Column<Row>[] }) {
  const style = (column: Column<Row>) => (column.number ? "number" : undefined);
  return (
    <div className="table" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption className="hidden">{caption}</caption>
        <thead>
          <tr>{columns.map((one) => <th key={one.head} scope="col" className={style(one)}>{one.head}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>{columns.map((one) => <td key={one.head} className={style(one)}>{one.cell(row)}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type More = { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };

export function LoadMore({ list }: { list: More }) {
  const { t } = useTexts();
  if (!list.hasNextPage) return null;
  return <button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("more")}</button>;
}

// A picture that may be missing, or of a host that the policy of the page does not allow.
export function Cover({ url, title }: { url: string | null; title: string }) {
  const [failed, setFailed] = useState(false);
  if (!url || failed || !isAllowed(url)) return <div className="cover" aria-hidden>{title.slice(0, 1)}</div>;
  return <img className="cover" src={url} alt="" loading="lazy" onError={() => setFailed(true)} />;
}

const ORIGINS = [SUPABASE_URL, SERVICE_URL, ...MEDIA_ORIGINS.split(/\s+/)].flatMap((address) =>
  URL.canParse(address) ? [new URL(address).origin] : []);

// Whether a picture or film comes from a host of ours; others are neither shown nor asked.
export function isAllowed(address: string): boolean {
  const url = URL.parse(address, location.href);
  return url !== null && [location.origin, ...ORIGINS].includes(url.origin);
}

export function useTitle(title: string | undefined) {
  useEffect(() => {
    if (title) document.title = `${title} · Lyceum`;
  }, [title]);
}
