-- Search index: passages of lessons for retrieval, documents for the search box, and their upkeep.
--
-- Invariants
--   * Triggers update passages, vectors and documents in the statement that changes their source.
--     Clients cannot write them. An unchanged passage keeps its row. private.search_audit() lists
--     every drift.
--   * A passage is readable exactly when the content of its lesson is. Quiz questions are not
--     passages.
--
-- Lock order: module, lesson, draft, content, document, passages, vectors. A trigger locks the
-- documents before it reads their sources.

create table public.lesson_passages (
  lesson_id uuid not null,
  ord integer not null,
  course_id uuid not null,
  source text not null,
  heading_path text[] not null,
  anchor text not null,
  body text not null,
  is_public boolean not null,
  updated_at timestamptz not null default now(),
  constraint lesson_passages_pkey primary key (lesson_id, ord),
  constraint lesson_passages_lesson_id_fkey foreign key (lesson_id)
  references public.lesson_contents (lesson_id) on delete cascade,
  constraint lesson_passages_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint lesson_passages_source_check check (source in ('body', 'transcript')),
  constraint lesson_passages_body_check check (length(body) between 1 and 1200)
);
comment on table public.lesson_passages is
'The content of lessons in pieces of plain text, cut at headings; written by trigger. Embed the '
'lesson through its content: lesson_contents(lessons(title)).';
comment on column public.lesson_passages.ord is 'Position in the lesson, from 1.';
comment on column public.lesson_passages.source is 'body or transcript.';
comment on column public.lesson_passages.heading_path is 'The headings above it, outermost first.';
comment on column public.lesson_passages.anchor is
'Anchor of the nearest heading, as Markdown renderers generate it; empty before the first.';
comment on column public.lesson_passages.is_public is
'is_public of the content, copied by triggers.';
create index lesson_passages_course_id_idx on public.lesson_passages (course_id);

alter table public.lesson_passages enable row level security;
revoke all on public.lesson_passages from public, anon, authenticated, service_role;
grant select on public.lesson_passages to anon, authenticated, service_role;

create policy lesson_passages_select_anon on public.lesson_passages
for select to anon
using (is_public);
comment on policy lesson_passages_select_anon on public.lesson_passages is
'Anyone reads the passages of listed preview lessons.';

create policy lesson_passages_select_authenticated on public.lesson_passages
for select to authenticated
using (
  is_public
  or lesson_id = any((select private.cached_lesson_ids())::uuid[])
  or course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
  or lesson_id = any(array(select private.open_lesson_ids()))
);
comment on policy lesson_passages_select_authenticated on public.lesson_passages is
'Previews; passages of lessons that are open to the learner; all for staff of the course and '
'admins.';

create table private.passage_vectors (
  lesson_id uuid not null,
  ord integer not null,
  course_id uuid not null,
  terms tsvector not null,
  constraint passage_vectors_pkey primary key (lesson_id, ord),
  constraint passage_vectors_lesson_id_ord_fkey foreign key (lesson_id, ord)
  references public.lesson_passages (lesson_id, ord) on delete cascade,
  constraint passage_vectors_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade
);
comment on table private.passage_vectors is
'Search vectors of passages; a table of its own, since clients never read them.';
comment on column private.passage_vectors.terms is
'Title of the lesson A, headings B, text D, in the language of the course.';
create index passage_vectors_course_id_idx on private.passage_vectors (course_id);
alter table private.passage_vectors enable row level security;
revoke all on private.passage_vectors from public, anon, authenticated, service_role;

create function private.index_vectors(p_lesson_ids uuid[]) returns void
language sql volatile
set search_path = ''
as $$
  insert into private.passage_vectors as v (lesson_id, ord, course_id, terms)
  select
    p.lesson_id, p.ord, p.course_id,
    private.weighted_vector(
      private.text_config(c.locale), l.title, array_to_string(p.heading_path, ' '), null, p.body
    )
  from public.lesson_passages as p
  inner join public.lessons as l on l.id = p.lesson_id
  inner join public.courses as c on c.id = p.course_id
  where p.lesson_id = any(p_lesson_ids)
  order by p.lesson_id, p.ord
  on conflict (lesson_id, ord) do update set terms = excluded.terms
  where v.terms <> excluded.terms
