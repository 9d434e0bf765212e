-- Catalogue: courses, their staff, modules, lessons, the content of lessons, prerequisites.
--
-- Invariants
--   * The syllabus (modules, published lessons) of a published course is public; content is not.
--   * is_listed and is_public repeat what follows from three published flags, so that the policy of
--     a hot table compares one column; triggers write them, no client can.
--   * The creator of a course becomes its owner; a course never loses its last owner.
--   * A lesson belongs to the course of its module; prerequisites have no cycles.
--   * published of a course is written by publish_course and unpublish_course only.
--
-- Locks are taken in this order: modules, lessons, course, and then those of the enrollment file. A
-- statement on modules or lessons holds its rows before a trigger can lock the course, so whoever
-- needs both locks the rows first. Only deleting a course goes the other way.

create type public.course_role as enum ('owner', 'instructor', 'assistant');
comment on type public.course_role is
'Staff of one course: owners also appoint staff and delete; assistants edit lessons but not the '
'course.';
create type public.enrollment_mode as enum ('open', 'code', 'approval', 'closed');
comment on type public.enrollment_mode is 'How a learner gets into a course.';
create type public.content_type as enum ('video', 'text', 'quiz', 'lab');
comment on type public.content_type is 'What a lesson is made of.';
create type public.completion_rule as enum ('view', 'watch', 'pass', 'accept', 'manual');
comment on type public.completion_rule is
'view: the learner opened it and says so; watch: enough distinct seconds of the video; pass: a '
'passed quiz; accept: a lab accepted by staff; manual: the learner ticks it off.';

create table public.courses (
  id uuid not null default gen_random_uuid(),
  slug text not null,
  title text not null,
  locale text not null default 'en',
  description text not null default '',
  published boolean not null default false,
  created_by uuid default auth.uid(),
  cover_url text,
  level text,
  tags text[] not null default '{}',
  enrollment_mode public.enrollment_mode not null default 'open',
  capacity integer,
  opens_at timestamptz,
  closes_at timestamptz,
  sequential boolean not null default false,
  lesson_count integer not null default 0,
  required_count integer not null default 0,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint courses_pkey primary key (id),
  constraint courses_slug_key unique (slug),
  constraint courses_created_by_fkey foreign key (created_by)
  references public.profiles (id) on delete set null,
  constraint courses_slug_check check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 80),
  constraint courses_title_check check (btrim(title) <> '' and length(title) <= 200),
  constraint courses_locale_check check (
    locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' and length(locale) <= 35
  ),
  constraint courses_description_check check (length(description) <= 20000),
  constraint courses_cover_url_check check (cover_url ~ '^https?://' and length(cover_url) <= 2048),
  constraint courses_level_check check (length(level) <= 40),
  constraint courses_tags_check check (
    cardinality(tags) <= 20 and length(array_to_string(tags, ' ')) <= 1000
  ),
  constraint courses_capacity_check check (capacity > 0),
  constraint courses_opens_at_check check (isfinite(opens_at)),
  constraint courses_closes_at_check check (closes_at > opens_at and isfinite(closes_at))
);
comment on table public.courses is 'A course: what the catalogue shows of it and how one gets in.';
comment on column public.courses.slug is
'The course in a URL: lower case letters, digits, single hyphens.';
comment on column public.courses.locale is 'BCP 47 tag of the language the course is written in.';
comment on column public.courses.published is
'Written by publish_course and unpublish_course only.';
comment on column public.courses.created_by is 'The account that made the course; its first owner.';
comment on column public.courses.capacity is
'Seats for active and completed learners; null: no limit.';
comment on column public.courses.opens_at is 'Enrollment opens; null: at once.';
comment on column public.courses.closes_at is 'Enrollment closes; null: never.';
comment on column public.courses.sequential is
'Each lesson opens when the required lessons before it are completed.';
comment on column public.courses.lesson_count is 'Published lessons; kept by trigger.';
comment on column public.courses.required_count is
'Published required lessons: the denominator of progress; kept by trigger.';
comment on column public.courses.version is
'Grows when a published lesson comes, goes, or starts or stops to count; a completion stores it.';
create index courses_created_by_idx on public.courses (created_by);
create index courses_published_idx on public.courses (published, id);

create table public.course_staff (
  course_id uuid not null,
  user_id uuid not null,
  role public.course_role not null default 'instructor',
  created_at timestamptz not null default now(),
  constraint course_staff_pkey primary key (course_id, user_id),
  constraint course_staff_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint course_staff_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade
);
comment on table public.course_staff is 'Who teaches a course, and as what.';
create index course_staff_user_id_idx on public.course_staff (user_id, course_id);

