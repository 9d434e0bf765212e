import { Link, Navigate, useSearchParams } from "react-router";
import { useTexts } from "../../lib/i18n";
import { useAct } from "../../lib/query";
import { useSession } from "../../lib/session";
import { Refusal, supabase } from "../../lib/supabase";
import { Field, useTitle } from "../../ui/parts";
import { Done, Problem } from "../../ui/State";

export default function SignUp() {
  const { t, language } = useTexts();
  const [search] = useSearchParams();
  useTitle(t("signUp"));
  const signUp = useAct(async (form: FormData) => {
    const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const { error } = await supabase.auth.signUp({
      email: String(form.get("email")),
      password: String(form.get("password")),
      options: { data: { name: String(form.get("name")), locale: language, time_zone }, emailRedirectTo: location.origin },
    });
    if (error) throw new Refusal(error);
  });
  if (useSession()) return <Navigate to={search.get("next")?.match(/^\/(?![/\\]).*/)?.[0] ?? "/"} replace />;
  return (
    <form className="stack card form" action={(form) => signUp.mutate(form)}>
      <h1>{t("signUp")}</h1>
      <Problem error={signUp.error} />
      <Done text={signUp.isSuccess ? t("confirmMail") : null} />
      <Field label={t("name")}><input name="name" autoComplete="name" required maxLength={200} /></Field>
      <Field label={t("email")}><input name="email" type="email" autoComplete="email" required /></Field>
      <Field label={t("password")} hint={t("passwordHint")}>
        <input name="password" type="password" autoComplete="new-password" minLength={6} required />
      </Field>
      <button className="primary" disabled={signUp.isPending}>{t("signUp")}</button>
      <span>{t("haveAccount")} <Link to="/sign-in">{t("signIn")}</Link></span>
    </form>
  );
}
