-- Files: what is attached to lessons. The bytes are objects of Storage, in bucket lesson-files.
--
-- Invariants
--   * A file is read by whoever reads the content of its lesson; the policies of storage.objects
--     ask this table.
--   * A row names an object that exists, in the folder of its lesson. Size and type are those that
--     Storage measured. In a database without schema storage paths are not compared with objects.
--   * An object never changes: clients only add, and the server removes those without a row.
--
-- Locks: the lesson of a new file, as for content.

create function private.stored_object(p_bucket text, p_path text)
returns table (size_bytes bigint, media_type text)
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  if to_regclass('storage.objects') is null then
    return query select null::bigint, null::text;
    return;
  end if;
  -- The sweep removes an unused object an hour after its day has ended: none that was accepted here.
  return query execute
    'select (o.metadata ->> ''size'')::bigint, o.metadata ->> ''mimetype'' '
    'from storage.objects as o '
    'where o.bucket_id = $1 and o.name = $2 and o.created_at > now() - interval ''1 day'''
  using p_bucket, p_path;
  if not found then
    perform private.refuse('file_not_found', jsonb_build_object('path', p_path));
  end if;
end
$$;
comment on function private.stored_object(text, text) is
'Size and type of an object that was uploaded in the last day, or file_not_found; nulls in a '
'database without schema storage.';

create table public.lesson_files (
  id uuid not null default gen_random_uuid(),
  lesson_id uuid not null,
  course_id uuid not null,
  path text not null,
  title text collate private.alphabetical not null,
  ord integer not null default 0,
  size_bytes bigint,
  media_type text,
  is_public boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint lesson_files_pkey primary key (id),
  constraint lesson_files_path_key unique (path),
  constraint lesson_files_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint lesson_files_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint lesson_files_title_check check (
    private.check_column('title', private.is_title(title))
  ),
  constraint lesson_files_ord_check check (ord >= 0)
);
comment on table public.lesson_files is
'A file of a lesson: an object in bucket lesson-files, for those who read the content.';
comment on column public.lesson_files.course_id is
'The course of the lesson; written by a trigger.';
comment on column public.lesson_files.path is
'The object: <course_id>/<lesson_id>/<uuid>. Upload it, then insert the row.';
comment on column public.lesson_files.title is 'The name that people see.';
comment on column public.lesson_files.ord is 'Position among the files of the lesson.';
comment on column public.lesson_files.size_bytes is 'As Storage measured it.';
comment on column public.lesson_files.media_type is 'The type with which it was uploaded.';
comment on column public.lesson_files.is_public is
'True for a listed preview lesson; written by triggers.';
create index lesson_files_lesson_id_idx on public.lesson_files (lesson_id);
create index lesson_files_course_id_idx on public.lesson_files (course_id);

create function private.tg_place_file() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- Serializes the files of a lesson. A concurrent change of the flags waits until this row, with
  -- their copy, is committed.
  select l.course_id, l.is_preview and l.is_listed into new.course_id, new.is_public
  from public.lessons as l where l.id = new.lesson_id for no key update;
  new.is_public := coalesce(new.is_public, false);
  -- Policies are evaluated after this trigger: other callers must not learn which objects exist.
  if not private.is_staff(new.course_id) then
    return new;
  end if;
  if new.path !~ (
    '^' || new.course_id || '/' || new.lesson_id || '/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
  ) then
    perform private.refuse('invalid_path');
  end if;
  if (select count(*) from public.lesson_files as f where f.lesson_id = new.lesson_id) >= 50 then
    perform private.refuse('too_many_files', jsonb_build_object('limit', 50));
  end if;
  select o.size_bytes, o.media_type into new.size_bytes, new.media_type
  from private.stored_object('lesson-files', new.path) as o;
  return new;
end
$$;
comment on function private.tg_place_file() is
'Sets course_id, is_public, size and type of a file; refuses a path outside the folder of its '
'lesson or without an object.';

create trigger t10_place_file
before insert on public.lesson_files
for each row execute function private.tg_place_file();

create trigger t20_touch_updated_at
before update on public.lesson_files
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

create trigger t90_spend_rows
after insert on public.lesson_files
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('content');

create function private.tg_list_files() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  update public.lesson_files f set is_public = new.is_preview and new.is_listed
  where f.lesson_id = new.id and f.is_public <> (new.is_preview and new.is_listed);
  return null;
end
$$;
comment on function private.tg_list_files() is
'Copies is_preview and is_listed of a lesson to is_public of its files.';

create trigger t31_list_files
after update on public.lessons
for each row when (
  (old.is_preview and old.is_listed) <> (new.is_preview and new.is_listed)
)
execute function private.tg_list_files();

alter table public.lesson_files enable row level security;
revoke all on public.lesson_files from public, anon, authenticated, service_role;
grant select on public.lesson_files to anon, authenticated, service_role;
grant insert (lesson_id, path, title, ord) on public.lesson_files to authenticated, service_role;
grant update (title, ord) on public.lesson_files to authenticated, service_role;
grant delete on public.lesson_files to authenticated, service_role;

create policy lesson_files_select_anon on public.lesson_files
for select to anon
using (is_public);
comment on policy lesson_files_select_anon on public.lesson_files is
'Anyone reads the files of listed preview lessons.';

create policy lesson_files_select_authenticated on public.lesson_files
for select to authenticated
using (
  is_public
  -- As for lesson_contents: arms are tried in order.
  or lesson_id = any((select private.cached_lesson_ids())::uuid[])
  or course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
  or lesson_id = any(array(select private.open_lesson_ids()))
);
comment on policy lesson_files_select_authenticated on public.lesson_files is
'Files of previews; of lessons that are open to the learner; all for staff of the course and '
'admins.';

create policy lesson_files_insert_staff on public.lesson_files
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_files_insert_staff on public.lesson_files is
'Staff attach files to lessons.';

create policy lesson_files_update_staff on public.lesson_files
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_files_update_staff on public.lesson_files is
'Staff change title and position of files.';

create policy lesson_files_delete_staff on public.lesson_files
for delete to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_files_delete_staff on public.lesson_files is
'Staff detach files; the server removes their objects.';
