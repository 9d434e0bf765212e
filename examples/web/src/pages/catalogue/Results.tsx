import { Link } from "react-router";
import { supabase, useList, useTexts } from "../../lib";
import { Empty, LoadMore, Waiting } from "../../ui";
import { addressOf } from "./SearchBox";

export function Results({ query }: { query: string }) {
  const { t, label } = useTexts();
  const found = useList(["search", query], (page) => supabase.rpc("search", { query, ...page }));
  if (!found.rows) return <Waiting query={found} />;
  const corrected = found.rows[0]?.did_you_mean;
  return (
    <section aria-live="polite">
      <h2>{t("resultsFor", { query })}</h2>
      {corrected && <p>{t("didYouMean", { query: corrected })}</p>}
      {found.rows.length === 0 && <Empty text={t("nothingFound")} />}
      <ul className="plain-list stack">
        {found.rows.map((row) => (
          <li key={row.cursor} className="card">
            <h3><Link to={addressOf(row)}>{row.title}</Link></h3>
            <p><Snippet html={row.snippet} /></p>
            <small>
              {[label("kind", row.kind), row.kind !== "course" && row.course_title, ...row.teachers].filter(Boolean).join(" · ")}
            </small>
          </li>
        ))}
      </ul>
      <LoadMore list={found} />
    </section>
  );
}

// A snippet is HTML in which only <mark> is markup. It is taken apart as text, never set as HTML.
function Snippet({ html }: { html: string }) {
  const plain = (text: string) =>
    text.replace(/&(amp|lt|gt|quot|#39|#x27);/g, (entity) => ENTITIES[entity] ?? entity);
  return html.split(/(<mark>.*?<\/mark>)/s).map((part, index) =>
    part.startsWith("<mark>") ? <mark key={index}>{plain(part.slice(6, -7))}</mark> : plain(part));
}

const ENTITIES: Record<string, string> = {
  "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&#x27;": "'",
};
