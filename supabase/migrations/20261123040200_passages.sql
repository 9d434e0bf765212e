-- Passages: Markdown to plain text, cut at its headings.
--
-- Invariants
--   * A passage has at most 1,200 characters and no markup. It begins below one heading and ends
--     with its section, or with the box (callout, quote, directive) that it is in.
--   * Time grows with the length of a text: patterns with captures see at most 2,000 characters.

create function private.middle(p_text text) returns integer
language plpgsql immutable
set search_path = ''
as $$
declare
  v_half integer := length(p_text) / 2;
  v_next text := substr(p_text, v_half, 500);
begin
  return v_half - 1 + coalesce(
    nullif(strpos(v_next, E'\n'), 0), nullif(strpos(v_next, ' '), 0), 1
  );
end
$$;
comment on function private.middle(text) is
'Where a text is cut in two: after a line or a word near its middle.';

create function private.unmarked_text(p_md text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  v_text text := p_md;
  v_mark text;
  v_at integer;
begin
  if length(p_md) > 2000 then
    v_at := private.middle(p_md);
    return private.unmarked_text(left(p_md, v_at)) || private.unmarked_text(substr(p_md, v_at + 1));
  end if;
  -- Protect escaped characters as control characters, others than those of inline_text.
  for v_mark, v_at in select * from unnest(array['\*', '\_', '\[', '\]', '\<']) with ordinality loop
    v_text := replace(v_text, v_mark, chr(v_at));
  end loop;
  -- Marks of footnotes; attributes of kramdown and Pandoc, citations, templates, marks of alerts.
  v_text := regexp_replace(
    v_text, '\s?\[' || chr(3) || '\d+' || chr(4) || '\]\([^()]*\)(?:\{[^{}]*\})?', '', 'g'
  );
  v_text := regexp_replace(v_text, '\[([^][]*)\]\{(?:[.#]|[\w:-]+=)[^{}]*\}', '\1', 'g');
  v_text := regexp_replace(
    v_text,
    '\{:[^{}]*\}|\s?\{[#.][A-Za-z][^{}]*\}|(?<=[])])\{[^{}]*\}|\{[\w:-]+="[^{}]*\}|\s?\[(?:[^][@]{0,60}\s)?-?@[\w:][^][]*\]'
    '|\{%[^{}]*%\}|\{\{\s*(?:[<%"'']|site\.|page\.)[^{}]*\}\}|\[![[:alpha:]]+\][-+]?',
    '', 'g'
  );
  -- Numbered references and links of a wiki.
  v_text := regexp_replace(v_text, '\s?\[\[\d+\]\]\([^()]*\)', '', 'g');
  v_text := regexp_replace(
    v_text, '(^|[^]\w])\[\[(?:[^][|]+\|)?(?!\s)([^][|]+)\]\](?:\([^()]*\))?', '\1\2', 'g'
  );
  -- Images and links, footnotes, reference links, autolinks, HTML tags.
  v_text := regexp_replace(v_text, '!?\[([^\[\]]*)\]\((?:[^()]|\([^()]*\))*\)', '\1', 'g');
  v_text := regexp_replace(v_text, '\[\^[^\]]+\]:?', '', 'g');
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

-- Marks inside code spans are control characters meanwhile, so that a span may be part of a link. A
-- role of MyST or Sphinx stands before its code span: {ref}`text <label>`.
create function private.inline_text(p_md text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  v_marks constant text := '*_~!<>&\[](){}@';
  v_masks constant text := E'\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19';
  v_text text := p_md;
begin
  if p_md !~ '[`*_~!<&\\[{]' then
    return p_md;
  end if;
  if strpos(p_md, '`') > 0 then
    select string_agg(
      s.text || translate(
        case
          when s.role is null then s.code
          when s.role ~ 'cite|index|label|numref|eq$' then ''
          when s.code ~ '<[^<>]*>\s*$' then btrim(regexp_replace(s.code, '\s*<[^<>]*>\s*$', ''))
          when s.role ~ '\m(?:ref|any)$' and s.code !~ '\s' then ''
          else s.code
        end,
        v_marks, v_masks
      ),
      '' order by s.at
    ) into v_text
    from (
      select
        m.at, r.role, btrim(m.part[2], '`') as code,
        case
          when r.role is null then m.part[1]
          -- The blank before a citation goes with it.
          when r.role ~ 'cite' then rtrim(left(m.part[1], -length(r.role) - 2))
          else left(m.part[1], -length(r.role) - 2)
        end as text
      from regexp_matches(p_md, '([^`]*)(`+[^`]*`+|`+|$)', 'g') with ordinality as m (part, at)
      cross join lateral (
        select case when right(m.part[1], 1) in ('}', ':') and length(m.part[2]) > 2 then substring(
          right(m.part[1], 40) from '(?:\{|(?:^|\s):)([A-Za-z][\w:+-]*)[}:]$'
        ) end as role
      ) as r
    ) as s;
  end if;
  if v_text ~ '[*_~!<&\\[{]' then
    v_text := private.unmarked_text(v_text);
  end if;
  return translate(v_text, v_masks, v_marks);
end
$$;
comment on function private.inline_text(text) is
'A paragraph of Markdown as plain text; code spans keep their text, citations go.';

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
        when l.line ~ '^\s*(?:[-*+>:]|!!!|\?\?\?)' then regexp_replace(
          l.line,
          '^\s*(?:(?:>\s?)*\s*(?:[-*+]\s+)?(?:\[[ xX]\]\s+)?|:\s+|(?:!!!|\?\?\?)\+?\s+[\w -]*?"([^"]*)"\s*$'
          '|(?:!!!|\?\?\?)\+?\s+[\w -]+$)', '\1'
        )
        else btrim(l.line)
      end,
      E'\n' order by l.at
    )), E' \n\t')
    from unnest(p_lines) with ordinality as l (line, at)
    where l.line !~ '^\s*\|?[\s:|-]*-[\s:|-]*\|[\s:|-]*$'
      and l.line !~ '^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$'
      and l.line !~ '^ {0,3}\[[^\]^][^\]]*\]:\s+\S+'
      -- Labels of MyST, attributes of kramdown, breaks, directives of Sphinx, tables of contents.
      and l.line !~ (
        '^\s*(?::::|\+[-=+:]{3,}\s*$|\([\w:. -]+\)=\s*$|\{:[^{}]*\}\s*$|\+\+\+|\.\. [\w-]+::|\[\[?_?TOC_?\]?\]\s*$)'
      )
  );
