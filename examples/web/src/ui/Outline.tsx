// Modules and lessons with their state, on the course page and beside a lesson.

import type { CourseOutline, OutlineLesson } from "database.types";
import { Link } from "react-router";
import { lessonPath, useTexts } from "../lib";

const MARKS = { open: "○", started: "◐", completed: "✓" } as const;

type Props = { outline: CourseOutline; current?: string; brief?: boolean };

export function Outline({ outline, current, brief = false }: Props) {
  const titles = new Map(outline.modules.flatMap((module) => module.lessons.map((one) => [one.id, one.title])));
  return (
    <ol className="outline plain-list">
      {outline.modules.map((module) => (
        <li key={module.id}>
          <h3>{module.title}</h3>
          {!brief && module.summary && <p className="soft">{module.summary}</p>}
          <ul className="plain-list">
            {module.lessons.map((lesson) => (
              <li key={lesson.id}>
                <Lesson lesson={lesson} titles={titles} isCurrent={lesson.id === current} brief={brief} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

type LessonProps = { lesson: OutlineLesson; titles: Map<string, string>; isCurrent: boolean; brief: boolean };

function Lesson({ lesson, titles, isCurrent, brief }: LessonProps) {
  const { label, t } = useTexts();
  const content = (
    <>
      <span className={`mark ${lesson.status === "completed" ? "good" : "soft"}`} aria-hidden>
        {lesson.status === "locked" ? <Lock /> : MARKS[lesson.status]}
      </span>
      <span className="title">
        {lesson.title}
        <span className="hidden"> ({label("lesson", lesson.status)})</span>
        {!brief && <Details lesson={lesson} titles={titles} />}
      </span>
      {!brief && (
        <small>
          {label("type", lesson.content_type)}
          {lesson.duration_minutes > 0 && ` · ${t("minutes", { n: lesson.duration_minutes })}`}
        </small>
      )}
    </>
  );
  if (!lesson.is_open) return <div className="lesson soft">{content}</div>;
  return (
    <Link className="lesson" to={lessonPath(lesson)} aria-current={isCurrent ? "page" : undefined}>{content}</Link>
  );
}

function Lock() {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor" strokeWidth="1.6">
      <rect x="3" y="7" width="10" height="7" rx="1.5" fill="currentColor" />
      <path d="M5 7V5a3 3 0 0 1 6 0v2" />
    </svg>
  );
}

// Why a lesson is locked, and what else there is to know of it.
function Details({ lesson, titles }: { lesson: OutlineLesson; titles: Map<string, string> }) {
  const { t, label, percent, moment } = useTexts();
  const notes = [
    lesson.reason && label("reason", lesson.reason),
    !lesson.is_open && lesson.opens_at && t("opensAt", { when: moment(lesson.opens_at) }),
    !lesson.is_open && lesson.requires.length > 0 &&
      t("requires", { titles: lesson.requires.map((id) => titles.get(id) ?? "…").join(", ") }),
    lesson.is_preview && t("preview"),
    !lesson.is_required && t("optional"),
    !lesson.is_published && t("draft"),
    lesson.score !== null && t("scored", { score: percent(lesson.score) }),
    lesson.due_at && lesson.status !== "completed" && t("due", { when: moment(lesson.due_at) }),
    lesson.attempts_left !== null && lesson.status !== "completed" && t("attemptsLeft", { n: lesson.attempts_left }),
  ].filter((note) => typeof note === "string");
  return notes.length > 0 ? <small className="block">{notes.join(" · ")}</small> : null;
}
