-- Search: the search box and its suggestions.
--
-- Invariants
--   * A match, a snippet, a facet and a correction come from words that the caller may read: the
--     syllabus of published courses, content of lessons that are open to them, drafts for staff.
--   * No query text is refused.

create type private.search_scope as (
  is_operator boolean, staffed_ids uuid [], enrolled_ids uuid [], open_lesson_ids uuid []
);
comment on type private.search_scope is 'What a caller may find, computed once a call.';

create function private.search_scope() returns private.search_scope
language plpgsql stable
set search_path = ''
as $$
declare
  v_scope private.search_scope := (
    private.is_operator(), '{}'::uuid[], '{}'::uuid[], '{}'::uuid[]
  );
begin
  if auth.uid() is not null then
    v_scope.staffed_ids := array(select private.staffed_course_ids());
    v_scope.enrolled_ids := array(select private.enrolled_course_ids());
    v_scope.open_lesson_ids := array(select private.open_lesson_ids());
  end if;
  return v_scope;
end
$$;
comment on function private.search_scope() is 'What the caller may find.';

create type private.web_query as (words text, options text [], asked text);
comment on type private.web_query is
'A query prepared once for the parsers of all languages. words: in the syntax of web searches, '
'without signs; options: words behind a minus that may be options; asked: by asked_text.';

-- Signs are optional: they rank, and only a query of nothing else requires them. A minus that
-- excludes a word may also be an option: a text with that option is not excluded.
create function private.web_query(p_query text) returns private.web_query
language plpgsql immutable
set search_path = ''
as $$
declare
  v_query text := translate(left(p_query, 2000), '–—', '  ');
  v_options text[] := '{}'::text[];
  v_option text;
begin
  v_query := regexp_replace(v_query, '(^|\s)-[[:alnum:]](?=\s|$)', '\1', 'g');
  if v_query !~* '\mor\M' then
    v_options := array(
      select o.option[1]
      from regexp_matches(v_query, '(?:^|\s)-([A-Za-z][\w-]*)(?=\s|$)', 'g') as o (option) limit 8
    );
  end if;
  -- Outside of phrases no sign, and no dash but those before and inside of words: a long run of
  -- dashes makes the parser of Postgres fail.
  select string_agg(
    case
      when q.at % 2 = 0 then q.part
      else translate(
        regexp_replace(
          regexp_replace(q.part, '-{2,}', ' ', 'g'), '(^|\s)[!-,./:-@\[-`{-~]{1,4}(?=\s|$)', '\1', 'g'
        ),
        '+#$@%^&*=<>|~!\', '              '
      )
    end,
    '"' order by q.at
  ) into v_query
  from string_to_table(regexp_replace(v_query, '-{3,}', ' ', 'g'), '"') with ordinality as q (part, at);
  v_query := regexp_replace(v_query, '(^|\s)-(?=["[:alnum:]])', '\1' || chr(1), 'g');
  v_query := regexp_replace(v_query, '(?<=[[:alnum:]])-(?=[[:alnum:]])', chr(2), 'g');
  v_query := translate(v_query, '-' || chr(2), ' -');
  foreach v_option in array v_options loop
    v_query := regexp_replace(v_query, '(^|\s)\x01' || v_option || '(?=\s|$)', '\1');
  end loop;
  -- The minus that excludes is no sign.
  v_query := translate(private.asked_text(v_query), chr(1), '-');
  -- A word in pairs is a phrase where it is excluded, and so many words elsewhere: in a long text
  -- the places of words are not exact.
  v_query := translate(
    regexp_replace(v_query, '-([^\s"]*[\x0e\x0f][^\s"]*)', '-"\1"', 'g'),
    E'\x0e\x0f', '  '
  );
  return (v_query, v_options, private.asked_text(left(p_query, 2000)))::private.web_query;
end
$$;
comment on function private.web_query(text) is
'Prepares a query in the syntax of web searches: words, "a phrase", or, -without.';