$$;
comment on function private.index_vectors(uuid[]) is
'Brings the vectors of the passages of lessons up to date.';

create function private.index_passages(p_lesson_ids uuid[]) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_content public.lesson_contents;
  v_count integer;
begin
  for v_content in
    select t.* from public.lesson_contents as t
    where t.lesson_id = any(p_lesson_ids) order by t.lesson_id
  loop
    with piece as materialized (
      select (row_number() over (order by s.rank, s.at))::integer as ord, s.*
      from (
        select 1 as rank, 'body' as source, b.*
        from private.split_markdown(v_content.body_md)
        with ordinality as b (heading_path, anchor, body, at)
        union all
        select 2, 'transcript', b.*
        from private.split_markdown(coalesce(v_content.transcript, ''))
        with ordinality as b (heading_path, anchor, body, at)
      ) as s
    ),

    written as (
      insert into public.lesson_passages as p (
        lesson_id, ord, course_id, source, heading_path, anchor, body, is_public
      )
      select
        v_content.lesson_id, i.ord, v_content.course_id, i.source, i.heading_path, i.anchor, i.body,
        v_content.is_public
      from piece as i
      on conflict (lesson_id, ord) do update
      set
        source = excluded.source, heading_path = excluded.heading_path, anchor = excluded.anchor,
        body = excluded.body, is_public = excluded.is_public, updated_at = now()
      where (p.source, p.heading_path, p.anchor, p.body, p.is_public) is distinct from (
        excluded.source, excluded.heading_path, excluded.anchor, excluded.body, excluded.is_public
      )
    )

    select count(*) into v_count from piece;
    delete from public.lesson_passages p
    where p.lesson_id = v_content.lesson_id and p.ord > v_count;
  end loop;
  perform private.index_vectors(p_lesson_ids);
end
$$;
comment on function private.index_passages(uuid[]) is
'Cuts the content of lessons into passages, and writes those that differ.';

create function private.tg_index_content() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_lesson_ids uuid[];
  v_flagged_ids uuid[];
begin
  if tg_op = 'INSERT' then
    v_lesson_ids := array(select n.lesson_id from new_rows as n);
    perform private.lock_documents('lesson', v_lesson_ids);
  elsif tg_op = 'DELETE' then
    perform private.index_lessons(array(select o.lesson_id from old_rows as o));
    return null;
  else
    v_lesson_ids := array(
      select n.lesson_id from new_rows as n inner join old_rows as o on o.lesson_id = n.lesson_id
      where (n.body_md, n.transcript) is distinct from (o.body_md, o.transcript)
    );
    v_flagged_ids := array(
      select n.lesson_id from new_rows as n inner join old_rows as o on o.lesson_id = n.lesson_id
      where n.is_public <> o.is_public and n.lesson_id <> all(v_lesson_ids)
    );
  end if;
  if cardinality(v_lesson_ids) > 0 then
    perform private.index_passages(v_lesson_ids);
    perform private.index_lessons(v_lesson_ids);
  end if;
  if cardinality(v_flagged_ids) > 0 then
    update public.lesson_passages p set is_public = t.is_public
    from public.lesson_contents as t
    where p.lesson_id = any(v_flagged_ids) and t.lesson_id = p.lesson_id;
    update private.search_documents d set is_public = t.is_public
    from public.lesson_contents as t
    where d.lesson_id = any(v_flagged_ids) and t.lesson_id = d.lesson_id;
    perform private.index_words(v_flagged_ids);
  end if;
  return null;
end
$$;
comment on function private.tg_index_content() is
'Updates passages and the search index when the content of lessons changes.';

create trigger t40_index_content_insert
after insert on public.lesson_contents
referencing new table as new_rows
for each statement execute function private.tg_index_content();
create trigger t40_index_content_update
after update on public.lesson_contents
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_index_content();
create trigger t40_index_content_delete
after delete on public.lesson_contents
referencing old table as old_rows
for each statement execute function private.tg_index_content();

