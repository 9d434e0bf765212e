// The search field with titles for typing ahead, as a combobox.

import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState, type KeyboardEvent } from "react";
import { Link, useNavigate } from "react-router";
import { useTexts } from "../../lib/i18n";
import { ask, supabase } from "../../lib/supabase";

type Target = { course_slug: string; lesson_slug: string | null };
export const addressOf = ({ course_slug, lesson_slug }: Target) =>
  `/courses/${course_slug}${lesson_slug ? `/lessons/${lesson_slug}` : ""}`;

export function SearchBox({ query }: { query: string }) {
  const { t, label } = useTexts();
  const navigate = useNavigate();
  const [text, setText] = useState(query);
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const prefix = useDeferredValue(text.trim());
  const suggestions = useQuery({
    queryKey: ["suggest", prefix],
    queryFn: () => ask(supabase.rpc("suggest", { prefix, page_size: 6 })),
    enabled: prefix.length > 1 && isOpen,
    placeholderData: (last) => last,
  });
  const rows = isOpen && prefix.length > 1 ? (suggestions.data ?? []) : [];
  const submit = () => {
    setOpen(false);
    const row = rows[at];
    void navigate(row ? addressOf(row) : text.trim() ? `/?q=${encodeURIComponent(text.trim())}` : "/");
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape") setOpen(false);
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    setAt((last) => Math.max(-1, Math.min(rows.length - 1, last + step)));
  };
  return (
    <form className="search" role="search" action={submit}>
      <div className="row nowrap">
        <input
          role="combobox"
          aria-label={t("searchHint")}
          aria-expanded={rows.length > 0}
          aria-controls="suggestions"
          aria-activedescendant={at >= 0 ? `suggestion-${at}` : undefined}
          placeholder={t("searchHint")}
          type="search"
          value={text}
          maxLength={200}
          autoComplete="off"
          onChange={(event) => {
            setText(event.target.value);
            setOpen(true);
            setAt(-1);
          }}
          onKeyDown={press}
          onBlur={() => setTimeout(() => setOpen(false), 200)}
        />
        <button className="primary">{t("search")}</button>
      </div>
      <ul id="suggestions" role="listbox" aria-label={t("searchHint")} hidden={rows.length === 0} className="plain-list">
        {rows.map((row, index) => (
          <li
            key={`${row.course_id}${row.lesson_id}`}
            id={`suggestion-${index}`}
            role="option"
            aria-selected={index === at}
          >
            <Link to={addressOf(row)} tabIndex={-1}>{row.title} <small>{label("kind", row.kind)}</small></Link>
          </li>
        ))}
      </ul>
    </form>
  );
}
