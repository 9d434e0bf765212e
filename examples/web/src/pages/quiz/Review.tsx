// A closed attempt: what was answered, and the right answers when the quiz shows them.

import type { AnsweredItem, RevealedItem } from "database.types";
import { ask, supabase, useRead, useTexts } from "../../lib";
import { Download, Prose, Waiting } from "../../ui";
import { withGaps } from "./Cloze";
import { plain } from "./Question";

export function Review({ id }: { id: string }) {
  const { t, number } = useTexts();
  const review = useRead(["review", id], () => ask(supabase.rpc("review_attempt", { attempt_id: id })));
  if (!review.data) return <Waiting query={review} />;
  const { data } = review;
  return (
    <section aria-live="polite">
      <h2>{t("review")}: {t("attempt", { n: data.number })}</h2>
      {data.is_pending ? <p className="alert">{t("work.submitted")}</p> : (
        <p className={`alert ${data.is_passed ? "done" : "error"}`}>
          {t(data.is_passed ? "passed" : "failed")} · {number(data.score)} / {number(data.max_score)}
        </p>
      )}
      {!data.is_revealed && <p className="soft">{t("notRevealed")}</p>}
      {data.items.map((item, index) => <Item key={item.question_id} item={item} number={index + 1} />)}
    </section>
  );
}

function Item({ item, number }: { item: AnsweredItem | RevealedItem; number: number }) {
  const { t, percent } = useTexts();
  const isShown = "correct" in item;
  return (
    <div className="question">
      <small>
        {t("question", { n: number })}
        {isShown && item.score_percent !== null && ` · ${percent(item.score_percent)}`}
        {!item.is_counted && ` · ${t("notCounted")}`}
      </small>
      <Prose text={item.kind === "cloze" ? withGaps(item.prompt_md) : item.prompt_md} />
      <GivenAnswer item={item} />
      {"comment_md" in item && item.comment_md && (
        <div className="panel"><strong>{t("feedback")}</strong><Prose text={item.comment_md} /></div>
      )}
      {isShown && item.correct !== null && <p className="good">{t(item.kind === "essay" || item.kind === "file" ? "sampleAnswer" : "rightAnswer")}: <Words item={item} answer={item.correct} /></p>}
      {isShown && Object.entries(item.feedback).map(([id, text]) => (
        <Prose key={id} text={`**${item.kind === "cloze" ? `[${id}]` : textOf(item, id)}** – ${text}`} />
      ))}
      {isShown && item.explanation_md && <Prose text={item.explanation_md} />}
    </div>
  );
}

export function GivenAnswer({ item }: { item: AnsweredItem | RevealedItem }) {
  const { t } = useTexts();
  if (item.kind === "essay" && item.answer) return <div className="panel"><Prose text={item.answer} /></div>;
  if (item.kind === "file" && item.answer) return <p><Download bucket="submissions" path={item.answer} title={t("download")} /></p>;
  return <p>{t("yourAnswer")}: <Words item={item} answer={item.answer} /></p>;
}

const optionsOf = ({ options }: AnsweredItem | RevealedItem) => {
  if (Array.isArray(options)) return options;
  if ("left" in options) return [...options.left, ...options.right];
  return options.gaps.flatMap((gap) => ("options" in gap ? gap.options : []));
};
const textOf = (item: AnsweredItem | RevealedItem, id: unknown) =>
  plain(optionsOf(item).find((option) => option.id === id)?.text ?? String(id));

// An answer in words: the texts of options instead of their ids.
function Words({ item, answer }: { item: AnsweredItem | RevealedItem; answer: unknown }) {
  const { t, number } = useTexts();
  const name = (id: unknown) => textOf(item, id);
  const text = () => {
    if (answer === null || answer === undefined) return t("noAnswer");
    if (typeof answer === "boolean") return t(answer ? "true" : "false");
    if (typeof answer === "number") return number(answer);
    if (Array.isArray(answer)) return answer.map(name).join(item.kind === "ordering" ? " → " : ", ");
    if (typeof answer === "object") {
      return Object.entries(answer).map(([left, right]) => `${item.kind === "cloze" ? `[${left}]` : name(left)} → ${name(right)}`).join(", ");
    }
    return name(answer);
  };
  return <strong>{text()}</strong>;
}