create function private.tg_lock_document() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.lock_documents('lesson', array[old.lesson_id]);
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
comment on function private.tg_lock_document() is
'Locks the document of a lesson before its content changes.';

create trigger t30_lock_document
before update or delete on public.lesson_contents
for each row execute function private.tg_lock_document();

create table private.search_documents (
  kind text not null,
  subject_id uuid not null,
  course_id uuid not null,
  module_id uuid,
  lesson_id uuid,
  locale text not null,
  config text not null,
  is_listed boolean not null,
  is_public boolean not null default false,
  title text not null,
  summary text not null,
  title_terms tsvector not null,
  syllabus_terms tsvector not null,
  content_terms tsvector,
  constraint search_documents_pkey primary key (kind, subject_id),
  constraint search_documents_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint search_documents_module_id_fkey foreign key (module_id)
  references public.modules (id) on delete cascade,
  constraint search_documents_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint search_documents_kind_check check (kind in ('course', 'module', 'lesson'))
);
comment on table private.search_documents is
'The search index: one row per course, module and lesson, written by triggers.';
comment on column private.search_documents.config is
'Text search configuration by name: a column of type regconfig blocks pg_upgrade.';
comment on column private.search_documents.is_listed is 'Anyone sees it in the syllabus.';
comment on column private.search_documents.is_public is 'Anyone may read the content.';
comment on column private.search_documents.summary is
'Plain text that everyone may read who can find the row: description and tags of a course, summary '
'of a module, module and course of a lesson.';
comment on column private.search_documents.title_terms is
'Unstemmed words of the title, for suggestions.';
comment on column private.search_documents.syllabus_terms is
'Title A, description, summary and tags B, titles of its parents C.';
comment on column private.search_documents.content_terms is
'syllabus_terms with the headings C and the text D of the lesson; null without content.';
create index search_documents_course_id_idx on private.search_documents (course_id);
create index search_documents_module_id_idx on private.search_documents (module_id);
create index search_documents_lesson_id_idx on private.search_documents (lesson_id);
create index search_documents_config_idx on private.search_documents (config);
create index search_documents_title_terms_idx on private.search_documents
using gin (title_terms) with (fastupdate = off);
create index search_documents_syllabus_terms_idx on private.search_documents
using gin (syllabus_terms) with (fastupdate = off);
create index search_documents_content_terms_idx on private.search_documents
using gin (content_terms) with (fastupdate = off);
alter table private.search_documents enable row level security;
revoke all on private.search_documents from public, anon, authenticated, service_role;

create function private.title_terms(p_title text) returns tsvector
language plpgsql stable
set search_path = ''
as $$
begin
  return to_tsvector('private.plain'::regconfig, private.search_text(p_title));
end
$$;
comment on function private.title_terms(text) is 'The words of a title, unstemmed.';

create function private.index_words(p_subject_ids uuid[]) returns void
language sql volatile
set search_path = ''
as $$
  select private.add_search_words(s.course_id, array_agg(distinct w.word))
  from (
    select
      case when d.is_listed then private.everyone() else d.course_id end as course_id,
      d.title || ' ' || d.summary as text
    from private.search_documents as d where d.subject_id = any(p_subject_ids)
    union all
    select
      case when d.is_public then private.everyone() else d.course_id end,
      concat_ws(' ', p.body, array_to_string(p.heading_path, ' '))
    from private.search_documents as d
    inner join public.lesson_passages as p on p.lesson_id = d.lesson_id
    where d.subject_id = any(p_subject_ids) and d.kind = 'lesson'
  ) as s
  cross join lateral private.text_words(s.text) as w (word)
  group by s.course_id
$$;
comment on function private.index_words(uuid[]) is
'Adds the words of documents, and of the passages of lessons, to search_words: for everybody, or '
'for the course.';

