// Markdown that other people wrote: tables, math and code; no HTML, no picture of another host.

import type { ComponentProps } from "react";
import ReactMarkdown from "react-markdown";
import rehypeHighlight from "rehype-highlight";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import rehypeSlug from "rehype-slug";
import remarkGfm from "remark-gfm";
import { isAllowed } from "./parts";

// The classes that mark math and the language of code pass.
const schema = {
  ...defaultSchema,
  attributes: {
    ...defaultSchema.attributes,
    code: [["className", /^language-./, "math-inline", "math-display"] as [string, ...(string | RegExp)[]]],
  },
};

// Ids of headings have a prefix, so that no text can take the name of something else.
export const HEADING = "user-content-";

type Options = ComponentProps<typeof ReactMarkdown>;

const components: Options["components"] = {
  h1: ({ node: _, ...props }) => <h2 {...props} />,
  a: ({ node: _, href = "", children }) =>
    href.startsWith("#") ? (
      <a href={href.replace(/^#(?:user-content-)?/, `#${HEADING}`)}>{children}</a>
    ) : (
      <a href={href} target="_blank" rel="noreferrer nofollow">{children}</a>
    ),
  img: ({ src, alt }) =>
    typeof src === "string" && isAllowed(src) ? <img src={src} alt={alt ?? ""} loading="lazy" /> : <em>{alt}</em>,
  table: ({ node: _, ...props }) => <div className="table" tabIndex={0} role="region"><table {...props} /></div>,
  pre: ({ node: _, ...props }) => <pre tabIndex={0} {...props} />,
};

type Plugins = NonNullable<Options["rehypePlugins"]>;

// Sanitized first: what follows is ours.
export default function Markdown({ text, remark = [], rehype = [] }: { text: string; remark?: Plugins; rehype?: Plugins }) {
  return (
    <ReactMarkdown
      remarkPlugins={[remarkGfm, ...remark]}
      rehypePlugins={[[rehypeSanitize, schema], [rehypeSlug, { prefix: HEADING }], ...rehype, rehypeHighlight]}
      components={components}
    >
      {text}
    </ReactMarkdown>
  );
}
