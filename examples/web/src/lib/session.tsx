// Who is signed in. The profile is read once after the sign-in and cached in the browser: pages
// only choose links and the language by it. What a person may do, the database decides.

import type { Session } from "@supabase/supabase-js";
import { createContext, use, useEffect, useState, type ReactNode } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { queries, useRead } from "./query";
import { ask, supabase } from "./supabase";

export const PROFILE = "id, name, email, role, locale, time_zone, avatar_url, headline, bio_md";
const readProfile = (id: string) => ask(supabase.from("profiles").select(PROFILE).eq("id", id).single());
export type Profile = Awaited<ReturnType<typeof readProfile>>;

const Context = createContext<Session | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | null | undefined>();
  useEffect(() => {
    const { data } = supabase.auth.onAuthStateChange((event, next) => {
      if (event === "SIGNED_OUT") {
        localStorage.removeItem("profile");
        queries.clear();
      }
      setSession((last) => (last?.access_token === next?.access_token && last !== undefined ? last : next));
    });
    return () => data.subscription.unsubscribe();
  }, []);
  return session === undefined ? null : <Context value={session}>{children}</Context>;
}

export const useSession = () => use(Context);

function cachedProfile(id: string | undefined): Profile | undefined {
  const profile = JSON.parse(localStorage.getItem("profile") ?? "null") as Profile | null;
  return profile?.id === id ? profile! : undefined;
}

export function useProfile(): Profile | undefined {
  const id = useSession()?.user.id;
  const { data } = useRead(
    ["profile", id],
    async () => {
      const profile = await readProfile(id!);
      localStorage.setItem("profile", JSON.stringify(profile));
      return profile;
    },
    { enabled: !!id, staleTime: Infinity, initialData: () => cachedProfile(id) },
  );
  return data;
}

// Pages for people who are signed in; others come back to them after the sign-in.
export function SignedIn() {
  const { pathname, search } = useLocation();
  if (useSession()) return <Outlet />;
  return <Navigate to={`/sign-in?next=${encodeURIComponent(pathname + search)}`} replace />;
}