create table public.modules (
  id uuid not null default gen_random_uuid(),
  course_id uuid not null,
  ord integer not null,
  title text not null,
  summary text not null default '',
  is_listed boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint modules_pkey primary key (id),
  constraint modules_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint modules_course_id_id_key unique (course_id, id),
  constraint modules_course_id_ord_key unique (course_id, ord) deferrable initially deferred,
  constraint modules_ord_check check (ord >= 0),
  constraint modules_title_check check (btrim(title) <> '' and length(title) <= 200),
  constraint modules_summary_check check (length(summary) <= 4000)
);
comment on table public.modules is 'A part of a course; groups lessons.';
comment on column public.modules.ord is 'Position in the course; appended when left out.';
comment on column public.modules.is_listed is 'The course is published; kept by trigger.';

create table public.lessons (
  id uuid not null default gen_random_uuid(),
  course_id uuid not null,
  module_id uuid not null,
  slug text not null,
  title text not null,
  content_type public.content_type not null default 'text',
  duration_minutes numeric(7, 2) not null default 0,
  ord integer not null,
  published boolean not null default false,
  preview boolean not null default false,
  required boolean not null default true,
  release_at timestamptz,
  release_after interval,
  completion_rule public.completion_rule not null,
  completion_threshold numeric(5, 2) not null default 90,
  weight numeric(6, 2) not null default 1,
  is_listed boolean not null default false,
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
  constraint lessons_slug_check check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 80),
  constraint lessons_title_check check (btrim(title) <> '' and length(title) <= 200),
  constraint lessons_duration_minutes_check check (duration_minutes between 0 and 1440),
  constraint lessons_ord_check check (ord >= 0),
  constraint lessons_release_at_check check (isfinite(release_at)),
  -- Bounded, so that adding it to a date never leaves the calendar.
  constraint lessons_release_after_check check (
    release_after between interval '0' and interval '10 years'
  ),
  constraint lessons_completion_threshold_check
  check (completion_threshold > 0 and completion_threshold <= 100),
  constraint lessons_weight_check check (weight >= 0)
);
comment on table public.lessons is
'One step of a course as the syllabus shows it; its content is apart.';
comment on column public.lessons.course_id is 'The course of the module; filled in when left out.';
comment on column public.lessons.ord is 'Position in the module; appended when left out.';
comment on column public.lessons.duration_minutes is
'Length in minutes; of a video its playing time, against which watching is measured.';
comment on column public.lessons.published is 'Visible in the syllabus of a published course.';
comment on column public.lessons.preview is
'The content is readable by anyone while the lesson is listed.';
comment on column public.lessons.required is 'Counts for progress and completion.';
comment on column public.lessons.release_at is 'Opens at this time.';
comment on column public.lessons.release_after is
'Opens this long after the learner''s enrollment began.';
comment on column public.lessons.completion_rule is
'What completes the lesson; when left out, by content type: text view, video watch, quiz pass, '
'lab accept.';
comment on column public.lessons.completion_threshold is
'Rule watch: per cent of the playing time; up to 1 a share: 0.9 = 90. A quiz has a pass_mark.';
comment on column public.lessons.weight is
'What the score of a quiz or lab weighs in the grade of the course; 0: nothing.';
comment on column public.lessons.is_listed is 'Lesson and course are published; kept by trigger.';
create index lessons_course_id_module_id_idx on public.lessons (course_id, module_id);
create index lessons_course_id_release_idx
on public.lessons (course_id) where release_at is not null or release_after is not null;

create table public.lesson_contents (
  lesson_id uuid not null,
  course_id uuid not null,
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
    length(md_url) <= 2048 and md_url !~* '^\s*(javascript|vbscript|data):'
  ),
  constraint lesson_contents_video_url_check check (
    length(video_url) <= 2048 and video_url !~* '^\s*(javascript|vbscript|data):'
  ),
  constraint lesson_contents_transcript_check check (length(transcript) <= 400000)
);
comment on table public.lesson_contents is
'What a lesson teaches; readable only when the lesson is open.';
comment on column public.lesson_contents.course_id is
'The course of the lesson, which never changes; written by trigger.';
comment on column public.lesson_contents.body_md is 'Markdown.';
comment on column public.lesson_contents.md_url is 'Address of Markdown kept elsewhere.';
comment on column public.lesson_contents.is_public is 'A listed preview lesson; kept by trigger.';

