// What staff grade: a text, or a file in the bucket for submissions.

import type { Answer, EssayItem, FileItem } from "database.types";
import { supabase, useAct, useSession, useTexts } from "../../lib";
import { Problem } from "../../ui";

const BUCKET = "submissions";
type Props = { item: EssayItem | FileItem; lesson: string; answer: Answer | null; change: (answer: Answer | null) => void };

export function Work({ item, lesson, answer, change }: Props) {
  const { t } = useTexts();
  const user = useSession()?.user.id;
  const upload = useAct(async (file: File) => {
    const path = `${user}/${lesson}/${crypto.randomUUID()}`;
    const { error } = await supabase.storage.from(BUCKET).upload(path, file, { contentType: file.type });
    if (error) throw error;
    change(path);
  });
  if (item.kind === "essay") {
    return (
      <textarea
        aria-label={t("yourAnswer")}
        maxLength={20000}
        value={answer === null ? "" : String(answer)}
        onChange={(event) => change(event.target.value.trim() === "" ? null : event.target.value)}
      />
    );
  }
  return (
    <>
      <input
        type="file"
        aria-label={t("yourAnswer")}
        disabled={upload.isPending}
        onChange={(event) => event.target.files?.[0] && upload.mutate(event.target.files[0])}
      />
      {typeof answer === "string" && <Download path={answer} />}
      <Problem error={upload.error} />
    </>
  );
}

export function Download({ path }: { path: string }) {
  const { t } = useTexts();
  const open = useAct(async (_: undefined) => {
    const { data, error } = await supabase.storage.from(BUCKET).createSignedUrl(path, 60, { download: true });
    if (error) throw error;
    window.location.assign(data.signedUrl);
  });
  return (
    <>
      <button type="button" onClick={() => open.mutate(undefined)}>{t("download")}</button>
      <Problem error={open.error} />
    </>
  );
}
