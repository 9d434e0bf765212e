import type { LessonPage, OutlineLesson } from "database.types";
import { lazy, Suspense, useEffect, useState } from "react";
import { Link, useLocation, useParams } from "react-router";
import { useLesson, useOutline, useTexts } from "../../lib";
import { Download, Outline, Prose, TextOf, useTitle, Waiting } from "../../ui";
import { Film } from "./Film";
import { Foot } from "./Foot";
import { useTimeSpent } from "./time";

const Quiz = lazy(() => import("../quiz/Quiz"));
const Lab = lazy(() => import("../lab/Lab"));
const Tutor = lazy(() => import("../tutor/Tutor"));

export default function Lesson() {
  const { course = "", lesson = "" } = useParams();
  const { t } = useTexts();
  const page = useLesson(course, lesson);
  const outline = useOutline(course);
  const [hasTutor, setTutor] = useState(() => localStorage.getItem("tutor") === "open");
  useTitle(page.data?.lesson.title);
  useAnchor(page.data?.lesson.id);
  const showTutor = (open: boolean) => {
    localStorage.setItem("tutor", open ? "open" : "closed");
    setTutor(open);
  };
  const canAsk = !!page.data?.lesson.is_open && (page.data.is_enrolled || page.data.is_staff);
  return (
    <div className={`lesson-page${hasTutor && canAsk ? " with-tutor" : ""}`}>
      <nav className="sidebar" aria-label={t("outline")}>
        <Link to={`/courses/${course}`}>← {outline.data?.course.title ?? page.data?.course.title ?? t("courses")}</Link>
        {outline.data && <Outline outline={outline.data} current={page.data?.lesson.id} brief />}
      </nav>
      {page.data ? (
        <article key={page.data.lesson.id} lang={page.data.course.locale}>
          <div className="row between">
            <small>{page.data.module.title}</small>
            {canAsk && !hasTutor && <button onClick={() => showTutor(true)}>{t("askTutor")}</button>}
          </div>
          <h1>{page.data.lesson.title}</h1>
          <Body page={page.data} lessons={outline.data?.modules.flatMap((module) => module.lessons) ?? []} />
          <Foot page={page.data} />
        </article>
      ) : (
        <div><Waiting query={page} /></div>
      )}
      {hasTutor && canAsk && page.data && (
        <Suspense fallback={<aside className="tutor" />}>
          <Tutor page={page.data} close={() => showTutor(false)} />
        </Suspense>
      )}
    </div>
  );
}

function Body({ page, lessons }: { page: LessonPage; lessons: OutlineLesson[] }) {
  const { t, label, moment } = useTexts();
  const { lesson, content } = page;
  useTimeSpent(page);
  if (!lesson.is_open) {
    return (
      <div className="panel" role="status">
        <p>{lesson.reason ? label("reason", lesson.reason) : t("locked")}</p>
        {lesson.opens_at && <p>{t("opensAt", { when: moment(lesson.opens_at) })}</p>}
        <Link to={`/courses/${page.course.slug}`}>{page.course.title}</Link>
      </div>
    );
  }
  const texts = { lesson_id: lesson.id, course_slug: page.course.slug, files: page.files, lessons };
  return (
    <TextOf value={texts}>
      {content?.video_url && <Film page={page} url={content.video_url} />}
      {content?.body_md && <Prose text={content.body_md} />}
      {content?.transcript && (
        <details>
          <summary>{t("transcript")}</summary>
          <Prose text={content.transcript} />
        </details>
      )}
      {page.files.length > 0 && <Files files={page.files} />}
      <Suspense fallback={null}>
        {page.quiz && <Quiz page={page} quiz={page.quiz} />}
        {page.lab && <Lab page={page} lab={page.lab} />}
      </Suspense>
    </TextOf>
  );
}

function Files({ files }: { files: LessonPage["files"] }) {
  const { t, bytes } = useTexts();
  return (
    <section>
      <h2>{t("files")}</h2>
      <ul className="plain-list files">
        {files.map((file) => (
          <li key={file.id} className="row">
            <Download bucket="lesson-files" {...file} isLink /><small>{bytes(file.size_bytes)}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

// Scrolls to the passage that the address names, once its Markdown is there.
function useAnchor(id: string | undefined) {
  const { hash } = useLocation();
  useEffect(() => {
    if (!id || !hash) return undefined;
    const name = decodeURIComponent(hash.slice(1)).replace(/^(?!user-content-)/, "user-content-");
    const find = () => {
      const heading = document.getElementById(name);
      heading?.scrollIntoView();
      return heading !== null;
    };
    if (find()) return undefined;
    const watch = new MutationObserver(() => find() && watch.disconnect());
    watch.observe(document.body, { childList: true, subtree: true });
    return () => watch.disconnect();
  }, [id, hash]);
}
