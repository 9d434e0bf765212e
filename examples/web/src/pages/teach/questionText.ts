// Options, key and feedback of a question as text that an author edits: one line an option, and behind it
// the feedback to it. Ids of options stay where the text stays: answers are graded by id.

import type { AcceptedNumber, ClozeKey, ClozeOptions, Feedback, Hint, Option, QuestionKey, QuestionKind, QuestionOptions } from "database.types";

export type Content = { options: QuestionOptions; key: QuestionKey; feedback: Feedback };
type Answers = Omit<Content, "feedback">;
const RIGHT = "* ";
const NOTE = "> ";
const PAIR = " => ";
// A line break inside an option.
const BREAK = "⏎";

export const listOf = (options: QuestionOptions): Option[] => {
  if (Array.isArray(options)) return options;
  if ("left" in options) return [...options.left, ...options.right];
  return options.gaps.flatMap((gap) => ("options" in gap ? gap.options : []));
};

// A text that begins like a mark has a backslash in front of it.
const toLine = (text: string) => text.replaceAll("\n", BREAK).replace(/^(?=\\?[*>] )/, "\\");
const fromLine = (line: string) => line.trim().replace(/^\\(?=\\?[*>] )/, "").replaceAll(BREAK, "\n");
const round = (value: number) => Number(value.toPrecision(12));

export function toText({ options, key, feedback }: Content): string {
  const noted = (id: string, line: string) => line + (feedback[id] ? `\n${NOTE}${toLine(feedback[id])}` : "");
  const name = (id: string, among = listOf(options)) => toLine(among.find((option) => option.id === id)?.text ?? id);
  if ("correct" in key) {
    if (typeof key.correct === "boolean") return String(key.correct);
    const right = [key.correct].flat();
    return listOf(options).map(({ id }) => noted(id, (right.includes(id) ? RIGHT : "") + name(id))).join("\n");
  }
  if ("value" in key) return numberLine(key, key.unit);
  if ("values" in key) return key.values.map((one) => numberLine(one, key.unit)).join("\n");
  if ("gaps" in key) return gapLines(key, options).map(([id, line]) => noted(id, line)).join("\n");
  if ("accepted" in key) return key.accepted.join("\n");
  if ("sample_md" in key || !("order" in key || "pairs" in key)) return key.sample_md ?? "";
  if ("order" in key) return key.order.map((id) => name(id)).join("\n");
  const { left, right } = "left" in options ? options : { left: [], right: [] };
  const used = Object.values(key.pairs);
  return [
    ...left.map(({ id, text }) => noted(id, toLine(text) + PAIR + name(key.pairs[id] ?? "", right))),
    ...right.filter(({ id }) => !used.includes(id)).map(({ text }) => PAIR + toLine(text)),
  ].join("\n");
}

function numberLine({ value, tolerance, relative }: AcceptedNumber, unit?: string) {
  const margin = tolerance && (relative ? `${round(tolerance * 100)} %` : tolerance);
  return [value, margin && `± ${margin}`, unit].filter((part) => part !== undefined && part !== 0 && part !== "").join(" ");
}

function readNumber(line: string) {
  const [, value, margin, percent, unit] = /^\s*([^\s±]+)\s*(?:±\s*([\d.,e-]+)\s*(%)?)?\s*(.*)$/i.exec(line) ?? [];
  const read = (part = "") => Number(part.replace(",", "."));
  const tolerance = percent ? round(read(margin) / 100) : read(margin);
  return { number: { value: read(value ?? "?"), tolerance, ...(percent && { relative: true }) }, unit: unit && { unit } };
}

const numericKey = (lines: string[]): QuestionKey => {
  const [first, ...rest] = lines.map(readNumber);
  if (!first) return { value: NaN };
  if (rest.length === 0) return { ...first.number, ...first.unit };
  return { values: [first, ...rest].map((one) => one.number), ...first.unit };
};

// A line a gap: `1: word | other word`, `2: = 9.81 ± 0.01`, `3: * right | wrong`.
function gapLines(key: ClozeKey, options: QuestionOptions) {
  return Object.entries(key.gaps).map(([id, one]) => {
    if ("accepted" in one) return [id, `${id}: ${one.accepted.join(" | ")}`] as const;
    const gap = "gaps" in options ? options.gaps.find((gap) => gap.id === id) : undefined;
    const choices = gap && "options" in gap ? gap.options : [];
    const text = toText({ options: choices, key: one, feedback: {} }).replaceAll("\n", " | ");
    return [id, "correct" in one ? `${id}: ${text}` : `${id}: = ${text}`] as const;
  });
}

