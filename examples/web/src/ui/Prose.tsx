// Markdown, loaded when a page has some: its parser is larger than the rest of most pages.

import { lazy, Suspense } from "react";

const Markdown = lazy(() => import("./Markdown"));

export function Prose({ text }: { text: string }) {
  return (
    <div className="text">
      <Suspense fallback={<p className="clamp">{text.slice(0, 400)}</p>}>
        <Markdown text={text} />
      </Suspense>
    </div>
  );
}
