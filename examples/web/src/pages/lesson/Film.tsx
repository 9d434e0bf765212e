// A film that resumes where its viewer left, and reports what was played.
//
// The database unites ranges and bounds them by its clock, so a report may be sent twice, by two
// tabs, or late: what could not be sent is stored in the browser and goes with the next report.

import { useQueryClient } from "@tanstack/react-query";
import type { LessonPage } from "database.types";
import { useEffect, useRef, useState } from "react";
import { ask, lessonKey, Refusal, staleAfterWork, supabase, useSession, useTexts } from "../../lib";
import { isAllowed, Meter, Problem } from "../../ui";

type Ranges = [number, number][];
const EVERY = 10_000;

function playedIn(video: HTMLVideoElement): Ranges {
  const { played } = video;
  return Array.from({ length: played.length }, (_, index) => [played.start(index), played.end(index)]);
}

export function Film({ page, url }: { page: LessonPage; url: string }) {
  const { t, percent } = useTexts();
  const client = useQueryClient();
  const session = useSession();
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<Error | null>(null);
  const { lesson, course, progress } = page;
  const counts = !!session && page.is_enrolled && lesson.is_open;
  const resumeAt = useRef(progress?.position_seconds ?? 0);

  useEffect(() => {
    const player = video.current;
    if (!counts || !player) return undefined;
    const store = `played:${session.user.id}:${lesson.id}`;
    let sent = 0;
    let isSending = false;
    const report = async () => {
      const played = playedIn(player);
      const total = played.reduce((sum, [from, to]) => sum + to - from, 0);
      const stored = JSON.parse(localStorage.getItem(store) ?? "[]") as Ranges;
      if (isSending || (total - sent < 1 && stored.length === 0)) return;
      const watched = [...stored, ...played].slice(-1000);
      localStorage.setItem(store, JSON.stringify(watched));
      isSending = true;
      try {
        const next = await ask(supabase.rpc("record_progress", {
          lesson_id: lesson.id,
          position_seconds: Math.round(player.currentTime),
          watched,
          seconds_spent: Math.max(0, Math.round(total - sent)),
        }));
        localStorage.removeItem(store);
        sent = total;
        setProblem(null);
        if (next.status === "completed" && progress?.status !== "completed") {
          for (const queryKey of staleAfterWork(course.slug)) void client.invalidateQueries({ queryKey });
        } else {
          client.setQueryData<LessonPage>(lessonKey(course.slug, lesson.slug), (last) =>
            last && { ...last, progress: next });
        }
      } catch (error) {
        if (!(error instanceof Refusal && error.code === "offline")) {
          localStorage.removeItem(store);
          setProblem(error as Error);
        }
      } finally {
        isSending = false;
      }
    };
    const send = () => void report();
    const timer = setInterval(send, EVERY);
    const events = ["pause", "ended", "seeking"] as const;
    for (const name of events) player.addEventListener(name, send);
    document.addEventListener("visibilitychange", send);
    addEventListener("online", send);
    send();
    return () => {
      clearInterval(timer);
      for (const name of events) player.removeEventListener(name, send);
      document.removeEventListener("visibilitychange", send);
      removeEventListener("online", send);
      send();
    };
  }, [counts, session?.user.id, lesson.id, lesson.slug, course.slug, progress?.status === "completed", client]);

  if (!isAllowed(url)) return <p><a href={url} target="_blank" rel="noreferrer">{t("openFilm")}</a></p>;
  const length = lesson.duration_minutes * 60;
  return (
    <>
      <video
        ref={video}
        className="film"
        src={url}
        controls
        preload="metadata"
        onLoadedMetadata={(event) => {
          const player = event.currentTarget;
          if (resumeAt.current < player.duration - 1) player.currentTime = resumeAt.current;
        }}
      />
      <Problem error={problem} />
      {counts && lesson.completion_rule === "watch" && length > 0 && (
        <p className="soft">
          <Meter value={((progress?.watched_seconds ?? 0) / length) * 100} label={t("watched")} />
          {t("watchRule", { share: percent(lesson.completion_percent) })}
        </p>
      )}
    </>
  );
}