create index lesson_contents_course_id_idx on public.lesson_contents (course_id);

create table public.course_prerequisites (
  course_id uuid not null,
  prerequisite_id uuid not null,
  min_score numeric(5, 2),
  constraint course_prerequisites_pkey primary key (course_id, prerequisite_id),
  constraint course_prerequisites_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint course_prerequisites_prerequisite_id_fkey foreign key (prerequisite_id)
  references public.courses (id) on delete cascade,
  constraint course_prerequisites_prerequisite_id_check check (prerequisite_id <> course_id),
  constraint course_prerequisites_min_score_check check (min_score between 0 and 100)
);
comment on table public.course_prerequisites is
'Courses to be completed before one can enroll in a course.';
comment on column public.course_prerequisites.min_score is
'Least mean of the learner''s lesson scores in the prerequisite, per cent; null: completion is '
'enough.';
create index course_prerequisites_prerequisite_id_idx
on public.course_prerequisites (prerequisite_id);

create table public.lesson_prerequisites (
  lesson_id uuid not null,
  prerequisite_id uuid not null,
  course_id uuid not null,
  min_score numeric(5, 2),
  is_lesson_listed boolean not null default false,
  is_prerequisite_listed boolean not null default false,
  constraint lesson_prerequisites_pkey primary key (lesson_id, prerequisite_id),
  constraint lesson_prerequisites_course_id_lesson_id_fkey foreign key (course_id, lesson_id)
  references public.lessons (course_id, id) on delete cascade,
  constraint lesson_prerequisites_course_id_prerequisite_id_fkey
  foreign key (course_id, prerequisite_id)
  references public.lessons (course_id, id) on delete cascade,
  constraint lesson_prerequisites_prerequisite_id_check check (prerequisite_id <> lesson_id),
  constraint lesson_prerequisites_min_score_check check (min_score between 0 and 100)
);
comment on table public.lesson_prerequisites is
'Lessons of the same course to be completed before a lesson opens.';
comment on column public.lesson_prerequisites.course_id is 'The course of both lessons; filled in.';
comment on column public.lesson_prerequisites.is_lesson_listed is
'is_listed of the lesson; kept by trigger.';
comment on column public.lesson_prerequisites.is_prerequisite_listed is
'is_listed of the lesson that comes first; kept by trigger.';
comment on column public.lesson_prerequisites.min_score is
'Least score in the prerequisite, per cent; null: completion is enough.';
create index lesson_prerequisites_course_id_lesson_id_idx
on public.lesson_prerequisites (course_id, lesson_id);
create index lesson_prerequisites_course_id_prerequisite_id_idx
on public.lesson_prerequisites (course_id, prerequisite_id);
create index lesson_prerequisites_prerequisite_id_idx
on public.lesson_prerequisites (prerequisite_id);

-- Who may see and write what: each helper gives the caller's whole set of keys and takes no
-- argument, so that a policy evaluates it once a statement, and not at all where what stands before
-- it in an OR is true of every row. Those from enrolled_course_ids on read tables of the next
-- files.

create function private.staffed_course_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query
  select s.course_id from public.course_staff as s where s.user_id = (select auth.uid());
end
$$;
comment on function private.staffed_course_ids() is
'Courses that the caller is staff of, in any role.';

create function private.managed_course_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query
  select s.course_id from public.course_staff as s
  where s.user_id = (select auth.uid()) and s.role in ('owner', 'instructor');
end
$$;
comment on function private.managed_course_ids() is 'Courses that the caller owns or instructs.';

create function private.owned_course_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query
  select s.course_id from public.course_staff as s
  where s.user_id = (select auth.uid()) and s.role = 'owner';
end
$$;
comment on function private.owned_course_ids() is 'Courses that the caller owns.';

create function private.published_course_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query select c.id from public.courses as c where c.published;
end
$$;
comment on function private.published_course_ids() is
'Published courses; for the policies of what courses demand, a small table.';

create function private.enrolled_course_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query
  select e.course_id from public.enrollments as e
  where e.user_id = (select auth.uid())
    and e.status in ('active', 'completed')
    and exists (
      select from public.entitlements as t
      where t.user_id = e.user_id and t.course_id = e.course_id
        and t.revoked_at is null and t.starts_at <= now()
        and (t.expires_at is null or t.expires_at > now())
    );
