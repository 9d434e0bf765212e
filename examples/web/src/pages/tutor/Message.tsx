// A question or an answer: its text, the passages that it cites, and what else the tutor says.

import type { NearLesson, TextPart, TutorSource, TutorUIMessage } from "database.types";
import { Link } from "react-router";
import { lessonPath, useOutline, useTexts } from "../../lib";
import { Prose } from "../../ui";

type Props = { message: TutorUIMessage; course: string; send: ((text: string) => void) | undefined };

export function Message({ message, course, send }: Props) {
  const { t } = useTexts();
  const sources = new Map(
    message.parts.flatMap((part) => (part.type === "source-document" ? [[part.sourceId, part] as const] : [])),
  );
  if (message.role === "user") {
    return <div className="message user">{message.parts.map((part) => (part.type === "text" ? part.text : ""))}</div>;
  }
  return (
    <article className="message assistant">
      {message.metadata?.label && <small className="block">{message.metadata.label}</small>}
      {message.parts.map((part, index) => {
        switch (part.type) {
          case "text":
            return (
              <div key={index}>
                <Prose text={part.text} />
                <Sources part={part} sources={sources} course={course} />
              </div>
            );
          case "data-abstain":
            return <Near key={index} lessons={part.data.suggestions} course={course} />;
          case "data-quiz-guard":
            return <small key={index}>{t("withheld", { n: part.data.held })}</small>;
          case "data-problem":
            return <p key={index} className="bad">{part.data.detail}</p>;
          case "data-suggestions":
            return send && (
              <p key={index} className="row">
                {part.data.items.map((item) => <button key={item} type="button" onClick={() => send(item)}>{item}</button>)}
              </p>
            );
          default:
            return null;
        }
      })}
    </article>
  );
}

// Each cited passage once, as a link to its place in the lesson.
function Sources({ part, sources, course }: { part: TextPart; sources: Map<string, TutorSource>; course: string }) {
  const { t } = useTexts();
  const find = useLessonPath(course);
  const ids = [...new Set((part.citations ?? []).map((one) => one.source.id))];
  if (ids.length === 0) return null;
  return (
    <ol className="sources" aria-label={t("sources")}>
      {ids.map((id) => {
        const source = sources.get(id);
        const place = source?.providerMetadata.tutor;
        const title = source?.title ?? part.citations?.find((one) => one.source.id === id)?.source.title;
        const path = place && find(place.lessonId);
        const number = Number(id.replace(/\D/g, "")) || undefined;
        return (
          <li key={id} value={number}>
            {path ? <Link to={path + (place.anchor ? `#${place.anchor}` : "")}>{title}</Link> : title}
          </li>
        );
      })}
    </ol>
  );
}

function Near({ lessons, course }: { lessons: NearLesson[]; course: string }) {
  const { t } = useTexts();
  const find = useLessonPath(course);
  if (lessons.length === 0) return null;
  return (
    <>
      <small>{t("nearLessons")}</small>
      <ul className="sources">
        {lessons.map((lesson) => {
          const path = find(lesson.lessonId);
          return <li key={lesson.lessonId}>{path ? <Link to={path}>{lesson.title}</Link> : lesson.title}</li>;
        })}
      </ul>
    </>
  );
}

// The tutor names lessons by id; the outline beside the lesson has their addresses.
function useLessonPath(course: string) {
  const outline = useOutline(course);
  return (id: string) => {
    const lesson = outline.data?.modules.flatMap((module) => module.lessons).find((one) => one.id === id);
    return lesson && lessonPath(lesson);
  };
}
