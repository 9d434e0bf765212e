-- Syllabus: modules, lessons, the published content of lessons, and their order.
--
-- Invariants
--   * The syllabus (modules, published lessons) of a published course is public; content is not.
--   * Triggers compute is_listed and is_public from the flags of lesson and course, so that the
--     policy of a hot table compares one column; clients cannot write them.
--   * A lesson belongs to the course of its module.
--   * Only a publication writes the content of a lesson.
--   * A reorder names every child exactly once, or changes nothing.
--
-- A statement on modules or lessons locks its rows, in any order, before a trigger can lock the
-- course. A function that works on a whole syllabus would meet it halfway, so it excludes such
-- statements with lock_syllabus before it locks anything else; docs/locks.md has the order.

create type public.content_type as enum ('video', 'text', 'quiz', 'lab');
comment on type public.content_type is 'Kind of content of a lesson.';

create type public.completion_rule as enum ('view', 'watch', 'pass', 'accept', 'manual');
comment on type public.completion_rule is
'view: the learner opens the lesson and reports it; watch: enough distinct seconds of the video; '
'pass: a passed quiz; accept: a lab accepted by staff; manual: the learner marks it complete.';

create function private.lock_syllabus(p_is_shared boolean) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_key bigint := hashtextextended('syllabus', 14);
begin
  if p_is_shared then
    perform pg_advisory_xact_lock_shared(v_key);
  else
    perform pg_advisory_xact_lock(v_key);
  end if;
end
$$;
comment on function private.lock_syllabus(boolean) is
'Locks the syllabi of all courses: shared by each statement that inserts or updates modules or '
'lessons, exclusive by deletions and by functions that publish, reorder or archive. One lock for '
'all, since a statement takes it before it knows its rows.';

create function private.tg_lock_syllabus() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- The policies let anybody else change no row: their statement must not make authors wait.
  if auth.uid() is null or private.is_operator()
    or exists (select from private.staffed_course_ids()) then
    perform private.lock_syllabus(tg_op <> 'DELETE');
  end if;
  return null;
end
$$;
comment on function private.tg_lock_syllabus() is
'Waits for a function that publishes, reorders or archives, before the statement locks a row; a '
'deletion, which locks several tables, runs alone.';

create trigger t00_lock_syllabus
before delete on public.courses
for each statement execute function private.tg_lock_syllabus();

create table public.modules (
  id uuid not null default gen_random_uuid(),
  course_id uuid not null,
  ord integer not null,
  title text not null,
  summary text not null default '',
  is_listed boolean not null default false,
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint modules_pkey primary key (id),
  constraint modules_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint modules_course_id_id_key unique (course_id, id),
  constraint modules_course_id_ord_key unique (course_id, ord) deferrable initially deferred,
  constraint modules_ord_check check (ord between 0 and 1000000000),
  constraint modules_title_check check (
    private.check_column('title', private.is_title(title))
  ),
  constraint modules_summary_check check (length(summary) <= 4000)
);
comment on table public.modules is 'A part of a course; groups lessons.';
comment on column public.modules.ord is 'Position in the course; appended when left out.';
comment on column public.modules.is_listed is
'True while the course is published and the module is not archived; written by triggers.';
comment on column public.modules.archived_at is
'When archive_module hid it; its lessons are archived too. Null: not archived.';

create function private.tg_place_module() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- Serializes inserts into one course: position and flag stay correct until commit.
  select c.is_published into new.is_listed
  from public.courses as c where c.id = new.course_id for no key update;
  new.is_listed := coalesce(new.is_listed, false);
  if new.ord is null then
    select coalesce(max(m.ord) + 1, 1) into new.ord
    from public.modules as m where m.course_id = new.course_id;
  end if;
  return new;
end
$$;
comment on function private.tg_place_module() is
'Appends a module without a position and sets is_listed.';

create trigger t00_lock_syllabus
before insert or update or delete on public.modules
for each statement execute function private.tg_lock_syllabus();

create trigger t10_place_module
before insert on public.modules
for each row execute function private.tg_place_module();

create trigger t20_touch_updated_at
before update on public.modules
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

create function private.tg_lock_lessons() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform from public.lessons as l where l.module_id = old.id order by l.id for update;
  return old;
end
$$;
comment on function private.tg_lock_lessons() is
'Locks the lessons of a module that is being deleted, before tg_lock_course locks the course.';

