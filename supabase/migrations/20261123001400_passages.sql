-- Passages: the words of a lesson, cut at its headings, for search and for the tutor.
--
-- Invariants
--   * Passages and their vectors follow the content of a lesson in the statement that changes it;
--     no client writes them. An unchanged passage keeps its row.
--   * A passage is readable exactly when the content of its lesson is.
--   * Comments and the blocks ::: staff, ::: hidden, ::: solution and ::: answer are in no passage;
--     one that is not closed takes the rest of the text with it.
--   * A passage has at most 1,200 characters. Questions of a quiz are not passages.
--
-- Locks are taken in this order: lesson, content, document of the search index, passages, vectors.

create extension if not exists pg_trgm with schema extensions;

-- Languages ---------------------------------------------------------------------------------------

-- A configuration for each language that Postgres can stem: stop words go, accents go, the stem
-- stays.
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

-- The name and not a regconfig: a column of that type stops pg_upgrade.
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

-- Markdown ----------------------------------------------------------------------------------------

create function private.unmarked_text(p_md text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  v_text text := p_md;
  v_mark text;
  v_at integer;
begin
  -- What is escaped stands aside, as a control character.
  for v_mark, v_at in select * from unnest(array['\*', '\_', '\[', '\]', '\<']) with ordinality loop
    v_text := replace(v_text, v_mark, chr(v_at));
  end loop;
  -- Images and links, footnotes, links by reference, addresses, tags.
  v_text := regexp_replace(v_text, '!?\[([^\[\]]*)\]\((?:[^()]|\([^()]*\))*\)', '\1', 'g');
  v_text := regexp_replace(v_text, '\[\^[^\]]+\]', '', 'g');
  v_text := regexp_replace(v_text, '\[([^\[\]]+)\]\[[^\[\]]*\]', '\1', 'g');
  v_text := regexp_replace(v_text, '<(https?://[^<>]+)>', '\1', 'g');
  v_text := regexp_replace(v_text, '</?(?:br|p|div|li|t[rdh]|h[1-6])(?:\s[^<>]*)?/?>', ' ', 'gi');
  v_text := regexp_replace(v_text, '</?[a-zA-Z][^<>]*>', '', 'g');
  -- Strong and struck text, then emphasis, which needs both its marks.
  v_text := regexp_replace(v_text, '(^|[^[:alnum:]*])(?:\*\*|__)|~~', '\1', 'g');
  v_text := regexp_replace(v_text, '(?:\*\*|__)($|[^[:alnum:]])', '\1', 'g');
  v_text := regexp_replace(
    v_text, '(^|[^[:alnum:]_*])([*_])(\S(?:[^*_]*\S)?)\2(?![[:alnum:]])', '\1\3', 'g'
  );
  v_text := regexp_replace(v_text, '\\([!-/:-@\[-`{-~])', '\1', 'g');
  for v_mark, v_at in
    select e.entity, ascii(e.letter)
    from (values
      ('&lt;', '<'), ('&gt;', '>'), ('&quot;', '"'), ('&#39;', ''''), ('&nbsp;', ' '),
      ('&amp;', '&')
    ) as e (entity, letter)
  loop
    v_text := replace(v_text, v_mark, chr(v_at));
  end loop;
  return translate(v_text, chr(1) || chr(2) || chr(3) || chr(4) || chr(5), '*_[]<');
end
$$;
comment on function private.unmarked_text(text) is
'Markdown outside code as plain text: no emphasis, links, images and tags.';

create function private.inline_text(p_md text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select string_agg(
      case when m.part[1] ~ '[*_~!<&\\[]' then private.unmarked_text(m.part[1]) else m.part[1] end
      || btrim(m.part[2], '`'),
      '' order by m.at
    )
    from regexp_matches(p_md, '([^`]*)(`+[^`]*`+|`+|$)', 'g') with ordinality as m (part, at)
  );
end
$$;
comment on function private.inline_text(text) is
'A paragraph of Markdown as plain text; code in it stays as it is.';

create function private.block_text(p_lines text[]) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select btrim(private.inline_text(string_agg(
      case
        when l.line ~ '^\s*\|' then
          btrim(regexp_replace(btrim(l.line, E' |\t'), '\s*\|\s*', ' · ', 'g'))
        when l.line ~ '^\s*(?:>|[-*+]\s)' then
          regexp_replace(l.line, '^\s*(?:>\s?)*\s*(?:[-*+]\s+)?(?:\[[ xX]\]\s+)?', '')
        else btrim(l.line)
      end,
      E'\n' order by l.at
    )), E' \n\t')
    from unnest(p_lines) with ordinality as l (line, at)
    where l.line !~ '^\s*\|?[\s:|-]*-[\s:|-]*\|[\s:|-]*$'
      and l.line !~ '^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$'
      and l.line !~ '^ {0,3}\[[^\]^][^\]]*\]:\s+\S+'
      and l.line !~ '^\s*:::'
  );
end
$$;
comment on function private.block_text(text[]) is
'The lines of a block of Markdown as plain text, without marks of lists, quotes and tables.';

-- Cuts at the end of a line, of a sentence, of a word, in this order of preference.
create function private.cut_text(p_text text, p_limit integer) returns text[]
language plpgsql immutable
set search_path = ''
as $$
declare
  v_rest text := p_text;
  v_piece text;
  v_at integer;
  v_pieces text[] := '{}'::text[];
begin
  while length(v_rest) > p_limit loop
    v_piece := left(v_rest, p_limit);
    -- Not in the first half: better a longer piece than a stump.
    v_at := length(substring(v_piece from '^(.*\n)'));
    if v_at is null or v_at < p_limit / 2 then
      v_at := length(substring(v_piece from '^(.*[.!?:;。！？])\s'));
    end if;
    if v_at is null or v_at < p_limit / 2 then
      v_at := coalesce(nullif(length(substring(v_piece from '^(.*)\s')), 0), p_limit);
    end if;
    v_pieces := v_pieces || btrim(left(v_rest, v_at), E' \n\t');
    v_rest := btrim(substr(v_rest, v_at + 1), E' \n\t');
  end loop;
  return array_remove(v_pieces || v_rest, '');
end
$$;
comment on function private.cut_text(text, integer) is
'A text in pieces of at most so many characters.';

create function private.slug_text(p_text text) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  return left(regexp_replace(
    regexp_replace(lower(p_text), '[^[:alnum:]\s_-]', '', 'g'), '\s', '-', 'g'
  ), 100);
end
$$;
comment on function private.slug_text(text) is 'The anchor that Markdown renderers give a heading.';

create function private.uncommented_text(p_line text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  v_line text := p_line;
  v_masked text;
  v_at integer;
  v_length integer;
begin
  -- Bounded: past ten comments, and in a line of unusual length, a span of code is none.
  for v_round in 1..case when length(p_line) <= 10000 then 10 else 0 end loop
    -- In a span of code it is code: spans are looked past, at their length.
    select string_agg(m.part[1] || repeat('x', length(m.part[2])), '' order by m.at) into v_masked
    from regexp_matches(v_line, '([^`]*)(`[^`]*`|`|$)', 'g') with ordinality as m (part, at);
    v_at := strpos(v_masked, '<!--');
    if v_at = 0 then
      return v_line;
    end if;
    v_length := strpos(substr(v_line, v_at + 4), '-->');
    if v_length = 0 then
      return left(v_line, v_at + 3);
    end if;
    v_line := left(v_line, v_at - 1) || substr(v_line, v_at + v_length + 6);
  end loop;
  v_line := regexp_replace(v_line, '<!--.*?-->', '', 'g');
  return coalesce(substring(v_line from '^.*?<!--'), v_line);
end
$$;
comment on function private.uncommented_text(text) is
'A line without HTML comments; one that goes on is cut after its <!--.';

create function private.split_markdown(p_md text)
returns table (heading_path text[], anchor text, body text)
language plpgsql stable
set search_path = ''
as $$
declare
  v_limit constant integer := 1200;
  v_line text;
  v_match text[];
  v_heading text;
  v_level integer;
  v_block text[] := '{}'::text[];
  v_pieces text;
  v_text text;
  v_piece text;
  v_path text[] := '{}'::text[];
  v_levels integer[] := '{}'::integer[];
  v_slugs jsonb := '{}'::jsonb;
  v_anchor text := '';
  v_count integer := 0;
  -- The heading of the moment stands in the path of no passage yet.
  v_unused boolean := false;
  v_fence text;
  v_comment boolean := false;
  -- The colons of each block that is open, from a hidden one on.
  v_hidden integer[] := '{}'::integer[];
  v_colons integer;
  v_code boolean := false;
  v_last boolean;
begin
  for v_line, v_last in
    select l.line, l.at is null
    from (
      select u.line, u.at
      from regexp_split_to_table(
        regexp_replace(p_md, '[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]', '', 'g'), '\r\n|\n|\r'
      ) with ordinality as u (line, at)
      union all
      select '', null
    ) as l (line, at)
    order by l.at nulls last
  loop
    v_heading := null;
    v_code := v_fence is not null;
    if v_last then
      null;
    elsif v_fence is not null then
      if v_line ~ ('^ {0,3}' || v_fence || '+\s*$') then
        v_fence := null;
      else
        if cardinality(v_hidden) = 0 then
          v_block := v_block || v_line;
        end if;
        continue;
      end if;
    else
      if v_comment then
        continue when v_line !~ '-->';
        v_line := regexp_replace(v_line, '^.*?-->', '');
        v_comment := false;
      end if;
      if v_line ~ '<!--' then
        v_line := private.uncommented_text(v_line);
        -- What is left of a comment that goes on.
        v_comment := right(v_line, 4) = '<!--';
        if v_comment then
          v_line := left(v_line, -4);
        end if;
      end if;
      v_match := regexp_match(v_line, '^ {0,3}(?:(`{3,})[^`]*|(~{3,}).*)$');
      -- A block opens or closes behind marks of quotations and lists too.
      v_colons := length(substring(
        v_line from '^(?:[\s\u00a0\ufeff]|>|[-*+]\s|\d+[.)]\s)*(:{3,})'
      ));
      if cardinality(v_hidden) > 0 then
        if v_colons is null then
          v_fence := coalesce(v_match[1], v_match[2]);
        elsif v_line !~ ':::[\s\u00a0]*$' then
          v_hidden := v_hidden || v_colons;
        elsif v_colons >= v_hidden[cardinality(v_hidden)] then
          v_hidden := v_hidden[:cardinality(v_hidden) - 1];
        end if;
        continue;
      end if;
      if v_colons is not null and (
        v_line ~* ':::[\s\u00a0]*[*_"''{.]*(?:staff|hidden|solution|answer)'
        or v_line ~* ':::.*\{.*(?:staff|hidden|solution|answer)'
      ) then
        v_hidden := array[v_colons];
      elsif v_line ~ '^\s*$' then
        null;
      elsif v_line ~ '^ {0,3}#{1,6}(\s|$)' then
        v_match := regexp_match(v_line, '^ {0,3}(#{1,6})(?:\s+(.*?))??(?:\s+#+)?\s*$');
        v_level := length(v_match[1]);
        v_heading := btrim(coalesce(private.inline_text(v_match[2]), ''));
      elsif v_line ~ '^ {0,3}(=+|-{2,})\s*$' and cardinality(v_block) > 0
        and v_block[cardinality(v_block)] !~ '^\s*(?:\||>|[-*+]\s|\d+[.)]\s)' then
        v_level := case when v_line ~ '=' then 1 else 2 end;
        v_heading := btrim(private.inline_text(array_to_string(v_block, ' ')));
        v_block := '{}'::text[];
      elsif v_match is not null then
        v_fence := coalesce(v_match[1], v_match[2]);
      else
        v_block := v_block || v_line;
        continue;
      end if;
    end if;

    -- A heading that no path can hold is text.
    if length(v_heading) > 200 or v_heading = '' then
      v_block := v_block || v_heading;
      v_heading := null;
    end if;
    if cardinality(v_block) > 0 then
      v_text := case
        when v_code then btrim(array_to_string(v_block, E'\n'), E'\n')
        else private.block_text(v_block)
      end;
      v_block := '{}'::text[];
      -- Something to see.
      if v_text ~ '[^[:space:]\u00a0\u200b\u2028\u2029\ufeff]' then
        if length(v_pieces) + length(v_text) + 2 > v_limit then
          heading_path := v_path;
          anchor := v_anchor;
          body := v_pieces;
          return next;
          v_pieces := null;
          v_unused := false;
        end if;
        if length(v_text) > v_limit then
          foreach v_piece in array private.cut_text(v_text, v_limit) loop
            heading_path := v_path;
            anchor := v_anchor;
            body := v_piece;
            return next;
          end loop;
          v_unused := false;
        else
          v_pieces := concat_ws(E'\n\n', v_pieces, v_text);
        end if;
      end if;
    end if;
    if v_heading is not null or v_last then
      if v_pieces is null and v_unused
        and (v_last or v_level <= v_levels[cardinality(v_levels)]) then
        v_pieces := v_path[cardinality(v_path)];
      end if;
      if v_pieces is not null then
        heading_path := v_path;
        anchor := v_anchor;
        body := v_pieces;
        return next;
        v_pieces := null;
      end if;
    end if;
    if v_heading is not null then
      while v_levels[cardinality(v_levels)] >= v_level loop
        v_levels := v_levels[:cardinality(v_levels) - 1];
        v_path := v_path[:cardinality(v_path) - 1];
      end loop;
      v_levels := v_levels || v_level;
      v_path := v_path || v_heading;
      v_unused := true;
      v_anchor := private.slug_text(v_heading);
      v_text := v_anchor;
      v_count := v_count + 1;
      -- Past a thousand headings, a repeated one leads to the first.
      while v_count <= 1000 and v_slugs ? v_anchor loop
        v_slugs := jsonb_set(
          v_slugs, array[v_text], to_jsonb((v_slugs ->> v_text)::integer + 1)
        );
        v_anchor := v_text || '-' || (v_slugs ->> v_text);
      end loop;
      if v_count <= 1000 then
        v_slugs := v_slugs || jsonb_build_object(v_anchor, 0);
      end if;
    end if;
  end loop;
end
$$;
comment on function private.split_markdown(text) is
'Markdown as passages of plain text, each below one heading and at most 1,200 characters long.';

-- What the parser of Postgres would take for a tag or a path is set apart by control characters,
-- which no text holds; quotes and dashes become those of ASCII.
create function private.search_text(p_text text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  -- Few texts hold any, and to look is quicker than to translate.
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
'A text as it is given to the text search parser; as long as before.';

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
    -- A vector holds a megabyte. Better half of the words than an author who cannot save.
    return private.weighted_vector(
      p_config, p_title, p_summary, left(p_heading, length(p_heading) / 2),
      left(p_body, length(p_body) / 2)
    );
end
$$;
comment on function private.weighted_vector(text, text, text, text, text) is
'Title A, summary B, headings C, body D, as one vector.';

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
'A query for any word of a text, in its stem; at most 64 words.';

-- Words, for the correction of typos. Only added to: a word that nobody can find any more is never
-- offered, because the search asks for it first. The writer is in the key so that two authors who
-- use a new word at the same time do not wait for each other.
create table private.search_words (
  word text collate "C" not null,
  writer integer not null default pg_backend_pid(),
  constraint search_words_pkey primary key (word, writer)
);
comment on table private.search_words is
'The words of all courses, without accents, in lower case; what a typo may have meant.';
comment on column private.search_words.writer is 'The process that met the word first.';
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
  -- Words, and the parts of words with hyphens.
  where t.tokid in (1, 2, 10, 11) and length(w.word) between 3 and 40
$$;
comment on function private.text_words(text) is
'The different words of a text, without accents, in lower case.';

create function private.learn_words(p_words text[]) returns void
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
comment on function private.learn_words(text[]) is 'Adds words to those known.';

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
comment on function private.sorted_letters(text) is 'The letters of a word in order.';

create function private.similar_words(p_word text) returns setof text
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return query
  select c.word
  from (
    select w.word from private.search_words as w where w.word operator(extensions.%) p_word
    -- And each once.
    union
    -- A short word with two letters changed places has hardly a trigram left. All words that begin
    -- with its letter, from the index: a pattern would have to be known when the plan is made.
    select w.word from private.search_words as w
    where length(p_word) <= 6
      and w.word >= left(p_word, 1) collate "C" and w.word < left(p_word, 1) || chr(1114111)
      and length(w.word) between length(p_word) - 1 and length(p_word) + 1
  ) as c
  cross join lateral (select extensions.levenshtein(c.word, p_word) as letters) as l
  cross join lateral (
    select case
      -- The same letters in another order are one slip.
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
'Known words that one may have meant, the likeliest first.';

-- Tables ------------------------------------------------------------------------------------------

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
'The content of lessons in pieces of plain text, cut at headings; kept by trigger.';
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
  or lesson_id = any((select private.kept_lesson_ids())::uuid[])
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

-- Upkeep ------------------------------------------------------------------------------------------

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

-- Retrieval ---------------------------------------------------------------------------------------

create function private.term_frequencies(
  p_course_id uuid, p_lesson_ids uuid[], p_terms text[]
) returns table (term text, frequency bigint)
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  -- The hundred passages of a course once, and not the index for each term over all courses.
  return query
  with passage as materialized (
    select v.terms from private.passage_vectors as v
    where v.course_id = p_course_id and v.lesson_id = any(p_lesson_ids)
  ),

  asked as materialized (
    select distinct t.term, quote_literal(t.term)::tsquery as query
    from unnest(p_terms) as t (term) where t.term is not null
  )

  select a.term, count(p.terms)
  from asked as a left join passage as p on p.terms @@ a.query
  group by a.term;
end
$$;
comment on function private.term_frequencies(uuid, uuid[], text[]) is
'How many passages of the lessons hold each term; 0 too.';

create type private.meant_word as (word text, meant text, term text, frequency bigint);
comment on type private.meant_word is
'A word, without accents, that no passage holds; what it probably means, the stem of that, and how '
'many passages hold it. Without a meaning the rest is null.';

create function private.meant_words(
  p_config text, p_words text[], p_course_id uuid, p_lesson_ids uuid[]
) returns setof private.meant_word
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_config regconfig := p_config::regconfig;
begin
  return query
  with similar_word as materialized (
    select
      w.word, s.word as meant, s.at,
      (tsvector_to_array(to_tsvector(v_config, s.word)))[1] as term
    from unnest(p_words) as w (word)
    cross join lateral private.similar_words(w.word) with ordinality as s (word, at)
  ),

  held as materialized (
    select f.term, f.frequency
    from private.term_frequencies(
      p_course_id, p_lesson_ids, array(select distinct s.term from similar_word as s)
    ) as f
    where f.frequency > 0
  )

  select distinct on (w.word) w.word, s.meant, h.term, h.frequency
  from unnest(p_words) as w (word)
  left join (
    similar_word as s inner join held as h on h.term = s.term
  ) on s.word = w.word
  order by w.word, s.at;
end
$$;
comment on function private.meant_words(text, text[], uuid, uuid[]) is
'Each word with the likeliest known word whose stem a passage of the lessons holds.';

create type private.query_reading as (
  asked text [], frequencies bigint [], meant private.meant_word [], passage_count bigint,
  terms text [], weights numeric []
);
comment on type private.query_reading is
'A query: its stems, how many passages of how many hold each, and what the words mean that none '
'holds; then the stems that are looked for, and what each of these tells.';

create function private.read_query(
  p_config text, p_query text, p_course_id uuid, p_lesson_ids uuid[]
) returns private.query_reading
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_config regconfig := p_config::regconfig;
  v_stems text[] := tsvector_to_array(
    to_tsvector(v_config, left(private.search_text(p_query), 2000))
  );
  v_missing text[];
  v_reading private.query_reading;
begin
  select array_agg(f.term), array_agg(f.frequency) into v_reading.asked, v_reading.frequencies
  from private.term_frequencies(p_course_id, p_lesson_ids, v_stems[:64]) as f;
  select count(*) into v_reading.passage_count
  from private.passage_vectors as v
  where v.course_id = p_course_id and v.lesson_id = any(p_lesson_ids);
  v_missing := array(
    select k.term from unnest(v_reading.asked, v_reading.frequencies) as k (term, frequency)
    where k.frequency = 0
  );
  if cardinality(v_missing) > 0 then
    v_reading.meant := array(
      select m from private.meant_words(
        p_config,
        array(
          select w.word from private.text_words(left(p_query, 2000)) as w (word)
          where length(w.word) >= 4
            and tsvector_to_array(to_tsvector(v_config, w.word)) && v_missing
          order by w.word limit 8
        ),
        p_course_id, p_lesson_ids
      ) as m
    );
  end if;
  with corrected as materialized (
    select m.term, m.frequency, tsvector_to_array(to_tsvector(v_config, m.word)) as instead_of
    from unnest(v_reading.meant) as m where m.term is not null
  )

  select
    array_agg(t.term),
    array_agg(ln(1 + (v_reading.passage_count - t.frequency + 0.5) / (t.frequency + 0.5)))
  into v_reading.terms, v_reading.weights
  from (
    select k.term, k.frequency
    from unnest(v_reading.asked, v_reading.frequencies) as k (term, frequency)
    where not exists (select from corrected as c where k.term = any(c.instead_of))
    union
    select c.term, c.frequency from corrected as c
  ) as t;
  return v_reading;
end
$$;
comment on function private.read_query(text, text, uuid, uuid[]) is
'The stems of a query, at most 64; one that no passage of the lessons holds gives way to the '
'likeliest that one does. The fewer passages hold a stem, the more it tells.';

-- Vectors of meaning, where the extension is there. A row counts while the passage reads as it did
-- when it was made.
do $$
begin
  if exists (select from pg_available_extensions where name = 'vector') then
    begin
      create extension if not exists vector with schema extensions;
    exception
      when insufficient_privilege then
        raise notice 'vector is there, but may not be created; search works by words alone';
    end;
  end if;
  if exists (
    select from pg_extension
    where extname = 'vector' and extnamespace = 'extensions'::regnamespace
  ) then
    create table private.passage_embeddings (
      lesson_id uuid not null,
      ord integer not null,
      model text not null,
      body_hash text not null,
      embedding extensions.vector not null,
      constraint passage_embeddings_pkey primary key (lesson_id, ord),
      constraint passage_embeddings_lesson_id_ord_fkey foreign key (lesson_id, ord)
      references public.lesson_passages (lesson_id, ord) on delete cascade
    );
    comment on table private.passage_embeddings is
    'Embeddings of passages; written by save_embeddings.';
    comment on column private.passage_embeddings.body_hash is 'md5 of the text it was made of.';
    alter table private.passage_embeddings enable row level security;
    revoke all on private.passage_embeddings from public, anon, authenticated, service_role;
  end if;
end
$$;

create function private.near_passages(
  p_course_id uuid, p_lesson_ids uuid[], p_embedding real[]
) returns table (lesson_id uuid, ord integer, place bigint)
language plpgsql stable
set search_path = ''
as $$
begin
  -- What is no direction leads nowhere.
  if p_embedding is null or to_regclass('private.passage_embeddings') is null
    or array_ndims(p_embedding) is distinct from 1 or cardinality(p_embedding) > 16000
    or exists (
      select from unnest(p_embedding) as u (value)
      where (u.value between -3.4e38 and 3.4e38) is not true
    ) then
    return;
  end if;
  -- Exact: a course has hundreds of passages, and no index is as good as all of them.
  return query execute
    'select e.lesson_id, e.ord,
      row_number() over (
        order by e.embedding operator(extensions.<=>) $3::extensions.vector, e.lesson_id, e.ord
      )
    from private.passage_embeddings as e
    inner join public.lesson_passages as p
      on p.lesson_id = e.lesson_id and p.ord = e.ord and md5(p.body) = e.body_hash
    where p.course_id = $1 and p.lesson_id = any($2)
      and extensions.vector_dims(e.embedding) = cardinality($3)
    order by 3 limit 100'
  using p_course_id, p_lesson_ids, p_embedding;
end
$$;
comment on function private.near_passages(uuid, uuid[], real[]) is
'The passages of lessons that are nearest in meaning, at most 100; none without the extension '
'vector.';

create function private.readable_lesson_ids(p_course_id uuid) returns uuid[]
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if private.is_staff(p_course_id) then
    return array(select l.id from public.lessons as l where l.course_id = p_course_id);
  end if;
  return array(
    select s.lesson_id from private.lesson_states(auth.uid(), array[p_course_id]) as s
    where s.is_open
  );
end
$$;
comment on function private.readable_lesson_ids(uuid) is
'Lessons of a course that are open to the caller; for staff all.';

create function private.ranked_passages(
  p_course_id uuid, p_lesson_ids uuid[], p_terms text[], p_weights numeric[], p_query text,
  p_k integer, p_embedding real[], p_lesson_id uuid
)
returns table (
  lesson_id uuid, ord integer, lesson_title text, heading_path text[], anchor text, source text,
  body text, score real, support real
)
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return query
  with term as materialized (
    select t.term, t.weight, quote_literal(t.term)::tsquery as query
    from unnest(p_terms, p_weights) as t (term, weight)
  ),

  passage as materialized (
    select v.lesson_id, v.ord, v.terms, l.title, p.heading_path
    from private.passage_vectors as v
    inner join public.lesson_passages as p on p.lesson_id = v.lesson_id and p.ord = v.ord
    inner join public.lessons as l on l.id = v.lesson_id
    where v.course_id = p_course_id and v.lesson_id = any(p_lesson_ids)
  ),

  covered as materialized (
    select p.lesson_id, p.ord, p.terms, h.weight / (select sum(a.weight) from term as a) as support
    from passage as p
    cross join lateral (
      select sum(t.weight) as weight from term as t where p.terms @@ t.query
    ) as h
    where h.weight is not null
  ),

  by_words as (
    select
      c.lesson_id, c.ord,
      row_number() over (
        order by c.support * (0.5 + ts_rank(
          '{0.1,0.3,0.6,1}', c.terms,
          (select string_agg(t.query::text, ' | ')::tsquery from term as t)
        )) desc, c.lesson_id, c.ord
      ) as place
    from covered as c
  ),

  by_title as (
    select
      s.lesson_id, s.ord,
      row_number() over (order by s.likeness desc, s.lesson_id, s.ord) as place
    from (
      select
        p.lesson_id, p.ord,
        extensions.word_similarity(
          left(p_query, 200), concat_ws(' ', p.title, array_to_string(p.heading_path, ' '))
        ) as likeness
      from passage as p
    ) as s
    where s.likeness >= 0.4
  ),

  by_meaning as (
    select n.* from private.near_passages(p_course_id, p_lesson_ids, p_embedding) as n
  ),

  -- Reciprocal ranks: a place in any list counts, whatever its scores are made of. What is found
  -- in the lesson that somebody has before him counts half as much again as a first place.
  fused as (
    select
      f.lesson_id, f.ord,
      sum(f.weight / (60 + f.place))
      + case when f.lesson_id = p_lesson_id then 0.5 / 61 else 0 end as score
    from (
      select w.lesson_id, w.ord, w.place, 1.0 as weight from by_words as w
      union all
      select t.lesson_id, t.ord, t.place, 0.5 from by_title as t
      union all
      select m.lesson_id, m.ord, m.place, 1.0 from by_meaning as m
    ) as f
    group by f.lesson_id, f.ord
    order by score desc, f.lesson_id, f.ord
    limit p_k
  )

  select
    f.lesson_id, f.ord, l.title, p.heading_path, p.anchor, p.source, p.body,
    f.score::real, coalesce(c.support, 0)::real
  from fused as f
  inner join public.lesson_passages as p on p.lesson_id = f.lesson_id and p.ord = f.ord
  inner join public.lessons as l on l.id = f.lesson_id
  left join covered as c on c.lesson_id = f.lesson_id and c.ord = f.ord
  order by f.score desc, f.lesson_id, f.ord;
end
$$;
comment on function private.ranked_passages(
  uuid, uuid[], text[], numeric[], text, integer, real[], uuid
) is
'The passages of lessons that answer a query best: by weighted terms, headings and meaning, those '
'of one lesson first when it is as good.';

create function private.search_passages(
  p_course_id uuid, p_query text, p_k integer, p_embedding real[]
)
returns table (
  lesson_id uuid, ord integer, lesson_title text, heading_path text[], anchor text, source text,
  body text, score real, support real
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_config text;
  v_lesson_ids uuid[];
  v_reading private.query_reading;
begin
  if p_k is null or p_k not between 1 and 50 then
    raise sqlstate 'PT422' using
      message = 'invalid_search',
      detail = 'k is 1 to 50 passages.',
      hint = 'Leave k out for 8.';
  end if;
  perform private.require_visible(p_course_id);
  select private.text_config(c.locale) into v_config
  from public.courses as c where c.id = p_course_id;
  v_lesson_ids := private.readable_lesson_ids(p_course_id);
  v_reading := private.read_query(v_config, p_query, p_course_id, v_lesson_ids);
  return query
  select * from private.ranked_passages(
    p_course_id, v_lesson_ids, v_reading.terms, v_reading.weights, p_query, p_k, p_embedding, null
  );
end
$$;
comment on function private.search_passages(uuid, text, integer, real[]) is
'Body of public.search_passages.';

create function public.search_passages(
  course_id uuid, query text, k integer default 8, query_embedding real[] default null
)
returns table (
  lesson_id uuid, ord integer, lesson_title text, heading_path text[], anchor text, source text,
  body text, score real, support real
)
language sql stable
set search_path = ''
begin atomic
  select * from private.search_passages(
    search_passages.course_id, search_passages.query, search_passages.k,
    search_passages.query_embedding
  );
end;
comment on function public.search_passages(uuid, text, integer, real[]) is
'The k (1 to 50) passages of a course that answer a question best, from lessons that are open to'
' the caller; for staff from all. Any word may match: rare words count more, headings more than '
'text, a typo is corrected. support is the share of the weight of the query that the passage '
'covers, 0 to 1. query_embedding joins in where the extension vector is installed and '
'save_embeddings was called. Errors: course_not_found PT404, invalid_search PT422.';
grant execute on function private.search_passages(uuid, text, integer, real[])
to authenticated, service_role;
grant execute on function public.search_passages(uuid, text, integer, real[])
to authenticated, service_role;

create function private.require_vector() returns void
language plpgsql stable
set search_path = ''
as $$
begin
  perform private.require_service();
  if to_regclass('private.passage_embeddings') is null then
    raise sqlstate 'PT409' using
      message = 'vector_unavailable',
      detail = 'The extension vector was not there when the migrations ran.',
      hint = 'Search works by words alone without it.';
  end if;
end
$$;
comment on function private.require_vector() is
'Refuses anyone but service_role, and a database without embeddings.';

create function private.passages_to_embed(p_model text, p_limit integer)
returns table (lesson_id uuid, ord integer, body_hash text, body text)
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_vector();
  return query execute
    'select p.lesson_id, p.ord, md5(p.body),
      concat_ws(
        E''\n\n'', l.title, nullif(array_to_string(p.heading_path, '' › ''), ''''), p.body
      )
    from public.lesson_passages as p
    inner join public.lessons as l on l.id = p.lesson_id
    where not exists (
      select from private.passage_embeddings as e
      where e.lesson_id = p.lesson_id and e.ord = p.ord and e.model = $1
        and e.body_hash = md5(p.body)
    )
    order by p.lesson_id, p.ord limit least(greatest($2, 0), 1000)'
  using p_model, p_limit;
end
$$;
comment on function private.passages_to_embed(text, integer) is 'Body of public.passages_to_embed.';

create function public.passages_to_embed(model text, max_passages integer default 100)
returns table (lesson_id uuid, ord integer, body_hash text, body text)
language sql stable
set search_path = ''
begin atomic
  select * from private.passages_to_embed(
    passages_to_embed.model, passages_to_embed.max_passages
  );
end;
comment on function public.passages_to_embed(text, integer) is
'Passages without an embedding of this model, as the text to embed: title, headings, body. For '
'service_role. Errors: service_required 42501, vector_unavailable PT409.';
grant execute on function private.passages_to_embed(text, integer) to service_role;
grant execute on function public.passages_to_embed(text, integer) to service_role;

create function private.save_embeddings(p_model text, p_passages jsonb) returns integer
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_count integer;
begin
  perform private.require_vector();
  execute
    'insert into private.passage_embeddings (lesson_id, ord, model, body_hash, embedding)
    select distinct on (p.lesson_id, p.ord)
      p.lesson_id, p.ord, $1, r.body_hash, (r.embedding::text)::extensions.vector
    from jsonb_to_recordset($2) as r (
      lesson_id uuid, ord integer, body_hash text, embedding jsonb
    )
    inner join public.lesson_passages as p
      on p.lesson_id = r.lesson_id and p.ord = r.ord and md5(p.body) = r.body_hash
    order by p.lesson_id, p.ord
    on conflict (lesson_id, ord) do update
    set model = excluded.model, body_hash = excluded.body_hash, embedding = excluded.embedding'
  using p_model, p_passages;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function private.save_embeddings(text, jsonb) is 'Body of public.save_embeddings.';

create function public.save_embeddings(model text, passages jsonb) returns integer
language sql volatile
set search_path = ''
begin atomic
  select private.save_embeddings(save_embeddings.model, save_embeddings.passages);
end;
comment on function public.save_embeddings(text, jsonb) is
'Stores [{"lesson_id", "ord", "body_hash", "embedding": [numbers]}] and returns how many; one '
'whose text has changed meanwhile is left out. For service_role. Errors: service_required 42501,'
' vector_unavailable PT409.';
grant execute on function private.save_embeddings(text, jsonb) to service_role;
grant execute on function public.save_embeddings(text, jsonb) to service_role;
