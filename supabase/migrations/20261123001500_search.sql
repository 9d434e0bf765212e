-- Search: one index over courses, modules and lessons; the search box and its suggestions.
--
-- Invariants
--   * A match, a snippet, a facet and a correction come from words that the caller may read: the
--     syllabus of what is published, content of lessons that are open to him, drafts for staff.
--   * The index follows its sources in the statement that changes them; private.search_audit()
--     lists every drift.
--   * No query makes an error of its own: whatever the text is, there is an answer.
--
-- Locks are taken in this order: module, lesson, content, document, passages, vectors. Whoever
-- indexes holds the documents before he reads what goes into them.

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

-- Upkeep ------------------------------------------------------------------------------------------

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
    'course', s.id, s.id, null, null, s.locale, s.config, s.published, false, s.title, s.summary,
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
    where (n.title, n.locale, n.description, n.tags, n.published)
      is distinct from (o.title, o.locale, o.description, o.tags, o.published)
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

create trigger t50_index_courses_insert
after insert on public.courses
referencing new table as new_rows
for each statement execute function private.tg_index_courses();
create trigger t50_index_courses_update
after update on public.courses
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_index_courses();
create trigger t50_index_modules_insert
after insert on public.modules
referencing new table as new_rows
for each statement execute function private.tg_index_modules();
create trigger t50_index_modules_update
after update on public.modules
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_index_modules();
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

-- Asking ------------------------------------------------------------------------------------------

create type private.search_scope as (
  is_operator boolean, staffed_ids uuid [], enrolled_ids uuid [], open_lesson_ids uuid []
);
comment on type private.search_scope is 'What a caller may find, worked out once a call.';

create function private.search_scope() returns private.search_scope
language sql stable
set search_path = ''
as $$
  select row(
    private.is_operator(),
    case when auth.uid() is null then '{}' else array(select private.staffed_course_ids()) end,
    case when auth.uid() is null then '{}' else array(select private.enrolled_course_ids()) end,
    case when auth.uid() is null then '{}' else array(select private.open_lesson_ids()) end
  )::private.search_scope
$$;
comment on function private.search_scope() is 'The scope of the caller.';

-- A minus is one where it stands before a word or a phrase; any other dash is punctuation, and a
-- row of them would be more than the parser takes.
create function private.websearch_query(p_config text, p_query text) returns tsquery
language plpgsql immutable
set search_path = ''
as $$
declare
  v_query text := regexp_replace(translate(p_query, '–—', '  '), '-{2,}', ' ', 'g');
begin
  v_query := regexp_replace(v_query, '(^|\s)-(?=["[:alnum:]])', '\1' || chr(1), 'g');
  v_query := regexp_replace(v_query, '(?<=[[:alnum:]])-(?=[[:alnum:]])', chr(2), 'g');
  v_query := translate(v_query, '-' || chr(1) || chr(2), ' --');
  return websearch_to_tsquery(p_config::regconfig, private.search_text(v_query));
exception
  when internal_error or program_limit_exceeded then
    return plainto_tsquery(p_config::regconfig, private.search_text(v_query));
end
$$;
comment on function private.websearch_query(text, text) is
'A query in the syntax of web searches: words, "a phrase", or, -without.';

create type private.search_hit as (
  kind text, subject_id uuid, course_id uuid, locale text, is_readable boolean, score numeric
);
comment on type private.search_hit is
'A match; is_readable: its content was searched too, and may be shown.';

create function private.search_hits(
  p_query text, p_scope private.search_scope, p_kind text, p_locale text, p_course_id uuid
) returns setof private.search_hit
language plpgsql stable
set search_path = ''
as $$
declare
  v_config text;
  v_query tsquery;
  v_any tsquery;