create function private.store_documents(p_documents private.search_documents[]) returns void
language sql volatile
set search_path = ''
as $$
  insert into private.search_documents as d
  select n.* from unnest(p_documents) as n order by n.kind, n.subject_id
  on conflict (kind, subject_id) do update
  set
    course_id = excluded.course_id, module_id = excluded.module_id, locale = excluded.locale,
    config = excluded.config, is_listed = excluded.is_listed, is_public = excluded.is_public,
    title = excluded.title, summary = excluded.summary, title_terms = excluded.title_terms,
    syllabus_terms = excluded.syllabus_terms, content_terms = excluded.content_terms
  where d.* is distinct from excluded.*;
  select private.index_words(array_agg(n.subject_id)) from unnest(p_documents) as n
$$;
comment on function private.store_documents(private.search_documents[]) is
'Writes documents of the index, and adds their words to search_words.';

-- Runs first, in a statement of its own: the snapshot of the next statement then includes what
-- concurrent writers have committed.
create function private.lock_documents(p_kind text, p_subject_ids uuid[]) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform from private.search_documents as d
  where d.kind = p_kind and d.subject_id = any(p_subject_ids)
  order by d.subject_id for update;
end
$$;
comment on function private.lock_documents(text, uuid[]) is
'Locks documents, so that concurrent writers of these subjects wait for this transaction.';

create function private.course_documents(p_course_ids uuid[])
returns setof private.search_documents
language sql stable
set search_path = ''
as $$
  select row(
    'course', s.id, s.id, null, null, s.locale, s.config, s.is_published, false, s.title, s.summary,
    private.title_terms(s.title),
    private.weighted_vector(s.config, s.title, s.summary, null, null),
    null
  )::private.search_documents
  from (
    select
      c.*,
      private.text_config(c.locale) as config,
      concat_ws(E'\n\n',
        (
          select string_agg(b.body, E'\n\n' order by b.at)
          from private.split_markdown(c.description)
          with ordinality as b (heading_path, anchor, body, at)
        ),
        nullif(array_to_string(c.tags, ', '), '')
      ) as summary
    from public.courses as c where c.id = any(p_course_ids)
  ) as s
$$;
comment on function private.course_documents(uuid[]) is 'The expected documents of courses.';

create function private.index_courses(p_course_ids uuid[]) returns void
language sql volatile
security definer set search_path = ''
as $$
  select private.lock_documents('course', p_course_ids);
  select private.store_documents(
    array(select d from private.course_documents(p_course_ids) as d)
  )
$$;
comment on function private.index_courses(uuid[]) is 'Rebuilds the documents of courses.';

create function private.module_documents(p_module_ids uuid[])
returns setof private.search_documents
language sql stable
set search_path = ''
as $$
  select row(
    'module', m.id, m.course_id, m.id, null, c.locale, private.text_config(c.locale),
    m.is_listed, false, m.title, m.summary, private.title_terms(m.title),
    private.weighted_vector(private.text_config(c.locale), m.title, m.summary, c.title, null),
    null
  )::private.search_documents
  from public.modules as m
  inner join public.courses as c on c.id = m.course_id
  where m.id = any(p_module_ids)
$$;
comment on function private.module_documents(uuid[]) is 'The expected documents of modules.';

create function private.index_modules(p_module_ids uuid[]) returns void
language sql volatile
security definer set search_path = ''
as $$
  select private.lock_documents('module', p_module_ids);
  select private.store_documents(
    array(select d from private.module_documents(p_module_ids) as d)
  )
$$;
comment on function private.index_modules(uuid[]) is 'Rebuilds the documents of modules.';

create function private.lesson_documents(p_lesson_ids uuid[])
returns setof private.search_documents
language sql stable
set search_path = ''
as $$
  select row(
    'lesson', s.id, s.course_id, s.module_id, s.id, s.locale, s.config, s.is_listed,
    coalesce(t.is_public, false), s.title, s.module_title || ' · ' || s.course_title,
    private.title_terms(s.title),
    private.weighted_vector(s.config, s.title, s.module_title, s.course_title, null),
    case when t.lesson_id is not null then private.weighted_vector(
      s.config, s.title, s.module_title, concat_ws(' ', s.course_title, p.headings), p.body
    ) end
  )::private.search_documents
  from (
    select
      l.*, m.title as module_title, c.title as course_title, c.locale,
      private.text_config(c.locale) as config
    from public.lessons as l
    inner join public.modules as m on m.id = l.module_id
    inner join public.courses as c on c.id = l.course_id
    where l.id = any(p_lesson_ids)
  ) as s
  left join public.lesson_contents as t on t.lesson_id = s.id
  left join lateral (
    select
      string_agg(array_to_string(p.heading_path, ' '), ' ' order by p.ord) as headings,
      string_agg(p.body, E'\n\n' order by p.ord) as body
    from public.lesson_passages as p where p.lesson_id = s.id
  ) as p on true