create function private.websearch_query(p_config text, p_query private.web_query) returns tsquery
language plpgsql immutable
set search_path = ''
as $$
declare
  v_config regconfig := p_config::regconfig;
  v_parsed tsquery;
  v_option text;
begin
  v_parsed := websearch_to_tsquery(v_config, p_query.words);
  if octet_length(p_query.words) > length(p_query.words) then
    -- A single letter of a script without blanks begins a pair wherever it stands; a Korean word
    -- has its particles behind it.
    v_parsed := regexp_replace(
      v_parsed::text, '(''(?:' || private.blankless_letter() || '|[\uac00-\ud7a3]{2,})'')',
      '\1:*', 'g'
    )::tsquery;
  end if;
  if numnode(v_parsed) = 0 then
    return plainto_tsquery(v_config, p_query.asked);
  end if;
  foreach v_option in array p_query.options loop
    v_parsed := v_parsed && (
      private.coded_sign('-' || v_option)::tsquery
      || !! phraseto_tsquery(v_config, private.asked_text(v_option))
    );
  end loop;
  return v_parsed;
exception
  when internal_error or program_limit_exceeded then
    return plainto_tsquery(v_config, p_query.words);
end
$$;
comment on function private.websearch_query(text, private.web_query) is
'A prepared query with the stems of a language.';

create type private.search_hit as (
  kind text, subject_id uuid, course_id uuid, locale text, is_readable boolean, score numeric
);
comment on type private.search_hit is
'A match. is_readable: the caller may read its content, so that it was searched and may be shown.';

create function private.search_hits(
  p_query text, p_scope private.search_scope, p_kind text, p_locale text, p_course_id uuid
) returns setof private.search_hit
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_config text := private.text_config(p_locale);
  v_web private.web_query := private.web_query(p_query);
  v_configs text[];
  v_query tsquery;
  v_any tsquery;
begin
  -- Languages in which the query has the same stems share a scan. used: a loose index scan of the
  -- distinct configurations, one index lookup each.
  for v_query, v_any, v_configs in
    with recursive used as (
      (select d.config from private.search_documents as d order by d.config limit 1)
      union all
      select (
        select d.config from private.search_documents as d
        where d.config > u.config order by d.config limit 1
      )
      from used as u where u.config is not null
    ),

    parsed as materialized (
      select
        u.config, private.websearch_query(u.config, v_web) as query,
        private.any_term(u.config, v_web.asked) as any_term
      from used as u where u.config is not null and (p_locale is null or u.config = v_config)
    )

    select q.query, q.any_term, array_agg(q.config)
    from parsed as q
    -- A query without a required word matches everything.
    where querytree(q.query) not in ('', 'T')
    group by q.query, q.any_term
  loop
    return query
    select
      d.kind, d.subject_id, d.course_id, d.locale, d.is_readable,
      -- Frequency and weight of the words; for several words also their distance.
      round((ts_rank('{0.1,0.2,0.4,1}', d.terms, v_any) + case
        when numnode(v_query) > 1 then ts_rank('{0.1,0.2,0.4,1}', d.terms, v_query) else 0
      end)::numeric, 6)
    from (
      -- The index decides alone: no document is read again to compare it with the query. The ids
      -- are hashed: a list would be compared one by one with each match.
      select s.*, s.content_terms as terms, true as is_readable
      from private.search_documents as s
      where s.content_terms @@ v_query and (
        s.is_public or s.lesson_id in (select u.id from unnest(p_scope.open_lesson_ids) as u (id))
        or s.course_id = any(p_scope.staffed_ids) or p_scope.is_operator
      )
      union all
      select s.*, s.syllabus_terms, false
      from private.search_documents as s
      where s.syllabus_terms @@ v_query
        and (
          s.is_listed or s.course_id = any(p_scope.staffed_ids) or p_scope.is_operator
          or (s.kind = 'course' and s.course_id = any(p_scope.enrolled_ids))
        )
        and (s.content_terms is null or not (
          s.is_public or s.lesson_id in (select u.id from unnest(p_scope.open_lesson_ids) as u (id))
          or s.course_id = any(p_scope.staffed_ids) or p_scope.is_operator
        ))
    ) as d
    -- Not d.config, whose index would return all documents of a language.
    where d.config || '' = any(v_configs)
      and (p_kind is null or d.kind = p_kind)
      and (
        p_locale is null or lower(d.locale) = p_locale
        or starts_with(lower(d.locale), p_locale || '-')
      )
      and (p_course_id is null or d.course_id = p_course_id);
  end loop;