end
$$;
comment on function private.enrolled_course_ids() is
'Courses in which the caller holds a seat and a right that is valid now.';

create function private.open_lesson_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query
  select s.lesson_id
  from private.lesson_states((select auth.uid()), array(select private.enrolled_course_ids())) as s
  where s.is_open;
end
$$;
comment on function private.open_lesson_ids() is
'Lessons that are open to the caller now, over all courses in which he is enrolled.';

create function private.kept_lesson_ids() returns uuid[]
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_all_ids uuid[];
  v_course_ids uuid[];
begin
  -- Put together here and not by unnest and array_agg, which cost more than reading the rows.
  for v_course_ids in
    select o.lesson_ids from private.open_lessons as o
    where o.user_id = (select auth.uid()) and o.ends_at > now()
  loop
    v_all_ids := v_all_ids || v_course_ids;
  end loop;
  return v_all_ids;
end
$$;
comment on function private.kept_lesson_ids() is
'Those of open_lesson_ids that are kept in private.open_lessons: most, and in a tenth of the time. '
'Null: none.';

grant execute on function private.staffed_course_ids() to authenticated;
grant execute on function private.managed_course_ids() to authenticated;
grant execute on function private.owned_course_ids() to authenticated;
grant execute on function private.published_course_ids() to anon, authenticated;
grant execute on function private.enrolled_course_ids() to authenticated;
grant execute on function private.open_lesson_ids() to authenticated;
grant execute on function private.kept_lesson_ids() to authenticated;

create function private.is_staff(p_course_id uuid) returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return private.is_operator() or exists (
    select from public.course_staff as s
    where s.course_id = p_course_id and s.user_id = (select auth.uid())
  );
end
$$;
comment on function private.is_staff(uuid) is
'True for staff of the course, admins and service_role; for functions, never for policies.';

create function private.require_manager(p_course_id uuid) returns void
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if not (
    private.is_operator() or exists (
      select from public.course_staff as s
      where s.course_id = p_course_id
        and s.user_id = (select auth.uid()) and s.role in ('owner', 'instructor')
    )
  ) then
    raise sqlstate '42501' using
      message = 'not_course_staff',
      detail = 'Only an owner or instructor of this course may do this.',
      hint = 'Ask an owner of the course to add you to its staff.';
  end if;
end
$$;
comment on function private.require_manager(uuid) is
'Refuses anyone but owners and instructors of the course, admins and service_role.';

create function private.require_staff(p_course_id uuid) returns void
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if not coalesce(private.is_staff(p_course_id), false) then
    raise sqlstate '42501' using
      message = 'not_course_staff',
      detail = 'Only staff of this course may do this.',
      hint = 'Ask an owner of the course to add you to its staff.';
  end if;
end
$$;
comment on function private.require_staff(uuid) is
'Refuses anyone but staff of the course, admins and service_role.';

-- Triggers ----------------------------------------------------------------------------------------

create function private.tg_own_course() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if new.created_by is not null then
    insert into public.course_staff (course_id, user_id, role)
    values (new.id, new.created_by, 'owner')
    on conflict (course_id, user_id) do nothing;
  end if;
  return null;
end
$$;
comment on function private.tg_own_course() is 'Makes the creator of a course its owner.';

create function private.tg_keep_owner() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- The lock makes two owners who leave at the same time see each other. No course: it is being
  -- deleted.
  perform from public.courses as c where c.id = old.course_id for no key update;
  if found and not exists (
    select from public.course_staff as s
    where s.course_id = old.course_id and s.role = 'owner' and s.user_id <> old.user_id
  ) then
    raise sqlstate 'PT409' using
      message = 'last_owner',
      detail = 'A course keeps at least one owner.',
      hint = 'Make somebody else an owner first.';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
comment on function private.tg_keep_owner() is
'Refuses to remove or demote the last owner of a course.';

create function private.tg_audit_staff() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.audit(
    'course_staff_' || lower(tg_op),
    case when tg_op = 'DELETE' then old.user_id else new.user_id end,
    jsonb_build_object(
      'course_id', case when tg_op = 'DELETE' then old.course_id else new.course_id end,
      'from', case when tg_op <> 'INSERT' then old.role end,
      'to', case when tg_op <> 'DELETE' then new.role end
    )
  );
  return null;
end
$$;
comment on function private.tg_audit_staff() is 'Records every change of a course''s staff.';

