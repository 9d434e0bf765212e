// Markdown, loaded when a page has some: its parser is larger than the rest of most pages.

import { createContext, lazy, Suspense, use } from "react";
import type { LessonFiles } from "../lib";

const Markdown = lazy(() => import("./Markdown"));
const Formulas = lazy(() => import("./Formulas"));

// The lesson whose files and neighbours the relative addresses of a text name.
export const TextOf = createContext<LessonFiles | null>(null);
export const useTextOf = () => use(TextOf);

export function Prose({ text }: { text: string }) {
  const Shown = text.includes("$") ? Formulas : Markdown;
  return (
    <div className="text">
      <Suspense fallback={<p className="clamp">{text.slice(0, 400)}</p>}>
        <Shown text={text} />
      </Suspense>
    </div>
  );
}
