-- Kinds of questions: which options, keys and answers they have, and what an answer earns.
--
-- Invariants
--   * docs/authoring.md documents the JSON of options, key and answer of each kind.
--   * Scoring is one function of kind, key and answer: private.answer_share.

create extension if not exists unaccent with schema extensions;

create extension if not exists fuzzystrmatch with schema extensions;

create function private.fold_text(p_text text) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  return lower(extensions.unaccent(
    -- The teh marbuta is often written without its dots.
    btrim(regexp_replace(translate(private.normalize_text(p_text), 'ة', 'ه'), '\s+', ' ', 'g'))
  ));
end
$$;
comment on function private.fold_text(text) is
'Normalized text in lower case, without accents and repeated blanks.';

create function private.unit_text(p_unit text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return regexp_replace(
    translate(private.normalize_text(p_unit), '−–‐٪·⋅∙×*^', '---%'), '\s', '', 'g'
  );
end
$$;
comment on function private.unit_text(text) is
'A unit without blanks and signs of powers, with one spelling of minus and per cent.';

-- A comma or a dot may separate decimals or thousands: where a text can be read in two ways, both
-- count. Thousands begin with no 0: 0.500 is a half. Indian groups have two digits: 12,34,567.
create function private.read_numbers(p_text text, p_unit text) returns numeric[]
language plpgsql immutable
set search_path = ''
as $$
declare
  v_text text;
  v_match text[];
  v_digits text;
  v_exponent integer;
  v_forms text[];
begin
  if length(p_text) > 100 then
    return '{}'::numeric[];
  end if;
  -- Raised figures are an exponent, before normalization lowers them.
  v_text := regexp_replace(p_text, '10([⁺⁻]?[⁰¹²³⁴-⁹]+)', '10^\1');
  -- Any other raised or lowered figure at a number is no digit of it: 5² is not 52.
  if v_text ~ '(^|[[:digit:].,])\s*[⁺⁻₊₋]?[⁰¹²³⁴-⁹₀-₉]' then
    return '{}'::numeric[];
  end if;
  v_text := btrim(translate(private.normalize_text(v_text), '−–‐·×⋅∙٫٬٪', '---****.,%'));
  -- A currency may come first, and a power of ten has no factor.
  v_text := regexp_replace(v_text, '^([-+]?)\s*([$¢£¤¥฿\u20a0-\u20cf])\s*(.*)$', '\1\3\2');
  v_text := regexp_replace(v_text, '^([-+]?)\s*10\s*(?:\^|\*\*)', '\11*10^');
  v_match := regexp_match(
    v_text,
    '^([-+]?)\s*(\d(?:[\d\s.,''’_]*\d)?[.,]?|[.,]\d+)'
    '(?:\s*[eE]([-+]?\d{1,3})(?![[:alpha:]])|\s*[*xX]\s*10\s*(?:\^|\*\*)\s*[({]?\s*([-+]?\s*\d{1,3})\s*[)}]?)?'
    '\s*(.*)$'
  );
  if v_match is null or v_match[5] <> '' and (
    v_match[5] !~ '^(?:/?[[:alpha:]]|[%‰°#$¢£¤¥฿\u20a0-\u20cf''"′″]).{0,39}$'
    or private.unit_text(v_match[5]) <> private.unit_text(p_unit)
  ) then
    return '{}'::numeric[];
  end if;
  v_digits := regexp_replace(v_match[2], '[\s''’_]', '', 'g');
  v_exponent := coalesce(regexp_replace(coalesce(v_match[3], v_match[4]), '\s', '', 'g'), '0')::integer;
  if abs(v_exponent) > 99 then
    return '{}'::numeric[];
  end if;
  v_forms := array[
    -- A dot before the decimals, or a comma.
    case when v_digits ~ '^(?:\d+|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3})?(?:\.\d*)?$'
      then replace(v_digits, ',', '') end,
    case when v_digits ~ '^(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)?(?:,\d*)?$'
      then replace(replace(v_digits, '.', ''), ',', '.') end
  ];
  return array(
    select distinct (v_match[1] || f.form)::numeric * 10::numeric ^ v_exponent
    from unnest(v_forms) as f (form) where f.form ~ '\d'
  );
end
$$;
comment on function private.read_numbers(text, text) is
'The numbers that a text may mean: with a decimal comma or point, blanks between thousands, an '
'exponent (6.02e23, 6,02·10^23), and behind it nothing or the unit, any one if p_unit is null; '
'empty for any other text.';

create function private.gap_kind(p_key jsonb) returns public.question_kind
language sql immutable
set search_path = ''
as $$
  select case
    when p_key ? 'accepted' then 'short_text'
    when p_key ? 'correct' then 'single'
    else 'numeric'
  end::public.question_kind
$$;
comment on function private.gap_kind(jsonb) is
'The kind of question whose key a gap of a cloze has: a text, a choice or a number.';

-- The share of the points by kind. No answer earns 0. Staff grade essay and file.
--   single, true_false  1 for the key.
--   multiple            (right picks - wrong picks) / right options, at least 0.
--   numeric             1 within the tolerance of a value of the key: in its unit, or a share of
--                       the value; an answer is a number or a text that read_numbers reads.
--   short_text          1 for an accepted text after fold_text, or within max_distance edits.
--   ordering            pairs of neighbours of the key that the answer has, in order / pairs.
--   matching            right pairs / pairs.
--   cloze               the mean of its gaps, each scored like a question of its kind.
create function private.answer_share(p_kind public.question_kind, p_key jsonb, p_answer jsonb)
returns numeric
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_text text;
  v_distance integer;
begin
  if p_answer is null or p_answer = 'null' then
    return 0;
  end if;
  case p_kind
    when 'single', 'true_false' then
      return (p_answer = p_key -> 'correct')::integer;
    when 'multiple' then
      return greatest(0, (
        select sum(case when p_key -> 'correct' @> a.value then 1 else -1 end)
        from jsonb_array_elements(p_answer) as a
      ) / jsonb_array_length(p_key -> 'correct')::numeric);
    when 'numeric' then
      return exists (
        select from unnest(case jsonb_typeof(p_answer)
          when 'number' then array[p_answer::text::numeric]
          else private.read_numbers(p_answer #>> '{}', coalesce(p_key ->> 'unit', ''))
        end) as a (value)
        cross join jsonb_array_elements(coalesce(p_key -> 'values', jsonb_build_array(p_key))) as k
        where abs(a.value - (k.value ->> 'value')::numeric)
          <= coalesce((k.value ->> 'tolerance')::numeric, 0) * case
            when (k.value ->> 'relative')::boolean then abs((k.value ->> 'value')::numeric) else 1
          end
      )::integer;
    when 'short_text' then
      v_text := private.fold_text(p_answer #>> '{}');
      if v_text = '' then
        return 0;
      end if;
      v_distance := coalesce((p_key ->> 'max_distance')::numeric, 0);
      return exists (
        select from jsonb_array_elements_text(p_key -> 'accepted') as k (accepted)
        where private.fold_text(k.accepted) = v_text
          or (
            octet_length(v_text) <= 255
            and octet_length(private.fold_text(k.accepted)) <= 255
            and v_distance > 0
            and extensions.levenshtein_less_equal(
              private.fold_text(k.accepted), v_text, v_distance
            ) <= v_distance
          )
      )::integer;
    when 'ordering' then
      return (
        -- An option that the author has removed separates no neighbours.
        with answer as (
          select a.id, row_number() over (order by a.at) as at
          from jsonb_array_elements(p_answer) with ordinality as a (id, at)
          where p_key -> 'order' @> a.id
        )

        select count(*)
        from jsonb_array_elements(p_key -> 'order') with ordinality as k (id, at)
        inner join jsonb_array_elements(p_key -> 'order') with ordinality as l (id, at)
          on l.at = k.at + 1
        inner join answer as a on a.id = k.id
        inner join answer as b on b.id = l.id and b.at = a.at + 1
      ) / (jsonb_array_length(p_key -> 'order') - 1)::numeric;
    when 'matching' then
      return (
        select count(*) filter (where p_answer -> k.key = k.value) / count(*)::numeric
        from jsonb_each(p_key -> 'pairs') as k
      );
    when 'cloze' then
      return (
        select avg(private.answer_share(private.gap_kind(g.value), g.value, p_answer -> g.key))
        from jsonb_each(p_key -> 'gaps') as g
      );
  end case;
  return 0;
end
$$;
comment on function private.answer_share(public.question_kind, jsonb, jsonb) is
'Scores an answer, in the author''s option ids: the share of the points, 0 to 1.';

create function private.shown_key(p_kind public.question_kind, p_key jsonb, p_map jsonb)
returns jsonb
language plpgsql immutable
set search_path = ''
as $$
declare
  v_shown jsonb;
begin
  if p_kind not in ('single', 'multiple', 'ordering', 'matching', 'cloze') then
    return p_key;
  end if;
  v_shown := jsonb_path_query_array(p_map, '$.*');
  case p_kind
    when 'single' then
      return case when v_shown @> (p_key -> 'correct') then p_key end;
    when 'multiple' then
      if v_shown @> (p_key -> 'correct') then
        return p_key;
      end if;
      return (
        select jsonb_build_object('correct', jsonb_agg(c.value order by c.ordinality))
        from jsonb_array_elements(p_key -> 'correct') with ordinality as c
        where v_shown @> c.value having count(*) > 0
      );
    when 'ordering' then
      if v_shown @> (p_key -> 'order') then
        return p_key;
      end if;
      return (
        select jsonb_build_object('order', jsonb_agg(o.value order by o.ordinality))
        from jsonb_array_elements(p_key -> 'order') with ordinality as o
        where v_shown @> o.value having count(*) > 1
      );
    when 'cloze' then
      -- Each gap is in the map, and the options of a choice with the gap as their prefix.
      return (
        select jsonb_build_object('gaps', jsonb_object_agg(g.key, g.value))
        from jsonb_each(p_key -> 'gaps') as g
        cross join lateral (
          select array_agg(m.value) as ids
          from jsonb_each_text(p_map) as m where starts_with(m.key, g.key || 'o')
        ) as o
        where p_map ? g.key and case private.gap_kind(g.value)
          when 'single' then g.value ->> 'correct' = any(o.ids)
          else o.ids is null
        end
        having count(*) > 0
      );
    else -- matching
      return (
        select jsonb_build_object('pairs', jsonb_object_agg(p.key, p.value))
        from jsonb_each_text(p_key -> 'pairs') as p
        inner join jsonb_each_text(p_map) as l on l.value = p.key and starts_with(l.key, 'l')
        inner join jsonb_each_text(p_map) as r on r.value = p.value and starts_with(r.key, 'r')
        having count(*) > 0
      );
  end case;
end
$$;
comment on function private.shown_key(public.question_kind, jsonb, jsonb) is
'The part of a key whose options an attempt showed, by its map of option ids; null where that '
'leaves nothing to score by.';

create function private.option_ids(p_options jsonb) returns text[]
language sql immutable
set search_path = ''
as $$
  select case
    when jsonb_typeof(p_options) = 'array' and (
      -- A field that is missing is null, which bool_and skips.
      select bool_and((
        jsonb_typeof(o.value) = 'object'
        and jsonb_typeof(o.value -> 'id') = 'string' and o.value ->> 'id' <> ''
        and jsonb_typeof(o.value -> 'text') = 'string'
      ) is true)
      from jsonb_array_elements(p_options) as o
    ) and jsonb_array_length(p_options) between 2 and 50
      then array(select o.value ->> 'id' from jsonb_array_elements(p_options) as o)
  end
$$;
comment on function private.option_ids(jsonb) is
'The ids of a list of 2 to 50 options [{"id", "text"}]; null for any other value.';

create function private.gap_ids(p_options jsonb) returns text[]
language sql immutable
set search_path = ''
as $$
  select case
    when jsonb_typeof(p_options -> 'gaps') = 'array' and (
      select bool_and(
        jsonb_typeof(g.value) = 'object'
        and jsonb_typeof(g.value -> 'id') = 'string' and g.value ->> 'id' ~ '^[1-9][0-9]?$'
        and jsonb_typeof(g.value -> 'kind') = 'string'
        and g.value ->> 'kind' in ('text', 'number', 'choice')
      )
      from jsonb_array_elements(p_options -> 'gaps') as g
    ) and jsonb_array_length(p_options -> 'gaps') <= 50
      then array(select g.value ->> 'id' from jsonb_array_elements(p_options -> 'gaps') as g)
  end
$$;
comment on function private.gap_ids(jsonb) is
'The ids of the 1 to 50 gaps of a cloze; null for any other value.';

create function private.is_distinct_list(p_list text[]) returns boolean
language sql immutable
set search_path = ''
as $$
  select cardinality(p_list) = (select count(distinct u.id) from unnest(p_list) as u (id))
$$;
comment on function private.is_distinct_list(text[]) is 'Whether all elements are different.';

create function private.text_list(p_value jsonb) returns text[]
language sql immutable
set search_path = ''
as $$
  select case
    when jsonb_typeof(p_value) = 'array' and not exists (
      select from jsonb_array_elements(p_value) as e where jsonb_typeof(e.value) <> 'string'
    ) then array(select e from jsonb_array_elements_text(p_value) as e)
  end
$$;
comment on function private.text_list(jsonb) is 'A JSON list of strings as an array, or null.';

create function private.question_problem(
  p_kind public.question_kind, p_options jsonb, p_key jsonb
) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_ids text [];
  v_right text [];
  v_list text [];
  v_gap jsonb;
  v_kind public.question_kind;
  v_problem text;
begin
  if jsonb_typeof(p_key) is distinct from 'object' then
    return 'The key is a JSON object.';
  end if;
  if p_kind in ('single', 'multiple', 'ordering') then
    v_ids := private.option_ids(p_options);
    if v_ids is null or not private.is_distinct_list(v_ids) then
      return 'Options are a list of 2 to 50 {"id", "text"} with different ids.';
    end if;
  elsif p_kind = 'matching' then
    v_ids := private.option_ids(p_options -> 'left');
    v_right := private.option_ids(p_options -> 'right');
    if v_ids is null or v_right is null
      or not private.is_distinct_list(v_ids) or not private.is_distinct_list(v_right) then
      return 'Options are {"left": […], "right": […]}, lists of 2 to 50 {"id", "text"}.';
    end if;
  elsif p_kind = 'cloze' then
    v_ids := private.gap_ids(p_options);
    if v_ids is null or not private.is_distinct_list(v_ids) then
      return 'Options are {"gaps": […]}, 1 to 50 gaps {"id", "kind"}: different ids from "1" to '
        '"99"; text, number, or choice with options.';
    end if;
  elsif p_options is distinct from '[]' then
    return 'This kind has no options: send [].';
  end if;
  case p_kind
    when 'single' then
      if jsonb_typeof(p_key -> 'correct') is distinct from 'string'
        or p_key ->> 'correct' <> all(v_ids) then
        return 'key.correct is the id of an option.';
      end if;
    when 'multiple' then
      v_list := private.text_list(p_key -> 'correct');
      if coalesce(cardinality(v_list), 0) = 0
        or not v_list <@ v_ids or not private.is_distinct_list(v_list) then
        return 'key.correct is a list of ids of options, at least one.';
      end if;
    when 'true_false' then
      if jsonb_typeof(p_key -> 'correct') is distinct from 'boolean' then
        return 'key.correct is true or false.';
      end if;
    when 'numeric' then
      if p_key ? 'values' and (
        p_key ? 'value' or jsonb_typeof(p_key -> 'values') <> 'array'
        or jsonb_array_length(p_key -> 'values') not between 1 and 20
      ) then
        return 'key.values takes the place of key.value: a list of 1 to 20 {"value", "tolerance", '
          '"relative"}.';
      end if;
      if coalesce(jsonb_typeof(p_key -> 'unit'), 'string') <> 'string'
        or length(p_key ->> 'unit') not between 1 and 40
        or exists (
          select from jsonb_array_elements(
            coalesce(p_key -> 'values', jsonb_build_array(p_key))
          ) as k
          where jsonb_typeof(k.value -> 'value') is distinct from 'number'
            or coalesce(jsonb_typeof(k.value -> 'tolerance'), 'number') <> 'number'
            or (k.value ->> 'tolerance')::numeric < 0
            -- What no answer may have: is_valid_answer takes as many characters.
            or octet_length((k.value -> 'value')::text) > 100
            or octet_length((k.value -> 'tolerance')::text) > 100
            or coalesce(jsonb_typeof(k.value -> 'relative'), 'boolean') <> 'boolean'
        ) then
        return 'key.value is a number of at most 100 digits, key.tolerance a number from 0, '
          'key.relative a boolean, key.unit a text of at most 40 characters.';
      end if;
    when 'short_text' then
      v_list := private.text_list(p_key -> 'accepted');
      if coalesce(cardinality(v_list), 0) not between 1 and 50
        or exists (
          select from unnest(v_list) as u (accepted)
          where btrim(u.accepted) = '' or octet_length(u.accepted) > 200
        )
        or coalesce(p_key -> 'max_distance', '0') not in ('0', '1', '2', '3') then
        return 'key.accepted is a list of 1 to 50 texts, key.max_distance 0 to 3.';
      end if;
    when 'ordering' then
      v_list := private.text_list(p_key -> 'order');
      if v_list is null or not (v_list @> v_ids and v_list <@ v_ids)
        or cardinality(v_list) <> cardinality(v_ids) then
        return 'key.order names every option once.';
      end if;
    when 'matching' then
      if jsonb_typeof(p_key -> 'pairs') is distinct from 'object'
        or exists (
          select from jsonb_each(p_key -> 'pairs') as p
          where p.key <> all(v_ids)
            or jsonb_typeof(p.value) <> 'string' or p.value #>> '{}' <> all(v_right)
        )
        or (select count(*) from jsonb_object_keys(p_key -> 'pairs')) <> cardinality(v_ids) then
        return 'key.pairs gives each left id the id of a right option.';
      end if;
    when 'essay', 'file' then
      if p_key - 'sample_md' <> '{}'
        or coalesce(jsonb_typeof(p_key -> 'sample_md'), 'string') <> 'string'
        or btrim(p_key ->> 'sample_md') = '' or length(p_key ->> 'sample_md') > 20000 then
        return 'The key is {}, or has sample_md, a sample answer of at most 20,000 characters.';
      end if;
    when 'cloze' then
      v_list := case jsonb_typeof(p_key -> 'gaps')
        when 'object' then array(select g from jsonb_object_keys(p_key -> 'gaps') as g)
      end;
      if v_list is null or not (v_list @> v_ids and v_list <@ v_ids) then
        return 'key.gaps gives each gap its key.';
      end if;
      for v_gap in select g.value from jsonb_array_elements(p_options -> 'gaps') as g loop
        v_kind := case v_gap ->> 'kind'
          when 'text' then 'short_text' when 'number' then 'numeric' else 'single'
        end::public.question_kind;
        v_problem := case
          when private.gap_kind(p_key -> 'gaps' -> (v_gap ->> 'id')) <> v_kind
            then 'The key is not that of its kind.'
          else private.question_problem(
            v_kind, coalesce(v_gap -> 'options', '[]'), p_key -> 'gaps' -> (v_gap ->> 'id')
          )
        end;
        if v_problem is not null then
          return format('Gap %s: %s', v_gap ->> 'id', v_problem);
        end if;
      end loop;
  end case;
  return null;
end
$$;
comment on function private.question_problem(public.question_kind, jsonb, jsonb) is
'The first error in the options and key of a question as a sentence; null when they are valid.';

create function private.prompt_problem(
  p_kind public.question_kind, p_prompt_md text, p_options jsonb
) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_shown text;
begin
  if length(p_prompt_md) <= 20000 then
    v_shown := private.shown_markdown(p_prompt_md, 2);
  end if;
  if coalesce(btrim(v_shown, E' \t\r\n'), '') = '' then
    return 'The prompt is missing or too long.';
  end if;
  if p_kind = 'cloze' and private.gap_ids(p_options) is not null and array(
    select m.id[1] from regexp_matches(v_shown, '\[\[([1-9][0-9]?)\]\]', 'g') as m (id)
    order by 1
  ) <> array(select u.id from unnest(private.gap_ids(p_options)) as u (id) order by 1) then
    return 'The prompt has each gap once, as [[1]].';
  end if;
  return null;
end
$$;
comment on function private.prompt_problem(public.question_kind, text, jsonb) is
'The error in the prompt of a question as a sentence; null when it is valid.';

create function private.feedback_ids(p_kind public.question_kind, p_options jsonb)
returns text[]
language plpgsql immutable
set search_path = ''
as $$
begin
  return case p_kind
    when 'single' then private.option_ids(p_options)
    when 'multiple' then private.option_ids(p_options)
    when 'true_false' then array['true', 'false']
    when 'matching' then private.option_ids(p_options -> 'left')
    when 'cloze' then private.gap_ids(p_options)
    else '{}'
  end;
end
$$;
comment on function private.feedback_ids(public.question_kind, jsonb) is
'What the feedback of a question may be about: options, left sides, gaps, true and false.';

create function private.feedback_problem(
  p_kind public.question_kind, p_options jsonb, p_feedback jsonb
) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  if jsonb_typeof(p_feedback) <> 'object' or octet_length(p_feedback::text) > 100000 or exists (
    select from jsonb_each(p_feedback) as f
    where f.key <> all(private.feedback_ids(p_kind, p_options))
      or jsonb_typeof(f.value) <> 'string' or btrim(f.value #>> '{}') = ''
  ) then
    return 'Feedback is an object from ids of options to texts, for kinds with options.';
  end if;
  return null;
end
$$;
comment on function private.feedback_problem(public.question_kind, jsonb, jsonb) is
'The error in the feedback of a question as a sentence; null when it is valid or left out.';

create function private.hints_problem(p_hints jsonb) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  if jsonb_typeof(p_hints) <> 'array' or jsonb_array_length(p_hints) > 10 or exists (
    select from jsonb_array_elements(p_hints) as h
    where jsonb_typeof(h.value) <> 'object'
      or h.value - array['text_md', 'cost_percent'] <> '{}'
      or jsonb_typeof(h.value -> 'text_md') is distinct from 'string'
      or length(h.value ->> 'text_md') > 4000
      or btrim(private.shown_markdown(h.value ->> 'text_md', 2)) = ''
      or jsonb_typeof(h.value -> 'cost_percent') is distinct from 'number'
      or (h.value ->> 'cost_percent')::numeric not between 0 and 100
  ) then
    return 'Hints are a list of at most 10 {"text_md", "cost_percent"}, a cost from 0 to 100.';
  end if;
  return null;
end
$$;
comment on function private.hints_problem(jsonb) is
'The error in the hints of a question as a sentence; null when they are valid or left out.';
