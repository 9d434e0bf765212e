// One question with the inputs of its kind.

import type { Answer, Item, MatchingItem, OrderingItem } from "database.types";
import { useTexts } from "../../lib";
import { Prose } from "../../ui";
import { Cloze, withGaps } from "./Cloze";
import { Work } from "./Work";

type Props = { item: Item; lesson: string; number: number; answer: Answer | null; change: (answer: Answer | null) => void };

export function Question({ item, lesson, number, answer, change }: Props) {
  const { t, number: format } = useTexts();
  return (
    <fieldset className="question">
      <legend>
        <small>{t("question", { n: number })} · {t("points", { n: format(item.points) })}</small>
        <Prose text={item.kind === "cloze" ? withGaps(item.prompt_md) : item.prompt_md} />
      </legend>
      <Inputs item={item} lesson={lesson} answer={answer} change={change} />
    </fieldset>
  );
}

function Inputs({ item, lesson, answer, change }: Omit<Props, "number">) {
  const { t } = useTexts();
  const id = item.question_id;
  switch (item.kind) {
    case "single":
      return item.options.map((option) => (
        <label key={option.id} className="check">
          <input type="radio" name={id} checked={answer === option.id} onChange={() => change(option.id)} />
          <Prose text={option.text} />
        </label>
      ));
    case "true_false":
      return [true, false].map((value) => (
        <label key={String(value)} className="check">
          <input type="radio" name={id} checked={answer === value} onChange={() => change(value)} />
          {t(value ? "true" : "false")}
        </label>
      ));
    case "multiple": {
      const picked = Array.isArray(answer) ? answer : [];
      const toggle = (option: string) => {
        const next = picked.includes(option) ? picked.filter((one) => one !== option) : [...picked, option];
        change(next.length > 0 ? next : null);
      };
      return item.options.map((option) => (
        <label key={option.id} className="check">
          <input type="checkbox" checked={picked.includes(option.id)} onChange={() => toggle(option.id)} />
          <Prose text={option.text} />
        </label>
      ));
    }
    case "numeric":
    case "short_text":
      return (
        <input
          aria-label={t("yourAnswer")}
          inputMode={item.kind === "numeric" ? "decimal" : "text"}
          autoComplete="off"
          maxLength={200}
          value={answer === null ? "" : String(answer)}
          onChange={(event) => change(event.target.value.trim() === "" ? null : event.target.value)}
        />
      );
    case "ordering":
      return <Order item={item} answer={answer} change={change} />;
    case "matching":
      return <Pairs item={item} answer={answer} change={change} />;
    case "cloze":
      return <Cloze item={item} answer={answer} change={change} />;
    case "essay":
    case "file":
      return <Work item={item} lesson={lesson} answer={answer} change={change} />;
  }
}

// The text of an option where Markdown cannot be shown.
export const plain = (text: string | undefined) => (text ?? "").replace(/[`*]/g, "");

type OrderProps = { item: OrderingItem; answer: Answer | null; change: Props["change"] };

function Order({ item, answer, change }: OrderProps) {
  const { t } = useTexts();
  const order = Array.isArray(answer) ? answer : item.options.map((option) => option.id);
  const texts = new Map(item.options.map((option) => [option.id, option.text]));
  const move = (from: number, to: number) => {
    const next = [...order];
    next.splice(to, 0, ...next.splice(from, 1));
    change(next);
  };
  return (
    <>
      <ol className="order plain-list">
        {order.map((id, index) => (
          <li key={id}>
            <span>{index + 1}. {plain(texts.get(id))}</span>
            <button type="button" aria-label={`${t("up")}: ${plain(texts.get(id))}`} disabled={index === 0}
              onClick={() => move(index, index - 1)}>↑</button>
            <button type="button" aria-label={`${t("down")}: ${plain(texts.get(id))}`} disabled={index === order.length - 1}
              onClick={() => move(index, index + 1)}>↓</button>
          </li>
        ))}
      </ol>
      {answer === null && <button type="button" onClick={() => change(order)}>{t("keepOrder")}</button>}
    </>
  );
}

type PairsProps = { item: MatchingItem; answer: Answer | null; change: Props["change"] };

function Pairs({ item, answer, change }: PairsProps) {
  const { t } = useTexts();
  const pairs = (typeof answer === "object" && !Array.isArray(answer) ? answer : null) ?? {};
  const set = (left: string, right: string) => {
    const { [left]: _, ...others } = pairs;
    const next = right ? { ...others, [left]: right } : others;
    change(Object.keys(next).length > 0 ? next : null);
  };
  return item.options.left.map((left) => (
    <label key={left.id} className="pairs">
      <span>{plain(left.text)}</span>
      <select value={pairs[left.id] ?? ""} onChange={(event) => set(left.id, event.target.value)}>
        <option value="">{t("choose")}</option>
        {item.options.right.map((right) => <option key={right.id} value={right.id}>{plain(right.text)}</option>)}
      </select>
    </label>
  ));
}
