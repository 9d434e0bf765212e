// Texts and formats in the language of the reader. A message is [English, German]; {name} is
// replaced, and "one | many" is chosen by {n}.

import { createContext, use, useEffect, useState, type ReactNode } from "react";
import { common } from "../messages/common";
import { learn } from "../messages/learn";
import { sell } from "../messages/sell";
import { teach } from "../messages/teach";
import { useProfile } from "./session";

const MESSAGES = { ...common, ...learn, ...teach, ...sell };
export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Key = keyof typeof MESSAGES;
type Values = Record<string, string | number>;

function write(language: Language, key: Key, values: Values = {}): string {
  const text: string = MESSAGES[key][LANGUAGES.indexOf(language)] ?? MESSAGES[key][0];
  const [one, many] = text.split(" | ");
  const chosen = many !== undefined && values.n !== 1 ? many : one!;
  return chosen.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

// A currency has 0, 2 or 3 decimals.
export const decimalsOf = (currency: string) =>
  new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;

const isKey = (key: string): key is Key => key in MESSAGES;

function formats(language: Language) {
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const empty = "–";
  return {
    number: (value: number | null) => (value === null ? empty : number.format(value)),
    // An amount in the smallest unit of its currency.
    money: (amount: number, currency: string) =>
      new Intl.NumberFormat(language, { style: "currency", currency }).format(amount / 10 ** decimalsOf(currency)),
    percent: (value: number | null) => (value === null ? empty : `${number.format(value)} %`),
    bytes: (value: number | null) =>
      value === null ? empty : value < 1e6 ? `${number.format(Math.ceil(value / 1e3))} kB` : `${number.format(value / 1e6)} MB`,
    date: (value: string | null) => (value === null ? empty : date.format(new Date(value))),
    // A day of the contract is one of UTC.
    day: (value: string) => day.format(new Date(value)),
    moment: (value: string | null) => (value === null ? empty : moment.format(new Date(value))),
    hours: (seconds: number | null) => (seconds === null ? empty : `${number.format(seconds / 3600)} h`),
    // A text of the catalogue by a value of the contract, such as status.completed.
    label: (kind: string, value: string) => {
      const key = `${kind}.${value}`;
      return isKey(key) ? write(language, key) : value;
    },
  };
}

type Texts = ReturnType<typeof formats> & {
  language: Language;
  setLanguage: (language: Language) => void;
  t: (key: Key, values?: Values) => string;
};

const Context = createContext<Texts | null>(null);
const known = (tag: string | null | undefined) => LANGUAGES.find((one) => tag?.toLowerCase().startsWith(one));

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [chosen, setChosen] = useState(() => localStorage.getItem("language"));
  const profile = useProfile();
  const language = known(chosen) ?? known(profile?.locale) ?? known(navigator.language) ?? "en";
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const texts: Texts = {
    ...formats(language),
    language,
    setLanguage: (next) => {
      localStorage.setItem("language", next);
      setChosen(next);
    },
    t: (key, values) => write(language, key, values),
  };
  return <Context value={texts}>{children}</Context>;
}

export function useTexts(): Texts {
  return use(Context)!;
}
