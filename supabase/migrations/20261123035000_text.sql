-- Text: text search configurations, vectors, and the words that correct a typo.
--
-- Invariants
--   * Each language that Postgres can stem has one configuration, which removes stop words and
--     accents and stems the rest.
--   * Words of scripts without blanks are pairs of letters, in the index and in a query.
--   * Signs such as >>, $@, -F, C++ are words too, written as zx and the hex of their bytes.
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

create function private.blankless() returns text
language sql immutable
set search_path = ''
as $$
  select '\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1050-\u109f'
    '\uaa60-\uaa7f\u1780-\u17d3\u17dd\u2e80-\u2fd5\u3005-\u3007\u3021-\u3029\u3031-\u3035'
    '\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf'
    '\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff'
$$;
comment on function private.blankless() is
'The letters of scripts without blanks between words, as ranges of a regular expression: Chinese, '
'Japanese, Thai, Lao, Khmer, Burmese.';

create function private.blankless_letter() returns text
language sql immutable
set search_path = ''
as $$
  select '(?:(?!' || m.marks || ')[' || private.blankless() || ']' || m.marks || '*)'
  from (
    values (
      '[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u1056-\u1059'
      '\u17b4-\u17d3\u17dd]'
    )
  ) as m (marks)
$$;
comment on function private.blankless_letter() is
'A letter of such a script with the vowels and tones above and below it, as a regular expression.';

-- Each letter of a script without blanks is written twice with a separator between: the tokens of
-- abc are then a, ab, bc and c. Words and numbers of other scripts end where such a letter begins:
-- people write SQL语言 and 100元 without a blank.
create function private.paired_text(p_text text) returns text
language sql immutable
set search_path = ''
as $$
  select regexp_replace(
    regexp_replace(
      regexp_replace(
        p_text, '([' || o.others || '])([' || b.letters || '])', '\1' || chr(15) || '\2', 'g'
      ),
      '([' || b.letters || '])([' || o.others || '])', '\1' || chr(15) || '\2', 'g'
    ),
    '(' || private.blankless_letter() || ')', '\1' || chr(14) || '\1', 'g'
  )
  from (select private.blankless() as letters) as b
  -- Latin, Greek, Cyrillic, Hangul, full-width letters, and digits.
  cross join (
    values (
      '0-9A-Za-z\u00c0-\u02af\u0370-\u058f\u0e50-\u0e59\u0ed0-\u0ed9\u1040-\u1049\u17e0-\u17e9'
      '\u1e00-\u1fff\uac00-\ud7a3\uff10-\uff19\uff21-\uff3a\uff41-\uff5a'
    )
  ) as o (others)
$$;
comment on function private.paired_text(text) is
'A text in which words of scripts without blanks are pairs of letters, separated by chr(14), and '
'separated by chr(15) from words of other scripts.';