create trigger t30_lock_lessons
before delete on public.modules
for each row execute function private.tg_lock_lessons();

create trigger t90_spend_rows
after insert on public.modules
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('content');
create trigger t90_spend_growth
after update on public.modules
for each row when (pg_column_size(new.*) > pg_column_size(old.*))
execute function private.tg_spend_growth('content');

alter table public.modules enable row level security;
revoke all on public.modules from public, anon, authenticated, service_role;
grant select on public.modules to anon, authenticated, service_role;
grant insert (id, course_id, ord, title, summary) on public.modules to authenticated, service_role;
grant update (ord, title, summary) on public.modules to authenticated, service_role;
grant delete on public.modules to authenticated, service_role;

create policy modules_select_anon on public.modules
for select to anon
using (is_listed);
comment on policy modules_select_anon on public.modules is
'Anyone reads the modules of a published course.';

create policy modules_select_authenticated on public.modules
for select to authenticated
using (
  is_listed
  or course_id = any(array(select private.staffed_course_ids()))
  or (archived_at is null and course_id = any(array(select private.archived_course_ids())))
  or (select private.is_admin())
);
comment on policy modules_select_authenticated on public.modules is
'Modules of published courses, and of archived ones for their learners; all for staff and admins.';

create policy modules_insert_staff on public.modules
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy modules_insert_staff on public.modules is 'Staff add modules to their courses.';

create policy modules_update_staff on public.modules
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy modules_update_staff on public.modules is
'Staff change modules of their courses.';

create policy modules_delete_staff on public.modules
for delete to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy modules_delete_staff on public.modules is
'Staff delete modules of their courses.';

create table public.lessons (
  id uuid not null default gen_random_uuid(),
  course_id uuid not null,
  module_id uuid not null,
  slug text not null,
  title text not null,
  content_type public.content_type not null default 'text',
  duration_minutes numeric(7, 2) not null default 0,
  ord integer not null,
  is_published boolean not null default false,
  is_preview boolean not null default false,
  is_required boolean not null default true,
  release_at timestamptz,
  release_after interval,
  completion_rule public.completion_rule not null,
  completion_threshold numeric(5, 2) not null default 90,
  weight numeric(6, 2) not null default 1,
  is_listed boolean not null default false,
  archived_at timestamptz,
  is_restored_published boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint lessons_pkey primary key (id),
  constraint lessons_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint lessons_course_id_module_id_fkey foreign key (course_id, module_id)
  references public.modules (course_id, id) on delete cascade,
  constraint lessons_course_id_id_key unique (course_id, id),
  constraint lessons_course_id_slug_key unique (course_id, slug),
  constraint lessons_module_id_ord_key unique (module_id, ord) deferrable initially deferred,
  constraint lessons_slug_check check (
    private.check_column('slug', slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 80)
  ),
  constraint lessons_title_check check (
    private.check_column('title', private.is_title(title))
  ),
  constraint lessons_duration_minutes_check check (duration_minutes between 0 and 1440),
  constraint lessons_ord_check check (ord between 0 and 1000000000),
  constraint lessons_release_at_check check (private.is_date(release_at)),
  -- Bounded, so that adding it to a date never overflows.
  constraint lessons_release_after_check check (
    release_after between interval '0' and interval '10 years'
  ),
  constraint lessons_completion_threshold_check
  check (completion_threshold > 0 and completion_threshold <= 100),
  constraint lessons_weight_check check (weight between 0 and 9999.99),
  constraint lessons_archived_at_check check (archived_at is null or not is_published)
);
comment on table public.lessons is
'A lesson in the syllabus of a course; lesson_contents has its content.';
comment on column public.lessons.course_id is 'The course of the module; the default.';
comment on column public.lessons.ord is 'Position in the module; appended when left out.';
comment on column public.lessons.duration_minutes is
'Length in minutes; for rule watch the playing time of the video.';
comment on column public.lessons.is_published is 'Visible in the syllabus of a published course.';
comment on column public.lessons.is_preview is
'The content is readable by anyone while the lesson is listed.';
comment on column public.lessons.is_required is 'Counts for progress and completion.';
comment on column public.lessons.release_at is 'Opens at this time.';
comment on column public.lessons.release_after is
'Opens this long after enrollments.enrolled_at.';
comment on column public.lessons.completion_rule is
'What completes the lesson; the default is view for text, watch for video, pass for quiz, accept '
'for lab.';
comment on column public.lessons.completion_threshold is
'Rule watch: per cent of the playing time; up to 1 a share: 0.9 = 90. A quiz has a pass_mark.';
comment on column public.lessons.weight is
'Weight of the score of a quiz or lab in the grade of the course.';
comment on column public.lessons.is_listed is
'True while lesson and course are published; written by triggers.';
comment on column public.lessons.archived_at is
'When archive_lesson or archive_module hid it; what was handed in stays readable. Null: not '
'archived. An archived lesson is not published.';
comment on column public.lessons.is_restored_published is
'Of an archived lesson: whether it was published, and is again once it is restored.';
create index lessons_course_id_module_id_idx on public.lessons (course_id, module_id);
create index lessons_course_id_release_idx
on public.lessons (course_id) where release_at is not null or release_after is not null;

