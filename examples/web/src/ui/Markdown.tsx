// Markdown that other people wrote: tables, math and code; no HTML, no picture of another host.

import type { ComponentProps, ReactNode } from "react";
import ReactMarkdown from "react-markdown";
import { Link } from "react-router";
import rehypeHighlight from "rehype-highlight";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import rehypeSlug from "rehype-slug";
import remarkGfm from "remark-gfm";
import { type LessonFiles, lessonPath, targetOf, useSignedFiles } from "../lib";
import { Download } from "./Files";
import { isAllowed } from "./parts";
import { useTextOf } from "./Prose";

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
  a: ({ node: _, href = "", children }) => <Anchor href={href}>{children}</Anchor>,
  img: ({ src, alt = "" }) => (typeof src === "string" ? <Image src={src} alt={alt} /> : <em>{alt}</em>),
  table: ({ node: _, ...props }) => <div className="table" tabIndex={0} role="region"><table {...props} /></div>,
  pre: ({ node: _, ...props }) => <pre tabIndex={0} {...props} />,
};

const NONE: LessonFiles = { lesson_id: "", course_slug: "", files: [], lessons: [] };

function Anchor({ href, children }: { href: string; children?: ReactNode }) {
  const lesson = useTextOf();
  const target = lesson && targetOf(lesson, href);
  if (href.startsWith("#")) return <a href={href.replace(/^#(?:user-content-)?/, `#${HEADING}`)}>{children}</a>;
  if (target?.file) return <Download bucket="lesson-files" {...target.file} isLink>{children}</Download>;
  if (target?.lesson) return <Link to={lessonPath(target.lesson) + target.hash}>{children}</Link>;
  return <a href={href} target="_blank" rel="noreferrer nofollow">{children}</a>;
}

function Image({ src, alt }: { src: string; alt: string }) {
  const lesson = useTextOf() ?? NONE;
  const target = targetOf(lesson, src);
  const signed = useSignedFiles(lesson, !!target?.file);
  const address = target ? target.file && signed.data?.get(target.file.path) : src;
  return address && isAllowed(address) ? <img src={address} alt={alt} loading="lazy" /> : <em>{alt}</em>;
}

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
