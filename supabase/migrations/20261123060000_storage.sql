-- Storage: the buckets, who may add an object, what uploads cost, and which objects nobody uses.
--
-- Invariants
--   * Clients add objects and read them; they change and remove none. A new version is a new
--     object.
--   * Names are uuids in folders: <course_id>/<lesson_id>/<uuid> in lesson-files,
--     <user_id>/<lesson_id>/<uuid> in submissions, <course_id>/<uuid> in covers, and
--     <user_id>/<uuid> in avatars. Titles are columns of tables.
--   * Covers and avatars are in public buckets: courses.cover_url and profiles.avatar_url have
--     their public address.
--   * Nothing here needs schema storage; in a database without it there are no buckets.

create function private.path_id(p_path text, p_place integer) returns uuid
language plpgsql immutable
set search_path = ''
as $$
declare
  v_id text := split_part(p_path, '/', p_place);
begin
  if v_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return v_id::uuid;
  end if;
  return null;
end
$$;
comment on function private.path_id(text, integer) is
'The uuid at a place of the path of an object, from 1; null where there is none.';

grant execute on function private.path_id(text, integer) to authenticated;

create function private.may_store(p_bucket text, p_name text) returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.account_id();
  v_first uuid := private.path_id(p_name, 1);
  v_second uuid := private.path_id(p_name, 2);
  -- The name again, if it is nothing but ids: null otherwise.
  v_name text := v_first || '/' || v_second;
begin
  if p_bucket not in ('covers', 'avatars') then
    v_name := v_name || '/' || private.path_id(p_name, 3);
  end if;
  if v_user_id is null or v_name is distinct from p_name then
    return false;
  end if;
  return case p_bucket
    when 'lesson-files' then private.is_staff(v_first) and exists (
      select from public.lessons as l
      where l.id = v_second and l.course_id = v_first
    )
    when 'submissions' then v_first = v_user_id and exists (
      select from public.lessons as l
      where l.id = v_second and l.content_type in ('lab', 'quiz')
        and l.course_id in (select private.enrolled_course_ids())
        and (
          -- An open attempt goes on whatever has happened to its lesson.
          exists (
            select from public.quiz_attempts as a
            where a.lesson_id = l.id and a.user_id = v_user_id and a.status = 'open'
          )
          or exists (
            select from private.lesson_states(v_user_id, array[l.course_id]) as s
            where s.lesson_id = l.id and s.is_open
          )
        )
    )
    when 'covers' then private.is_manager(v_first) and exists (
      select from public.courses as c where c.id = v_first
    )
    when 'avatars' then v_first = v_user_id
    else false
  end;
end
$$;
comment on function private.may_store(text, text) is
'True when the caller may add an object with this name to a bucket: staff files of lessons, '
'learners their work for open labs and quizzes, managers a cover, everyone their own picture.';

grant execute on function private.may_store(text, text) to authenticated;

-- The Storage server inserts twice: as the caller without the size, to ask whether they may, and
-- itself, once it has the bytes. The first row is rolled back.
create function private.tg_spend_upload() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.spend_budget(
    p.id,
    case when new.bucket_id in ('lesson-files', 'covers') then 'media' else 'files' end,
    coalesce((new.metadata ->> 'size')::bigint, 0)
  )
  from public.profiles as p
  where p.id = private.path_id(new.owner_id, 1);
  return null;
end
$$;
comment on function private.tg_spend_upload() is
'Spends the budget of the person who uploads an object; a server has none.';

