// Options and key of a question as text that an author edits, one line an option. Ids of options
// stay where the text stays: answers are graded by id.

import type { Option, QuestionKey, QuestionKind, QuestionOptions } from "database.types";

export type Content = { options: QuestionOptions; key: QuestionKey };
const RIGHT = "* ";
const PAIR = " => ";
// A line break inside an option.
const BREAK = "⏎";

export const listOf = (options: QuestionOptions): Option[] =>
  Array.isArray(options) ? options : [...options.left, ...options.right];

const toLine = (text: string) => text.replaceAll("\n", BREAK);
const round = (value: number) => Number(value.toPrecision(12));

export function toText({ options, key }: Content): string {
  const name = (id: string, among = listOf(options)) => toLine(among.find((option) => option.id === id)?.text ?? id);
  if ("correct" in key) {
    if (typeof key.correct === "boolean") return String(key.correct);
    const right = [key.correct].flat();
    return listOf(options).map(({ id }) => (right.includes(id) ? RIGHT : "") + name(id)).join("\n");
  }
  if ("value" in key) {
    const { value, tolerance, relative, unit } = key;
    const margin = tolerance && (relative ? `${round(tolerance * 100)} %` : tolerance);
    return [value, margin && `± ${margin}`, unit].filter((part) => part !== undefined && part !== 0).join(" ");
  }
  if ("accepted" in key) return key.accepted.join("\n");
  if ("order" in key) return key.order.map((id) => name(id)).join("\n");
  const { left, right } = Array.isArray(options) ? { left: [], right: [] } : options;
  const used = Object.values(key.pairs);
  return [
    ...left.map(({ id, text }) => toLine(text) + PAIR + name(key.pairs[id] ?? "", right)),
    ...right.filter(({ id }) => !used.includes(id)).map(({ text }) => PAIR + toLine(text)),
  ].join("\n");
}

export function fromText(kind: QuestionKind, text: string, before: Content | null): Content {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const known = before ? listOf(before.options) : [];
  const option = (line: string, among = known): Option => {
    const words = line.trim().replaceAll(BREAK, "\n");
    return among.find((one) => one.text.trim() === words) ?? { id: crypto.randomUUID().slice(0, 8), text: words };
  };
  switch (kind) {
    case "true_false":
      return { options: [], key: { correct: text === "true" } };
    case "numeric": {
      const [, value, margin, percent, unit] = /^\s*([^\s±]+)\s*(?:±\s*([\d.,e-]+)\s*(%)?)?\s*(.*)$/i.exec(text) ?? [];
      const read = (part = "") => Number(part.replace(",", "."));
      const tolerance = percent ? round(read(margin) / 100) : read(margin);
      const more = { ...(percent && { relative: true }), ...(unit && { unit }) };
      return { options: [], key: { value: read(value ?? "?"), tolerance, ...more } };
    }
    case "short_text": {
      const distance = before && "accepted" in before.key ? { max_distance: before.key.max_distance } : {};
      return { options: [], key: { ...distance, accepted: lines } };
    }
    case "ordering": {
      const options = lines.map((line) => option(line));
      return { options, key: { order: options.map((one) => one.id) } };
    }
    case "matching": {
      const sides = before && !Array.isArray(before.options) ? before.options : { left: [], right: [] };
      const pairs = lines.map((line) => {
        const [, left = "", right = ""] = /^(?:(.*)\s)?=>\s(.*)$/.exec(line) ?? ["", line];
        return { left: left.trim(), right: right.trim() };
      });
      const right = [...new Set(pairs.map((pair) => pair.right))].map((words) => option(words, sides.right));
      const left = pairs.filter((pair) => pair.left).map((pair) => ({ ...option(pair.left, sides.left), to: pair.right }));
      const idOf = (words: string) => right.find((one) => toLine(one.text).trim() === words)?.id ?? "";
      return {
        options: { left: left.map(({ id, text: words }) => ({ id, text: words })), right },
        key: { pairs: Object.fromEntries(left.map(({ id, to }) => [id, idOf(to)])) },
      };
    }
    default: {
      const isRight = lines.map((line) => line.startsWith(RIGHT));
      const options = lines.map((line, index) => option(isRight[index] ? line.slice(RIGHT.length) : line));
      const right = options.filter((_, index) => isRight[index]).map((one) => one.id);
      return { options, key: { correct: kind === "single" ? (right[0] ?? "") : right } };
    }
  }
}