function fromGaps(lines: string[], before: Answers | null): Answers {
  const gaps: ClozeOptions["gaps"] = [];
  const keys: ClozeKey["gaps"] = {};
  const keyOf = (id: string) => (before && "gaps" in before.key ? before.key.gaps[id] : undefined);
  for (const line of lines) {
    const [, id = "", rest = line] = /^\s*(\d+)\s*:\s*(.*)$/.exec(line) ?? [];
    const old = before && "gaps" in before.options ? before.options.gaps.find((gap) => gap.id === id) : undefined;
    const parts = rest.replace(/^=/, "").split(" | ");
    const kind = rest.startsWith("=") ? "number" : parts.some((part) => part.startsWith(RIGHT)) ? "choice" : "text";
    const known = old && "options" in old ? { options: old.options, key: { correct: "" } } : null;
    if (kind === "choice") {
      const { options, key } = answersOf("single", parts, known);
      gaps.push({ id, kind, options: listOf(options) });
      keys[id] = key as ClozeKey["gaps"][string];
    } else {
      gaps.push({ id, kind });
      const words = { ...distanceOf(keyOf(id)), accepted: parts.map((part) => part.trim()) };
      keys[id] = (kind === "number" ? numericKey(parts) : words) as ClozeKey["gaps"][string];
    }
  }
  return { options: { gaps }, key: { gaps: keys } };
}

const distanceOf = (key: object | undefined) =>
  (key && "max_distance" in key ? { max_distance: key.max_distance as number } : {});

export const hasNotes = (kind: QuestionKind) => ["single", "multiple", "matching", "cloze"].includes(kind);

export function fromText(kind: QuestionKind, text: string, before: Content | null): Content {
  if (kind === "essay" || kind === "file") return { options: [], key: text.trim() ? { sample_md: text } : {}, feedback: {} };
  const lines: string[] = [];
  const notes: string[] = [];
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    if (!hasNotes(kind) || !line.startsWith(NOTE)) lines.push(line);
    else notes[Math.max(0, lines.length - 1)] = [notes[lines.length - 1], fromLine(line.slice(NOTE.length))].filter(Boolean).join("\n");
  }
  const answers = answersOf(kind, lines, before);
  const { options } = answers;
  const ids = Array.isArray(options) ? options : "left" in options ? options.left : options.gaps;
  const feedback = Object.fromEntries(notes.flatMap((note, index) => (note && ids[index] ? [[ids[index].id, note]] : [])));
  return { ...answers, feedback };
}

function answersOf(kind: QuestionKind, lines: string[], before: Answers | null): Answers {
  const known = before ? listOf(before.options) : [];
  const option = (line: string, among = known): Option => {
    const words = fromLine(line);
    return among.find((one) => one.text.trim() === words) ?? { id: crypto.randomUUID().slice(0, 8), text: words };
  };
  switch (kind) {
    case "true_false":
      return { options: [], key: { correct: lines[0] === "true" } };
    case "numeric":
      return { options: [], key: numericKey(lines) };
    case "cloze":
      return fromGaps(lines, before);
    case "short_text":
      return { options: [], key: { accepted: lines } };
    case "ordering": {
      const options = lines.map((line) => option(line));
      return { options, key: { order: options.map((one) => one.id) } };
    }
    case "matching": {
      const sides = before && "left" in before.options ? before.options : { left: [], right: [] };
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

// One hint a line with its price: `10 %: Think of the axis.`
export const hintsToText = (hints: Hint[]) =>
  hints.map((one) => `${one.cost_percent} %: ${one.text_md.replaceAll("\n", BREAK)}`).join("\n");

export const hintsFromText = (text: string): Hint[] =>
  text.split("\n").filter((line) => line.trim()).map((line) => {
    const [, cost = "0", words = line] = /^\s*(\d+(?:[.,]\d+)?)\s*%:?\s*(.*)$/.exec(line) ?? [];
    return { text_md: words.replaceAll(BREAK, "\n"), cost_percent: Number(cost.replace(",", ".")) };
  });