do $$
begin
  if to_regclass('storage.buckets') is null then
    return;
  end if;
  execute $buckets$
    insert into storage.buckets as b (id, name, public, file_size_limit, allowed_mime_types)
    values
      (
        'lesson-files', 'lesson-files', false, 52428800,
        array[
          'application/epub+zip', 'application/gzip', 'application/json', 'application/msword',
          'application/octet-stream', 'application/pdf', 'application/rtf',
          'application/vnd.ms-excel', 'application/vnd.ms-powerpoint',
          'application/vnd.oasis.opendocument.presentation',
          'application/vnd.oasis.opendocument.spreadsheet',
          'application/vnd.oasis.opendocument.text',
          'application/vnd.openxmlformats-officedocument.presentationml.presentation',
          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
          'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
          'application/x-ipynb+json', 'application/zip', 'audio/*', 'image/gif', 'image/jpeg',
          'image/png', 'image/webp', 'text/csv', 'text/markdown', 'text/plain', 'text/vtt', 'video/*'
        ]
      ),
      (
        'submissions', 'submissions', false, 26214400,
        array[
          'application/gzip', 'application/json', 'application/msword', 'application/octet-stream',
          'application/pdf', 'application/rtf', 'application/vnd.ms-excel',
          'application/vnd.ms-powerpoint', 'application/vnd.oasis.opendocument.presentation',
          'application/vnd.oasis.opendocument.spreadsheet',
          'application/vnd.oasis.opendocument.text',
          'application/vnd.openxmlformats-officedocument.presentationml.presentation',
          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
          'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
          'application/x-ipynb+json', 'application/zip', 'audio/*', 'image/gif', 'image/jpeg',
          'image/png', 'image/webp', 'text/csv', 'text/markdown', 'text/plain', 'text/x-python',
          'video/mp4', 'video/webm'
        ]
      ),
      ('covers', 'covers', true, 5242880, array['image/jpeg', 'image/png', 'image/webp']),
      ('avatars', 'avatars', true, 1048576, array['image/jpeg', 'image/png', 'image/webp'])
    on conflict (id) do update
    set
      public = excluded.public,
      file_size_limit = excluded.file_size_limit,
      allowed_mime_types = excluded.allowed_mime_types
  $buckets$;
  execute $trigger$
    create trigger t90_spend_upload
    after insert on storage.objects
    for each row
    when (new.bucket_id in ('lesson-files', 'submissions', 'covers', 'avatars'))
    execute function private.tg_spend_upload()
  $trigger$;
end
$$;

create type public.unused_object as (bucket text, path text);
comment on type public.unused_object is 'An object of Storage that no row names.';

create function private.unused_objects(p_page_size integer) returns setof public.unused_object
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_service();
  perform private.require_page(p_page_size);
  if to_regclass('storage.objects') is null then
    return;
  end if;
  return query execute $query$
    select o.bucket_id, o.name
    from storage.objects as o
    where o.created_at < now() - interval '25 hours'
      and case o.bucket_id
        when 'lesson-files' then not exists (
          select from public.lesson_files as f where f.path = o.name
        )
        when 'submissions' then not exists (
          select from public.lab_submissions as s where s.file_path = o.name
        ) and not exists (
          select from public.quiz_attempts as a
          cross join lateral jsonb_each(a.answers) as v
          where a.user_id = private.path_id(o.name, 1)
            and a.lesson_id = private.path_id(o.name, 2) and v.value = to_jsonb(o.name)
        )
        when 'covers' then not exists (
          select from public.courses as c
          where c.id = private.path_id(o.name, 1)
            and strpos(c.cover_url, '/covers/' || o.name) > 0
        )
        when 'avatars' then not exists (
          select from public.profiles as p
          where p.id = private.path_id(o.name, 1)
            and strpos(p.avatar_url, '/avatars/' || o.name) > 0
        )
        else false
      end
    order by o.created_at, o.id
    limit $1
  $query$ using p_page_size;
end
$$;
grant execute on function private.unused_objects(integer) to service_role;

create function public.unused_objects(page_size integer default 200)
returns setof public.unused_object
language sql stable
set search_path = ''
begin atomic
  select * from private.unused_objects(unused_objects.page_size);
end;
comment on function public.unused_objects(integer) is
'The oldest objects of Storage that no row has named for a day.

The service deletes them through the Storage API and asks again: a row that SQL deletes would leave
its bytes behind. An object that is older than a day is accepted by no table any more, an hour
before it is listed here. page_size is 1 to 200. For service_role.

Errors: service_required, invalid_page.';

grant execute on function public.unused_objects(integer) to service_role;
