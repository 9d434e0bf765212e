-- Drafts: what authors write, and the versions of it that they publish to learners.
--
-- Invariants
--   * Staff write lesson_drafts. Publishing alone writes lesson_contents, which learners read, and
--     appends to lesson_versions, both in one transaction.
--   * lesson_contents has no comment, no front matter and no part for staff.
--   * Unpublished words of another person are replaced only by a write that names the version of
--     the draft that it replaces: it sets updated_at to the value that it has read.
--   * A version never changes; it goes with its lesson only.

create table public.lesson_drafts (
  lesson_id uuid not null,
  course_id uuid not null,
  body_md text not null default '',
  md_url text,
  video_url text,
  transcript text,
  has_changes boolean not null default true,
  updated_by uuid,
  updated_at timestamptz not null default clock_timestamp(),
  constraint lesson_drafts_pkey primary key (lesson_id),
  constraint lesson_drafts_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint lesson_drafts_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint lesson_drafts_body_md_check check (length(body_md) <= 400000),
  constraint lesson_drafts_md_url_check check (
    private.check_column(
      'md_url', private.is_address(md_url) or private.is_storage_path(md_url)
    )
  ),
  constraint lesson_drafts_video_url_check check (
    private.check_column(
      'video_url', private.is_address(video_url) or private.is_storage_path(video_url)
    )
  ),
  constraint lesson_drafts_transcript_check check (length(transcript) <= 400000)
);
comment on table public.lesson_drafts is
'The content of a lesson as its authors write it; publish_lesson and publish_course publish it.';
comment on column public.lesson_drafts.course_id is
'The course of the lesson; written by a trigger.';
comment on column public.lesson_drafts.body_md is
'Markdown, with the parts that learners do not read.';
comment on column public.lesson_drafts.md_url is 'Address of Markdown that is stored elsewhere.';
comment on column public.lesson_drafts.has_changes is
'Whether it differs from the newest version; written by a trigger.';
comment on column public.lesson_drafts.updated_by is
'Who saved it last, without a foreign key; null for a server.';
comment on column public.lesson_drafts.updated_at is
'When it was saved last. A write that sets it to the value that it has read is refused if the '
'draft has been saved since; null means that there was no draft.';
create index lesson_drafts_course_id_idx on public.lesson_drafts (course_id);

create table public.lesson_versions (
  lesson_id uuid not null,
  version integer not null,
  course_id uuid not null,
  title text not null,
  body_md text not null,
  shown_body_md text,
  md_url text,
  video_url text,
  transcript text,
  shown_transcript text,
  note text,
  published_by uuid,
  published_at timestamptz not null default now(),
  constraint lesson_versions_pkey primary key (lesson_id, version),
  constraint lesson_versions_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint lesson_versions_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade
);
comment on table public.lesson_versions is
'Every published version of the content of a lesson, as it was written and as learners read it.';
comment on column public.lesson_versions.version is
'Counts from 1; lesson_contents.version is the newest.';
comment on column public.lesson_versions.title is 'The title of the lesson at the publication.';
comment on column public.lesson_versions.shown_body_md is
'What learners read, where it differs from body_md.';
comment on column public.lesson_versions.shown_transcript is
'What learners read, where it differs from transcript.';
comment on column public.lesson_versions.note is 'What its publisher said about it.';
comment on column public.lesson_versions.published_by is
'Who published it, without a foreign key; null for a server.';
create index lesson_versions_course_id_idx on public.lesson_versions (course_id);

create function private.refuse_draft(p_draft public.lesson_drafts) returns void
language plpgsql stable
set search_path = ''
as $$
begin
  perform private.refuse('draft_conflict', jsonb_build_object(
    'updated_at', p_draft.updated_at,
    'updated_by', p_draft.updated_by,
    'name', (select p.name from public.profiles as p where p.id = p_draft.updated_by)
  ));
end
$$;
comment on function private.refuse_draft(public.lesson_drafts) is
'Refuses to go on with a draft that was saved meanwhile: draft_conflict with who and when.';

create function private.has_words_of(p_one public.lesson_drafts, p_two public.lesson_drafts)
returns boolean
language sql immutable
set search_path = ''
as $$
  select (p_one.body_md, p_one.md_url, p_one.video_url, p_one.transcript)
    is not distinct from (p_two.body_md, p_two.md_url, p_two.video_url, p_two.transcript)
