import { Link, useSearchParams } from "react-router";
import { askAll, supabase, useRead, useTexts } from "../../lib";
import { Choice, Cover, Empty, useTitle, Waiting } from "../../ui";
import { Results } from "./Results";
import { SearchBox } from "./SearchBox";

const COLUMNS = "id, slug, title, description, level, locale, cover_url, lesson_count";
const readCourses = () => askAll((from, to) =>
  supabase.from("courses").select(COLUMNS).eq("is_published", true).order("title").order("id").range(from, to));

export default function Catalogue() {
  const { t } = useTexts();
  const [search] = useSearchParams();
  const query = search.get("q");
  useTitle(t("courses"));
  return (
    <>
      <h1>{t("findCourses")}</h1>
      <SearchBox key={query} query={query ?? ""} />
      {query ? <Results query={query} /> : <Courses />}
    </>
  );
}

function Courses() {
  const { t, label } = useTexts();
  const [search, setSearch] = useSearchParams();
  const courses = useRead(["courses"], readCourses);
  if (!courses.data) return <Waiting query={courses} />;
  const chosen = { level: search.get("level") ?? "", locale: search.get("locale") ?? "" };
  const shown = courses.data.filter((course) =>
    (!chosen.level || course.level === chosen.level) && (!chosen.locale || course.locale.startsWith(chosen.locale)));
  const choices = (values: (string | null)[]) => ["", ...new Set(values.filter((value) => value !== null))].sort();
  const choose = (name: "level" | "locale", value: string) =>
    setSearch(Object.entries({ ...chosen, [name]: value }).filter(([, one]) => one), { replace: true });
  return (
    <>
      <div className="row filters">
        <Choice isBare head={t("level")} kind="level" values={choices(courses.data.map((course) => course.level))}
          value={chosen.level} onChange={(event) => choose("level", event.target.value)} />
        <Choice isBare head={t("language")} kind="locale" values={choices(courses.data.map((course) => course.locale.slice(0, 2)))}
          value={chosen.locale} onChange={(event) => choose("locale", event.target.value)} />
      </div>
      {shown.length === 0 && <Empty text={t("noCourses")} />}
      <ul className="grid plain-list">
        {shown.map((course) => (
          <li key={course.id} className="card course-card">
            <Cover url={course.cover_url} title={course.title} />
            <div>
              <h2><Link to={`/courses/${course.slug}`}>{course.title}</Link></h2>
              <p className="clamp soft">{course.description}</p>
              <small>
                {course.level && `${label("level", course.level)} · `}
                {label("locale", course.locale.slice(0, 2))} · {t("lessonCount", { n: course.lesson_count })}
              </small>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
