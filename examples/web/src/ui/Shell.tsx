// The frame of every page: links, language, account.

import { Suspense, useEffect, useRef } from "react";
import { Link, NavLink, Outlet, useLocation, useNavigate } from "react-router";
import { LANGUAGES, supabase, useProfile, useSession, useTexts } from "../lib";
import { useOnline } from "./State";

export function Shell() {
  const { t } = useTexts();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const isOnline = useOnline();
  // A new page begins at its top, for the eye and for a screen reader.
  useEffect(() => {
    if (!first.current) {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [pathname]);
  return (
    <>
      <a className="skip" href="#main">{t("skip")}</a>
      <Header />
      {!isOnline && <div className="banner" role="status">{t("offline")}</div>}
      <main id="main" ref={main} tabIndex={-1}>
        <Suspense fallback={<div className="skeleton" role="status" aria-label={t("loading")}><i /><i /><i /></div>}>
          <Outlet />
        </Suspense>
      </main>
    </>
  );
}

function Header() {
  const { t, language, setLanguage } = useTexts();
  const session = useSession();
  const profile = useProfile();
  const navigate = useNavigate();
  const isTeacher = profile?.role === "instructor" || profile?.role === "admin";
  const signOut = async () => {
    await supabase.auth.signOut({ scope: "local" });
    await navigate("/");
  };
  return (
    <header className="shell-header">
      <div className="shell-bar">
        <Link className="brand" to="/"><img src="/icon.svg" alt="" /><span>Lyceum</span></Link>
        <nav aria-label={t("menu")}>
          <NavLink to="/" end>{t("courses")}</NavLink>
          {session && <NavLink to="/learn">{t("learning")}</NavLink>}
          {isTeacher && <NavLink to="/teach">{t("teaching")}</NavLink>}
          {profile?.role === "admin" && <NavLink to="/admin">{t("platform")}</NavLink>}
        </nav>
        <span className="spacer" />
        {LANGUAGES.filter((one) => one !== language).map((one) => (
          <button key={one} className="plain" lang={one} onClick={() => setLanguage(one)}>{t("otherLanguage")}</button>
        ))}
        {session ? (
          <>
            <Link to="/profile">{profile?.name || session.user.email}</Link>
            <button onClick={() => void signOut()}>{t("signOut")}</button>
          </>
        ) : (
          <Link className="button" to="/sign-in">{t("signIn")}</Link>
        )}
      </div>
    </header>
  );
}
