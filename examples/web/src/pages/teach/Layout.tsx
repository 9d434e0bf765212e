// The pages of one course for its staff: tabs, and the outline that all of them need.

import type { CourseOutline } from "database.types";
import { Link, NavLink, Outlet, useOutletContext, useParams } from "react-router";
import { type Key, useOutline, useTexts } from "../../lib";
import { useTitle, Waiting } from "../../ui";

const TABS: [string, Key][] = [
  ["", "overview"], ["/learners", "learners"], ["/team", "team"], ["/sales", "sales"], ["/risk", "atRisk"], ["/funnel", "funnel"],
  ["/grades", "grades"], ["/labs", "labQueue"], ["/questions", "questionStats"], ["/banks", "banks"], ["/edit", "editing"],
];

export default function Layout() {
  const { course } = useParams();
  const { t } = useTexts();
  const outline = useOutline(course);
  useTitle(outline.data && `${t("teaching")}: ${outline.data.course.title}`);
  if (!outline.data) return <Waiting query={outline} />;
  return (
    <>
      <div className="row between">
        <h1>{outline.data.course.title}</h1>
        <Link to={`/courses/${course}`}>{t("coursePage")}</Link>
      </div>
      <nav className="tabs" aria-label={t("teaching")}>
        {TABS.map(([path, key]) => (
          <NavLink key={path} to={`/teach/${course}${path}`} end={path === ""}>{t(key)}</NavLink>
        ))}
      </nav>
      <Outlet context={outline.data} />
    </>
  );
}

export const useCourse = () => useOutletContext<CourseOutline>();
