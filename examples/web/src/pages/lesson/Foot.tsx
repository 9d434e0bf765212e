// The end of a lesson: what completes it, and the lessons beside it.

import type { LessonCompletion, LessonPage } from "database.types";
import { Link, useNavigate } from "react-router";
import { ask, lessonPath, staleAfterWork, supabase, useAct, useTexts } from "../../lib";
import { Problem } from "../../ui";

export function Foot({ page }: { page: LessonPage }) {
  const { t, label } = useTexts();
  const navigate = useNavigate();
  const { lesson, progress, previous, next } = page;
  const complete = useAct<undefined, LessonCompletion>(
    () => ask(supabase.rpc("complete_lesson", { lesson_id: lesson.id })),
    staleAfterWork(page.course.slug),
  );
  const isDone = progress?.status === "completed";
  const byHand = lesson.completion_rule === "view" || lesson.completion_rule === "manual";
  const canComplete = page.is_enrolled && lesson.is_open && byHand && !isDone;
  const finish = () => complete.mutate(undefined, {
    onSuccess: (done) => {
      if (done.certificate_code) void navigate(`/verify/${done.certificate_code}`);
      else if (next) void navigate(lessonPath(next));
    },
  });
  return (
    <footer>
      <Problem error={complete.error} />
      {isDone && <p className="good" role="status">✓ {t("lessonDone")}</p>}
      {!isDone && lesson.is_open && !byHand && <p className="soft">{label("rule", lesson.completion_rule)}</p>}
      <div className="lesson-foot">
        {previous ? <Link className="button" to={lessonPath(previous)}>← {previous.title}</Link> : <span />}
        {canComplete ? (
          <button className="primary" disabled={complete.isPending} onClick={finish}>
            {next ? t("doneAndNext") : t("done")}
          </button>
        ) : (
          next && <Link className="button" to={lessonPath(next)}>{next.title} →</Link>
        )}
      </div>
    </footer>
  );
}