create function private.tg_place_module() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- Serialises additions to one course: the next position and the flag stay true until commit.
  select c.published into new.is_listed
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
    -- Whoever appends to the module at the same time waits for this position to be taken.
    perform pg_advisory_xact_lock(hashtextextended(new.module_id::text, 4));
    select coalesce(max(l.ord) + 1, 1) into new.ord
    from public.lessons as l where l.module_id = new.module_id;
  end if;
  if tg_op = 'INSERT' then
    -- publish_course cannot see this row yet: it waits for the course instead.
    perform from public.courses as c where c.id = new.course_id for no key update;
  end if;
  -- publish_course holds every lesson while it works, so that the course is as it says here.
  select c.published into v_course_published from public.courses as c where c.id = new.course_id;
  new.is_listed := new.published and coalesce(v_course_published, false);
  return new;
end
$$;
comment on function private.tg_place_lesson() is
'Fills in course, rule and position of a lesson and sets is_listed.';

create function private.tg_place_content() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' and new.lesson_id <> old.lesson_id then
    raise sqlstate 'PT409' using
      message = 'lesson_fixed',
      detail = 'Content stays with its lesson.',
      hint = 'Insert content for the other lesson instead.';
  end if;
  -- The lock keeps a lesson from changing its flags until this content, with the copy of them, is
  -- committed.
  select l.course_id, l.preview and l.is_listed into new.course_id, new.is_public
  from public.lessons as l where l.id = new.lesson_id for share;
  new.is_public := coalesce(new.is_public, false);
  return new;
end
$$;
comment on function private.tg_place_content() is
'Fills in course_id and is_public of a lesson''s content.';

create function private.tg_list_course() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  update public.modules m set is_listed = new.published
  where m.course_id = new.id and m.is_listed <> new.published;
  update public.lessons l set is_listed = l.published and new.published
  where l.course_id = new.id and l.is_listed <> (l.published and new.published);
  return null;
end
$$;
comment on function private.tg_list_course() is
'Carries published of a course into is_listed of its modules and lessons.';

create function private.tg_list_lesson() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  update public.lesson_contents t set is_public = new.preview and new.is_listed
  where t.lesson_id = new.id and t.is_public <> (new.preview and new.is_listed);
  return null;
end
$$;
comment on function private.tg_list_lesson() is
'Carries preview and is_listed of a lesson into is_public of its content.';

create function private.tg_place_lesson_prerequisite() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- The locks keep the lessons from changing their flags until this row, with the copy of them, is
  -- committed.
  perform from public.lessons as l
  where l.id in (new.lesson_id, new.prerequisite_id) order by l.id for share;
  select l.course_id, l.is_listed into new.course_id, new.is_lesson_listed
  from public.lessons as l where l.id = new.lesson_id;
  select l.is_listed into new.is_prerequisite_listed
  from public.lessons as l where l.id = new.prerequisite_id;
  new.is_lesson_listed := coalesce(new.is_lesson_listed, false);
  new.is_prerequisite_listed := coalesce(new.is_prerequisite_listed, false);
  return new;
end
$$;
comment on function private.tg_place_lesson_prerequisite() is
'Fills in course_id and the two flags of a lesson prerequisite.';

create function private.tg_list_prerequisites() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  update public.lesson_prerequisites p set is_lesson_listed = new.is_listed
  where p.lesson_id = new.id;
  update public.lesson_prerequisites p set is_prerequisite_listed = new.is_listed
  where p.prerequisite_id = new.id;
  return null;
end
$$;
comment on function private.tg_list_prerequisites() is
'Carries is_listed of a lesson into the prerequisites that name it.';

-- The cycle checks run after the row is written, when its policy has spoken: somebody who may not
-- write learns nothing from them. One writer at a time: two edges that close a cycle together
-- cannot both pass.
create function private.tg_check_lesson_prerequisite() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_cycle boolean;
begin
  perform pg_advisory_xact_lock(hashtextextended(new.course_id::text, 3));
  with recursive chain as (
    select new.prerequisite_id as id
    union
    select p.prerequisite_id
    from chain inner join public.lesson_prerequisites as p on p.lesson_id = chain.id
  )
  select exists (select from chain where chain.id = new.lesson_id) into v_cycle;
  if v_cycle then
    raise sqlstate 'PT409' using
      message = 'prerequisite_cycle',
      detail = 'The prerequisite depends on the lesson itself.',
      hint = 'Remove a link of the circle first.';
  end if;
  return null;
end
$$;
comment on function private.tg_check_lesson_prerequisite() is
'Refuses a cycle of lesson prerequisites.';

