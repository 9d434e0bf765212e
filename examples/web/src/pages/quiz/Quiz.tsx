// A quiz in its lesson: the rules, the attempts so far, the open attempt or a review.

import type { LessonPage, QuizRules, TimedAttempt } from "database.types";
import { useState } from "react";
import { ask, staleAfterWork, supabase, useAct, useRead, useSession, useTexts } from "../../lib";
import { Problem, Table, Waiting } from "../../ui";
import { Attempt } from "./Attempt";
import { Review } from "./Review";

const COLUMNS = "id, number, status, score, max_score, is_passed, is_pending, submitted_at";
const readAttempts = (lesson: string, user: string) =>
  ask(supabase.from("quiz_attempts").select(COLUMNS)
    .eq("lesson_id", lesson).eq("user_id", user).order("number", { ascending: false }));
type Row = Awaited<ReturnType<typeof readAttempts>>[number];

export default function Quiz({ page, quiz }: { page: LessonPage; quiz: QuizRules }) {
  const { t } = useTexts();
  const user = useSession()?.user.id;
  const { lesson } = page;
  const [attempt, setAttempt] = useState<TimedAttempt | null>(null);
  const [reviewed, setReviewed] = useState<string | null>(null);
  const attempts = useRead(
    ["attempts", lesson.id], () => readAttempts(lesson.id, user!), { enabled: page.is_enrolled, staleTime: 0 },
  );
  const stale = [["attempts", lesson.id], ["review"], ["quota", page.course.id], ...staleAfterWork(page.course.slug)];
  const start = useAct(() => ask(supabase.rpc("start_attempt", { lesson_id: lesson.id })),
    [["attempts", lesson.id], ["quota", page.course.id]]);
  const begin = () => start.mutate(undefined, {
    onSuccess: (open) => {
      setReviewed(null);
      setAttempt(open);
    },
  });
  const close = useAct(async (id: string) => {
    setAttempt(null);
    setReviewed(id);
  }, stale);

  if (attempt?.status === "open") return <Attempt attempt={attempt} done={() => close.mutate(attempt.id)} />;
  if (!page.is_enrolled) return <Rules quiz={quiz} />;
  if (!attempts.data) return <Waiting query={attempts} />;
  const isOpen = attempts.data.some((one) => one.status === "open");
  const canStart = isOpen || quiz.attempts_left === null || quiz.attempts_left > 0;
  return (
    <>
      <Rules quiz={quiz} />
      <Problem error={start.error} />
      {canStart && (
        <button className="primary" disabled={start.isPending} onClick={begin}>{t(isOpen ? "resume" : "start")}</button>
      )}
      <Attempts rows={attempts.data} show={setReviewed} />
      {reviewed && <Review id={reviewed} />}
    </>
  );
}

function Rules({ quiz }: { quiz: QuizRules }) {
  const { t, percent, moment } = useTexts();
  const rules = [
    t("quizQuestions", { n: quiz.question_count }),
    t("passMark", { share: percent(quiz.pass_mark) }),
    quiz.time_limit_seconds !== null && t("timeLimit", { time: t("minutes", { n: quiz.time_limit_seconds / 60 }) }),
    quiz.attempts_left !== null && t("attemptsLeft", { n: quiz.attempts_left }),
    quiz.due_at && t("due", { when: moment(quiz.due_at) }),
  ].filter((rule) => typeof rule === "string");
  return <p className="panel">{rules.join(" · ")}</p>;
}

function Attempts({ rows, show }: { rows: Row[]; show: (id: string) => void }) {
  const { t, moment, number } = useTexts();
  const closed = rows.filter((row) => row.status !== "open");
  if (closed.length === 0) return null;
  return (
    <>
      <h2>{t("attempts")}</h2>
      <Table caption={t("attempts")} rows={closed} columns={[
        { head: t("attempt", { n: "" }), cell: (row) => t("attempt", { n: row.number }) },
        { head: t("handedIn"), cell: (row) => moment(row.submitted_at) },
        { head: t("result"), cell: (row) => `${row.is_pending ? "–" : number(row.score)} / ${number(row.max_score)}`, number: true },
        {
          head: t("status"),
          cell: (row) => row.is_pending ? <span className="tag warn">{t("work.submitted")}</span> : (
            <span className={`tag ${row.is_passed ? "good" : "bad"}`}>{t(row.is_passed ? "passed" : "failed")}</span>
          ),
        },
        { head: t("review"), cell: (row) => <button onClick={() => show(row.id)}>{t("review")}</button> },
      ]} />
    </>
  );
}
