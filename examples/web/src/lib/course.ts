// The outline of a course: course page, sidebar of lessons and links of the tutor share one answer.

import { useRead } from "./query";
import { ask, supabase } from "./supabase";

export const outlineKey = (slug: string | undefined) => ["outline", slug] as const;

export function useOutline(slug: string | undefined, enabled = true) {
  return useRead(
    outlineKey(slug), () => ask(supabase.rpc("course_outline", { slug: slug! })),
    { enabled: enabled && !!slug },
  );
}

export const lessonPath = (lesson: { course_slug: string; slug: string }) =>
  `/courses/${lesson.course_slug}/lessons/${lesson.slug}`;
