// The tutor beside a lesson: the running conversation, the earlier ones, and what is left today.

import type { LessonPage, TutorUIMessage } from "database.types";
import { useState } from "react";
import { ask, Refusal, supabase, useAct, useRead, useSession, useTexts } from "../../lib";
import { Problem, Waiting } from "../../ui";
import { Chat } from "./Chat";

// The first 200 messages. The service knows all of them.
async function readHistory(id: string): Promise<TutorUIMessage[]> {
  const { data, error } = await supabase.rpc("tutor_history", { conversation_id: id, page_size: 200 });
  if (error?.code === "conversation_not_found") return [];
  if (error) throw new Refusal(error);
  return data.map(({ metadata, ...row }) => ({ ...row, metadata: metadata ?? undefined }));
}

export default function Tutor({ page, close }: { page: LessonPage; close: () => void }) {
  const { t } = useTexts();
  const course_id = page.course.id;
  const store = `chat:${useSession()?.user.id}:${course_id}`;
  const [chat, setChat] = useState(() => {
    const stored = localStorage.getItem(store);
    return { id: stored ?? crypto.randomUUID(), isStored: stored !== null };
  });
  const quota = useRead(["quota", course_id], () => ask(supabase.rpc("tutor_quota", { course_id })));
  const history = useRead(
    ["chat", chat.id], () => (chat.isStored ? readHistory(chat.id) : Promise.resolve([])),
    { staleTime: Infinity, gcTime: 0 },
  );
  const day = quota.data?.quotas.filter((one) => one.period === "day" && one.meter === "requests") ?? [];
  const open = (id: string | null) => {
    if (id) localStorage.setItem(store, id);
    else localStorage.removeItem(store);
    setChat({ id: id ?? crypto.randomUUID(), isStored: id !== null });
  };
  return (
    <aside className="tutor" aria-label={t("tutor")} lang={document.documentElement.lang}>
      <div className="row between">
        <h2>{t("tutor")}</h2>
        <span className="row">
          <button className="plain" onClick={() => open(null)}>{t("newChat")}</button>
          <button className="plain" onClick={close}>{t("close")}</button>
        </span>
      </div>
      <Earlier course={course_id} current={chat.id} open={open} />
      {quota.data?.is_locked && <p className="panel" role="status">{t("tutorLocked")}</p>}
      {quota.data && !quota.data.is_enabled && <p className="panel" role="status">{t("tutorOff")}</p>}
      <Problem error={quota.error} />
      {history.data ? (
        <Chat
          key={chat.id}
          id={chat.id}
          page={page}
          stored={history.data}
          resume={chat.isStored}
          isOff={!!quota.data && (quota.data.is_locked || !quota.data.is_enabled)}
          asked={() => localStorage.setItem(store, chat.id)}
        />
      ) : (
        <Waiting query={history} />
      )}
      {day.length > 0 && <small>{t("leftToday", { n: Math.min(...day.map((one) => one.remaining)) })}</small>}
    </aside>
  );
}

function Earlier({ course, current, open }: { course: string; current: string; open: (id: string | null) => void }) {
  const { t, moment } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const chats = useRead(
    ["chats", course],
    () => ask(supabase.from("tutor_conversations").select("id, title, updated_at")
      .eq("course_id", course).order("updated_at", { ascending: false }).limit(30)),
    { enabled: isOpen, staleTime: 0 },
  );
  const remove = useAct(async (id: string) => {
    await ask(supabase.from("tutor_conversations").delete().eq("id", id).select("id"));
    if (id === current) open(null);
  }, [["chats", course]]);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("earlier")}</summary>
      {!chats.data ? <Waiting query={chats} /> : chats.data.length === 0 && <p className="soft">{t("noChats")}</p>}
      <Problem error={remove.error} />
      <ul className="plain-list">
        {chats.data?.map((chat) => (
          <li key={chat.id} className="row between nowrap">
            <button className="plain" onClick={() => open(chat.id)}>{chat.title}</button>
            <small>{moment(chat.updated_at)}</small>
            <button className="plain" aria-label={`${t("remove")}: ${chat.title}`} onClick={() => remove.mutate(chat.id)}>
              ✕
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
