import type { TimedAttempt } from "database.types";
import { useEffect, useState } from "react";
import { ask, supabase, useAct, useTexts } from "../../lib";
import { Problem } from "../../ui";
import { useAnswers } from "./answers";
import { Hints } from "./Hints";
import { Question } from "./Question";

export function Attempt({ attempt, done }: { attempt: TimedAttempt; done: () => void }) {
  const { t } = useTexts();
  const { answers, set, saveAll, problems, state, clock } = useAnswers(attempt, done);
  const [asks, setAsks] = useState(false);
  const submit = useAct(async (anyway: boolean) => {
    // Handing in would lose what is not saved: the attempt stays open, also when the connection is
    // back by now. What the server refuses is left out when the learner says so, or the time is over.
    const refusal = await saveAll();
    if (refusal && (refusal.code === "offline" || !anyway)) throw refusal;
    await ask(supabase.rpc("submit_attempt", { attempt_id: attempt.id }));
    done();
  });
  const missing = attempt.items.filter((item) => (answers[item.question_id] ?? null) === null).length;
  const refused = Object.keys(problems).length;
  const warns = missing + refused > 0;
  const handIn = () => (warns && !asks ? setAsks(true) : submit.mutate(asks));
  return (
    <section>
      <div className="clock row between">
        <strong>{t("attempt", { n: attempt.number })}</strong>
        <span role="status" className="soft">
          {t(state === "saved" ? "allSaved" : state === "saving" ? "saving" : "notSaved")}
        </span>
        {clock.left !== null && (
          <Clock left={clock.left} at={clock.at} over={() => submit.isPending || submit.mutate(true)} />
        )}
      </div>
      {attempt.items.map((item, index) => (
        <div key={item.question_id}>
          <Question
            item={item}
            lesson={attempt.lesson_id}
            number={index + 1}
            answer={answers[item.question_id] ?? null}
            change={(answer) => set(item.question_id, answer)}
          />
          <Hints attempt={attempt.id} item={item} first={attempt.hints[item.question_id] ?? []} />
          <Problem error={problems[item.question_id] ?? null} />
        </div>
      ))}
      <Problem error={submit.error} />
      {asks && missing > 0 && <p role="alert">{t("unanswered", { n: missing })}</p>}
      {asks && refused > 0 && <p role="alert">{t("refusedAnswers", { n: refused })}</p>}
      <button className="primary" disabled={submit.isPending} onClick={handIn}>
        {t(asks && warns ? "handInAnyway" : "handIn")}
      </button>
    </section>
  );
}

// Counts from what the server said was left; the clock of the device does not matter.
function Clock({ left, at, over }: { left: number; at: number; over: () => void }) {
  const { t } = useTexts();
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil(left - (now - at) / 1000));
  useEffect(() => {
    if (seconds === 0) over();
  }, [seconds === 0]);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return <span role="timer" className={seconds < 60 ? "bad" : undefined}>{t("timeLeft", { time })}</span>;
}
