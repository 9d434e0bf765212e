// A form that acts, with what went wrong, what was done, and its button.

import type { ReactNode } from "react";
import { Done, Problem } from "./State";

type Act = {
  mutate: (form: FormData, options?: { onSuccess: () => void }) => void; isPending: boolean; isSuccess: boolean;
  error: Error | null;
};
type Props = { act: Act; label: string; done?: string; className?: string; resets?: boolean; children?: ReactNode };

export function Form({ act, label, done, className = "stack card", resets = false, children }: Props) {
  return (
    <form className={className} onSubmit={(event) => {
      event.preventDefault();
      const form = event.currentTarget;
      act.mutate(new FormData(form), { onSuccess: () => resets && form.reset() });
    }}>
      {children}
      <Problem error={act.error} />
      {done && <Done text={act.isSuccess ? done : null} />}
      <div><button className="primary" disabled={act.isPending}>{label}</button></div>
    </form>
  );
}