$$;
comment on function private.lesson_documents(uuid[]) is 'The expected documents of lessons.';

create function private.index_lessons(p_lesson_ids uuid[]) returns void
language sql volatile
security definer set search_path = ''
as $$
  select private.lock_documents('lesson', p_lesson_ids);
  select private.store_documents(
    array(select d from private.lesson_documents(p_lesson_ids) as d)
  )
$$;
comment on function private.index_lessons(uuid[]) is 'Rebuilds the documents of lessons.';

create function private.tg_index_courses() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_course_ids uuid[];
  v_lesson_ids uuid[];
begin
  if tg_op = 'INSERT' then
    perform private.index_courses(array(select n.id from new_rows as n));
    return null;
  end if;
  v_course_ids := array(
    select n.id from new_rows as n inner join old_rows as o on o.id = n.id
    where (n.title, n.locale, n.description, n.tags, n.is_published)
      is distinct from (o.title, o.locale, o.description, o.tags, o.is_published)
  );
  if cardinality(v_course_ids) > 0 then
    perform private.index_courses(v_course_ids);
  end if;
  v_course_ids := array(
    select n.id from new_rows as n inner join old_rows as o on o.id = n.id
    where (n.title, n.locale) is distinct from (o.title, o.locale)
  );
  if cardinality(v_course_ids) > 0 then
    perform private.index_modules(
      array(select m.id from public.modules as m where m.course_id = any(v_course_ids))
    );
    v_lesson_ids := array(
      select l.id from public.lessons as l where l.course_id = any(v_course_ids)
    );
    perform private.lock_documents('lesson', v_lesson_ids);
    perform private.index_vectors(v_lesson_ids);
    perform private.index_lessons(v_lesson_ids);
  end if;
  return null;
end
$$;
comment on function private.tg_index_courses() is 'Updates the search index when courses change.';

create trigger t50_index_courses_insert
after insert on public.courses
referencing new table as new_rows
for each statement execute function private.tg_index_courses();
create trigger t50_index_courses_update
after update on public.courses
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_index_courses();

create function private.tg_index_modules() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_module_ids uuid[];
begin
  if tg_op = 'INSERT' then
    perform private.index_modules(array(select n.id from new_rows as n));
    return null;
  end if;
  update private.search_documents d set is_listed = n.is_listed
  from new_rows as n inner join old_rows as o on o.id = n.id
  where d.kind = 'module' and d.subject_id = n.id and n.is_listed <> o.is_listed;
  perform private.index_words(array(
    select n.id from new_rows as n inner join old_rows as o on o.id = n.id
    where n.is_listed and not o.is_listed
  ));
  v_module_ids := array(
    select n.id from new_rows as n inner join old_rows as o on o.id = n.id
    where (n.title, n.summary) is distinct from (o.title, o.summary)
  );
  if cardinality(v_module_ids) > 0 then
    perform private.index_modules(v_module_ids);
    perform private.index_lessons(
      array(select l.id from public.lessons as l where l.module_id = any(v_module_ids))
    );
  end if;
  return null;
end
$$;
comment on function private.tg_index_modules() is 'Updates the search index when modules change.';

create trigger t50_index_modules_insert
after insert on public.modules
referencing new table as new_rows
for each statement execute function private.tg_index_modules();
create trigger t50_index_modules_update
after update on public.modules
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_index_modules();