$$;
comment on function private.has_words_of(public.lesson_drafts, public.lesson_drafts) is
'Whether two states of a draft say the same.';

create function private.tg_claim_draft() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- A repeated write that says the same changes nothing, so a retry is no conflict.
  if not private.has_words_of(new, old) then
    if new.updated_at is distinct from old.updated_at then
      perform private.refuse_draft(old);
    end if;
    -- Tells tg_save_draft that the caller knows whose words they replace.
    new.updated_by := auth.uid();
  end if;
  return new;
end
$$;
comment on function private.tg_claim_draft() is
'Refuses a write that names, by updated_at, a version of the draft that is not the current one.';

create function private.tg_save_draft() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    select l.course_id into new.course_id from public.lessons as l where l.id = new.lesson_id;
    new.updated_by := auth.uid();
    new.has_changes := true;
    -- The update of an upsert compares the updated_at that was sent.
    new.updated_at := case
      when exists (select from public.lesson_drafts as d where d.lesson_id = new.lesson_id)
        then coalesce(new.updated_at, '-infinity')
      else clock_timestamp()
    end;
    return new;
  end if;
  if new.lesson_id <> old.lesson_id then
    perform private.refuse('lesson_fixed');
  end if;
  if private.has_words_of(new, old) then
    return old;
  end if;
  if old.has_changes and old.updated_by is not null
    and new.updated_by is distinct from auth.uid() then
    perform private.refuse_draft(old);
  end if;
  new.updated_by := auth.uid();
  new.updated_at := greatest(clock_timestamp(), old.updated_at + interval '1 microsecond');
  new.has_changes := not exists (
    select from public.lesson_versions as v
    where v.lesson_id = new.lesson_id
      and v.version = (
        select max(n.version) from public.lesson_versions as n where n.lesson_id = new.lesson_id
      )
      and (v.body_md, v.md_url, v.video_url, v.transcript)
      is not distinct from (new.body_md, new.md_url, new.video_url, new.transcript)
  );
  return new;
end
$$;
comment on function private.tg_save_draft() is
'Sets course_id, has_changes and who saved a draft when; refuses to replace unpublished words of '
'another person unless tg_claim_draft has compared the version.';

create trigger t05_claim_draft
before update of updated_at on public.lesson_drafts
for each row execute function private.tg_claim_draft();

create trigger t10_save_draft
before insert or update of lesson_id, body_md, md_url, video_url, transcript, updated_at
on public.lesson_drafts
for each row execute function private.tg_save_draft();

create trigger t90_spend_rows
after insert on public.lesson_drafts
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('content');
create trigger t90_spend_growth
after update on public.lesson_drafts
for each row when (pg_column_size(new.*) > pg_column_size(old.*))
execute function private.tg_spend_growth('content');

create trigger t90_spend_rows
after insert on public.lesson_versions
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('content');

alter table public.lesson_drafts enable row level security;
revoke all on public.lesson_drafts from public, anon, authenticated, service_role;
grant select on public.lesson_drafts to authenticated, service_role;
-- lesson_id is in both lists because an upsert sets it; tg_save_draft refuses a change.
grant insert (lesson_id, body_md, md_url, video_url, transcript, updated_at)
on public.lesson_drafts to authenticated, service_role;
grant update (lesson_id, body_md, md_url, video_url, transcript, updated_at)
on public.lesson_drafts to authenticated, service_role;

create policy lesson_drafts_select_staff on public.lesson_drafts
for select to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_drafts_select_staff on public.lesson_drafts is
'Staff read the drafts of their courses.';

create policy lesson_drafts_insert_staff on public.lesson_drafts
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_drafts_insert_staff on public.lesson_drafts is
'Staff write the drafts of their courses.';

create policy lesson_drafts_update_staff on public.lesson_drafts
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_drafts_update_staff on public.lesson_drafts is
'Staff change the drafts of their courses.';

alter table public.lesson_versions enable row level security;
revoke all on public.lesson_versions from public, anon, authenticated, service_role;
grant select on public.lesson_versions to authenticated, service_role;

create policy lesson_versions_select_staff on public.lesson_versions
for select to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_versions_select_staff on public.lesson_versions is
'Staff read the versions of the lessons of their courses.';

create function private.lesson_metadata(p_md text) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
declare
  v_lines text[] := regexp_split_to_array(left(p_md, 50000), '\r\n|\n|\r');
  v_found jsonb := '{}'::jsonb;
  v_match text[];
  v_value text;
