// Markdown, loaded when a page has some: its parser is larger than the rest of most pages.

import { lazy, Suspense } from "react";

const Markdown = lazy(() => import("./Markdown"));
const Formulas = lazy(() => import("./Formulas"));

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