end
$$;
comment on function private.search_hits(text, private.search_scope, text, text, uuid) is
'The matches of a query within a scope, stemmed by the language of each course.';

create function private.contains_word(
  p_kind text, p_subject_id uuid, p_is_readable boolean, p_word text
) returns boolean
language plpgsql stable
set search_path = ''
as $$
declare
  v_outline text;
  v_config text;
  v_stem tsquery;
begin
  select d.title || ' ' || d.summary, d.config into v_outline, v_config
  from private.search_documents as d where d.kind = p_kind and d.subject_id = p_subject_id;
  if p_word in (select private.text_words(v_outline)) then
    return true;
  end if;
  v_stem := private.any_term(v_config, p_word);
  return p_is_readable and exists (
    select
    from private.passage_vectors as v
    inner join public.lesson_passages as p on p.lesson_id = v.lesson_id and p.ord = v.ord
    -- Only passages with the stem are parsed.
    where v.lesson_id = p_subject_id and v.terms @@ v_stem and p_word in (
      select private.text_words(concat_ws(' ', p.body, array_to_string(p.heading_path, ' ')))
    )
  );
end
$$;
comment on function private.contains_word(text, uuid, boolean, text) is
'Whether the readable text of a match contains the word itself, not only its stem.';

create function private.is_stop_word(p_word text) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return exists (
    select from pg_catalog.pg_ts_dict as d
    where d.dictnamespace = 'private'::regnamespace and d.dictname like '%\_stop'
      and ts_lexize(d.oid, p_word) = '{}'::text[]
  );
end
$$;
comment on function private.is_stop_word(text) is
'Whether a word is a stop word in any language of the search.';

create function private.completed_word(p_word text, p_scope private.search_scope) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select w.word
    from private.search_documents as d
    cross join lateral unnest(tsvector_to_array(d.title_terms)) as w (word)
    where d.title_terms @@ (quote_literal(p_word) || ':*')::tsquery
      and starts_with(w.word, p_word)
      and (d.is_listed or p_scope.is_operator or d.course_id = any(p_scope.staffed_ids))
    group by w.word
    order by count(*) desc, length(w.word), w.word
    limit 1
  );
end
$$;
comment on function private.completed_word(text, private.search_scope) is
'The word of most titles that begins with these letters, of titles that suggest shows the caller.';

create function private.divided_query(
  p_query text, p_scope private.search_scope, p_kind text, p_locale text, p_course_id uuid
) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_letter text := private.blankless_letter();
  v_query text := '';
  v_part text;
  v_before text := '';
  v_left integer := 16;
begin
  for v_part in
    select m.part[1] from regexp_matches(p_query, '(' || v_letter || '|.)', 'g') as m (part)
  loop
    if v_left > 0 and v_before || v_part ~ ('^' || v_letter || '{2}$') then
      v_left := v_left - 1;
      if not exists (
        select
        from private.search_hits(v_before || v_part, p_scope, p_kind, p_locale, p_course_id)
      ) then
        v_query := v_query || ' ';
      end if;
    end if;
    v_query := v_query || v_part;
    v_before := v_part;
  end loop;
  -- A letter between two borders is no word.
  return btrim(regexp_replace(v_query, '(^|\s)' || v_letter || '(?=\s|$)', '\1', 'g'));
end
$$;
comment on function private.divided_query(
  text, private.search_scope, text, text, uuid
) is
'A query in a script without blanks, divided at the first 16 pairs of letters that match nothing.';

