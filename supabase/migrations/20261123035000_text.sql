-- Text: text search configurations, vectors, and the words that correct a typo.
--
-- Invariants
--   * Each language that Postgres can stem has one configuration, which removes stop words and
--     accents and stems the rest.
--   * search_words only grows. A stale word is never offered as a correction: the search checks
--     first that the caller can find it.

create extension if not exists pg_trgm with schema extensions;

do $$
declare
  v_language text;
  v_stop text;
begin
  foreach v_language in array array[
    'arabic', 'armenian', 'basque', 'catalan', 'danish', 'dutch', 'english', 'finnish', 'french',
    'german', 'greek', 'hindi', 'hungarian', 'indonesian', 'irish', 'italian', 'lithuanian',
    'nepali', 'norwegian', 'portuguese', 'romanian', 'russian', 'serbian', 'spanish', 'swedish',
    'tamil', 'turkish', 'yiddish'
  ] loop
    v_stop := '';
    if v_language in (
      'danish', 'dutch', 'english', 'finnish', 'french', 'german', 'hungarian', 'italian', 'nepali',
      'norwegian', 'portuguese', 'russian', 'spanish', 'swedish', 'turkish'
    ) then
      execute format(
        'create text search dictionary private.%I (
          template = pg_catalog.simple, stopwords = %L, accept = false
        )',
        v_language || '_stop', v_language
      );
      v_stop := format('private.%I, ', v_language || '_stop');
    end if;
    execute format(
      'create text search configuration private.%I (copy = pg_catalog.%I)', v_language, v_language
    );
    execute format(
      'alter text search configuration private.%I alter mapping for hword, hword_part, word
      with %s extensions.unaccent, pg_catalog.%I',
      v_language, v_stop, v_language || '_stem'
    );
  end loop;
  create text search configuration private.plain (copy = pg_catalog.simple);
  alter text search configuration private.plain alter mapping for hword, hword_part, word
  with extensions.unaccent, pg_catalog.simple;
end
$$;

