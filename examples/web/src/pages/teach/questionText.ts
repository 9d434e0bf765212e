// Options and key of a question as text that an author edits, one line an option. Ids of options
// stay where the text stays: answers are graded by id.

import type { Option, QuestionKey, QuestionKind, QuestionOptions } from "database.types";

export type Content = { options: QuestionOptions; key: QuestionKey };
const SPLIT = /\s+=\s+/;

const listOf = (options: QuestionOptions): Option[] =>
  Array.isArray(options) ? options : [...options.left, ...options.right];

export function toText({ options, key }: Content): string {
  const name = (id: string) => listOf(options).find((option) => option.id === id)?.text ?? id;
  if ("correct" in key && typeof key.correct === "boolean") return String(key.correct);
  if ("correct" in key) {
    const right = [key.correct].flat();
    return listOf(options).map(({ id, text }) => (right.includes(id) ? `* ${text}` : text)).join("\n");
  }
  if ("value" in key) return [key.value, ...(key.tolerance ? [key.tolerance] : [])].join(" ± ");
  if ("accepted" in key) return key.accepted.join("\n");
  if ("order" in key) return key.order.map(name).join("\n");
  const left = Array.isArray(options) ? [] : options.left;
  return left.map(({ id, text }) => `${text} = ${name(key.pairs[id] ?? "")}`).join("\n");
}

export function fromText(kind: QuestionKind, text: string, before: Content | null): Content {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const known = before ? listOf(before.options) : [];
  const option = (line: string): Option =>
    known.find((one) => one.text === line) ?? { id: crypto.randomUUID().slice(0, 8), text: line };
  switch (kind) {
    case "true_false":
      return { options: [], key: { correct: lines[0] === "true" } };
    case "numeric": {
      const [value, tolerance] = (lines[0] ?? "").split("±").map((part) => Number(part.trim().replace(",", ".")));
      const rest = before && "value" in before.key ? before.key : {};
      return { options: [], key: { ...rest, value: value ?? NaN, tolerance: tolerance ?? 0 } };
    }
    case "short_text": {
      const distance = before && "accepted" in before.key ? { max_distance: before.key.max_distance } : {};
      return { options: [], key: { ...distance, accepted: lines } };
    }
    case "ordering": {
      const options = lines.map(option);
      return { options, key: { order: options.map((one) => one.id) } };
    }
    case "matching": {
      const pairs = lines.map((line) => line.split(SPLIT));
      const left = pairs.map(([one]) => option(one ?? ""));
      const right = [...new Set(pairs.map(([, two]) => two ?? ""))].map(option);
      const find = (two: string | undefined) => right.find((one) => one.text === two)?.id ?? "";
      return {
        options: { left, right },
        key: { pairs: Object.fromEntries(left.map(({ id }, index) => [id, find(pairs[index]?.[1])])) },
      };
    }
    default: {
      const options = lines.map((line) => option(line.replace(/^\*\s*/, "")));
      const right = options.filter((_, index) => lines[index]?.startsWith("*")).map((one) => one.id);
      return { options, key: { correct: kind === "single" ? (right[0] ?? "") : right } };
    }
  }
}
