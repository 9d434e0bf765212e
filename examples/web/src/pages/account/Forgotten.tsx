import { useTexts } from "../../lib/i18n";
import { useAct } from "../../lib/query";
import { Refusal, supabase } from "../../lib/supabase";
import { Field, useTitle } from "../../ui/parts";
import { Done, Problem } from "../../ui/State";

export default function Forgotten() {
  const { t } = useTexts();
  useTitle(t("forgotten"));
  const send = useAct(async (form: FormData) => {
    const redirectTo = `${location.origin}/new-password`;
    const { error } = await supabase.auth.resetPasswordForEmail(String(form.get("email")), { redirectTo });
    if (error) throw new Refusal(error);
  });
  return (
    <form className="stack card form" action={(form) => send.mutate(form)}>
      <h1>{t("forgotten")}</h1>
      <Problem error={send.error} />
      <Done text={send.isSuccess ? t("linkSent") : null} />
      <Field label={t("email")}><input name="email" type="email" autoComplete="email" required /></Field>
      <button className="primary" disabled={send.isPending}>{t("sendLink")}</button>
    </form>
  );
}