begin
  -- The configurations in use, from one to the next by the index.
  for v_config in
    with recursive used as (
      (select d.config from private.search_documents as d order by d.config limit 1)
      union all
      select (
        select d.config from private.search_documents as d
        where d.config > u.config order by d.config limit 1
      )
      from used as u where u.config is not null
    )

    select u.config from used as u
    where u.config is not null and (p_locale is null or u.config = private.text_config(p_locale))
  loop
    v_query := private.websearch_query(v_config, p_query);
    -- Without a word that must be there, everything would match.
    continue when querytree(v_query) in ('', 'T');
    v_any := private.any_term(v_config, p_query);
    return query
    select
      d.kind, d.subject_id, d.course_id, d.locale, d.is_readable,
      -- How often and where, and for several words how near to each other.
      round((ts_rank('{0.1,0.2,0.4,1}', d.terms, v_any) + case
        when numnode(v_query) > 1 then ts_rank('{0.1,0.2,0.4,1}', d.terms, v_query) else 0
      end)::numeric, 6)
    from (
      select
        s.*,
        r.is_readable,
        case when r.is_readable then s.content_terms else s.syllabus_terms end as terms
      from private.search_documents as s
      cross join lateral (
        select s.content_terms is not null and (
          p_scope.is_operator or s.is_public or s.course_id = any(p_scope.staffed_ids)
          or s.lesson_id = any(p_scope.open_lesson_ids)
        ) as is_readable
      ) as r
      where s.config = v_config
        and (s.syllabus_terms @@ v_query or s.content_terms @@ v_query)
        and (p_kind is null or s.kind = p_kind)
        and (
          p_locale is null or lower(s.locale) = p_locale
          or starts_with(lower(s.locale), p_locale || '-')
        )
        and (p_course_id is null or s.course_id = p_course_id)
    ) as d
    where d.terms @@ v_query and (
      d.is_readable or d.is_listed or p_scope.is_operator
      or d.course_id = any(p_scope.staffed_ids)
      or (d.kind = 'course' and d.course_id = any(p_scope.enrolled_ids))
    );
  end loop;
end
$$;
comment on function private.search_hits(text, private.search_scope, text, text, uuid) is
'What matches a query within a scope: in each language, by its own stems.';

create function private.says_word(
  p_kind text, p_subject_id uuid, p_is_readable boolean, p_word text
) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return exists (
    select from private.search_documents as d
    where d.kind = p_kind and d.subject_id = p_subject_id
      and p_word in (select private.text_words(d.title || ' ' || d.summary))
  ) or (
    p_is_readable and exists (
      select from public.lesson_passages as p
      where p.lesson_id = p_subject_id and p_word in (
        select private.text_words(concat_ws(' ', p.body, array_to_string(p.heading_path, ' ')))
      )
    )
  );
end
$$;
comment on function private.says_word(text, uuid, boolean, text) is
'Whether a match holds the word as it is written, and not only its stem, where it may be read.';

create function private.corrected_query(
  p_query text, p_scope private.search_scope, p_kind text, p_locale text, p_course_id uuid
) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_query text := lower(extensions.unaccent('extensions.unaccent', p_query));
  v_word text;
  v_better text;
begin
  for v_word in
    select w.word from private.text_words(p_query) as w (word) order by w.word limit 8
  loop
    continue when exists (
      select from private.search_hits(v_word, p_scope, p_kind, p_locale, p_course_id)
    );
    -- Only a word that the caller can find, written as he may read it, is offered to him.
    select s.word into v_better
    from private.similar_words(v_word) with ordinality as s (word, at)
    where exists (
      select from (
        select h.* from private.search_hits(s.word, p_scope, p_kind, p_locale, p_course_id) as h
        order by h.score desc limit 20
      ) as h
      where private.says_word(h.kind, h.subject_id, h.is_readable, s.word)
    )
    order by s.at limit 1;
    if found then
      v_query := regexp_replace(v_query, '\m' || v_word || '\M', v_better, 'g');
    end if;
  end loop;
  return nullif(v_query, lower(extensions.unaccent('extensions.unaccent', p_query)));
end
$$;
comment on function private.corrected_query(text, private.search_scope, text, text, uuid) is
'A query with unknown words replaced by the likeliest that the caller can find; null if none is.';

