// A page that failed, and an address without a page.

import { Link, useRouteError } from "react-router";
import { useTexts } from "../lib";
import { useTitle } from "./parts";
import { Problem } from "./State";

export function Broken() {
  const { t } = useTexts();
  const error = useRouteError();
  // The code of a page that cannot be loaded: no network, or a new version of the site.
  const isLost = error instanceof TypeError && /import|fetch/i.test(error.message);
  return (
    <>
      <h1>{t("broken")}</h1>
      <Problem error={isLost ? new Error(t("offlineNow")) : error instanceof Error ? error : new Error(t("broken"))} />
      <button onClick={() => location.reload()}>{t("retry")}</button>
    </>
  );
}

export function NotFound() {
  const { t } = useTexts();
  useTitle(t("notFound"));
  return (
    <>
      <h1>{t("notFound")}</h1>
      <Link to="/">{t("courses")}</Link>
    </>
  );
}