create function private.lock_lesson_order(p_module_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(p_module_id::text, 4));
end
$$;
comment on function private.lock_lesson_order(uuid) is
'Serializes the appending of lessons to a module.';

create function private.tg_place_lesson() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_course_published boolean;
begin
  if tg_op = 'INSERT' then
    select coalesce(new.course_id, m.course_id) into new.course_id
    from public.modules as m where m.id = new.module_id for share;
    new.completion_rule := coalesce(new.completion_rule, case new.content_type
      when 'video' then 'watch' when 'quiz' then 'pass' when 'lab' then 'accept' else 'view'
    end::public.completion_rule);
  elsif new.module_id <> old.module_id then
    perform from public.modules as m where m.id = new.module_id for share;
    if new.ord = old.ord then
      new.ord := null;
    end if;
  end if;
  if new.ord is null then
    perform private.lock_lesson_order(new.module_id);
    select coalesce(max(l.ord) + 1, 1) into new.ord
    from public.lessons as l where l.module_id = new.module_id;
  end if;
  if new.is_published and new.archived_at is not null then
    perform private.refuse('lesson_archived');
  end if;
  if new.is_published and exists (
    select from public.modules as m where m.id = new.module_id and m.archived_at is not null
  ) then
    perform private.refuse('module_archived');
  end if;
  if tg_op = 'INSERT' then
    perform from public.courses as c where c.id = new.course_id for no key update;
  end if;
  -- The syllabus is locked: publish_course cannot change the flag now.
  select c.is_published into v_course_published from public.courses as c where c.id = new.course_id;
  new.is_listed := new.is_published and coalesce(v_course_published, false);
  return new;
end
$$;
comment on function private.tg_place_lesson() is
'Sets the defaults of course, rule and position of a lesson, and is_listed; refuses to publish an '
'archived one.';

create trigger t00_lock_syllabus
before insert or update or delete on public.lessons
for each statement execute function private.tg_lock_syllabus();

create trigger t10_place_lesson
before insert or update of module_id, is_published, ord on public.lessons
for each row execute function private.tg_place_lesson();

create trigger t20_touch_updated_at
before update on public.lessons
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

create function private.tg_refuse_taken_lesson_slug() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if (tg_op = 'UPDATE' or private.is_staff(new.course_id))
    and not private.is_upsert()
    and exists (
      select from public.lessons as l
      where l.course_id = new.course_id and l.slug = new.slug and l.id <> new.id
    ) then
    perform private.refuse('slug_taken');
  end if;
  return new;
end
$$;
comment on function private.tg_refuse_taken_lesson_slug() is
'Refuses a slug of another lesson of the course, as tg_refuse_taken_slug does for courses.';

create trigger t30_refuse_taken_lesson_slug
before insert or update of slug on public.lessons
for each row execute function private.tg_refuse_taken_lesson_slug();

create function private.tg_lock_course() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform from public.courses as c where c.id = old.course_id for no key update;
  return old;
end
$$;
comment on function private.tg_lock_course() is
'Locks the course of a lesson that is being deleted, before its progress is deleted.';

create trigger t10_lock_course
before delete on public.lessons
for each row execute function private.tg_lock_course();

create function private.tg_list_lesson() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  update public.lesson_contents t set is_public = new.is_preview and new.is_listed
  where t.lesson_id = new.id and t.is_public <> (new.is_preview and new.is_listed);
  return null;
end
$$;
comment on function private.tg_list_lesson() is
'Copies is_preview and is_listed of a lesson to is_public of its content.';