create function private.marked_text(p_config text, p_text text, p_query tsquery) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return btrim(regexp_replace(
    replace(replace(replace(replace(replace(replace(replace(replace(
      ts_headline(
        p_config::regconfig,
        -- Not search_text: a snippet shows the text as it is written.
        translate(p_text, E'\x01\x02\x03\x04\x05\x06\x07\x08</', E'        \x05\x06'),
        p_query,
        'MaxWords=40, MinWords=20, ShortWord=2, StartSel=' || chr(2) || ', StopSel=' || chr(3)
      ),
      '&', '&amp;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'),
      chr(5), '&lt;'), chr(6), '/'), chr(2), '<mark>'), chr(3), '</mark>'),
    '\s+', ' ', 'g'
  ));
end
$$;
comment on function private.marked_text(text, text, tsquery) is
'The part of a text that answers a query, as HTML in which <mark> is the only markup.';

create function private.snippet(
  p_document private.search_documents, p_is_readable boolean, p_query text
) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_query tsquery := private.any_term(p_document.config, p_query);
  v_body text;
begin
  if p_is_readable then
    -- The text of a passage before its headings, and both before the title of the lesson.
    select
      case
        when ts_filter(v.terms, '{d}') @@ v_query then p.body
        else array_to_string(p.heading_path, ' › ') || ' — ' || p.body
      end
    into v_body
    from private.passage_vectors as v
    inner join public.lesson_passages as p on p.lesson_id = v.lesson_id and p.ord = v.ord
    where v.lesson_id = p_document.lesson_id and ts_filter(v.terms, '{b,d}') @@ v_query
    order by
      ts_filter(v.terms, '{d}') @@ v_query desc,
      ts_rank('{0.1,0.2,0.4,1}', v.terms, v_query) desc, v.ord
    limit 1;
  end if;
  return private.marked_text(
    p_document.config,
    coalesce(v_body, p_document.title || ' — ' || p_document.summary),
    v_query
  );
end
$$;
comment on function private.snippet(private.search_documents, boolean, text) is
'What a result shows of its text: the best passage that the caller may read, or title and '
'summary.';

-- A cursor holds where a page ended and what was asked. Nothing in it is secret, and whoever makes
-- up his own gets another page of what he may see anyway.
create function private.make_cursor(p_signature text, p_number numeric, p_text text, p_id uuid)
returns text
language sql stable
set search_path = ''
as $$
  select translate(
    encode(convert_to(jsonb_build_object(
      's', p_signature, 'number', p_number, 'text', p_text, 'id', p_id
    )::text, 'UTF8'), 'base64'),
    E'+/=\n', '-_'
  )
$$;
comment on function private.make_cursor(text, numeric, text, uuid) is
'The end of a page as an opaque word that is safe in a URL.';

create type private.cursor_position as (number numeric, text text, id uuid);
comment on type private.cursor_position is 'The last row of a page: its sort key and its id.';

create function private.read_cursor(p_signature text, p_cursor text)
returns private.cursor_position
language plpgsql stable
set search_path = ''
as $$
declare
  v_object jsonb;
  v_position private.cursor_position;
begin
  begin
    v_object := convert_from(decode(
      rpad(translate(p_cursor, '-_', '+/'), (length(p_cursor) + 3) / 4 * 4, '='), 'base64'
    ), 'UTF8')::jsonb;
    v_position := row(
      (v_object ->> 'number')::numeric, v_object ->> 'text', (v_object ->> 'id')::uuid
    );
  exception
    when data_exception or statement_too_complex then
      v_object := null;
  end;
  if v_object ->> 's' is distinct from p_signature or v_position.id is null then
    raise sqlstate 'PT422' using
      message = 'invalid_cursor',
      detail = 'The cursor is not one of this query.',
      hint = 'Send the cursor of the last answer with the same query, or none.';
  end if;
  return v_position;
end
$$;
comment on function private.read_cursor(text, text) is
'The position in a cursor of the same query, or invalid_cursor.';

-- Control characters are nobody's words, and what follows 2,000 characters is no question.
create function private.query_text(p_query text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return regexp_replace(left(coalesce(p_query, ''), 2000), '[\x01-\x1f\x7f]', ' ', 'g');
end
$$;
comment on function private.query_text(text) is 'A query as it is looked at.';

create function private.search(
  p_query text, p_kind text, p_locale text, p_course_id uuid, p_limit integer, p_cursor text
) returns jsonb
language plpgsql stable
security definer set search_path = '' set client_min_messages = 'warning'
as $$
declare
  v_asked text := private.query_text(p_query);
  v_query text := v_asked;
  -- An empty choice is none.
  v_kind text := nullif(p_kind, '');
  v_locale text := lower(nullif(btrim(p_locale), ''));
  v_scope private.search_scope := private.search_scope();
  v_signature text := md5(concat_ws('|', v_asked, v_kind, v_locale, p_course_id));
  v_after private.cursor_position;
  v_hits private.search_hit[];
  v_better text;
  v_answer jsonb;
begin
  if p_limit is null or p_limit not between 1 and 50
    or v_kind not in ('course', 'module', 'lesson') then
    raise sqlstate 'PT422' using
      message = 'invalid_search',
      detail = 'kind is course, module or lesson; limit is 1 to 50.',
      hint = 'Leave out what you do not need.';
  end if;
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
    v_query := private.query_text(coalesce(v_after.text, v_query));
    v_better := nullif(v_query, v_asked);
  end if;
  v_hits := array(
    select h from private.search_hits(v_query, v_scope, v_kind, v_locale, p_course_id) as h
  );
  if cardinality(v_hits) = 0 and p_cursor is null then
    v_better := private.corrected_query(v_query, v_scope, v_kind, v_locale, p_course_id);
    v_hits := array(
      select h from private.search_hits(v_better, v_scope, v_kind, v_locale, p_course_id) as h
      where v_better is not null
    );
    if cardinality(v_hits) > 0 then
      v_query := v_better;
    else
      v_better := null;
    end if;
  end if;

  with hit as materialized (
    select h.* from unnest(v_hits) as h
  ),

  page as materialized (
    select h.*, row_number() over (order by h.score desc, h.subject_id) as at
    from hit as h
    where v_after.id is null or h.score < v_after.number
      or (h.score = v_after.number and h.subject_id > v_after.id)
    order by h.score desc, h.subject_id
    limit p_limit + 1
  ),

  shown as (
    select
      p.at,
      jsonb_build_object(
        'kind', d.kind, 'course_id', d.course_id, 'module_id', d.module_id,
        'lesson_id', d.lesson_id, 'title', d.title, 'course_title', c.title,
        'slug', coalesce(l.slug, c.slug), 'locale', d.locale, 'content_type', l.content_type,
        'snippet', private.snippet(d, p.is_readable, v_query), 'score', p.score
      ) as result
    from page as p
    inner join private.search_documents as d on d.kind = p.kind and d.subject_id = p.subject_id
    inner join public.courses as c on c.id = d.course_id
    left join public.lessons as l on l.id = d.lesson_id
    where p.at <= p_limit
  )

  select jsonb_build_object(
    'results', coalesce((select jsonb_agg(s.result order by s.at) from shown as s), '[]'),
    'next_cursor', (
      select private.make_cursor(v_signature, p.score, v_query, p.subject_id)
      from page as p
      where p.at = p_limit and exists (select from page as f where f.at > p_limit)
    ),
    'did_you_mean', v_better,
    'facets', jsonb_build_object(
      'kind', coalesce((
        select jsonb_object_agg(f.kind, f.count)
        from (select h.kind, count(*) from hit as h group by h.kind) as f
      ), '{}'),
      'locale', coalesce((
        select jsonb_object_agg(f.locale, f.count)
        from (select h.locale, count(*) from hit as h group by h.locale) as f
      ), '{}'),
      'course', coalesce((
        select jsonb_agg(
          jsonb_build_object('course_id', f.course_id, 'title', f.title, 'count', f.count)
          order by f.count desc, f.course_id
        )
        from (
          select h.course_id, c.title, count(*)
          from hit as h inner join public.courses as c on c.id = h.course_id
          group by h.course_id, c.title
          order by count(*) desc, h.course_id limit 20
        ) as f
      ), '[]')
    )
  ) into v_answer;
  return v_answer;
end
$$;
comment on function private.search(text, text, text, uuid, integer, text) is
'Body of public.search.';

create function public.search(
  query text, kind text default null, locale text default null, course_id uuid default null,
  "limit" integer default 20, cursor text default null
) returns jsonb
language sql stable
set search_path = ''
begin atomic
  select private.search(
    search.query, search.kind, search.locale, search.course_id, search."limit", search.cursor
  );
end;
comment on function public.search(text, text, text, uuid, integer, text) is
'Courses, modules and lessons that match a query, best first, among what the caller may read: '
'{results: [{kind, course_id, module_id, lesson_id, title, course_title, slug, locale, '
'content_type, snippet, score}], next_cursor, did_you_mean, facets: {kind, locale, course}}. All'
' words, "a phrase", or, -without. A snippet is HTML in which only <mark> is markup; titles are '
'plain text. When nothing matches, unknown words are corrected and did_you_mean is the query '
'that was answered. Facets count all pages. Errors: invalid_search and invalid_cursor PT422.';
grant execute on function private.search(text, text, text, uuid, integer, text)
to anon, authenticated, service_role;
grant execute on function public.search(text, text, text, uuid, integer, text)
to anon, authenticated, service_role;

create function private.suggest(p_prefix text, p_limit integer)
returns table (kind text, course_id uuid, lesson_id uuid, title text, slug text)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_words text[] := array(
    select w.word
    from ts_parse('default', private.search_text(left(p_prefix, 200)))
    with ordinality as t (tokid, token, at)
    cross join lateral (
      select lower(extensions.unaccent('extensions.unaccent', t.token)) as word
    ) as w
    where t.tokid in (1, 2, 3, 10, 11, 22) and w.word <> '' order by t.at limit 10
  );
  v_prefix text := lower(extensions.unaccent('extensions.unaccent', btrim(left(p_prefix, 200))));
  v_query tsquery;
  v_operator boolean := private.is_operator();
  v_staffed uuid[] := case
    when auth.uid() is null then '{}' else array(select private.staffed_course_ids())
  end;
  v_enrolled uuid[] := case
    when auth.uid() is null then '{}' else array(select private.enrolled_course_ids())
  end;
begin
  if p_limit is null or p_limit not between 1 and 20 then
    raise sqlstate 'PT422' using
      message = 'invalid_search',
      detail = 'limit is 1 to 20.',
      hint = 'Leave it out for 8.';
  end if;
  if cardinality(v_words) = 0 then
    return;
  end if;
  select string_agg(quote_literal(w.word) || ':*', ' & ')::tsquery into v_query
  from unnest(v_words) as w (word);
  return query
  select d.kind, d.course_id, d.lesson_id, d.title, coalesce(l.slug, c.slug)
  from (
    select s.*
    from private.search_documents as s
    where s.title_terms @@ v_query and s.kind <> 'module'
      and (
        v_operator or s.is_listed or s.course_id = any(v_staffed)
        or (s.kind = 'course' and s.course_id = any(v_enrolled))
      )
    order by
      starts_with(lower(extensions.unaccent('extensions.unaccent', s.title)), v_prefix) desc,
      s.kind, length(s.title), s.title, s.subject_id
    limit p_limit
  ) as d
  inner join public.courses as c on c.id = d.course_id
  left join public.lessons as l on l.id = d.lesson_id
  order by
    starts_with(lower(extensions.unaccent('extensions.unaccent', d.title)), v_prefix) desc,
    d.kind, length(d.title), d.title, d.subject_id;
end
$$;
comment on function private.suggest(text, integer) is 'Body of public.suggest.';

create function public.suggest(prefix text, "limit" integer default 8)
returns table (kind text, course_id uuid, lesson_id uuid, title text, slug text)
language sql stable
set search_path = ''
begin atomic
  select * from private.suggest(suggest.prefix, suggest."limit");
end;
comment on function public.suggest(text, integer) is
'Titles of courses and lessons in which each word of the prefix begins a word, for typing ahead;'
' without accents; those that begin with the prefix first. Errors: invalid_search PT422.';
grant execute on function private.suggest(text, integer) to anon, authenticated, service_role;
grant execute on function public.suggest(text, integer) to anon, authenticated, service_role;
