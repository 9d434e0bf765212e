// Answers of an open attempt, saved while they are given.
//
// What is not saved yet is in the session storage too: it survives a reload, and is sent again
// when the connection is back. An answer that the server refuses stays there, too, and is sent again
// when the learner hands in. Revisions order the saves of one attempt.

import type { Answer, TimedAttempt } from "database.types";
import { useEffect, useRef, useState } from "react";
import { ask, Refusal, supabase } from "../../lib";

type Pending = Record<string, Answer | null>;
const PAUSE = 600;
const RETRY = 3000;

export function useAnswers(attempt: TimedAttempt, onClosed: () => void) {
  const store = `pending:${attempt.id}`;
  const pending = useRef<Pending>(JSON.parse(sessionStorage.getItem(store) ?? "{}") as Pending);
  const [answers, setAnswers] = useState<Pending>(() => ({ ...attempt.answers, ...pending.current }));
  const [problems, setProblems] = useState<Record<string, Error>>({});
  const [state, setState] = useState<"saved" | "saving" | "waiting">("saved");
  const [clock, setClock] = useState(() => ({ left: attempt.seconds_left, at: performance.now() }));
  const revision = useRef(Math.max(0, ...Object.values(attempt.revisions)));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const running = useRef<Promise<Refusal | null>>(null);
  const refused = useRef<Pending>({});

  const remember = () => sessionStorage.setItem(store, JSON.stringify(pending.current));

  const flush = (): Promise<Refusal | null> => {
    running.current ??= save().finally(() => {
      running.current = null;
    });
    return running.current;
  };

  // Why something is not saved; null when everything is.
  async function save(): Promise<Refusal | null> {
    clearTimeout(timer.current);
    let problem: Refusal | null = null;
    for (;;) {
      const entry = Object.entries(pending.current).find(([id, answer]) => refused.current[id] !== answer);
      if (!entry) break;
      const [question_id, answer] = entry;
      setState("saving");
      revision.current += 1;
      try {
        const saved = await ask(supabase.rpc("save_answer", {
          attempt_id: attempt.id, question_id, answer, revision: revision.current,
        }));
        setClock({ left: saved.seconds_left, at: performance.now() });
        setProblems(({ [question_id]: _, ...others }) => others);
      } catch (error) {
        const refusal = error as Refusal;
        const { code } = refusal;
        if (code === "offline") {
          setState("waiting");
          timer.current = setTimeout(() => void flush(), RETRY);
          return refusal;
        }
        if (code === "attempt_closed" || code === "attempt_expired") {
          sessionStorage.removeItem(store);
          onClosed();
          return null;
        }
        setProblems((last) => ({ ...last, [question_id]: refusal }));
        refused.current[question_id] = answer;
        problem = refusal;
        continue;
      }
      // An answer that was changed meanwhile is saved again.
      if (pending.current[question_id] === answer) delete pending.current[question_id];
      remember();
    }
    setState(Object.keys(pending.current).length > 0 ? "waiting" : "saved");
    return problem;
  }

  // Sends refused answers again, too: the reason may have passed.
  const saveAll = () => {
    refused.current = {};
    return flush();
  };

  useEffect(() => {
    if (Object.keys(pending.current).length > 0) void flush();
    const retry = () => void flush();
    addEventListener("online", retry);
    return () => {
      removeEventListener("online", retry);
      clearTimeout(timer.current);
    };
  }, []);

  const set = (question: string, answer: Answer | null) => {
    setAnswers((last) => ({ ...last, [question]: answer }));
    pending.current[question] = answer;
    delete refused.current[question];
    remember();
    setState("saving");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void flush(), PAUSE);
  };

  return { answers, set, saveAll, problems, state, clock };
}