create trigger t30_list_lesson
after update on public.lessons
for each row when (
  (old.is_preview and old.is_listed) <> (new.is_preview and new.is_listed)
)
execute function private.tg_list_lesson();

create trigger t90_spend_rows
after insert on public.lessons
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('content');

alter table public.lessons enable row level security;
revoke all on public.lessons from public, anon, authenticated, service_role;
grant select on public.lessons to anon, authenticated, service_role;
grant insert (
  id, course_id, module_id, slug, title, content_type, duration_minutes, ord, is_published,
  is_preview, is_required, release_at, release_after, completion_rule, completion_threshold, weight
) on public.lessons to authenticated, service_role;
grant update (
  module_id, slug, title, content_type, duration_minutes, ord, is_published, is_preview,
  is_required, release_at, release_after, completion_rule, completion_threshold, weight
) on public.lessons to authenticated, service_role;
grant delete on public.lessons to authenticated, service_role;

create policy lessons_select_anon on public.lessons
for select to anon
using (is_listed);
comment on policy lessons_select_anon on public.lessons is
'Anyone reads the published lessons of a published course, as a syllabus.';

create policy lessons_select_authenticated on public.lessons
for select to authenticated
using (
  is_listed
  or course_id = any(array(select private.staffed_course_ids()))
  or (is_published and course_id = any(array(select private.archived_course_ids())))
  or (select private.is_admin())
);
comment on policy lessons_select_authenticated on public.lessons is
'The syllabus of published courses, and of archived ones for their learners; for staff and admins '
'drafts too.';

create policy lessons_insert_staff on public.lessons
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lessons_insert_staff on public.lessons is 'Staff add lessons to their courses.';

create policy lessons_update_staff on public.lessons
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lessons_update_staff on public.lessons is
'Staff change lessons of their courses.';

create policy lessons_delete_staff on public.lessons
for delete to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lessons_delete_staff on public.lessons is
'Staff delete lessons of their courses.';

create table public.lesson_contents (
  lesson_id uuid not null,
  course_id uuid not null,
  version integer not null default 1,
  body_md text not null default '',
  md_url text,
  video_url text,
  transcript text,
  is_public boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint lesson_contents_pkey primary key (lesson_id),
  -- Key and reference in one column: one-to-one for PostgREST, which embeds it as an object.
  constraint lesson_contents_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint lesson_contents_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint lesson_contents_body_md_check check (length(body_md) <= 400000),
  constraint lesson_contents_md_url_check check (
    private.check_column(
      'md_url', private.is_address(md_url) or private.is_storage_path(md_url)
    )
  ),
  constraint lesson_contents_video_url_check check (
    private.check_column(
      'video_url', private.is_address(video_url) or private.is_storage_path(video_url)
    )
  ),
  constraint lesson_contents_transcript_check check (length(transcript) <= 400000)
);
comment on table public.lesson_contents is
'Published content of a lesson; learners read it while the lesson is open to them. Authors write '
'lesson_drafts.';
comment on column public.lesson_contents.course_id is
'The course of the lesson; written by a trigger.';
comment on column public.lesson_contents.version is
'The row of lesson_versions that it was published from.';
comment on column public.lesson_contents.body_md is
'Markdown, without comments, front matter and parts for staff.';
comment on column public.lesson_contents.md_url is 'Address of Markdown that is stored elsewhere.';
comment on column public.lesson_contents.is_public is
'True for a listed preview lesson; written by triggers.';

create index lesson_contents_course_id_idx on public.lesson_contents (course_id);

create function private.tg_place_content() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- The lock makes a concurrent change of the flags wait until this row, with their copy, is
  -- committed.
  select l.course_id, l.is_preview and l.is_listed into new.course_id, new.is_public
  from public.lessons as l where l.id = new.lesson_id for share;
  new.is_public := coalesce(new.is_public, false);
  return new;
end
$$;
comment on function private.tg_place_content() is
'Sets course_id and is_public of the content of a lesson.';

create trigger t10_place_content
before insert on public.lesson_contents
for each row execute function private.tg_place_content();

create trigger t20_touch_updated_at
before update on public.lesson_contents
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

create function private.tg_note_version() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  new.content_version := (
    select t.version from public.lesson_contents as t where t.lesson_id = new.lesson_id
  );
  return new;
end
$$;
comment on function private.tg_note_version() is
'Stores in what a learner does which version of the lesson they could read then.';