create function private.tg_check_course_prerequisite() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_cycle boolean;
begin
  perform pg_advisory_xact_lock(hashtextextended('course_prerequisites', 3));
  with recursive chain as (
    select new.prerequisite_id as id
    union
    select p.prerequisite_id
    from chain inner join public.course_prerequisites as p on p.course_id = chain.id
  )
  select exists (select from chain where chain.id = new.course_id) into v_cycle;
  if v_cycle then
    raise sqlstate 'PT409' using
      message = 'prerequisite_cycle',
      detail = 'The prerequisite depends on the course itself.',
      hint = 'Remove a link of the circle first.';
  end if;
  return null;
end
$$;
comment on function private.tg_check_course_prerequisite() is
'Refuses a cycle of course prerequisites.';

create function private.tg_hold_lessons() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform from public.lessons as l where l.module_id = old.id order by l.id for update;
  return old;
end
$$;
comment on function private.tg_hold_lessons() is
'Locks the lessons of a module that is being deleted, before the first of them locks the course.';

create function private.tg_hold_course() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform from public.courses as c where c.id = old.course_id for no key update;
  return old;
end
$$;
comment on function private.tg_hold_course() is
'Locks the course of a lesson that is being deleted, before progress in it is deleted.';

create trigger t10_touch_updated_at
before update on public.courses
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();
create trigger t20_own_course
after insert on public.courses
for each row execute function private.tg_own_course();
create trigger t30_list_course
after update of published on public.courses
for each row when (old.published <> new.published)
execute function private.tg_list_course();

create trigger t10_keep_owner_update
before update of role on public.course_staff
for each row when (old.role = 'owner' and new.role <> 'owner')
execute function private.tg_keep_owner();
create trigger t10_keep_owner_delete
before delete on public.course_staff
for each row when (old.role = 'owner')
execute function private.tg_keep_owner();
create trigger t20_audit_staff
after insert or update or delete on public.course_staff
for each row execute function private.tg_audit_staff();

create trigger t10_place_module
before insert on public.modules
for each row execute function private.tg_place_module();
create trigger t20_touch_updated_at
before update on public.modules
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

create trigger t30_hold_lessons
before delete on public.modules
for each row execute function private.tg_hold_lessons();

create trigger t10_place_lesson
before insert or update of module_id, published, ord on public.lessons
for each row execute function private.tg_place_lesson();
create trigger t20_touch_updated_at
before update on public.lessons
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();
create trigger t10_hold_course
before delete on public.lessons
for each row execute function private.tg_hold_course();
create trigger t30_list_lesson
after update on public.lessons
for each row when (
  (old.preview and old.is_listed) <> (new.preview and new.is_listed)
)
execute function private.tg_list_lesson();
create trigger t40_list_prerequisites
after update on public.lessons
for each row when (old.is_listed <> new.is_listed)
execute function private.tg_list_prerequisites();

create trigger t10_place_content
before insert or update of lesson_id on public.lesson_contents
for each row execute function private.tg_place_content();
create trigger t20_touch_updated_at
before update on public.lesson_contents
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

create trigger t10_place_lesson_prerequisite
before insert or update of lesson_id, prerequisite_id on public.lesson_prerequisites
for each row execute function private.tg_place_lesson_prerequisite();
create trigger t20_check_lesson_prerequisite
after insert or update of lesson_id, prerequisite_id on public.lesson_prerequisites
for each row execute function private.tg_check_lesson_prerequisite();
create trigger t10_check_course_prerequisite
after insert or update of course_id, prerequisite_id on public.course_prerequisites
for each row execute function private.tg_check_course_prerequisite();

-- RLS: courses ------------------------------------------------------------------------------------

alter table public.courses enable row level security;
revoke all on public.courses from public, anon, authenticated, service_role;
grant select on public.courses to anon, authenticated, service_role;
grant insert (
  id, slug, title, locale, description, cover_url, level, tags, enrollment_mode, capacity,
  opens_at, closes_at, sequential
) on public.courses to authenticated, service_role;
grant update (
  slug, title, locale, description, cover_url, level, tags, enrollment_mode, capacity,
  opens_at, closes_at, sequential
) on public.courses to authenticated, service_role;
grant delete on public.courses to authenticated, service_role;

create policy courses_select_anon on public.courses
for select to anon
using (published);
comment on policy courses_select_anon on public.courses is 'Anyone reads published courses.';