create function private.tg_index_lessons() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_lesson_ids uuid[];
begin
  if tg_op = 'INSERT' then
    perform private.index_lessons(array(select n.id from new_rows as n));
    return null;
  end if;
  update private.search_documents d set is_listed = n.is_listed
  from new_rows as n inner join old_rows as o on o.id = n.id
  where d.kind = 'lesson' and d.subject_id = n.id and n.is_listed <> o.is_listed;
  perform private.index_words(array(
    select n.id from new_rows as n inner join old_rows as o on o.id = n.id
    where n.is_listed and not o.is_listed
  ));
  v_lesson_ids := array(
    select n.id from new_rows as n inner join old_rows as o on o.id = n.id
    where (n.title, n.module_id) is distinct from (o.title, o.module_id)
  );
  if cardinality(v_lesson_ids) > 0 then
    perform private.lock_documents('lesson', v_lesson_ids);
    perform private.index_vectors(v_lesson_ids);
    perform private.index_lessons(v_lesson_ids);
  end if;
  return null;
end
$$;
comment on function private.tg_index_lessons() is 'Updates the search index when lessons change.';

create trigger t50_index_lessons_insert
after insert on public.lessons
referencing new table as new_rows
for each statement execute function private.tg_index_lessons();
create trigger t50_index_lessons_update
after update on public.lessons
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_index_lessons();

create function private.rebuild_search() returns void
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  perform private.lock_documents('lesson', array(select l.id from public.lessons as l));
  perform private.index_passages(array(select t.lesson_id from public.lesson_contents as t));
  perform private.index_courses(array(select c.id from public.courses as c));
  perform private.index_modules(array(select m.id from public.modules as m));
  perform private.index_lessons(array(select l.id from public.lessons as l));
end
$$;
comment on function private.rebuild_search() is
'Rebuilds the whole index, as after a load with triggers disabled.';

create function private.search_audit()
returns table (drift text, subject_id uuid, stored text, expected text)
language sql stable
security definer set search_path = ''
as $$
  with expected as (
    select d.* from private.course_documents(array(select c.id from public.courses as c)) as d
    union all
    select d.* from private.module_documents(array(select m.id from public.modules as m)) as d
    union all
    select d.* from private.lesson_documents(array(select l.id from public.lessons as l)) as d
  )

  select 'document', coalesce(e.subject_id, d.subject_id), d.title, e.title
  from expected as e
  full join private.search_documents as d on d.kind = e.kind and d.subject_id = e.subject_id
  where d.* is distinct from e.*
  union all
  select 'passages', t.lesson_id, s.bodies, n.bodies
  from public.lesson_contents as t
  cross join lateral (
    select string_agg(
      concat_ws('|', p.source, p.anchor, p.heading_path::text, p.body, p.is_public), E'\n'
      order by p.ord
    ) as bodies
    from public.lesson_passages as p where p.lesson_id = t.lesson_id
  ) as s
  cross join lateral (
    select string_agg(
      concat_ws('|', x.source, x.anchor, x.heading_path::text, x.body, t.is_public), E'\n'
      order by x.rank, x.at
    ) as bodies
    from (
      select 1 as rank, 'body' as source, b.*
      from private.split_markdown(t.body_md)
      with ordinality as b (heading_path, anchor, body, at)
      union all
      select 2, 'transcript', b.*
      from private.split_markdown(coalesce(t.transcript, ''))
      with ordinality as b (heading_path, anchor, body, at)
    ) as x
  ) as n
  where s.bodies is distinct from n.bodies
  union all
  select 'passage_vector', p.lesson_id, v.terms::text, 'the vector of the passage'
  from public.lesson_passages as p
  inner join public.lessons as l on l.id = p.lesson_id
  inner join public.courses as c on c.id = p.course_id
  left join private.passage_vectors as v on v.lesson_id = p.lesson_id and v.ord = p.ord
  where v.terms is distinct from private.weighted_vector(
    private.text_config(c.locale), l.title, array_to_string(p.heading_path, ' '), null, p.body
  )
$$;
comment on function private.search_audit() is
'Every row of the search index that differs from its source; no rows without drift.';