create type private.search_answer as (did_you_mean text, hits private.search_hit []);
comment on type private.search_answer is
'The matches of a query; did_you_mean: the corrected query that they match, null if it was not '
'corrected.';

create function private.corrected_answer(
  p_query text, p_scope private.search_scope, p_kind text, p_locale text, p_course_id uuid
) returns private.search_answer
language plpgsql stable
set search_path = ''
as $$
declare
  v_asked text := lower(extensions.unaccent('extensions.unaccent', private.normalize_text(p_query)));
  v_query text := v_asked;
  -- Only words that the caller may read: their number, and so the time that their checks take,
  -- depends on no other.
  v_course_ids uuid[] := case
    when not p_scope.is_operator
      then private.everyone() || p_scope.staffed_ids || p_scope.enrolled_ids
  end;
  v_word text;
  v_better text;
  v_hits private.search_hit[];
  v_answer private.search_answer;
begin
  for v_word in
    select w.word from private.text_words(p_query) as w (word) order by w.word limit 8
  loop
    -- A query of one word has been searched already.
    continue when private.is_stop_word(v_word) or (v_word <> p_query and exists (
      select from private.search_hits(v_word, p_scope, p_kind, p_locale, p_course_id)
    ));
    -- Offer only a word that the caller can find, in a form that they may read. The end of a word
    -- that is not typed yet comes before a correction. A loop, because a sort would check all.
    for v_better in
      select s.word
      from (
        select private.completed_word(v_word, p_scope) as word, 0 as at
        union all
        select k.word, k.at
        from private.similar_words(v_word, v_course_ids) with ordinality as k (word, at)
      ) as s
      where s.word is not null order by s.at
    loop
      v_hits := array(
        select h from private.search_hits(v_better, p_scope, p_kind, p_locale, p_course_id) as h
      );
      if exists (
        select from (
          select h.* from unnest(v_hits) as h order by h.score desc, h.subject_id limit 20
        ) as h
        where private.contains_word(h.kind, h.subject_id, h.is_readable, v_better)
      ) then
        v_query := regexp_replace(v_query, '\m' || v_word || '\M', v_better, 'g');
        v_answer := (v_better, v_hits);
        exit;
      end if;
    end loop;
  end loop;
  if v_query ~ (private.blankless_letter() || '{3}') then
    v_query := private.divided_query(v_query, p_scope, p_kind, p_locale, p_course_id);
  end if;
  if v_query in (v_asked, '') then
    return null;
  end if;
  -- The only word of a query has just been searched.
  if v_query is distinct from v_answer.did_you_mean then
    v_answer := (v_query, array(
      select h from private.search_hits(v_query, p_scope, p_kind, p_locale, p_course_id) as h
    ));
  end if;
  return v_answer;
end
$$;
comment on function private.corrected_answer(text, private.search_scope, text, text, uuid) is
'The matches of a query with its unknown words completed or replaced by the likeliest words that '
'the caller can find; null if no word is replaced.';

create function private.marked_text(p_config text, p_text text, p_query tsquery) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  v_text text := p_text;
  v_is_paired boolean;
