// Markdown with formulas, as MathML: it needs neither a style sheet nor fonts.

import rehypeKatex from "rehype-katex";
import remarkMath from "remark-math";
import Markdown from "./Markdown";

export default function Formulas({ text }: { text: string }) {
  const options = { output: "mathml", throwOnError: false, trust: false };
  return <Markdown text={text} remark={[remarkMath]} rehype={[[rehypeKatex, options]]} />;
}
