// A course made of a file of another system: first what would come of it, then the course.

import { useNavigate } from "react-router";
import { useTexts } from "../../lib";
import { useTitle } from "../../ui";
import { Named, named } from "./CourseFile";
import { FileImport } from "./FileImport";

export default function Import() {
  const { t } = useTexts();
  const navigate = useNavigate();
  useTitle(t("importCourse"));
  return (
    <>
      <h1>{t("importCourse")}</h1>
      <p>{t("importHint")}</p>
      <FileImport path="/v1/courses/import" options={named} stale={[["dashboard"]]}
        onDone={({ course_slug }) => void navigate(`/teach/${course_slug}/edit`)}>
        <Named isRequired={false} />
      </FileImport>
    </>
  );
}
