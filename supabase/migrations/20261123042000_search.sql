-- Search: the search box and its suggestions.
--
-- Invariants
--   * A match, a snippet, a facet and a correction come from words that the caller may read: the
--     syllabus of published courses, content of lessons that are open to them, drafts for staff.
--   * No query is an error: every text has an answer.

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
    perform private.refuse('invalid_search');
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
grant execute on function private.search(text, text, text, uuid, integer, text)
to anon, authenticated, service_role;

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
'Courses, modules and lessons that match a query, best first, among what the caller may read:
{results: [{kind, course_id, module_id, lesson_id, title, course_title, slug, locale,
content_type, snippet, score}], next_cursor, did_you_mean, facets: {kind, locale, course}}.

All words, "a phrase", or, -without. A snippet is HTML in which only <mark> is markup; titles are
plain text. When nothing matches, unknown words are corrected and did_you_mean is the query that
was answered. Facets count all pages.

Errors: invalid_search, invalid_cursor.';

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
    perform private.refuse('invalid_search');
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
grant execute on function private.suggest(text, integer) to anon, authenticated, service_role;

create function public.suggest(prefix text, "limit" integer default 8)
returns table (kind text, course_id uuid, lesson_id uuid, title text, slug text)
language sql stable
set search_path = ''
begin atomic
  select * from private.suggest(suggest.prefix, suggest."limit");
end;
comment on function public.suggest(text, integer) is
'Titles of courses and lessons in which each word of the prefix begins a word, for typing ahead;
without accents; those that begin with the prefix first.

Errors: invalid_search.';

grant execute on function public.suggest(text, integer) to anon, authenticated, service_role;
