import { useNavigate } from "react-router";
import { useTexts } from "../../lib/i18n";
import { useAct } from "../../lib/query";
import { useSession } from "../../lib/session";
import { Refusal, supabase } from "../../lib/supabase";
import { Field, useTitle } from "../../ui/parts";
import { Empty, Problem } from "../../ui/State";

// The link of the mail has signed the reader in.
export default function NewPassword() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const session = useSession();
  useTitle(t("newPassword"));
  const change = useAct(async (form: FormData) => {
    const { error } = await supabase.auth.updateUser({ password: String(form.get("password")) });
    if (error) throw new Refusal(error);
    await navigate("/learn");
  });
  if (!session) return <Empty text={t("linkNeeded")} />;
  return (
    <form className="stack card form" action={(form) => change.mutate(form)}>
      <h1>{t("newPassword")}</h1>
      <Problem error={change.error} />
      <Field label={t("password")} hint={t("passwordHint")}>
        <input name="password" type="password" autoComplete="new-password" minLength={6} required />
      </Field>
      <button className="primary" disabled={change.isPending}>{t("save")}</button>
    </form>
  );
}
