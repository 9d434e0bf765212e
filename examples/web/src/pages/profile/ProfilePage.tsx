import { useQueryClient } from "@tanstack/react-query";
import { LANGUAGES, useTexts, type Language } from "../../lib/i18n";
import { useAct } from "../../lib/query";
import { useProfile, type Profile } from "../../lib/session";
import { ask, supabase } from "../../lib/supabase";
import { Field, useTitle } from "../../ui/parts";
import { Done, Problem } from "../../ui/State";

const ZONES = Intl.supportedValuesOf("timeZone");

export default function ProfilePage() {
  const profile = useProfile();
  return profile ? <Form profile={profile} /> : null;
}

function Form({ profile }: { profile: Profile }) {
  const { t, label, setLanguage } = useTexts();
  const client = useQueryClient();
  useTitle(t("profile"));
  const save = useAct(async (form: FormData) => {
    const text = (name: string) => String(form.get(name)).trim();
    const [changed] = await ask(supabase.from("profiles").update({
      name: text("name"),
      avatar_url: text("avatar_url") || null,
      locale: text("locale"),
      time_zone: text("time_zone"),
    }).eq("id", profile.id).select("id, name, email, role, locale, time_zone, avatar_url"));
    localStorage.setItem("profile", JSON.stringify(changed));
    client.setQueryData(["profile", profile.id], changed);
    if (LANGUAGES.includes(text("locale") as Language)) setLanguage(text("locale") as Language);
  });
  const zones = ZONES.includes(profile.time_zone) ? ZONES : [profile.time_zone, ...ZONES];
  const locales = LANGUAGES.includes(profile.locale as Language) ? [...LANGUAGES] : [profile.locale, ...LANGUAGES];
  return (
    <form className="stack card form" onSubmit={(event) => {
      event.preventDefault();
      save.mutate(new FormData(event.currentTarget));
    }}>
      <h1>{t("profile")}</h1>
      <Problem error={save.error} />
      <Done text={save.isSuccess ? t("saved") : null} />
      <p className="soft">{profile.email}</p>
      <Field label={t("name")}><input name="name" defaultValue={profile.name} autoComplete="name" required /></Field>
      <Field label={t("picture")}><input name="avatar_url" type="url" defaultValue={profile.avatar_url ?? ""} /></Field>
      <Field label={t("language")}>
        <select name="locale" defaultValue={profile.locale}>
          {locales.map((one) => <option key={one} value={one}>{label("locale", one)}</option>)}
        </select>
      </Field>
      <Field label={t("timeZone")}>
        <select name="time_zone" defaultValue={profile.time_zone}>
          {zones.map((zone) => <option key={zone}>{zone}</option>)}
        </select>
      </Field>
      <button className="primary" disabled={save.isPending}>{t("save")}</button>
    </form>
  );
}
