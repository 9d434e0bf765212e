import { Link, Navigate, useSearchParams } from "react-router";
import { useTexts } from "../../lib/i18n";
import { useAct } from "../../lib/query";
import { useSession } from "../../lib/session";
import { Refusal, supabase } from "../../lib/supabase";
import { Field, useTitle } from "../../ui/parts";
import { Problem } from "../../ui/State";

export default function SignIn() {
  const { t } = useTexts();
  const [search] = useSearchParams();
  const next = search.get("next") ?? "/learn";
  useTitle(t("signIn"));
  const signIn = useAct(async (form: FormData) => {
    const email = String(form.get("email"));
    const { error } = await supabase.auth.signInWithPassword({ email, password: String(form.get("password")) });
    if (error) throw new Refusal(error);
  });
  // Only an address of this site: `//other.example` would leave it.
  if (useSession()) return <Navigate to={/^\/(?![/\\])/.test(next) ? next : "/learn"} replace />;
  return (
    <form className="stack card form" action={(form) => signIn.mutate(form)}>
      <h1>{t("signIn")}</h1>
      <Problem error={signIn.error} />
      <Field label={t("email")}><input name="email" type="email" autoComplete="email" required /></Field>
      <Field label={t("password")}>
        <input name="password" type="password" autoComplete="current-password" required />
      </Field>
      <button className="primary" disabled={signIn.isPending}>{t("signIn")}</button>
      <Link to="/forgotten">{t("forgotten")}</Link>
      <span>{t("noAccount")} <Link to={`/sign-up?next=${encodeURIComponent(next)}`}>{t("signUp")}</Link></span>
    </form>
  );
}
