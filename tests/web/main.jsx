// A page around the component of docs/tutor.md: sign-in, and a chat that the address names.

import { createClient } from "@supabase/supabase-js";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { readHistory } from "./history";
import { Tutor } from "./tutor";

const address = new URLSearchParams(location.search);
const supabase = createClient(address.get("supabase"), address.get("key"));
const chat = address.get("chat") ?? undefined;

function Page() {
  const [session, setSession] = useState(null);
  const [stored, setStored] = useState(null);
  useEffect(() => {
    supabase.auth.getSession().then(({ data }) => setSession(data.session));
  }, []);
  useEffect(() => {
    if (!session) return;
    (chat ? readHistory(supabase, chat) : Promise.resolve([])).then(setStored);
  }, [session]);
  const signIn = async (form) => {
    const { data, error } = await supabase.auth.signInWithPassword(Object.fromEntries(form));
    if (error) throw error;
    setSession(data.session);
  };
  if (!session) {
    return (
      <form action={signIn}>
        <input name="email" />
        <input name="password" />
      </form>
    );
  }
  if (!stored) return null;
  return <Tutor supabase={supabase} course={address.get("course")} id={chat} stored={stored} />;
}

createRoot(document.body.appendChild(document.createElement("main"))).render(<Page />);
