import { useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import { ask, type Language, LANGUAGES, PROFILE, type Profile, supabase, useAct, useProfile, useTexts } from "../../lib";
import { Choice, Field, Form, Picture, useTitle } from "../../ui";

const ZONES = Intl.supportedValuesOf("timeZone");

export default function ProfilePage() {
  const profile = useProfile();
  return profile ? <Editor profile={profile} /> : null;
}

function Editor({ profile }: { profile: Profile }) {
  const { t, setLanguage } = useTexts();
  const client = useQueryClient();
  useTitle(t("profile"));
  const save = useAct(async (form: FormData) => {
    const text = (name: string) => String(form.get(name)).trim();
    const [changed] = await ask(supabase.from("profiles").update({
      name: text("name"),
      avatar_url: text("avatar_url") || null,
      headline: text("headline"),
      bio_md: text("bio_md"),
      locale: text("locale"),
      time_zone: text("time_zone"),
    }).eq("id", profile.id).select(PROFILE));
    localStorage.setItem("profile", JSON.stringify(changed));
    client.setQueryData(["profile", profile.id], changed);
    if (LANGUAGES.includes(text("locale") as Language)) setLanguage(text("locale") as Language);
  });
  const zones = ZONES.includes(profile.time_zone) ? ZONES : [profile.time_zone, ...ZONES];
  const locales = LANGUAGES.includes(profile.locale as Language) ? [...LANGUAGES] : [profile.locale, ...LANGUAGES];
  return (
    <Form act={save} label={t("save")} done={t("saved")} className="stack card form">
      <h1>{t("profile")}</h1>
      <p className="soft">{profile.email}</p>
      <p><Link to="/orders">{t("myOrders")}</Link></p>
      <Field label={t("name")}><input name="name" defaultValue={profile.name} autoComplete="name" required /></Field>
      <Picture label={t("picture")} bucket="avatars" folder={profile.id} name="avatar_url" url={profile.avatar_url} />
      <Field label={t("headline")} hint={t("publicOfTeachers")}>
        <input name="headline" maxLength={200} defaultValue={profile.headline} />
      </Field>
      <Field label={t("aboutMe")} hint={t("publicOfTeachers")}>
        <textarea name="bio_md" maxLength={5000} rows={4} defaultValue={profile.bio_md} />
      </Field>
      <Choice head={t("language")} kind="locale" values={locales} name="locale" defaultValue={profile.locale} />
      <Choice head={t("timeZone")} kind="" values={zones} name="time_zone" defaultValue={profile.time_zone} />
    </Form>
  );
}