alter table public.lesson_contents enable row level security;
revoke all on public.lesson_contents from public, anon, authenticated, service_role;
grant select on public.lesson_contents to anon, authenticated, service_role;

create policy lesson_contents_select_anon on public.lesson_contents
for select to anon
using (is_public);
comment on policy lesson_contents_select_anon on public.lesson_contents is
'Anyone reads the content of listed preview lessons.';

create policy lesson_contents_select_authenticated on public.lesson_contents
for select to authenticated
using (
  is_public
  -- Arms are tried in order; the cached set comes first because most readers are learners.
  or lesson_id = any((select private.cached_lesson_ids())::uuid[])
  or course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
  or lesson_id = any(array(select private.open_lesson_ids()))
);
comment on policy lesson_contents_select_authenticated on public.lesson_contents is
'Previews; content of lessons that are open to the learner; everything for staff of the course '
'and admins.';

create function private.tg_list_course() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  update public.modules m set is_listed = new.is_published
  where m.course_id = new.id and m.archived_at is null and m.is_listed <> new.is_published;
  update public.lessons l set is_listed = l.is_published and new.is_published
  where l.course_id = new.id and l.is_listed <> (l.is_published and new.is_published);
  return null;
end
$$;
comment on function private.tg_list_course() is
'Copies is_published of a course to is_listed of its modules and lessons.';

create trigger t30_list_course
after update of is_published on public.courses
for each row when (old.is_published <> new.is_published)
execute function private.tg_list_course();

create function private.reorder_modules(p_course_id uuid, p_module_ids uuid[])
returns setof public.modules
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  perform private.require_staff(p_course_id);
  perform private.lock_syllabus(false);
  if (select array_agg(m.id order by m.id) from public.modules as m where m.course_id = p_course_id)
    is distinct from (select array_agg(u.id order by u.id) from unnest(p_module_ids) as u (id)) then
    perform private.refuse('incomplete_list');
  end if;
  update public.modules m set ord = u.ordinality
  from unnest(p_module_ids) with ordinality as u (id, ordinality)
  where m.id = u.id and m.ord <> u.ordinality;
  return query select * from public.modules as m where m.course_id = p_course_id order by m.ord;
end
$$;
grant execute on function private.reorder_modules(uuid, uuid[]) to authenticated, service_role;

create function public.reorder_modules(course_id uuid, module_ids uuid[])
returns setof public.modules
language sql volatile
set search_path = ''
begin atomic
  select private.reorder_modules(reorder_modules.course_id, reorder_modules.module_ids);
end;
comment on function public.reorder_modules(uuid, uuid[]) is
'Sets the order of the modules of a course, from 1, and returns them.

The list names every module exactly once. For staff.

Errors: not_course_staff, incomplete_list.';

grant execute on function public.reorder_modules(uuid, uuid[]) to authenticated, service_role;

create function private.reorder_lessons(p_module_id uuid, p_lesson_ids uuid[])
returns setof public.lessons
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course_id uuid := (select m.course_id from public.modules as m where m.id = p_module_id);
begin
  perform private.require_staff(v_course_id);
  perform private.lock_syllabus(false);
  if (select array_agg(l.id order by l.id) from public.lessons as l where l.module_id = p_module_id)
    is distinct from (select array_agg(u.id order by u.id) from unnest(p_lesson_ids) as u (id)) then
    perform private.refuse('incomplete_list');
  end if;
  update public.lessons l set ord = u.ordinality
  from unnest(p_lesson_ids) with ordinality as u (id, ordinality)
  where l.id = u.id and l.ord <> u.ordinality;
  return query select * from public.lessons as l where l.module_id = p_module_id order by l.ord;
end
$$;
grant execute on function private.reorder_lessons(uuid, uuid[]) to authenticated, service_role;

create function public.reorder_lessons(module_id uuid, lesson_ids uuid[])
returns setof public.lessons
language sql volatile
set search_path = ''
begin atomic
  select private.reorder_lessons(reorder_lessons.module_id, reorder_lessons.lesson_ids);
end;
comment on function public.reorder_lessons(uuid, uuid[]) is
'Sets the order of the lessons of a module, from 1, and returns them.

The list names every lesson exactly once. For staff.

Errors: not_course_staff, incomplete_list.';

grant execute on function public.reorder_lessons(uuid, uuid[]) to authenticated, service_role;
