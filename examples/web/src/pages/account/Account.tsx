// Sign-in, sign-up, a forgotten password and a new one.

import type { AuthError } from "@supabase/supabase-js";
import { Link, Navigate, useNavigate, useSearchParams } from "react-router";
import { type Key, Refusal, supabase, useAct, useSession, useTexts } from "../../lib";
import { Empty, Field, Form, useTitle } from "../../ui";

// A call of Auth with the fields of a form.
function useAuth(call: (field: (name: string) => string) => Promise<{ error: AuthError | null }>) {
  return useAct(async (form: FormData) => {
    const { error } = await call((name) => String(form.get(name)));
    if (error) throw new Refusal(error);
  });
}

// Where to go afterwards: only an address of this site, and `//other.example` is none.
function useNext(otherwise: string) {
  const next = useSearchParams()[0].get("next") ?? "";
  return /^\/(?![/\\])/.test(next) ? next : otherwise;
}

function Heading({ text }: { text: Key }) {
  const { t } = useTexts();
  useTitle(t(text));
  return <h1>{t(text)}</h1>;
}

function Email() {
  const { t } = useTexts();
  return <Field label={t("email")}><input name="email" type="email" autoComplete="email" required /></Field>;
}

function Password({ isNew }: { isNew: boolean }) {
  const { t } = useTexts();
  const kind = isNew ? "new-password" : "current-password";
  return (
    <Field label={t("password")} hint={isNew ? t("passwordHint") : undefined}>
      <input name="password" type="password" autoComplete={kind} minLength={isNew ? 6 : undefined} required />
    </Field>
  );
}

export function SignIn() {
  const { t } = useTexts();
  const next = useNext("/learn");
  const act = useAuth((field) =>
    supabase.auth.signInWithPassword({ email: field("email"), password: field("password") }));
  if (useSession()) return <Navigate to={next} replace />;
  return (
    <div className="card form">
      <Heading text="signIn" />
      <Form act={act} label={t("signIn")} className="stack"><Email /><Password isNew={false} /></Form>
      <p><Link to="/forgotten">{t("forgotten")}</Link></p>
      <p>{t("noAccount")} <Link to={`/sign-up?next=${encodeURIComponent(next)}`}>{t("signUp")}</Link></p>
    </div>
  );
}

export function SignUp() {
  const { t, language } = useTexts();
  const next = useNext("/");
  const act = useAuth((field) => supabase.auth.signUp({
    email: field("email"),
    password: field("password"),
    options: {
      data: { name: field("name"), locale: language, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone },
      emailRedirectTo: location.origin,
    },
  }));
  if (useSession()) return <Navigate to={next} replace />;
  return (
    <div className="card form">
      <Heading text="signUp" />
      <Form act={act} label={t("signUp")} done={t("confirmMail")} className="stack">
        <Field label={t("name")}><input name="name" autoComplete="name" required maxLength={200} /></Field>
        <Email /><Password isNew />
      </Form>
      <p>{t("haveAccount")} <Link to="/sign-in">{t("signIn")}</Link></p>
    </div>
  );
}

export function Forgotten() {
  const { t } = useTexts();
  const redirectTo = `${location.origin}/new-password`;
  const act = useAuth((field) => supabase.auth.resetPasswordForEmail(field("email"), { redirectTo }));
  return (
    <div className="card form">
      <Heading text="forgotten" />
      <Form act={act} label={t("sendLink")} done={t("linkSent")} className="stack"><Email /></Form>
    </div>
  );
}

// The link of the mail has signed the reader in.
export function NewPassword() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const act = useAuth(async (field) => {
    const answer = await supabase.auth.updateUser({ password: field("password") });
    if (!answer.error) await navigate("/learn");
    return answer;
  });
  if (!useSession()) return <Empty text={t("linkNeeded")} />;
  return (
    <div className="card form">
      <Heading text="newPassword" />
      <Form act={act} label={t("save")} className="stack"><Password isNew /></Form>
    </div>
  );
}
