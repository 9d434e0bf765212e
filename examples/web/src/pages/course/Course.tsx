import type { CourseOutline } from "database.types";
import { Link, useParams } from "react-router";
import { useOutline, useTexts } from "../../lib";
import { Cover, isAllowed, Outline, Prose, useTitle, Waiting } from "../../ui";
import { Enrollment } from "./Enrollment";

export default function Course() {
  const { course: slug } = useParams();
  const outline = useOutline(slug);
  useTitle(outline.data?.course.title);
  if (!outline.data) return <Waiting query={outline} />;
  return <Page outline={outline.data} />;
}

function Page({ outline }: { outline: CourseOutline }) {
  const { t } = useTexts();
  const { course } = outline;
  return (
    <div lang={course.locale}>
      <h1>{course.title}</h1>
      <p className="text">{course.description}</p>
      <p>{course.tags.map((tag) => <span key={tag} className="tag spaced">{tag}</span>)}</p>
      <div className="split">
        <div>
          <h2>{t("outline")}</h2>
          <Outline outline={outline} />
        </div>
        <aside className="stack start">
          <Cover url={course.cover_url} title={course.title} />
          <Enrollment outline={outline} />
          <Facts outline={outline} />
          {outline.is_staff && <Link className="button" to={`/teach/${course.slug}`}>{t("teach")}</Link>}
        </aside>
      </div>
    </div>
  );
}

function Facts({ outline }: { outline: CourseOutline }) {
  const { t, number, label, date } = useTexts();
  const { course, teachers } = outline;
  return (
    <div className="panel">
      <ul className="plain-list">
        <li>{t("hoursOfWork", { n: number(outline.hours) })} · {t("lessonCount", { n: course.lesson_count })}</li>
        {course.level && <li>{t("level")}: {label("level", course.level)}</li>}
        <li>{t("language")}: {label("locale", course.locale.slice(0, 2))}</li>
        <li>{t("learnerCount", { n: outline.learner_count })}</li>
        {outline.seats_left !== null && <li>{t("seatsLeft", { n: outline.seats_left })}</li>}
        {course.opens_at && <li>{t("enrollFrom", { when: date(course.opens_at) })}</li>}
        {course.closes_at && <li>{t("enrollUntil", { when: date(course.closes_at) })}</li>}
      </ul>
      {teachers.length > 0 && <h3>{t("teachers")}</h3>}
      <ul className="plain-list">
        {teachers.map((one, index) => (
          <li key={index}>
            {one.picture && isAllowed(one.picture) && <img className="face" src={one.picture} alt="" loading="lazy" />}
            {one.name}<small className="block">{one.headline}</small>
            {one.bio_md && <details><summary>{t("about", { name: one.name })}</summary><Prose text={one.bio_md} /></details>}
          </li>
        ))}
      </ul>
    </div>
  );
}
