// One conversation. useChat speaks to the service; the database has the history.

import { useChat } from "@ai-sdk/react";
import { useQueryClient } from "@tanstack/react-query";
import { DefaultChatTransport } from "ai";
import type { LessonPage, TutorMode, TutorUIMessage } from "database.types";
import { useEffect, useMemo, useRef, useState } from "react";
import { askService, supabase, useTexts } from "../../lib";
import { Choice } from "../../ui";
import { Message } from "./Message";

const MODES: TutorMode[] = ["auto", "explain", "hint", "practice", "summarize"];

type Props = {
  id: string; page: LessonPage; stored: TutorUIMessage[]; resume: boolean; isOff: boolean; asked: () => void;
};

export function Chat({ id, page, stored, resume, isOff, asked }: Props) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [mode, setMode] = useState<TutorMode>("auto");
  const [question, setQuestion] = useState("");
  const end = useRef<HTMLDivElement>(null);
  const transport = useMemo(() => new DefaultChatTransport<TutorUIMessage>({
    api: `${SERVICE_URL}/v1/tutor/chat`,
    body: { course_id: page.course.id, lesson_id: page.lesson.id },
    headers: async (): Promise<Record<string, string>> => {
      const { data } = await supabase.auth.getSession();
      return { Authorization: `Bearer ${data.session?.access_token}` };
    },
    // The service reads the last question; the history is in the database.
    prepareSendMessagesRequest: ({ id: chat, messages, trigger, messageId, body }) => ({
      body: { ...body, id: chat, messages: messages.slice(-1), trigger, messageId },
    }),
  }), [page.course.id, page.lesson.id]);
  const chat = useChat<TutorUIMessage>({ id, messages: stored, transport, resume });
  const isBusy = chat.status === "submitted" || chat.status === "streaming";
  // An answer that has ended leaves less of the quota.
  const wasBusy = useRef(false);
  useEffect(() => {
    if (wasBusy.current && !isBusy) void client.invalidateQueries({ queryKey: ["quota", page.course.id] });
    wasBusy.current = isBusy;
  }, [isBusy]);
  useEffect(() => {
    void end.current?.scrollIntoView({ block: "nearest" });
  }, [chat.messages.length, isBusy]);
  const send = (text: string) => {
    if (!text.trim() || isBusy) return;
    asked();
    setQuestion("");
    void chat.sendMessage({ text: text.trim() }, { body: { mode } });
  };
  const stop = async () => {
    await askService(`/v1/tutor/chat/${id}/stop`, { method: "POST" }).catch(() => undefined);
    await chat.stop();
  };
  return (
    <>
      <div className="tutor-log" role="log" aria-live="polite" tabIndex={0} aria-label={t("tutor")}>
        {chat.messages.length === 0 && <p className="soft">{t("tutorHint")}</p>}
        {chat.messages.map((message) => (
          <Message key={message.id} message={message} course={page.course.slug} send={isBusy ? undefined : send} />
        ))}
        {chat.status === "submitted" && <p className="soft" role="status">{t("thinking")}</p>}
        {chat.error && <p className="alert error" role="alert">{sentence(chat.error)}</p>}
        <div ref={end} />
      </div>
      <form action={() => send(question)} className="stack">
        <textarea
          aria-label={t("yourQuestion")}
          placeholder={t("yourQuestion")}
          value={question}
          maxLength={4000}
          disabled={isOff}
          onChange={(event) => setQuestion(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            send(question);
          }}
        />
        <div className="row nowrap">
          <Choice isBare head={t("mode")} kind="mode" values={MODES} value={mode}
            onChange={(event) => setMode(event.target.value as TutorMode)} />
          {isBusy ? (
            <button type="button" onClick={() => void stop()}>{t("stop")}</button>
          ) : (
            <button className="primary" disabled={isOff}>{t("ask")}</button>
          )}
        </div>
        {!isBusy && chat.messages.at(-1)?.role === "assistant" && (
          <button type="button" className="plain" onClick={() => void chat.regenerate({ body: { mode } })}>
            {t("otherAnswer")}
          </button>
        )}
      </form>
    </>
  );
}

// An error before the stream is a problem document; one inside the stream is a sentence.
function sentence(error: Error): string {
  if (!error.message.startsWith("{")) return error.message;
  const problem = JSON.parse(error.message) as { title: string; detail?: string };
  return problem.detail ?? problem.title;
}