create policy courses_select_authenticated on public.courses
for select to authenticated
using (
  published
  -- The row just made by the caller: RETURNING is checked before the trigger makes him its owner.
  or (created_by = (select auth.uid()) and created_at = now())
  or id = any(array(select private.staffed_course_ids()))
  or id = any(array(select private.enrolled_course_ids()))
  or (select private.is_admin())
);
comment on policy courses_select_authenticated on public.courses is
'Published courses; unpublished ones for their staff, their enrolled learners and admins.';

create policy courses_insert_author on public.courses
for insert to authenticated
with check (created_by = (select auth.uid()) and (select private.may_author()));
comment on policy courses_insert_author on public.courses is 'Instructors and admins make courses.';

create policy courses_update_manager on public.courses
for update to authenticated
using (
  id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
)
with check (
  id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
);
comment on policy courses_update_manager on public.courses is
'Owners and instructors of the course, and admins, change it.';

create policy courses_delete_owner on public.courses
for delete to authenticated
using (
  id = any(array(select private.owned_course_ids()))
  or (select private.is_admin())
);
comment on policy courses_delete_owner on public.courses is
'Owners and admins delete a course; one with enrollments is kept by the foreign key.';

-- RLS: course_staff -------------------------------------------------------------------------------

alter table public.course_staff enable row level security;
revoke all on public.course_staff from public, anon, authenticated, service_role;
grant select on public.course_staff to authenticated, service_role;
grant insert (course_id, user_id, role) on public.course_staff to authenticated, service_role;
grant update (role) on public.course_staff to authenticated, service_role;
grant delete on public.course_staff to authenticated, service_role;

create policy course_staff_select_staff on public.course_staff
for select to authenticated
using (
  user_id = (select auth.uid())
  or course_id = any(array(select private.staffed_course_ids()))
  or course_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy course_staff_select_staff on public.course_staff is
'Staff read the staff list of their courses; admins read all.';

create policy course_staff_insert_owner on public.course_staff
for insert to authenticated
with check (
  course_id = any(array(select private.owned_course_ids()))
  or (select private.is_admin())
);
comment on policy course_staff_insert_owner on public.course_staff is
'Owners and admins appoint staff.';

create policy course_staff_update_owner on public.course_staff
for update to authenticated
using (
  course_id = any(array(select private.owned_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.owned_course_ids()))
  or (select private.is_admin())
);
comment on policy course_staff_update_owner on public.course_staff is
'Owners and admins change a staff role.';

create policy course_staff_delete_owner on public.course_staff
for delete to authenticated
using (
  user_id = (select auth.uid())
  or course_id = any(array(select private.owned_course_ids()))
  or (select private.is_admin())
);
comment on policy course_staff_delete_owner on public.course_staff is
'Owners and admins remove staff; anyone may leave.';

-- RLS: modules ------------------------------------------------------------------------------------

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
  or (select private.is_admin())
);
comment on policy modules_select_authenticated on public.modules is
'Modules of published courses; all of them for staff and admins.';

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

-- RLS: lessons ------------------------------------------------------------------------------------

alter table public.lessons enable row level security;
revoke all on public.lessons from public, anon, authenticated, service_role;
grant select on public.lessons to anon, authenticated, service_role;
grant insert (
  id, course_id, module_id, slug, title, content_type, duration_minutes, ord, published, preview,
  required, release_at, release_after, completion_rule, completion_threshold, weight
) on public.lessons to authenticated, service_role;
grant update (
  module_id, slug, title, content_type, duration_minutes, ord, published, preview, required,
  release_at, release_after, completion_rule, completion_threshold, weight
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
  or (select private.is_admin())
);
comment on policy lessons_select_authenticated on public.lessons is
'The syllabus of published courses; drafts too for staff and admins.';

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

-- RLS: lesson_contents ----------------------------------------------------------------------------

alter table public.lesson_contents enable row level security;
revoke all on public.lesson_contents from public, anon, authenticated, service_role;
grant select on public.lesson_contents to anon, authenticated, service_role;
-- lesson_id is in both lists because an upsert sets it; a trigger keeps it from changing.
grant insert (lesson_id, body_md, md_url, video_url, transcript)
on public.lesson_contents to authenticated, service_role;
grant update (lesson_id, body_md, md_url, video_url, transcript)
on public.lesson_contents to authenticated, service_role;
grant delete on public.lesson_contents to authenticated, service_role;

create policy lesson_contents_select_anon on public.lesson_contents
for select to anon
using (is_public);
comment on policy lesson_contents_select_anon on public.lesson_contents is
'Anyone reads the content of listed preview lessons.';

