-- Markdown: Markdown to plain text, cut into passages at its headings.
--
-- Invariants
--   * HTML comments and the blocks ::: staff, ::: hidden, ::: solution and ::: answer are in no
--     passage. An unclosed block hides the rest of the text.
--   * A passage has at most 1,200 characters.

create function private.unmarked_text(p_md text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  v_text text := p_md;
  v_mark text;
  v_at integer;
begin
  -- Protect escaped characters as control characters.
  for v_mark, v_at in select * from unnest(array['\*', '\_', '\[', '\]', '\<']) with ordinality loop
    v_text := replace(v_text, v_mark, chr(v_at));
  end loop;
  -- Images and links, footnotes, reference links, autolinks, HTML tags.
  v_text := regexp_replace(v_text, '!?\[([^\[\]]*)\]\((?:[^()]|\([^()]*\))*\)', '\1', 'g');
  v_text := regexp_replace(v_text, '\[\^[^\]]+\]', '', 'g');
  v_text := regexp_replace(v_text, '\[([^\[\]]+)\]\[[^\[\]]*\]', '\1', 'g');
  v_text := regexp_replace(v_text, '<(https?://[^<>]+)>', '\1', 'g');
  v_text := regexp_replace(v_text, '</?(?:br|p|div|li|t[rdh]|h[1-6])(?:\s[^<>]*)?/?>', ' ', 'gi');
  v_text := regexp_replace(v_text, '</?[a-zA-Z][^<>]*>', '', 'g');
  -- Strong and struck-through text, then emphasis, which needs both marks.
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
'Markdown outside code as plain text, without emphasis, links, images and tags.';

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
'A paragraph of Markdown as plain text; code spans keep their text.';

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
'The lines of a block of Markdown as plain text, without list, quote and table markup.';

-- Cuts at the end of a line, a sentence or a word, in this order of preference.
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
    -- Not in the first half, which would leave a very short piece.
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
'A text in pieces of at most p_limit characters.';

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
comment on function private.slug_text(text) is
'The anchor that Markdown renderers generate for a heading.';

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
  -- Bounded: code spans are recognized for ten comments, in lines of at most 10,000 characters.
  for v_round in 1..case when length(p_line) <= 10000 then 10 else 0 end loop
    -- A comment inside a code span is code: mask spans at their length.
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
'A line without HTML comments; an unclosed comment is cut after its <!--.';

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
  -- The current heading is not in the path of any passage yet.
  v_unused boolean := false;
  v_fence text;
  v_comment boolean := false;
  -- The number of colons of each open block, from the outermost hidden block on.
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
        -- An unclosed comment leaves its <!-- at the end.
        v_comment := right(v_line, 4) = '<!--';
        if v_comment then
          v_line := left(v_line, -4);
        end if;
      end if;
      v_match := regexp_match(v_line, '^ {0,3}(?:(`{3,})[^`]*|(~{3,}).*)$');
      -- A block may open or close after quote and list markers.
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

    -- A heading that is empty or too long for a path is body text.
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
      -- Skip a block without visible characters.
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
      -- After a thousand headings, a repeated heading gets the anchor of the first.
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
'Markdown as passages of plain text: each below one heading, at most 1,200 characters.';
