// What staff grade: a text, or a file in the bucket for submissions.

import type { Answer, EssayItem, FileItem } from "database.types";
import { useSession, useTexts } from "../../lib";
import { Download, Upload } from "../../ui";

type Props = { item: EssayItem | FileItem; lesson: string; answer: Answer | null; change: (answer: Answer | null) => void };

export function Work({ item, lesson, answer, change }: Props) {
  const { t } = useTexts();
  const user = useSession()?.user.id;
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
      <Upload label={t("yourAnswer")} bucket="submissions" folder={`${user}/${lesson}`} onStored={(path) => change(path)} />
      {typeof answer === "string" && <div><Download bucket="submissions" path={answer} title={t("download")} /></div>}
    </>
  );
}