-- Returns a name, not a regconfig: a column of that type blocks pg_upgrade.
create function private.text_config(p_locale text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return 'private.' || case lower(split_part(p_locale, '-', 1))
    when 'ar' then 'arabic' when 'hy' then 'armenian' when 'eu' then 'basque'
    when 'ca' then 'catalan' when 'da' then 'danish' when 'nl' then 'dutch'
    when 'en' then 'english' when 'fi' then 'finnish' when 'fr' then 'french'
    when 'de' then 'german' when 'el' then 'greek' when 'hi' then 'hindi'
    when 'hu' then 'hungarian' when 'id' then 'indonesian' when 'ga' then 'irish'
    when 'it' then 'italian' when 'lt' then 'lithuanian' when 'ne' then 'nepali'
    when 'no' then 'norwegian' when 'nb' then 'norwegian' when 'nn' then 'norwegian'
    when 'pt' then 'portuguese' when 'ro' then 'romanian' when 'ru' then 'russian'
    when 'sr' then 'serbian' when 'es' then 'spanish' when 'sv' then 'swedish'
    when 'ta' then 'tamil' when 'tr' then 'turkish' when 'yi' then 'yiddish'
    else 'plain'
  end;
end
$$;
comment on function private.text_config(text) is
'The text search configuration of a locale, by name; private.plain where Postgres has no '
'stemmer.';

-- The parser of Postgres would read < and / as parts of tags and paths: control characters, which
-- no text contains, take their place. Typographic quotes and dashes become ASCII.
create function private.search_text(p_text text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  -- Few texts contain any of these, and a test is cheaper than translate.
  if p_text !~ '[</“”„«»‘’‚–—…\u00a0]' then
    return p_text;
  end if;
  return translate(
    coalesce(p_text, ''), '</“”„«»‘’‚–—…' || chr(160),
    chr(5) || chr(6) || '"""""''''''--. '
  );
end
$$;
comment on function private.search_text(text) is
'A text prepared for the text search parser, of the same length.';

create function private.weighted_vector(
  p_config text, p_title text, p_summary text, p_heading text, p_body text
) returns tsvector
language plpgsql immutable
set search_path = ''
as $$
declare
  v_config regconfig := p_config::regconfig;
begin
  return setweight(to_tsvector(v_config, private.search_text(p_title)), 'A')
    || setweight(to_tsvector(v_config, private.search_text(p_summary)), 'B')
    || setweight(to_tsvector(v_config, private.search_text(p_heading)), 'C')
    || setweight(to_tsvector(v_config, private.search_text(p_body)), 'D');
exception
  when program_limit_exceeded then
    -- A vector is limited to a megabyte. Index half of the text rather than fail the write.
    return private.weighted_vector(
      p_config, p_title, p_summary, left(p_heading, length(p_heading) / 2),
      left(p_body, length(p_body) / 2)
    );
end
$$;
comment on function private.weighted_vector(text, text, text, text, text) is
'One vector with the weights title A, summary B, headings C, body D.';

create function private.any_term(p_config text, p_text text) returns tsquery
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select coalesce(string_agg(quote_literal(t.lexeme), ' | '), '')::tsquery
    from (
      select u.lexeme from unnest(
        tsvector_to_array(to_tsvector(p_config::regconfig, left(private.search_text(p_text), 2000)))
      ) as u (lexeme) limit 64
    ) as t
  );
end
$$;
comment on function private.any_term(text, text) is
'A query that any word of a text matches by its stem; at most 64 words.';

-- The writer is part of the key so that concurrent transactions can insert the same new word
-- without waiting for each other.
create table private.search_words (
  word text collate "C" not null,
  writer integer not null default pg_backend_pid(),
  constraint search_words_pkey primary key (word, writer)
);
comment on table private.search_words is
'Dictionary for the correction of typos: the words of all courses, without accents, in lower case.';
comment on column private.search_words.writer is 'The backend that inserted the word.';
create index search_words_word_idx on private.search_words
using gin (word extensions.gin_trgm_ops);
alter table private.search_words enable row level security;
revoke all on private.search_words from public, anon, authenticated, service_role;

create function private.text_words(p_text text) returns setof text
language sql stable
set search_path = ''
as $$
  select distinct w.word
  from ts_parse('default', private.search_text(p_text)) as t
  cross join lateral (
    select lower(extensions.unaccent('extensions.unaccent', t.token)) as word
  ) as w
  -- Words, and the parts of hyphenated words.
  where t.tokid in (1, 2, 10, 11) and length(w.word) between 3 and 40
$$;
comment on function private.text_words(text) is
'The distinct words of a text, without accents, in lower case.';

create function private.add_search_words(p_words text[]) returns void
language sql volatile
set search_path = ''
as $$
  insert into private.search_words (word)
  select distinct u.word collate "C"
  from unnest(p_words) as u (word)
  where not exists (
    select from private.search_words as k where k.word = u.word collate "C"
  )
  on conflict (word, writer) do nothing
$$;
comment on function private.add_search_words(text[]) is 'Adds new words to search_words.';

create function private.sorted_letters(p_word text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select string_agg(s.letter, '' order by s.letter)
    from regexp_split_to_table(p_word, '') as s (letter)
  );
end
$$;
comment on function private.sorted_letters(text) is 'The letters of a word in alphabetical order.';

create function private.similar_words(p_word text) returns setof text
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return query
  select c.word
  from (
    select w.word from private.search_words as w where w.word operator(extensions.%) p_word
    -- Not union all: a word may be in both parts.
    union
    -- A short word with two letters swapped shares hardly a trigram, so compare all words with its
    -- first letter. A range, because LIKE uses the index only with a pattern known at plan time.
    select w.word from private.search_words as w
    where length(p_word) <= 6
      and w.word >= left(p_word, 1) collate "C" and w.word < left(p_word, 1) || chr(1114111)
      and length(w.word) between length(p_word) - 1 and length(p_word) + 1
  ) as c
  cross join lateral (select extensions.levenshtein(c.word, p_word) as letters) as l
  cross join lateral (
    select case
      -- The same letters in another order count as one edit.
      when l.letters = 2 and length(c.word) = length(p_word)
        and private.sorted_letters(c.word) = private.sorted_letters(p_word) then 1
      else l.letters
    end as distance
  ) as d
  where c.word <> p_word and l.letters <= greatest(2, length(p_word) / 3)
  order by d.distance, extensions.similarity(c.word, p_word) desc, c.word
  limit 30;
end
$$;
comment on function private.similar_words(text) is
'Known words similar to a word, the likeliest correction first.';

create function private.query_text(p_query text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return regexp_replace(left(coalesce(p_query, ''), 2000), '[\x01-\x1f\x7f]', ' ', 'g');
end
$$;
comment on function private.query_text(text) is
'The first 2,000 characters of a query, with control characters as spaces.';
