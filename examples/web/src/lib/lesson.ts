// The page of a lesson in one call, and what an act in it makes stale.

import { outlineKey } from "./course";
import { useRead } from "./query";
import { ask, supabase } from "./supabase";

export const lessonKey = (course: string, lesson: string) => ["lesson", course, lesson] as const;

export function useLesson(course: string, lesson: string) {
  return useRead(
    lessonKey(course, lesson), () => ask(supabase.rpc("lesson_page", { course_slug: course, lesson_slug: lesson })),
  );
}

// A completed lesson may open others, so the pages of the whole course are stale.
export const staleAfterWork = (course: string) => [["lesson", course], outlineKey(course), ["learning"]] as const;