-- The time of the parser of Postgres is quadratic in the length of a run with underscores.
create function private.broken_text(p_text text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  if strpos(p_text, '_') = 0 then
    return p_text;
  end if;
  return regexp_replace(p_text, '([^\s\x0e\x0f]{200})', '\1' || chr(15), 'g');
end
$$;
comment on function private.broken_text(text) is
'A text in which chr(15) breaks runs of more than 200 characters, if it has an underscore.';

create function private.coded_sign(p_sign text) returns text
language sql immutable
set search_path = ''
as $$
  select 'zx' || encode(convert_to(p_sign, 'UTF8'), 'hex')
$$;
comment on function private.coded_sign(text) is
'The word of the index that stands for a sign; case and punctuation count.';

create function private.decoded_sign(p_word text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return case
    when p_word ~ '^zx(?:[2-7][0-9a-f])+$'
      then convert_from(decode(substr(p_word, 3), 'hex'), 'UTF8')
    else p_word
  end;
end
$$;
comment on function private.decoded_sign(text) is 'The sign that a word stands for, or the word.';

-- The word keeps its own terms, since people also search for the letters of it. An option of one
-- letter does not: a letter alone says nothing.
create function private.coded_word(p_word text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  v_inner text := regexp_replace(p_word, '^["''`]+(?=.)|(?<=.)["''`][.,;:?!]*$', '', 'g');
  v_core text := case
    when v_inner ~ '^[!-/:-@\[-`{-~]+$' then v_inner
    else regexp_replace(v_inner, '^[(\[]+(?=.)|(?<=.)[)\].,;:?!]+$', '', 'g')
  end;
  v_sign text := substring(v_core from '^--?[A-Za-z][A-Za-z0-9_-]*(?==|$)');
begin
  if v_sign is not null then
    return case when v_sign ~ '^-.$' then '' else p_word end || ' ' || private.coded_sign(v_sign);
  elsif v_core ~ '^[!-/:-@\[-`{-~]{1,4}$' then
    return case
      when v_core ~ '^(?:-+|\.{3}|["''`(),;:]+)$' then p_word
      else private.coded_sign(v_core)
    end;
  elsif length(v_core) > 24 or v_core !~ '[+#$@%^&*=<>|~!\\]' or v_core !~ '^[!-~]*$'
    or v_core ~ '://|\w@\w|^[$+~#]?[\d.,]+[%$]?$' then
    return p_word;
  end if;
  return p_word || ' ' || private.coded_sign(v_core) || (
    select coalesce(string_agg(' ' || private.coded_sign(r.run[1]), ''), '')
    from regexp_matches(v_core, '[+#$@%^&*=<>|~!\\]{1,3}', 'g') as r (run)
  );
end
$$;
comment on function private.coded_word(text) is
'A word between blanks with the signs in it as words: operators, options, names such as C++.';

create function private.coded_text(p_text text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  v_sign constant text := '[+#$@%^&*=<>|~!\\]|^["''`(]*--?[A-Za-z]|^[!-/:-@\[-`{-~]{1,7}$';
  v_signs constant text := '[+#$@%^&*=<>|~!\\]|(?:^|[[:space:]`"''(])(?:--?[A-Za-z]|[!-/:-@\[-`{-~]{1,4}(?=$|\s))';
begin
  if p_text !~ v_signs then
    return p_text;
  end if;
  return (
    with line as materialized (
      select l.at, l.line, l.line ~ v_signs and length(l.line) <= 2000 as has_signs
      from string_to_table(p_text, E'\n') with ordinality as l (line, at)
    ),

    word as materialized (
      select l.at as line_at, l.has_signs, w.at, coalesce(w.word, '') as word
      from line as l
      left join lateral string_to_table(
        case when l.has_signs then translate(l.line, E'\t\u00a0', '  ') else l.line end,
        case when l.has_signs then ' ' else E'\n' end
      ) with ordinality as w (word, at) on true
    ),

    -- A text repeats its words: each is coded once.
    coded as materialized (
      select d.word, private.coded_word(d.word) as text
      from (select distinct w.word from word as w where w.has_signs and w.word ~ v_sign) as d
    )

    select string_agg(t.text, E'\n' order by t.line_at)
    from (
      select w.line_at, string_agg(coalesce(c.text, w.word), ' ' order by w.at) as text
      from word as w left join coded as c on w.has_signs and c.word = w.word
      group by w.line_at
    ) as t
  );
end
$$;
comment on function private.coded_text(text) is
'A text in which signs are words, in lines of at most 2,000 characters.';

-- The parser of Postgres would read < and / as parts of tags and paths: control characters, which
-- no text contains, take their place. Typographic quotes and dashes become ASCII.
create function private.search_text(p_text text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  v_text text := private.coded_text(p_text);
begin
  if octet_length(v_text) = length(v_text) then
    return translate(private.broken_text(v_text), '</', E'\x05\x06');
  end if;
  return translate(
    -- A raised figure is no part of its word.
    private.broken_text(private.paired_text(private.normalize_text(
      regexp_replace(coalesce(v_text, ''), '([⁰¹²³⁴-⁹]+)', ' \1', 'g')
    ))),
    '</“”„«»‘’‚–—‐', E'\x05\x06"""""''''''---'
  );
end
$$;
comment on function private.search_text(text) is 'A text prepared for the text search parser.';

create function private.asked_text(p_text text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  -- The mark at the end of a question is no sign.
  v_text text := private.search_text(case
    when right(p_text, 12) ~ '\s[?!.]+\s*$' then rtrim(p_text, E' ?!.\t\r\n')
    else p_text
  end);
  v_letter text;
begin
  if strpos(v_text, chr(14)) = 0 then
    return v_text;
  end if;
  v_letter := private.blankless_letter();
  -- The first and the last letter of a word, which stand alone in the index where the word does. A
  -- phrase has those between its words: each has its place in the index.
  return (
    select string_agg(
      regexp_replace(
        regexp_replace(
          s.part,
          case
            when s.at % 2 = 0 then '^\s*' else '(?<![\x0e' || private.blankless() || '])'
          end || v_letter || '\x0e(?=' || v_letter || '{2})',
          '', 'g'
        ),
        '(' || v_letter || '{2})\x0e' || v_letter || case
          when s.at % 2 = 0 then '\s*$' else '(?![' || private.blankless() || '])'
        end,
        '\1', 'g'
      ),
      '"' order by s.at
    )
    from string_to_table(v_text, '"') with ordinality as s (part, at)
  );
end
$$;
comment on function private.asked_text(text) is
'A query prepared for the text search parser: of words in pairs of letters the pairs alone, and '
'all of a phrase between quotes but its ends.';

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

create function private.any_term(p_config text, p_asked text) returns tsquery
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select coalesce(string_agg(
      quote_literal(t.lexeme)
      -- As in websearch_query.
      || case
        when octet_length(t.lexeme) > length(t.lexeme)
          and t.lexeme ~ ('^(?:' || private.blankless_letter() || '|[\uac00-\ud7a3]{2,})$')
          then ':*'
        else ''
      end,
      ' | '
    ), '')::tsquery
    from (
      select u.lexeme
      from unnest(tsvector_to_array(to_tsvector(p_config::regconfig, p_asked))) as u (lexeme)
      limit 64
    ) as t
  );
end
$$;
comment on function private.any_term(text, text) is
'A query that any word of a text, prepared by asked_text, matches by its stem; at most 64 words.';

-- The writer is part of the key so that concurrent transactions can insert the same new word
-- without waiting for each other.
create table private.search_words (
  course_id uuid not null,
  word text collate "C" not null,
  writer integer not null default pg_backend_pid(),
  constraint search_words_pkey primary key (course_id, word, writer)
);
comment on table private.search_words is
'Dictionary for the correction of typos: words without accents, in lower case.';
comment on column private.search_words.course_id is
'The course whose lessons or drafts have the word; 0 for a word that everybody may read. No '
'foreign key, because of the 0.';
comment on column private.search_words.writer is 'The backend that inserted the word.';
-- Most callers look up the words of everybody and of a few courses, which are compared one by one.
create index search_words_word_everyone_idx on private.search_words
using gin (word extensions.gin_trgm_ops) where course_id = private.everyone();
create index search_words_word_courses_idx on private.search_words
using gin (word extensions.gin_trgm_ops) where course_id <> private.everyone();
alter table private.search_words enable row level security;
revoke all on private.search_words from public, anon, authenticated, service_role;

create function private.text_words(p_text text) returns setof text
language plpgsql stable
set search_path = ''
as $$
begin
  return query
  select distinct w.word
  from ts_parse('default', private.search_text(p_text)) as t
  cross join lateral (
    select lower(extensions.unaccent('extensions.unaccent', t.token)) as word
  ) as w
  -- Words, and the parts of hyphenated words.
  where t.tokid in (1, 2, 10, 11) and length(w.word) between 3 and 40;
end
$$;
comment on function private.text_words(text) is
'The distinct words of a text, without accents, in lower case.';

create function private.add_search_words(p_course_id uuid, p_words text[]) returns void
language sql volatile
set search_path = ''
as $$
  insert into private.search_words (course_id, word)
  select distinct p_course_id, u.word collate "C"
  from unnest(p_words) as u (word)
  where not exists (
    select from private.search_words as k
    where k.course_id in (p_course_id, private.everyone()) and k.word = u.word collate "C"
  )
  on conflict (course_id, word, writer) do nothing
$$;
comment on function private.add_search_words(uuid, text[]) is
'Adds words to search_words that the course or everybody does not have yet.';

create function private.sorted_letters(p_word text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select string_agg(s.letter, '' order by s.letter)
    from string_to_table(p_word, null) as s (letter)
  );
end
$$;
comment on function private.sorted_letters(text) is 'The letters of a word in alphabetical order.';

create function private.similar_words(p_word text, p_course_ids uuid[]) returns setof text
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_limit integer := greatest(2, length(p_word) / 3);
begin
  return query
  select c.word
  from (
    select w.word from private.search_words as w
    where w.course_id = private.everyone() and w.word operator(extensions.%) p_word
    -- Not union all: a word may be in several parts.
    union
    select w.word from private.search_words as w
    where p_course_ids is null and w.course_id <> private.everyone()
      and w.word operator(extensions.%) p_word
    union
    -- The distance is a tenth of the work of the similarity, and most words are too far.
    select n.word
    from (
      select w.word from private.search_words as w
      where w.course_id = any(array_remove(p_course_ids, private.everyone()))
        and extensions.levenshtein_less_equal(w.word, p_word, v_limit) <= v_limit
      offset 0
    ) as n
    where n.word operator(extensions.%) p_word
    union
    -- A short word with two letters swapped shares hardly a trigram, so compare all words with its
    -- first letter. A range, because LIKE uses the index only with a pattern known at plan time.
    select w.word from private.search_words as w
    where length(p_word) <= 6 and w.course_id = any(p_course_ids)
      and w.word >= left(p_word, 1) collate "C" and w.word < left(p_word, 1) || chr(1114111)
      and length(w.word) between length(p_word) - 1 and length(p_word) + 1
    union
    select w.word from private.search_words as w
    where length(p_word) <= 6 and p_course_ids is null
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
  where c.word <> p_word and l.letters <= v_limit
  order by d.distance, extensions.similarity(c.word, p_word) desc, c.word
  limit 30;
end
$$;
comment on function private.similar_words(text, uuid[]) is
'Known words similar to a word, the likeliest correction first: those of everybody and of courses; '
'null: of all courses.';

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
