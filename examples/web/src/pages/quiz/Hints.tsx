// The hints that were taken, and the next one with its price.

import type { Hint, Item } from "database.types";
import { useState } from "react";
import { ask, supabase, useAct, useTexts } from "../../lib";
import { Problem, Prose } from "../../ui";

export function Hints({ attempt, item, first }: { attempt: string; item: Item; first: Hint[] }) {
  const { t, percent } = useTexts();
  const [taken, setTaken] = useState(first);
  const take = useAct(async (number: number) => {
    const row = await ask(supabase.rpc("take_hint", { attempt_id: attempt, question_id: item.question_id, number }));
    setTaken(row.hints[item.question_id] ?? []);
  });
  const next = item.hint_costs?.[taken.length];
  return (
    <>
      {taken.map((hint) => <div key={hint.text_md} className="panel"><Prose text={hint.text_md} /></div>)}
      {next !== undefined && (
        <button type="button" disabled={take.isPending} onClick={() => take.mutate(taken.length + 1)}>
          {t("takeHint", { share: percent(next) })}
        </button>
      )}
      <Problem error={take.error} />
    </>
  );
}
