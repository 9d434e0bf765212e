// Reports the time for which the lesson was in front of the reader.

import type { LessonPage } from "database.types";
import { useEffect } from "react";
import { supabase } from "../../lib";

const EVERY = 60;

export function useTimeSpent({ lesson, is_enrolled, content }: LessonPage) {
  // A film reports its own time.
  const counts = is_enrolled && lesson.is_open && !content?.video_url;
  useEffect(() => {
    if (!counts) return undefined;
    let seconds = 0;
    const send = () => {
      if (seconds < 5) return;
      // A report that fails is lost: time is a hint for the reader, not a result.
      void supabase.rpc("record_progress", { lesson_id: lesson.id, seconds_spent: seconds }).then();
      seconds = 0;
    };
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") seconds += 1;
      if (seconds >= EVERY) send();
    }, 1000);
    document.addEventListener("visibilitychange", send);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", send);
      send();
    };
  }, [counts, lesson.id]);
}