begin
  for v_at in 2..private.front_matter(v_lines) - 1 loop
    -- A table of TOML.
    exit when v_lines[v_at] ~ '^\[';
    v_match := regexp_match(
      left(v_lines[v_at], 1000), '^["'']?(title|minutes|duration_minutes)["'']?\s*[:=]\s*(.*?)\s*$'
    );
    v_value := coalesce(
      substring(v_match[2] from '^"((?:[^"\\]|\\.)*)"'),
      replace(substring(v_match[2] from '^''((?:[^'']|'''')*)'''), '''''', ''''),
      -- Neither a block nor a list.
      substring(v_match[2] from '^(?![>|\[{&*!%@`"''])(.*?)(?:\s+#.*)?$')
    );
    if left(v_match[2], 1) = '"' then
      v_value := regexp_replace(v_value, '\\(["\\])', '\1', 'g');
    end if;
    if v_match[1] = 'title' and v_value ~ '\S' then
      v_found := v_found || jsonb_build_object('title', btrim(v_value));
    elsif v_match[1] <> 'title' and v_value ~ '^\d{1,4}(?:\.\d{1,2})?$'
      and v_value::numeric <= 1440 then
      v_found := v_found || jsonb_build_object('minutes', v_value::numeric);
    end if;
  end loop;
  return v_found;
end
$$;
comment on function private.lesson_metadata(text) is
'What the front matter of a text says of its lesson: title, and minutes from 0 to 1440.';

create function private.publish_drafts(
  p_lesson_ids uuid[], p_note text, p_has_metadata boolean default true
) returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  v_lesson_ids uuid[];
begin
  -- Serializes the publications of a lesson, and its deletion.
  perform from public.lessons as l where l.id = any(p_lesson_ids) order by l.id for no key update;
  v_lesson_ids := array(
    select d.lesson_id from public.lesson_drafts as d
    where d.lesson_id = any(p_lesson_ids) and d.has_changes order by d.lesson_id for update
  );
  if cardinality(v_lesson_ids) = 0 then
    return 0;
  end if;
  -- Front matter counts when it changes: what a form has set since stays.
  update public.lessons l
  set title = m.title, duration_minutes = m.minutes
  from (
    select
      d.lesson_id,
      case
        when n.data -> 'title' is distinct from o.data -> 'title' then n.data ->> 'title'
      end as new_title,
      case
        when n.data -> 'minutes' is distinct from o.data -> 'minutes' then n.data -> 'minutes'
      end as new_minutes
    from public.lesson_drafts as d
    left join public.lesson_contents as t on t.lesson_id = d.lesson_id
    left join public.lesson_versions as v on v.lesson_id = t.lesson_id and v.version = t.version
    cross join lateral private.lesson_metadata(d.body_md) as n (data)
    cross join lateral private.lesson_metadata(v.body_md) as o (data)
    where p_has_metadata and d.lesson_id = any(v_lesson_ids)
      and d.body_md ~ '^\ufeff?(?:---|\+\+\+)'
  ) as f
  cross join lateral (
    select
      coalesce(f.new_title, n.title) as title,
      coalesce(f.new_minutes::numeric, n.duration_minutes) as minutes
    from public.lessons as n where n.id = f.lesson_id
  ) as m
  where l.id = f.lesson_id and (l.title, l.duration_minutes) <> (m.title, m.minutes);

  with draft as materialized (
    select
      d.*,
      private.shown_markdown(d.body_md, 2) as shown_body_md,
      private.shown_markdown(d.transcript, 2) as shown_transcript
    from public.lesson_drafts as d where d.lesson_id = any(v_lesson_ids)
  )

  insert into public.lesson_versions (
    lesson_id, version, course_id, title, body_md, shown_body_md, md_url, video_url, transcript,
    shown_transcript, note, published_by
  )
  select
    d.lesson_id,
    1 + coalesce((
      select max(v.version) from public.lesson_versions as v where v.lesson_id = d.lesson_id
    ), 0),
    d.course_id, l.title, d.body_md, nullif(d.shown_body_md, d.body_md), d.md_url, d.video_url,
    d.transcript, nullif(d.shown_transcript, d.transcript), nullif(btrim(p_note), ''), auth.uid()
  from draft as d
  inner join public.lessons as l on l.id = d.lesson_id;

  insert into public.lesson_contents (lesson_id, version, body_md, md_url, video_url, transcript)
  select
    v.lesson_id, v.version, coalesce(v.shown_body_md, v.body_md), v.md_url, v.video_url,
    coalesce(v.shown_transcript, v.transcript)
  from unnest(v_lesson_ids) as u (lesson_id)
  cross join lateral (
    select n.* from public.lesson_versions as n
    where n.lesson_id = u.lesson_id order by n.version desc limit 1
  ) as v
  order by v.lesson_id
  on conflict (lesson_id) do update
  set
    version = excluded.version, body_md = excluded.body_md, md_url = excluded.md_url,
    video_url = excluded.video_url, transcript = excluded.transcript;

  update public.lesson_drafts d set has_changes = false where d.lesson_id = any(v_lesson_ids);
  return cardinality(v_lesson_ids);
end
$$;
comment on function private.publish_drafts(uuid[], text, boolean) is
'Publishes the changed drafts among those of the lessons and returns how many. The caller has been '
'checked and has the lock of the syllabus. p_has_metadata: front matter sets title and minutes.';

create type public.lesson_publication as (
  lesson_id uuid, course_slug text, lesson_slug text, version integer, title text, note text,
  published_by uuid, published_by_name text, published_at timestamptz, is_current boolean,
  cursor text
);
comment on type public.lesson_publication is 'A row of lesson_history.';

create function private.publication_rows(p_lesson_id uuid) returns setof public.lesson_publication
language plpgsql stable
set search_path = ''
as $$
begin
  return query
  select
    v.lesson_id, c.slug, l.slug, v.version, v.title, v.note, v.published_by, p.name,
    v.published_at, v.version = t.version, null::text
  from public.lesson_versions as v
  inner join public.lessons as l on l.id = v.lesson_id
  inner join public.courses as c on c.id = v.course_id
  left join public.lesson_contents as t on t.lesson_id = v.lesson_id
  left join public.profiles as p on p.id = v.published_by
  where v.lesson_id = p_lesson_id;
end
$$;
comment on function private.publication_rows(uuid) is
'The versions of a lesson without their texts.';

create function private.require_lesson_staff(p_lesson_id uuid) returns void
language plpgsql stable
set search_path = ''
as $$
begin
  perform private.require_staff(
    (select l.course_id from public.lessons as l where l.id = p_lesson_id)
  );
  if not exists (select from public.lessons as l where l.id = p_lesson_id) then
    perform private.refuse('lesson_not_found');
  end if;
end
$$;
comment on function private.require_lesson_staff(uuid) is
'Refuses callers other than staff of the course of the lesson, admins and service_role.';

create function private.publish_lesson(
  p_lesson_id uuid, p_note text, p_draft_updated_at timestamptz
) returns public.lesson_publication
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_draft public.lesson_drafts;
  v_publication public.lesson_publication;
begin
  perform private.require_lesson_staff(p_lesson_id);
  if length(p_note) > 1000 then
    perform private.refuse('invalid_note');
  end if;
  -- Front matter may change the lesson.
  perform private.lock_syllabus(true);
  perform from public.lessons as l where l.id = p_lesson_id for no key update;
  select * into v_draft from public.lesson_drafts as d where d.lesson_id = p_lesson_id for update;
  if not found then
    perform private.refuse('draft_not_found');
  end if;
  if p_draft_updated_at <> v_draft.updated_at then
    perform private.refuse_draft(v_draft);
  end if;
  perform private.publish_drafts(array[p_lesson_id], p_note);
  select * into v_publication from private.publication_rows(p_lesson_id) as r where r.is_current;
  return v_publication;
end
$$;
grant execute on function private.publish_lesson(uuid, text, timestamptz)
to authenticated, service_role;

create function public.publish_lesson(
  lesson_id uuid, note text default null, draft_updated_at timestamptz default null
) returns public.lesson_publication
language sql volatile
set search_path = ''
begin atomic
  select private.publish_lesson(
    publish_lesson.lesson_id, publish_lesson.note, publish_lesson.draft_updated_at
  );
end;
comment on function public.publish_lesson(uuid, text, timestamptz) is
'Publishes the draft of a lesson and returns the version.

Learners read it from now on, in lesson_contents, search and tutor alike, without comments, front
matter and blocks for staff. A draft without changes makes no version: the current one is returned.
Whether the lesson is listed is is_published of lessons. title and minutes of the front matter,
where they changed, become title and duration_minutes of the lesson.

draft_updated_at is updated_at of the draft that the caller has read: if it was saved since,
draft_conflict says by whom and when. note, of at most 1,000 characters, is for lesson_history. For
staff.

Errors: not_course_staff, lesson_not_found, draft_not_found, draft_conflict, invalid_note,
invalid_title, managers_only.';

grant execute on function public.publish_lesson(uuid, text, timestamptz)
to authenticated, service_role;

create function private.lesson_history(p_lesson_id uuid, p_page_size integer, p_cursor text)
returns setof public.lesson_publication
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_signature text := md5(concat_ws('|', 'lesson_history', p_lesson_id));
  v_after private.cursor_position;
begin
  perform private.require_lesson_staff(p_lesson_id);
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  select
    r.lesson_id, r.course_slug, r.lesson_slug, r.version, r.title, r.note, r.published_by,
    r.published_by_name, r.published_at, r.is_current,
    private.make_cursor(v_signature, r.version, null, r.lesson_id)
  from private.publication_rows(p_lesson_id) as r
  where v_after.id is null or r.version < v_after.number
  order by r.version desc
  limit p_page_size;
end
$$;
grant execute on function private.lesson_history(uuid, integer, text)
to authenticated, service_role;

create function public.lesson_history(
  lesson_id uuid, page_size integer default 50, cursor text default null
) returns setof public.lesson_publication
language sql stable
set search_path = ''
begin atomic
  select * from private.lesson_history(
    lesson_history.lesson_id, lesson_history.page_size, lesson_history.cursor
  );
end;
comment on function public.lesson_history(uuid, integer, text) is
'The published versions of a lesson without their texts, the newest first, page by page.

lesson_versions has the texts, by lesson_id and version. published_by_name is null for a server and
for an account that is gone. For staff.

page_size is 1 to 200; the cursor of the last row asks for the next page, and a page without rows is
the end.

Errors: not_course_staff, lesson_not_found, invalid_page, invalid_cursor.';

grant execute on function public.lesson_history(uuid, integer, text)
to authenticated, service_role;

create function private.restore_lesson(
  p_lesson_id uuid, p_version integer, p_draft_updated_at timestamptz
) returns public.lesson_drafts
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_draft public.lesson_drafts;
  v_version public.lesson_versions;
begin
  perform private.require_lesson_staff(p_lesson_id);
  select * into v_version from public.lesson_versions as v
  where v.lesson_id = p_lesson_id and v.version = p_version;
  if not found then
    perform private.refuse('version_not_found');
  end if;
  select * into v_draft from public.lesson_drafts as d where d.lesson_id = p_lesson_id for update;
  if p_draft_updated_at <> v_draft.updated_at then
    perform private.refuse_draft(v_draft);
  end if;
  -- Setting updated_at takes the draft over; without it the rule of unpublished words holds.
  if p_draft_updated_at is null then
    update public.lesson_drafts d
    set
      body_md = v_version.body_md, md_url = v_version.md_url, video_url = v_version.video_url,
      transcript = v_version.transcript
    where d.lesson_id = p_lesson_id
    returning d.* into v_draft;
  else
    update public.lesson_drafts d
    set
      body_md = v_version.body_md, md_url = v_version.md_url, video_url = v_version.video_url,
      transcript = v_version.transcript, updated_at = p_draft_updated_at
    where d.lesson_id = p_lesson_id
    returning d.* into v_draft;
  end if;
  return v_draft;
end
$$;
grant execute on function private.restore_lesson(uuid, integer, timestamptz)
to authenticated, service_role;

create function public.restore_lesson(
  lesson_id uuid, version integer, draft_updated_at timestamptz default null
) returns public.lesson_drafts
language sql volatile
set search_path = ''
begin atomic
  select private.restore_lesson(
    restore_lesson.lesson_id, restore_lesson.version, restore_lesson.draft_updated_at
  );
end;
comment on function public.restore_lesson(uuid, integer, timestamptz) is
'Copies a published version of a lesson into its draft and returns the draft.

Learners see nothing of it until publish_lesson. It replaces unpublished words of the caller; those
of another person only with draft_updated_at, the updated_at of the draft that the caller has read.
For staff.

Errors: not_course_staff, lesson_not_found, version_not_found, draft_conflict.';

grant execute on function public.restore_lesson(uuid, integer, timestamptz)
to authenticated, service_role;
