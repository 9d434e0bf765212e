// A text with gaps: the gaps are numbered in the text, their inputs stand below.

import type { Answer, ClozeItem } from "database.types";
import { useTexts } from "../../lib";
import { plain } from "./Question";

export const withGaps = (text: string) => text.replace(/\[\[(\d{1,2})\]\]/g, "**[$1]**");

type Props = { item: ClozeItem; answer: Answer | null; change: (answer: Answer | null) => void };

export function Cloze({ item, answer, change }: Props) {
  const { t } = useTexts();
  const given = (typeof answer === "object" && !Array.isArray(answer) ? answer : null) ?? {};
  const set = (gap: string, value: string) => {
    const { [gap]: _, ...others } = given;
    const next = value.trim() ? { ...others, [gap]: value } : others;
    change(Object.keys(next).length > 0 ? next : null);
  };
  return item.options.gaps.map((gap) => (
    <label key={gap.id} className="pairs gap">
      <span>[{gap.id}]</span>
      {gap.kind === "choice" ? (
        <select value={given[gap.id] ?? ""} onChange={(event) => set(gap.id, event.target.value)}>
          <option value="">{t("choose")}</option>
          {gap.options.map((option) => <option key={option.id} value={option.id}>{plain(option.text)}</option>)}
        </select>
      ) : (
        <input
          inputMode={gap.kind === "number" ? "decimal" : "text"}
          autoComplete="off"
          maxLength={200}
          value={given[gap.id] ?? ""}
          onChange={(event) => set(gap.id, event.target.value)}
        />
      )}
    </label>
  ));
}