create policy lesson_contents_select_authenticated on public.lesson_contents
for select to authenticated
using (
  is_public
  -- What one part allows the next is not asked: learners read most, and what is open to them is
  -- kept. What is not is worked out.
  or lesson_id = any((select private.kept_lesson_ids())::uuid[])
  or course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
  or lesson_id = any(array(select private.open_lesson_ids()))
);
comment on policy lesson_contents_select_authenticated on public.lesson_contents is
'Previews; content of lessons that are open to the learner; everything for staff of the course '
'and admins.';

create policy lesson_contents_insert_staff on public.lesson_contents
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_contents_insert_staff on public.lesson_contents is
'Staff write the content of lessons.';

create policy lesson_contents_update_staff on public.lesson_contents
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_contents_update_staff on public.lesson_contents is
'Staff change the content of lessons.';

create policy lesson_contents_delete_staff on public.lesson_contents
for delete to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_contents_delete_staff on public.lesson_contents is
'Staff delete the content of lessons.';

-- RLS: prerequisites ------------------------------------------------------------------------------

alter table public.course_prerequisites enable row level security;
revoke all on public.course_prerequisites from public, anon, authenticated, service_role;
grant select on public.course_prerequisites to anon, authenticated, service_role;
grant insert (course_id, prerequisite_id, min_score)
on public.course_prerequisites to authenticated, service_role;
grant update (min_score) on public.course_prerequisites to authenticated, service_role;
grant delete on public.course_prerequisites to authenticated, service_role;

create policy course_prerequisites_select_anon on public.course_prerequisites
for select to anon
using (course_id = any(array(select private.published_course_ids())));
comment on policy course_prerequisites_select_anon on public.course_prerequisites is
'Anyone reads what a published course demands.';

create policy course_prerequisites_select_authenticated on public.course_prerequisites
for select to authenticated
using (
  course_id = any(array(select private.published_course_ids()))
  or course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy course_prerequisites_select_authenticated on public.course_prerequisites is
'What a published course demands; drafts too for staff and admins.';

create policy course_prerequisites_insert_manager on public.course_prerequisites
for insert to authenticated
with check (
  course_id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
);
comment on policy course_prerequisites_insert_manager on public.course_prerequisites is
'Owners and instructors say what their course demands.';

create policy course_prerequisites_update_manager on public.course_prerequisites
for update to authenticated
using (
  course_id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
);
comment on policy course_prerequisites_update_manager on public.course_prerequisites is
'Owners and instructors change what their course demands.';

create policy course_prerequisites_delete_manager on public.course_prerequisites
for delete to authenticated
using (
  course_id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
);
comment on policy course_prerequisites_delete_manager on public.course_prerequisites is
'Owners and instructors drop what their course demands.';

alter table public.lesson_prerequisites enable row level security;
revoke all on public.lesson_prerequisites from public, anon, authenticated, service_role;
grant select on public.lesson_prerequisites to anon, authenticated, service_role;
grant insert (lesson_id, prerequisite_id, min_score)
on public.lesson_prerequisites to authenticated, service_role;
grant update (min_score) on public.lesson_prerequisites to authenticated, service_role;
grant delete on public.lesson_prerequisites to authenticated, service_role;

create policy lesson_prerequisites_select_anon on public.lesson_prerequisites
for select to anon
using (is_lesson_listed and is_prerequisite_listed);
comment on policy lesson_prerequisites_select_anon on public.lesson_prerequisites is
'Anyone reads which listed lesson needs which listed lesson.';

create policy lesson_prerequisites_select_authenticated on public.lesson_prerequisites
for select to authenticated
using (
  (is_lesson_listed and is_prerequisite_listed)
  or course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_prerequisites_select_authenticated on public.lesson_prerequisites is
'Which listed lesson needs which; those of drafts too for staff and admins.';

create policy lesson_prerequisites_insert_staff on public.lesson_prerequisites
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_prerequisites_insert_staff on public.lesson_prerequisites is
'Staff say which lesson needs which.';

create policy lesson_prerequisites_update_staff on public.lesson_prerequisites
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_prerequisites_update_staff on public.lesson_prerequisites is
'Staff change the score that a prerequisite asks for.';

create policy lesson_prerequisites_delete_staff on public.lesson_prerequisites
for delete to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_prerequisites_delete_staff on public.lesson_prerequisites is
'Staff drop a prerequisite.';