end
$$;
comment on function private.block_text(text[]) is
'The lines of a block of Markdown as plain text, without marks of lists, quotes, tables, labels.';

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
  if length(p_text) > 20 * p_limit then
    v_at := private.middle(p_text);
    return private.cut_text(left(p_text, v_at), p_limit)
      || private.cut_text(substr(p_text, v_at + 1), p_limit);
  end if;
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

create function private.is_aim(p_line text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return right(btrim(p_line, E' \t*_'), 1) in (':', '：', '…') and left(p_line, 300) ~* (
    '^\W*(?:(?:by|at) the end of this|after (?:reading|completing|studying|finishing) this'
    '|in this (?:chapter|section|lesson|module|unit|episode)[^.]{0,40} you'
    '|(?:nach|am ende)[^.]{0,80} (?:können|kannst|könnt|sind|bist|seid) '
    '|al (?:final|finalizar|terminar)[^.]{0,80} (?:capaz|capaces|podrás|podrá|sabrás)'
    '|(?:à la fin|après)[^.]{0,80} (?:serez|saurez|pourrez|capables?))'
  );
end
$$;
comment on function private.is_aim(text) is
'Whether a line introduces a list of what the learner will be able to do.';

create function private.split_markdown(p_md text)
returns table (heading_path text[], anchor text, body text)
language plpgsql stable
set search_path = ''
as $$
declare
  v_limit constant integer := 1200;
  v_line text;
  v_rest text;
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
  v_found boolean := false;
  v_fence text;
  v_code boolean := false;
  v_last boolean;
  -- Marks of quotes: of the line, and of the code block.
  v_quotes integer;
  v_fence_quotes integer := 0;
  v_indent integer := 0;
  -- The open boxes: what ends each, and the headings above it.
  v_kinds text[] := '{}'::text[];
  v_marks text[] := '{}'::text[];
  v_depths integer[] := '{}'::integer[];
  v_anchors text[] := '{}'::text[];
  v_depth integer := 0;
  -- Boxes above this number end before the line; a box of this kind begins on it.
  v_close integer;
  v_kind text;
  v_mark text;
  v_add text;
  -- Inside the options of a directive, its YAML, code that is no text, a list of aims.
  v_options boolean := false;
  v_yaml boolean := false;
  v_drop boolean := false;
  v_aims boolean := false;
begin
  for v_line, v_last in
    select l.line, l.at is null
    from (
      select u.line, u.at
      from regexp_split_to_table(
        private.shown_markdown(
          regexp_replace(p_md, '[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]', '', 'g'), 1
        ),
        '\r\n|\n|\r'
      ) with ordinality as u (line, at)
      union all
      select '', null
    ) as l (line, at)
    order by l.at nulls last
  loop
    v_heading := null;
    v_close := null;
    v_kind := null;
    v_add := null;
    v_code := v_fence is not null;
    v_quotes := 0;
    if (v_fence is null or v_fence_quotes > 0) and v_line ~ '^ {0,3}>' then
      v_text := substring(v_line from '^ {0,3}(?:> ?)+');
      v_quotes := length(v_text) - length(replace(v_text, '>', ''));
      v_line := case
        when v_fence is null then substr(v_line, length(v_text) + 1)
        else regexp_replace(v_line, '^ {0,3}(?:> ?){1,' || least(v_fence_quotes, 255) || '}', '')
      end;
    end if;
    if v_fence is not null and v_quotes < v_fence_quotes then
      v_fence := null;
    end if;
    if v_depth > 0 and v_fence is null and v_kinds[v_depth] = 'quote'
      and v_quotes < v_marks[v_depth]::integer then
      v_close := v_depth - 1;
    end if;

    if v_options then
      if v_line ~ '^\s*:[A-Za-z][\w-]*:(?:\s|$)' then
        continue;
      end if;
      v_options := false;
      v_yaml := v_line ~ '^---\s*$';
      continue when v_yaml;
    elsif v_yaml then
      v_yaml := v_line !~ '^---\s*$';
      continue;
    end if;

    if v_last then
      v_close := case when v_depth > 0 then 0 end;
    elsif v_fence is not null then
      v_text := btrim(v_line, E' \t');
      if length(v_text) >= length(v_fence) and btrim(v_text, left(v_fence, 1)) = ''
        and strpos(v_line, left(v_fence, 1)) <= v_indent + 4 then
        v_fence := null;
        if v_drop then
          v_block := '{}'::text[];
          v_drop := false;
        end if;
      else
        v_block := v_block
          || substr(v_line, 1 + least(v_indent, length(v_line) - length(ltrim(v_line, ' '))));
        continue;
      end if;
    elsif v_line ~ '^\s*$' then
      null;
    elsif v_line ~ '^ {0,3}#{1,6}(\s|$)' then
      v_level := length(substring(v_line from '#+'));
      v_heading := btrim(private.inline_text(regexp_replace(
        regexp_replace(v_line, '^ *#+\s*', ''), '(?:^|\s+)#*\s*$', ''
      )));
    elsif v_close is null and v_line ~ '^ {0,3}(=+|-{2,})\s*$' and cardinality(v_block) > 0
      and v_block[cardinality(v_block)] !~ '^\s*(?:\||>|[-*+]\s|\d+[.)]\s)' then
      v_level := case when v_line ~ '=' then 1 else 2 end;
      v_heading := btrim(private.inline_text(array_to_string(v_block, ' ')));
      v_block := '{}'::text[];
    elsif v_line ~ '^\s*(?:```|~~~)' and v_line !~ '^\s*`+[^`]+`' then
      v_mark := substring(v_line from '`+|~+');
      v_rest := btrim(substr(v_line, strpos(v_line, v_mark) + length(v_mark)));
      v_level := private.innermost(v_kinds, v_depth, array['fence']);
      if v_rest = '' and v_level > 0 and starts_with(v_mark, v_marks[v_level]) then
        v_close := v_level - 1;
      elsif private.holds_text(v_rest) then
        v_kind := 'fence';
        v_options := true;
        -- The title, but no path of a file and no name of a label.
        v_add := nullif(substring(left(v_rest, 500) from '^\{[^{}]*\}\s*(.*)$'), '');
        if v_rest ~ '^\{(?:figure|exercise|grid|prf:)' or v_add ~ '^\S+[./_-]\S+$' then
          v_add := null;
        end if;
      else
        v_fence := v_mark;
        v_fence_quotes := v_quotes;
        v_indent := strpos(v_line, v_mark) - 1;
        v_options := v_rest ~ '^\{[\w:-]+\}';
        v_drop := v_rest ~ (
          '^\{(?:image|include|raw|iframe|video|youtube|index|bibliography|footbibliography|toctree'
          '|tableofcontents|contents|literalinclude|only)\}'
        );
      end if;
    elsif v_line ~ '^\s*(?:(?:[-*+:]|\d+[.)])\s+)?:{3,}' then
      v_rest := btrim(substr(v_line, strpos(v_line, ':::')), E' \t:');
      if v_rest = '' then
        v_level := private.innermost(v_kinds, v_depth, array['colons']);
        v_close := case when v_level > 0 then v_level - 1 else v_close end;
      else
        v_kind := 'colons';
        v_mark := ':';
        v_options := true;
        v_add := nullif(btrim(coalesce(
          substring(left(v_rest, 500) from '\mtitle="([^"]*)"'),
          substring(left(v_rest, 500) from '^[\w-]+\[([^]]*)\]'),
          substring(left(v_rest, 500) from '^(?:\{[^{}]*\}|[\w-]+)\s*([^{]*)')
        )), '');
        if v_rest ~ '^\{(?:figure|exercise|grid|prf:)' or v_add ~ '^\S+[./_-]\S+$' then
          v_add := null;
        end if;
      end if;
    elsif v_close is null then
      v_block := v_block || v_line;
      continue;
    else
      v_add := v_line;
    end if;

    -- A heading that is empty or too long for a path is body text.
    if length(v_heading) > 200 or v_heading = '' then
      v_block := v_block || v_heading;
      v_heading := null;
    end if;
    if cardinality(v_block) > 0 then
      v_text := case
        when v_code then btrim(array_to_string(v_block, E'\n'), E'\n')
        when private.is_aim(v_block[1]) then ''
        when v_aims and v_block[1] ~ '^\s*(?:[-*+•]|\d+[.)])\s' then ''
        else private.block_text(v_block)
      end;
      v_aims := not v_code and v_text = '' and (v_aims or private.is_aim(v_block[1]));
      v_block := '{}'::text[];
      -- Skip a block without visible characters.
      if v_text ~ '[^[:space:]\u00a0\u200b\u2028\u2029\ufeff]' then
        v_found := true;
        if length(v_pieces) + length(v_text) + 2 > v_limit then
          heading_path := v_path;
          anchor := v_anchor;
          body := v_pieces;
          return next;
          v_pieces := null;
        end if;
        if length(v_text) > v_limit then
          foreach v_piece in array private.cut_text(v_text, v_limit) loop
            heading_path := v_path;
            anchor := v_anchor;
            body := v_piece;
            return next;
          end loop;
        else
          v_pieces := concat_ws(E'\n\n', v_pieces, v_text);
        end if;
      end if;
    end if;
    -- A text of headings alone is a passage all the same.
    if v_last and not v_found then
      v_pieces := v_path[cardinality(v_path)];
    end if;
    if v_pieces is not null and (
      v_heading is not null or v_last or cardinality(v_path) > v_depths[v_close + 1]
    ) then
      heading_path := v_path;
      anchor := v_anchor;
      body := v_pieces;
      return next;
      v_pieces := null;
    end if;
    if v_close is not null then
      if cardinality(v_path) > v_depths[v_close + 1] then
        v_path := v_path[:v_depths[v_close + 1]];
        v_levels := v_levels[:v_depths[v_close + 1]];
        v_anchor := v_anchors[v_close + 1];
      end if;
      v_depth := v_close;
    end if;
    if v_heading is not null and v_quotes > 0
      and (v_depth = 0 or v_kinds[v_depth] <> 'quote' or v_marks[v_depth]::integer < v_quotes) then
      v_kind := 'quote';
      v_mark := v_quotes;
    end if;
    if v_kind is not null and v_depth < 100 then
      v_depth := v_depth + 1;
      v_kinds[v_depth] := v_kind;
      v_marks[v_depth] := v_mark;
      v_depths[v_depth] := cardinality(v_path);
      v_anchors[v_depth] := v_anchor;
    end if;
    if v_add is not null then
      v_block := array[v_add] || case when v_kind is not null then '' end;
    end if;
    if v_heading is not null then
      -- Headings in a box are below those around it.
      v_level := v_level + 10 * v_depth;
      while v_levels[cardinality(v_levels)] >= v_level loop
        v_levels := v_levels[:cardinality(v_levels) - 1];
        v_path := v_path[:cardinality(v_path) - 1];
      end loop;
      v_levels := v_levels || v_level;
      v_path := v_path || v_heading;
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
