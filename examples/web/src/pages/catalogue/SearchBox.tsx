// The search field, with titles for typing ahead; choosing one opens it.

import { useDeferredValue, useState } from "react";
import { useNavigate } from "react-router";
import { ask, supabase, useRead, useTexts } from "../../lib";

type Target = { course_slug: string; lesson_slug: string | null };
export const addressOf = ({ course_slug, lesson_slug }: Target) =>
  `/courses/${course_slug}${lesson_slug ? `/lessons/${lesson_slug}` : ""}`;

export function SearchBox({ query }: { query: string }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const [text, setText] = useState(query);
  const prefix = useDeferredValue(text.trim());
  const { data: titles = [] } = useRead(
    ["suggest", prefix], () => ask(supabase.rpc("suggest", { prefix, page_size: 8 })),
    { enabled: prefix.length > 1 && prefix !== query, placeholderData: (last) => last },
  );
  const type = (value: string) => {
    setText(value);
    const chosen = titles.find((row) => row.title === value);
    if (chosen) void navigate(addressOf(chosen));
  };
  const submit = () => void navigate(text.trim() ? `/?q=${encodeURIComponent(text.trim())}` : "/");
  return (
    <form className="search row nowrap" role="search" action={submit}>
      <input
        type="search" list="titles" aria-label={t("searchHint")} placeholder={t("searchHint")} maxLength={200}
        value={text} onChange={(event) => type(event.target.value)}
      />
      <datalist id="titles">{titles.map((row) => <option key={row.title} value={row.title} />)}</datalist>
      <button className="primary">{t("search")}</button>
    </form>
  );
}
