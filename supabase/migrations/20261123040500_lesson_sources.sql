-- Lesson sources: the content of lessons as its authors wrote it, with what learners do not read.
--
-- Invariants
--   * lesson_contents has no part for staff: a trigger moves the written text here and stores what
--     is left. Every reader of lesson_contents, and the search index, sees the rest alone.
--   * Nothing that an author wrote for staff is lost: a text without such parts does not replace
--     one that has them.

create table private.lesson_sources (
  lesson_id uuid not null,
  body_md text,
  transcript text,
  updated_at timestamptz not null default now(),
  constraint lesson_sources_pkey primary key (lesson_id),
  constraint lesson_sources_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade
);
comment on table private.lesson_sources is
'The last text of a lesson that had parts for staff, as it was written; lesson_source gives it to '
'staff.';
comment on column private.lesson_sources.body_md is 'Null: it never had a part for staff.';
comment on column private.lesson_sources.transcript is 'Null: it never had a part for staff.';
alter table private.lesson_sources enable row level security;
revoke all on private.lesson_sources from public, anon, authenticated, service_role;

create function private.tg_store_source() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_body_md text := private.shown_markdown(new.body_md, 2);
  v_transcript text := private.shown_markdown(new.transcript, 2);
begin
  if (v_body_md, v_transcript) is distinct from (new.body_md, new.transcript) then
    insert into private.lesson_sources as s (lesson_id, body_md, transcript)
    select
      l.id,
      case when v_body_md <> new.body_md then new.body_md end,
      case when v_transcript <> new.transcript then new.transcript end
    from public.lessons as l where l.id = new.lesson_id
    on conflict (lesson_id) do update
    set
      body_md = coalesce(excluded.body_md, s.body_md),
      transcript = coalesce(excluded.transcript, s.transcript),
      updated_at = now();
    new.body_md := v_body_md;
    new.transcript := v_transcript;
  end if;
  return new;
end
$$;
comment on function private.tg_store_source() is
'Moves a text with parts for staff to lesson_sources, and stores what learners may read.';

create trigger t15_store_source
before insert or update of body_md, transcript on public.lesson_contents
for each row execute function private.tg_store_source();

create function private.lesson_source(p_lesson_id uuid)
returns table (
  body_md text, md_url text, video_url text, transcript text, dropped_body_md text,
  dropped_transcript text
)
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_staff(
    (select l.course_id from public.lessons as l where l.id = p_lesson_id)
  );
  return query
  select
    case when f.has_body then s.body_md else t.body_md end,
    t.md_url,
    t.video_url,
    case when f.has_transcript then s.transcript else t.transcript end,
    case when not f.has_body then s.body_md end,
    case when not f.has_transcript then s.transcript end
  from public.lesson_contents as t
  left join private.lesson_sources as s on s.lesson_id = t.lesson_id
  cross join lateral (
    select
      coalesce(private.shown_markdown(s.body_md, 2) = t.body_md, false) as has_body,
      coalesce(private.shown_markdown(s.transcript, 2) = t.transcript, false) as has_transcript
  ) as f
  where t.lesson_id = p_lesson_id;
end
$$;
grant execute on function private.lesson_source(uuid) to authenticated, service_role;

create function public.lesson_source(lesson_id uuid)
returns table (
  body_md text, md_url text, video_url text, transcript text, dropped_body_md text,
  dropped_transcript text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.lesson_source(lesson_source.lesson_id);
end;
comment on function public.lesson_source(uuid) is
'The content of a lesson as its authors wrote it, with the parts that learners do not read.

For staff; an editor loads this and writes lesson_contents. lesson_contents has the same text
without comments, front matter and blocks for staff. If a later write left such parts out,
dropped_body_md or dropped_transcript is the last text that had them, and null otherwise. No row: the
lesson has no content.

Errors: not_course_staff.';

grant execute on function public.lesson_source(uuid) to authenticated, service_role;