begin
  -- Not search_text, which changes quotes and dashes. Most texts have no control character, and
  -- translate looks at each character.
  if v_text ~ '[\x01-\x08\x0e\x0f]' then
    v_text := translate(v_text, E'\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f', '          ');
  end if;
  v_text := replace(replace(v_text, '<', E'\x05'), '/', E'\x06');
  v_is_paired := octet_length(v_text) > length(v_text)
    and v_text ~ ('[' || private.blankless() || ']');
  if v_is_paired then
    v_text := private.paired_text(normalize(v_text, nfc));
  end if;
  v_text := ts_headline(
    p_config::regconfig, private.broken_text(v_text), p_query,
    case when v_is_paired then 'MaxWords=80, MinWords=40' else 'MaxWords=40, MinWords=20' end
    || ', ShortWord=2, StartSel=' || chr(2) || ', StopSel=' || chr(3)
  );
  if v_is_paired then
    -- Back to one letter for each, and one mark for neighbours.
    v_text := regexp_replace(
      replace(v_text, E'\x03\x0e\x02', E'\x0e'),
      '(' || private.blankless_letter() || ')(\x03?)\x0e(\x02?)\1', '\3\1\2', 'g'
    );
    v_text := replace(translate(v_text, E'\x0e\x0f', ''), E'\x03\x02', '');
  end if;
  v_text := replace(v_text, E'\x0f', '');
  return btrim(regexp_replace(
    replace(replace(replace(replace(replace(replace(replace(replace(
      v_text,
      '&', '&amp;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'),
      chr(5), '&lt;'), chr(6), '/'), chr(2), '<mark>'), chr(3), '</mark>'),
    '\s+', ' ', 'g'
  ));
end
$$;
comment on function private.marked_text(text, text, tsquery) is
'An excerpt of a text around the words of a query, as HTML in which <mark> is the only markup.';

create function private.snippet(
  p_lesson_id uuid, p_config text, p_outline text, p_query tsquery
) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_body text;
begin
  if p_lesson_id is not null then
    -- A match in the body of a passage comes before a match in its headings only.
    select
      case
        when ts_filter(v.terms, '{d}') @@ p_query then p.body
        else array_to_string(p.heading_path, ' › ') || ' — ' || p.body
      end
    into v_body
    from private.passage_vectors as v
    inner join public.lesson_passages as p on p.lesson_id = v.lesson_id and p.ord = v.ord
    where v.lesson_id = p_lesson_id and v.terms @@ p_query
      and ts_filter(v.terms, '{b,d}') @@ p_query
    order by
      ts_filter(v.terms, '{d}') @@ p_query desc,
      ts_rank('{0.1,0.2,0.4,1}', v.terms, p_query) desc, v.ord
    limit 1;
  end if;
  return private.marked_text(p_config, coalesce(v_body, p_outline), p_query);
end
$$;
comment on function private.snippet(uuid, text, text, tsquery) is
'The excerpt of a match: from the best passage of a lesson that the caller may read, else from its '
'title and summary, p_outline.';

create function private.search_answer(
  p_query text, p_scope private.search_scope, p_kind text, p_locale text, p_course_id uuid
) returns private.search_answer
language plpgsql stable
set search_path = ''
as $$
declare
  v_answer private.search_answer;
begin
  v_answer.hits := array(
    select h from private.search_hits(p_query, p_scope, p_kind, p_locale, p_course_id) as h
  );
  if cardinality(v_answer.hits) = 0 then
    v_answer := private.corrected_answer(p_query, p_scope, p_kind, p_locale, p_course_id);
    -- Corrected words may match one by one but not together.
    if (cardinality(v_answer.hits) > 0) is not true then
      v_answer := (null, '{}');
    end if;
  end if;
  return v_answer;
end
$$;
comment on function private.search_answer(text, private.search_scope, text, text, uuid) is
'What matches a query within a scope, or its correction if nothing matches.';

create function private.search_kind(p_kind text) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  if p_kind not in ('', 'course', 'module', 'lesson') then
    perform private.refuse('invalid_search');
  end if;
  return nullif(p_kind, '');
end
$$;
comment on function private.search_kind(text) is
'The kind to search for, null for all; refuses an unknown kind.';

create function private.search(
  p_query text, p_course_id uuid, p_kind text, p_locale text, p_page_size integer, p_cursor text
)
returns table (
  kind text, course_id uuid, course_slug text, course_title text, module_id uuid, lesson_id uuid,
  lesson_slug text, title text, locale text, content_type public.content_type, snippet text,
  teachers text[], score numeric, did_you_mean text, cursor text
)
language plpgsql stable
security definer set search_path = '' set client_min_messages = 'warning'
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_query text := private.query_text(p_query);
  v_kind text := private.search_kind(p_kind);
  v_locale text := lower(nullif(btrim(p_locale), ''));
  v_scope private.search_scope := private.search_scope();
  v_signature text := md5(concat_ws('|', v_query, v_kind, v_locale, p_course_id));
  v_after private.cursor_position;
  v_answer private.search_answer;
  v_asked text;
begin
  perform private.require_page(p_page_size);
  if p_cursor is null then
    v_answer := private.search_answer(v_query, v_scope, v_kind, v_locale, p_course_id);
  else
    v_after := private.read_cursor(v_signature, p_cursor);
    -- Every page shows the correction that the first page found.
    v_answer.did_you_mean := case when v_after.text <> '' then private.query_text(v_after.text) end;
    v_answer.hits := array(
      select h from private.search_hits(
        coalesce(v_answer.did_you_mean, v_query), v_scope, v_kind, v_locale, p_course_id
      ) as h
    );
  end if;
  v_asked := private.asked_text(left(coalesce(v_answer.did_you_mean, v_query), 2000));
  return query
  with page as materialized (
    select h.*
    from unnest(v_answer.hits) as h
    where v_after.id is null or h.score < v_after.number
      or (h.score = v_after.number and h.subject_id > v_after.id)
    order by h.score desc, h.subject_id
    limit p_page_size
  ),

  document as materialized (
    select
      p.score, p.is_readable, d.kind, d.subject_id, d.course_id, d.module_id, d.lesson_id, d.locale,
      d.config, d.title, d.summary
    from page as p
    inner join private.search_documents as d on d.kind = p.kind and d.subject_id = p.subject_id
  ),

  -- Parsed once a configuration, not once a row.
  parsed as materialized (
    select u.config, private.any_term(u.config, v_asked) as query
    from (select distinct d.config from document as d) as u
  ),

  teacher as materialized (
    select t.course_id, array_agg(t.name order by t.place) as names
    from private.course_teachers(array(select distinct p.course_id from page as p))
    with ordinality as t (course_id, name, headline, picture, bio_md, place)
    where t.name <> ''
    group by t.course_id
  )

  select
    d.kind, d.course_id, c.slug, c.title, d.module_id, d.lesson_id, l.slug, d.title, d.locale,
    l.content_type,
    private.snippet(
      case when d.is_readable then d.lesson_id end, d.config, d.title || ' — ' || d.summary, q.query
    ),
    coalesce(t.names, '{}'), d.score, v_answer.did_you_mean,
    private.make_cursor(v_signature, d.score, v_answer.did_you_mean, d.subject_id)
  from document as d
  inner join parsed as q on q.config = d.config
  inner join public.courses as c on c.id = d.course_id
  left join teacher as t on t.course_id = d.course_id
  left join public.lessons as l on l.id = d.lesson_id
  order by d.score desc, d.subject_id;
end
$$;
grant execute on function private.search(text, uuid, text, text, integer, text)
to anon, authenticated, service_role;

create function public.search(
  query text, course_id uuid default null, kind text default null, locale text default null,
  page_size integer default 20, cursor text default null
)
returns table (
  kind text, course_id uuid, course_slug text, course_title text, module_id uuid, lesson_id uuid,
  lesson_slug text, title text, locale text, content_type public.content_type, snippet text,
  teachers text[], score numeric, did_you_mean text, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.search(
    search.query, search.course_id, search.kind, search.locale, search.page_size, search.cursor
  );
end;
comment on function public.search(text, uuid, text, text, integer, text) is
'Finds courses, modules and lessons among what the caller may read, best match first.

A query takes all words, "a phrase", or, and -without. Signs count where texts have them: ls -F,
>>, C++. A minus before a word excludes it, but not from a text that has it as an option, as in
find -name; a minus before a single letter is always an option. title is the title of the match, as plain
text; snippet is HTML in which only <mark> is markup; teachers has the names of those of the course. If nothing matches, unknown words are
completed or corrected; did_you_mean is then the query that was answered, and null otherwise. A query
of nothing but stop words, such as the, matches nothing and is not corrected. search_facets counts the matches.

Send free text with POST: in a GET, PostgREST reads a value such as in.memory or eq.5 as a filter.

Errors: invalid_cursor, invalid_page, invalid_search.';

grant execute on function public.search(text, uuid, text, text, integer, text)
to anon, authenticated, service_role;

create function private.search_facets(
  p_query text, p_course_id uuid, p_kind text, p_locale text
)
returns table (facet text, value text, count bigint, course_slug text, course_title text)
language plpgsql stable
security definer set search_path = '' set client_min_messages = 'warning'
as $$
declare
  v_answer private.search_answer := private.search_answer(
    private.query_text(p_query), private.search_scope(), private.search_kind(p_kind),
    lower(nullif(btrim(p_locale), '')), p_course_id
  );
begin
  return query
  with counted as (
    select
      f.facet, f.value, count(*) as count,
      row_number() over (partition by f.facet order by count(*) desc, f.value) as place
    from unnest(v_answer.hits) as h
    cross join lateral (
      values ('course', h.course_id::text), ('kind', h.kind), ('locale', h.locale)
    ) as f (facet, value)
    group by f.facet, f.value
  )

  select n.facet, n.value, n.count, c.slug, c.title
  from counted as n
  left join public.courses as c on c.id = case when n.facet = 'course' then n.value::uuid end
  where n.place <= 20
  order by n.facet, n.place;
end
$$;
grant execute on function private.search_facets(text, uuid, text, text)
to anon, authenticated, service_role;

create function public.search_facets(
  query text, course_id uuid default null, kind text default null, locale text default null
)
returns table (facet text, value text, count bigint, course_slug text, course_title text)
language sql stable
set search_path = ''
begin atomic
  select * from private.search_facets(
    search_facets.query, search_facets.course_id, search_facets.kind, search_facets.locale
  );
end;
comment on function public.search_facets(text, uuid, text, text) is
'Counts the matches of a search by course, kind and locale.

facet is course, kind or locale; value is what to pass to search under course_id, kind or locale;
count covers all pages. Each facet has the 20 values with most matches. If search corrects the
query, the matches of the corrected query are counted.

Send free text with POST, as for search.

Errors: invalid_search.';

grant execute on function public.search_facets(text, uuid, text, text)
to anon, authenticated, service_role;

create function private.suggest(p_prefix text, p_page_size integer)
returns table (
  kind text, course_id uuid, course_slug text, lesson_id uuid, lesson_slug text, title text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_words text[] := array(
    select w.word
    from ts_parse('default', private.asked_text(left(p_prefix, 200)))
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
  perform private.require_page(p_page_size);
  if cardinality(v_words) = 0 then
    return;
  end if;
  select string_agg(quote_literal(w.word) || ':*', ' & ')::tsquery into v_query
  from unnest(v_words) as w (word);
  return query
  select d.kind, d.course_id, c.slug, d.lesson_id, l.slug, d.title
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
    limit p_page_size
  ) as d
  inner join public.courses as c on c.id = d.course_id
  left join public.lessons as l on l.id = d.lesson_id
  order by
    starts_with(lower(extensions.unaccent('extensions.unaccent', d.title)), v_prefix) desc,
    d.kind, length(d.title), d.title, d.subject_id;
end
$$;
grant execute on function private.suggest(text, integer) to anon, authenticated, service_role;

create function public.suggest(prefix text, page_size integer default 8)
returns table (
  kind text, course_id uuid, course_slug text, lesson_id uuid, lesson_slug text, title text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.suggest(suggest.prefix, suggest.page_size);
end;
comment on function public.suggest(text, integer) is
'Completes a prefix to titles of courses and lessons, for typing ahead.

Each word of the prefix begins a word of the title; accents and case do not matter. Titles that
begin with the prefix come first.

Send free text with POST, as for search.

Errors: invalid_page.';

grant execute on function public.suggest(text, integer) to anon, authenticated, service_role;
