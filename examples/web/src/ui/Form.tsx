// A form that acts, with what went wrong, what was done (until it is edited again), and its button.

import { useState } from "react";
import type { ComponentProps, ReactNode } from "react";
import { useTexts } from "../lib";
import { Field } from "./parts";
import { Done, Problem } from "./State";

type Act = {
  mutate: (form: FormData, options?: { onSuccess: () => void }) => void; isPending: boolean; isSuccess: boolean;
  error: Error | null;
};
type Props = { act: Act; label: string; done?: string; className?: string; resets?: boolean; children?: ReactNode };

export function Form({ act, label, done, className = "stack card", resets = false, children }: Props) {
  const [isEdited, setEdited] = useState(false);
  return (
    <form className={className} onInput={() => setEdited(true)} onSubmit={(event) => {
      event.preventDefault();
      setEdited(false);
      const form = event.currentTarget;
      act.mutate(new FormData(form), { onSuccess: () => resets && form.reset() });
    }}>
      {children}
      <Problem error={act.error} />
      {done && <Done text={act.isSuccess && !isEdited ? done : null} />}
      <div><button className="primary" disabled={act.isPending}>{label}</button></div>
    </form>
  );
}

type ChoiceProps = ComponentProps<"select"> & { head: string; kind: string; values: readonly string[]; isBare?: boolean };

// A choice among values of the contract; their texts are those of the catalogue. A bare one has no visible label.
export function Choice({ head, kind, values, isBare = false, ...rest }: ChoiceProps) {
  const { label } = useTexts();
  const options = values.map((one) => <option key={one} value={one}>{label(kind, one)}</option>);
  if (isBare) return <select aria-label={head} {...rest}>{options}</select>;
  return <Field label={head}><select {...rest}>{options}</select></Field>;
}
