-- Search index: passages of lessons for retrieval, documents for the search box, and their upkeep.
--
-- Invariants
--   * Passages, vectors and documents follow their sources in the statement that changes them; no
--     client writes them, and an unchanged passage keeps its row. private.search_audit() lists
--     every drift.
--   * A passage is readable exactly when the content of its lesson is. Quiz questions are not
--     passages.
--
-- Locks are taken in this order: module, lesson, content, document, passages, vectors. A trigger
-- locks the documents before it reads their sources.

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
'Anchor of the nearest heading, as Markdown renderers make it; empty before the first.';
comment on column public.lesson_passages.is_public is 'is_public of the content; kept by trigger.';
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
'What a passage is found by; apart, so that nobody transfers it.';
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
'Cuts the content of lessons again; what has not changed is not written.';

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
    perform private.hold_documents('lesson', v_lesson_ids);
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
  end if;
  return null;
end
$$;
comment on function private.tg_index_content() is
'Keeps passages and the search index in step with the content of lessons.';

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

create function private.tg_hold_document() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.hold_documents('lesson', array[old.lesson_id]);
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
comment on function private.tg_hold_document() is
'Locks the document of a lesson before its content, and with it its passages, changes.';

create trigger t30_hold_document
before update or delete on public.lesson_contents
for each row execute function private.tg_hold_document();

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
'What can be found: a row a course, module and lesson; kept by trigger.';
comment on column private.search_documents.config is
'Text search configuration by name: a column of type regconfig stops pg_upgrade.';
comment on column private.search_documents.is_listed is 'The syllabus shows it to anyone.';
comment on column private.search_documents.is_public is 'The content is open to anyone.';
comment on column private.search_documents.summary is
'Plain text that anyone who finds it may read: description and tags, summary, or where a lesson '
'stands.';
comment on column private.search_documents.title_terms is
'Words of the title as they are written, for suggestions.';
comment on column private.search_documents.syllabus_terms is
'Title A, description, summary and tags B, what is above it C.';
comment on column private.search_documents.content_terms is
'The same with the headings C and the text D of the lesson; null without content.';
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
  select private.learn_words(array_agg(distinct w.word))
  from unnest(p_documents) as n
  cross join lateral private.text_words(n.title || ' ' || n.summary) as w (word)
$$;
comment on function private.store_documents(private.search_documents[]) is
'Writes documents of the index and learns the words of their titles and summaries.';

-- First of all, in a statement of its own: what is read next is what others have committed.
create function private.hold_documents(p_kind text, p_subject_ids uuid[]) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform from private.search_documents as d
  where d.kind = p_kind and d.subject_id = any(p_subject_ids)
  order by d.subject_id for update;
end
$$;
comment on function private.hold_documents(text, uuid[]) is
'Nobody else indexes these subjects until the transaction ends.';

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
comment on function private.course_documents(uuid[]) is 'The documents of courses as they must be.';

create function private.index_courses(p_course_ids uuid[]) returns void
language sql volatile
security definer set search_path = ''
as $$
  select private.hold_documents('course', p_course_ids);
  select private.store_documents(
    array(select d from private.course_documents(p_course_ids) as d)
  )
$$;
comment on function private.index_courses(uuid[]) is 'Indexes courses anew.';

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
comment on function private.module_documents(uuid[]) is 'The documents of modules as they must be.';

create function private.index_modules(p_module_ids uuid[]) returns void
language sql volatile
security definer set search_path = ''
as $$
  select private.hold_documents('module', p_module_ids);
  select private.store_documents(
    array(select d from private.module_documents(p_module_ids) as d)
  )
$$;
comment on function private.index_modules(uuid[]) is 'Indexes modules anew.';

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
comment on function private.lesson_documents(uuid[]) is 'The documents of lessons as they must be.';

create function private.index_lessons(p_lesson_ids uuid[]) returns void
language sql volatile
security definer set search_path = ''
as $$
  select private.hold_documents('lesson', p_lesson_ids);
  select private.store_documents(
    array(select d from private.lesson_documents(p_lesson_ids) as d)
  );
  select private.learn_words(array_agg(distinct w.word))
  from public.lesson_passages as p
  cross join lateral private.text_words(
    concat_ws(' ', p.body, array_to_string(p.heading_path, ' '))
  ) as w (word)
  where p.lesson_id = any(p_lesson_ids)
$$;
comment on function private.index_lessons(uuid[]) is
'Indexes lessons anew, with the words of their passages.';

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
    perform private.hold_documents('lesson', v_lesson_ids);
    perform private.index_vectors(v_lesson_ids);
    perform private.index_lessons(v_lesson_ids);
  end if;
  return null;
end
$$;
comment on function private.tg_index_courses() is 'Keeps the search index in step with courses.';

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
comment on function private.tg_index_modules() is 'Keeps the search index in step with modules.';

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
  v_lesson_ids := array(
    select n.id from new_rows as n inner join old_rows as o on o.id = n.id
    where (n.title, n.module_id) is distinct from (o.title, o.module_id)
  );
  if cardinality(v_lesson_ids) > 0 then
    perform private.hold_documents('lesson', v_lesson_ids);
    perform private.index_vectors(v_lesson_ids);
    perform private.index_lessons(v_lesson_ids);
  end if;
  return null;
end
$$;
comment on function private.tg_index_lessons() is 'Keeps the search index in step with lessons.';

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
  perform private.hold_documents('lesson', array(select l.id from public.lessons as l));
  perform private.index_passages(array(select t.lesson_id from public.lesson_contents as t));
  perform private.index_courses(array(select c.id from public.courses as c));
  perform private.index_modules(array(select m.id from public.modules as m));
  perform private.index_lessons(array(select l.id from public.lessons as l));
end
$$;
comment on function private.rebuild_search() is
'Indexes everything anew, as after a load that passed the triggers by.';

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
'Every place where the search index differs from what it indexes; empty when all is well.';
