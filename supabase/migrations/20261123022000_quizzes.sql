-- Quizzes: settings, questions, and the keys that no learner can reach.
--
-- Invariants
--   * Keys and explanations are in private.answer_keys. Learners read neither that table nor
--     questions; they see the copy of a question in their attempt.
--   * save_question validates a question and its key together and writes both.
--   * A question that an attempt holds is never deleted. An archived question is not drawn, and
--     leaves the points of the attempts that hold it when they are graded.
--   * docs/authoring.md documents the JSON of options, key and answer of each kind.
--   * Scoring is one function of kind, key and answer: private.answer_share.

create type public.quiz_scoring as enum ('highest', 'last', 'first', 'average');
comment on type public.quiz_scoring is 'Which of several attempts determines the result.';

create type public.quiz_reveal as enum ('never', 'after_submit', 'after_pass', 'after_close');
comment on type public.quiz_reveal is 'When a learner sees scores, keys and explanations of items.';

create type public.question_kind as enum (
  'single', 'multiple', 'true_false', 'numeric', 'short_text', 'ordering', 'matching'
);
comment on type public.question_kind is
'Determines the form of options, key and answer: see docs/authoring.md.';

create extension if not exists unaccent with schema extensions;

create extension if not exists fuzzystrmatch with schema extensions;

create table public.quizzes (
  lesson_id uuid not null,
  course_id uuid not null,
  pass_mark numeric(5, 2) not null default 60,
  max_attempts integer,
  time_limit_seconds integer,
  is_shuffled boolean not null default true,
  draw_count integer,
  scoring public.quiz_scoring not null default 'highest',
  reveal public.quiz_reveal not null default 'after_submit',
  due_at timestamptz,
  due_on date,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint quizzes_pkey primary key (lesson_id),
  constraint quizzes_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint quizzes_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint quizzes_pass_mark_check check (pass_mark > 0 and pass_mark <= 100),
  constraint quizzes_max_attempts_check check (max_attempts > 0),
  constraint quizzes_time_limit_seconds_check check (time_limit_seconds between 10 and 604800),
  constraint quizzes_draw_count_check check (draw_count > 0),
  constraint quizzes_due_at_check check (private.is_date(due_at)),
  constraint quizzes_due_on_check check (due_on between '2000-01-01' and '9999-12-30')
);
comment on table public.quizzes is
'The rules of a quiz lesson; save_question inserts the row with the first question.';
comment on column public.quizzes.course_id is 'The course of the lesson; set by trigger.';
comment on column public.quizzes.pass_mark is
'Per cent of the points needed to pass; passing completes a lesson with the rule pass. Up to 1, a '
'share: 0.6 means 60.';
comment on column public.quizzes.max_attempts is
'Attempts allowed for each learner; null: no limit.';
comment on column public.quizzes.time_limit_seconds is 'Seconds for one attempt; null: no limit.';
comment on column public.quizzes.is_shuffled is
'Shuffles questions and options. Options of an ordering are always shuffled.';
comment on column public.quizzes.draw_count is
'Number of questions drawn for each attempt; null: all.';
comment on column public.quizzes.due_at is
'No attempt starts after this time, and open attempts end at it.';
comment on column public.quizzes.due_on is
'Sets due_at to the end of this day in the time zone of the course. A later write of due_at takes '
'it back.';
create index quizzes_course_id_idx on public.quizzes (course_id);

create function private.tg_set_course_id() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  select l.course_id into new.course_id from public.lessons as l where l.id = new.lesson_id;
  return new;
end
$$;
comment on function private.tg_set_course_id() is 'Sets the course of a quiz or lab.';

-- After the row, and so after the policies: a caller who may not write gets 42501.
create function private.tg_require_type() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if not exists (
    select from public.lessons as l
    where l.id = new.lesson_id and l.content_type = tg_argv[0]::public.content_type
  ) then
    if tg_argv[0] = 'quiz' then
      perform private.refuse('not_a_quiz');
    end if;
    perform private.refuse('not_a_lab');
  end if;
  return null;
end
$$;
comment on function private.tg_require_type() is
'Refuses the rules of a quiz or lab for a lesson of another type.';

create trigger t10_set_course_id
before insert on public.quizzes
for each row execute function private.tg_set_course_id();
create function private.tg_set_due_at() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    if new.due_on is not distinct from old.due_on and new.due_at is distinct from old.due_at then
      new.due_on := null;
    elsif new.due_on is null and old.due_on is not null
      and new.due_at is not distinct from old.due_at then
      new.due_at := null;
    end if;
  end if;
  if new.due_on is not null then
    new.due_at := private.end_of_day(new.course_id, new.due_on);
  end if;
  return new;
end
$$;
comment on function private.tg_set_due_at() is
'Computes the due date of a quiz or lab from its day. The last of the two that is written holds.';

create trigger t20_set_due_at
before insert or update of due_at, due_on on public.quizzes
for each row execute function private.tg_set_due_at();
create trigger t20_require_type
after insert on public.quizzes
for each row execute function private.tg_require_type('quiz');
create trigger t20_touch_updated_at
before update on public.quizzes
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

alter table public.quizzes enable row level security;
revoke all on public.quizzes from public, anon, authenticated, service_role;
grant select on public.quizzes to authenticated, service_role;
grant insert (
  lesson_id, pass_mark, max_attempts, time_limit_seconds, is_shuffled, draw_count, scoring, reveal,
  due_at, due_on
) on public.quizzes to authenticated, service_role;
grant update (
  pass_mark, max_attempts, time_limit_seconds, is_shuffled, draw_count, scoring, reveal, due_at,
  due_on
) on public.quizzes to authenticated, service_role;

create policy quizzes_select_member on public.quizzes
for select to authenticated
using (
  course_id = any(array(select private.enrolled_course_ids()))
  or course_id = any(array(select private.staffed_course_ids()))
  or course_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy quizzes_select_member on public.quizzes is
'Enrolled learners, staff and admins read the rules of a quiz.';

create policy quizzes_insert_staff on public.quizzes
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy quizzes_insert_staff on public.quizzes is 'Staff insert the rules of a quiz.';

create policy quizzes_update_staff on public.quizzes
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy quizzes_update_staff on public.quizzes is 'Staff change the rules of a quiz.';

create table public.questions (
  id uuid not null default gen_random_uuid(),
  lesson_id uuid not null,
  course_id uuid not null,
  ord integer not null,
  kind public.question_kind not null,
  prompt_md text not null,
  points numeric(6, 2) not null default 1,
  options jsonb not null default '[]',
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  archived_at timestamptz,
  constraint questions_pkey primary key (id),
  constraint questions_lesson_id_fkey foreign key (lesson_id)
  references public.quizzes (lesson_id) on delete cascade,
  constraint questions_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint questions_lesson_id_ord_key unique (lesson_id, ord) deferrable initially deferred,
  constraint questions_ord_check check (ord >= 0),
  constraint questions_prompt_md_check check (
    btrim(prompt_md) <> '' and length(prompt_md) <= 20000
  ),
  constraint questions_points_check check (points > 0)
);
comment on table public.questions is 'The questions of a quiz, without keys. Only staff read them.';
comment on column public.questions.course_id is 'The course of the quiz.';
comment on column public.questions.options is
'single, multiple, ordering: [{"id", "text"}]; matching: {"left": […], "right": […]}; others: [].';
comment on column public.questions.revision is
'Counts the edits of the question and its key, from 1.';
comment on column public.questions.updated_by is
'The account that saved it last; without a foreign key, since it may outlive the account.';
comment on column public.questions.archived_at is
'An archived question is not drawn and does not count; null: in use.';
create index questions_course_id_idx on public.questions (course_id);

create trigger t20_touch_updated_at
before update on public.questions
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

create trigger t90_spend_rows
after insert on public.questions
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('content');
create trigger t90_spend_growth
after update on public.questions
for each row when (pg_column_size(new.*) > pg_column_size(old.*))
execute function private.tg_spend_growth('content');

alter table public.questions enable row level security;
revoke all on public.questions from public, anon, authenticated, service_role;
grant select, delete on public.questions to authenticated, service_role;

create policy questions_select_staff on public.questions
for select to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or course_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy questions_select_staff on public.questions is 'Staff and admins read questions.';

create policy questions_delete_staff on public.questions
for delete to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy questions_delete_staff on public.questions is
'Staff delete questions that no attempt holds.';

create table private.answer_keys (
  question_id uuid not null,
  key jsonb not null,
  explanation_md text,
  updated_at timestamptz not null default now(),
  constraint answer_keys_pkey primary key (question_id),
  constraint answer_keys_question_id_fkey foreign key (question_id)
  references public.questions (id) on delete cascade
);
comment on table private.answer_keys is 'The key and explanation of each question.';
alter table private.answer_keys enable row level security;
revoke all on private.answer_keys from public, anon, authenticated, service_role;

create function private.fold_text(p_text text) returns text
language sql stable
set search_path = ''
as $$
  select lower(extensions.unaccent(
    btrim(regexp_replace(private.normalize_text(p_text), '\s+', ' ', 'g'))
  ))
$$;
comment on function private.fold_text(text) is
'Normalized text in lower case, without accents and repeated blanks.';

create function private.unit_text(p_unit text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return regexp_replace(translate(private.normalize_text(p_unit), '·⋅∙×*^', ''), '\s', '', 'g');
end
$$;
comment on function private.unit_text(text) is 'A unit without blanks and signs of powers.';

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

-- The share of the points by kind. No answer earns 0.
--   single, true_false  1 for the key.
--   multiple            (right picks - wrong picks) / right options, at least 0.
--   numeric             1 within the tolerance: in the unit of the key, or a share of its value;
--                       an answer is a number or a text that read_numbers reads.
--   short_text          1 for an accepted text after fold_text, or within max_distance edits.
--   ordering            pairs of neighbours of the key that the answer has, in order / pairs.
--   matching            right pairs / pairs.
create function private.answer_share(p_kind public.question_kind, p_key jsonb, p_answer jsonb)
returns numeric
language plpgsql stable
set search_path = ''
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
        where abs(a.value - (p_key ->> 'value')::numeric)
          <= coalesce((p_key ->> 'tolerance')::numeric, 0) * case
            when (p_key ->> 'relative')::boolean then abs((p_key ->> 'value')::numeric) else 1
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
  if p_kind not in ('single', 'multiple', 'ordering', 'matching') then
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
      select bool_and(
        jsonb_typeof(o.value) = 'object'
        and jsonb_typeof(o.value -> 'id') = 'string' and o.value ->> 'id' <> ''
        and jsonb_typeof(o.value -> 'text') = 'string'
      )
      from jsonb_array_elements(p_options) as o
    ) and jsonb_array_length(p_options) between 2 and 50
      then array(select o.value ->> 'id' from jsonb_array_elements(p_options) as o)
  end
$$;
comment on function private.option_ids(jsonb) is
'The ids of a list of 2 to 50 options [{"id", "text"}]; null for any other value.';

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
      if jsonb_typeof(p_key -> 'value') is distinct from 'number'
        or coalesce(jsonb_typeof(p_key -> 'tolerance'), 'number') <> 'number'
        or (p_key ->> 'tolerance')::numeric < 0
        -- What no answer may have: is_valid_answer takes as many characters.
        or octet_length((p_key -> 'value')::text) > 100
        or octet_length((p_key -> 'tolerance')::text) > 100
        or coalesce(jsonb_typeof(p_key -> 'unit'), 'string') <> 'string'
        or length(p_key ->> 'unit') not between 1 and 40
        or coalesce(jsonb_typeof(p_key -> 'relative'), 'boolean') <> 'boolean' then
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
  end case;
  return null;
end
$$;
comment on function private.question_problem(public.question_kind, jsonb, jsonb) is
'The first error in the options and key of a question as a sentence; null when they are valid.';

create function private.save_question(
  p_lesson_id uuid, p_kind public.question_kind, p_prompt_md text, p_points numeric,
  p_options jsonb, p_key jsonb, p_explanation_md text, p_ord integer, p_question_id uuid,
  p_revision integer
) returns public.questions
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course_id uuid := (select l.course_id from public.lessons as l where l.id = p_lesson_id);
  v_question public.questions;
  v_problem text;
begin
  perform private.require_staff(v_course_id);
  if v_course_id is null then
    perform private.refuse('lesson_not_found');
  end if;
  if not exists (
    select from public.lessons as l where l.id = p_lesson_id and l.content_type = 'quiz'
  ) then
    perform private.refuse('not_a_quiz');
  end if;
  v_problem := case
    when p_kind is null then 'The kind is missing.'
    when coalesce(btrim(p_prompt_md), '') = '' or length(p_prompt_md) > 20000
      then 'The prompt is missing or too long.'
    when coalesce(round(p_points, 2), 0) <= 0 or p_points > 1000
      then 'Points are more than 0, at most 1,000.'
    when p_ord < 0 then 'The position counts from 0.'
    when length(p_explanation_md) > 20000 or octet_length(p_options::text) > 100000
      then 'The question is too long.'
    else private.question_problem(p_kind, coalesce(p_options, '[]'), p_key)
  end;
  if v_problem is not null then
    perform private.refuse('invalid_question', jsonb_build_object('problem', v_problem));
  end if;
  insert into public.quizzes (lesson_id) values (p_lesson_id) on conflict (lesson_id) do nothing;
  -- Serialize the writers of a quiz: concurrently appended questions get different positions.
  perform from public.quizzes as z where z.lesson_id = p_lesson_id for no key update;
  if p_question_id is not null then
    select * into v_question
    from public.questions as q
    where q.id = p_question_id and q.lesson_id = p_lesson_id and q.kind = p_kind;
    if not found then
      perform private.refuse('question_not_found');
    end if;
    if v_question.revision <> p_revision then
      perform private.refuse('question_changed', jsonb_build_object(
        'revision', v_question.revision,
        'updated_at', v_question.updated_at,
        'updated_by', v_question.updated_by,
        'name', (select p.name from public.profiles as p where p.id = v_question.updated_by)
      ));
    end if;
  end if;
  -- If the position is taken, shift that question and all after it.
  update public.questions q set ord = q.ord + 1
  where q.lesson_id = p_lesson_id and q.ord >= p_ord and q.id is distinct from p_question_id
    and exists (
      select from public.questions as t
      where t.lesson_id = p_lesson_id and t.ord = p_ord and t.id is distinct from p_question_id
    );
  if p_question_id is null then
    insert into public.questions (
      lesson_id, course_id, ord, kind, prompt_md, points, options, updated_by
    )
    values (
      p_lesson_id,
      v_course_id,
      coalesce(p_ord, (
        select coalesce(max(q.ord) + 1, 1) from public.questions as q
        where q.lesson_id = p_lesson_id
      )),
      p_kind, p_prompt_md, p_points, coalesce(p_options, '[]'), auth.uid()
    )
    returning * into v_question;
  else
    update public.questions q
    set
      prompt_md = p_prompt_md, points = p_points, options = coalesce(p_options, '[]'),
      ord = coalesce(p_ord, q.ord), revision = q.revision + 1, updated_by = auth.uid()
    where q.id = p_question_id
    returning * into v_question;
  end if;
  insert into private.answer_keys as k (question_id, key, explanation_md)
  values (v_question.id, p_key, p_explanation_md)
  on conflict (question_id) do update
  set key = excluded.key, explanation_md = excluded.explanation_md, updated_at = now();
  return v_question;
end
$$;
grant execute on function private.save_question(
  uuid, public.question_kind, text, numeric, jsonb, jsonb, text, integer, uuid, integer
) to authenticated, service_role;

create function public.save_question(
  lesson_id uuid, kind public.question_kind, prompt_md text, points numeric, options jsonb,
  key jsonb, explanation_md text default null, ord integer default null,
  question_id uuid default null, revision integer default null
) returns public.questions
language sql volatile
set search_path = ''
begin atomic
  select private.save_question(
    save_question.lesson_id, save_question.kind, save_question.prompt_md, save_question.points,
    save_question.options, save_question.key, save_question.explanation_md, save_question.ord,
    save_question.question_id, save_question.revision
  );
end;
comment on function public.save_question(
  uuid, public.question_kind, text, numeric, jsonb, jsonb, text, integer, uuid, integer
) is
'Adds a question with its key, or with question_id replaces one, and returns it without the key.

For staff; in a published course, while learners see the lesson, for owners, instructors and admins.
docs/authoring.md has the JSON of options and key for each kind. The first question of a
lesson inserts its quiz with the default rules. ord is the position; without it a new question is
appended. A replaced question stays in its quiz and cannot change its kind; call regrade_quiz to
apply a new key to closed attempts.

revision is the revision that the author has read: when somebody else has saved the question since,
question_changed says who and when. Without it the last writer wins.

Errors: not_course_staff, managers_only, lesson_not_found, not_a_quiz, question_not_found,
question_changed, invalid_question.';

grant execute on function public.save_question(
  uuid, public.question_kind, text, numeric, jsonb, jsonb, text, integer, uuid, integer
) to authenticated, service_role;

create function private.question_keys(p_lesson_id uuid)
returns table (question_id uuid, key jsonb, explanation_md text)
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_staff(
    (select l.course_id from public.lessons as l where l.id = p_lesson_id)
  );
  return query
  select q.id, k.key, k.explanation_md
  from public.questions as q
  inner join private.answer_keys as k on k.question_id = q.id
  where q.lesson_id = p_lesson_id
  order by q.ord, q.id;
end
$$;
grant execute on function private.question_keys(uuid) to authenticated, service_role;

create function public.question_keys(lesson_id uuid)
returns table (question_id uuid, key jsonb, explanation_md text)
language sql stable
set search_path = ''
begin atomic
  select * from private.question_keys(question_keys.lesson_id);
end;
comment on function public.question_keys(uuid) is
'The key and explanation of each question of a quiz, in the order of the quiz.

For staff. docs/authoring.md has the JSON of the key for each kind.

Errors: not_course_staff.';

grant execute on function public.question_keys(uuid) to authenticated, service_role;

create function private.set_question_archived(p_question_id uuid, p_is_archived boolean)
returns public.questions
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_question public.questions;
begin
  select * into v_question from public.questions as q where q.id = p_question_id;
  perform private.require_manager(v_question.course_id);
  if v_question.id is null then
    perform private.refuse('question_not_found');
  end if;
  perform from public.quizzes as z where z.lesson_id = v_question.lesson_id for no key update;
  update public.questions q
  set archived_at = case when p_is_archived then now() end
  where q.id = p_question_id and (q.archived_at is not null) <> p_is_archived
  returning q.* into v_question;
  if found then
    perform private.audit(
      case when p_is_archived then 'archive_question' else 'restore_question_archive' end,
      p_question_id, jsonb_build_object('lesson_id', v_question.lesson_id)
    );
  else
    select * into v_question from public.questions as q where q.id = p_question_id;
    if not found then
      perform private.refuse('question_not_found');
    end if;
  end if;
  return v_question;
end
$$;
comment on function private.set_question_archived(uuid, boolean) is
'Archives a question or takes it back into use, and returns it.';

grant execute on function private.set_question_archived(uuid, boolean)
to authenticated, service_role;

create function public.archive_question(question_id uuid) returns public.questions
language sql volatile
set search_path = ''
begin atomic
  select private.set_question_archived(archive_question.question_id, true);
end;
comment on function public.archive_question(uuid) is
'Takes a question out of use and returns it.

An archived question is not drawn any more. In the attempts that hold it its points leave both score
and max_score: when an open attempt is graded, and for closed ones with the next regrade_quiz. An
attempt of archived questions only keeps its points. Idempotent. For owners, instructors, admins,
service_role.

Errors: not_course_staff, question_not_found.';

grant execute on function public.archive_question(uuid) to authenticated, service_role;

create function public.restore_question_archive(question_id uuid) returns public.questions
language sql volatile
set search_path = ''
begin atomic
  select private.set_question_archived(restore_question_archive.question_id, false);
end;
comment on function public.restore_question_archive(uuid) is
'Takes an archived question back into use and returns it.

Its points count again: for closed attempts with the next regrade_quiz. Idempotent. For owners,
instructors, admins, service_role.

Errors: not_course_staff, question_not_found.';

grant execute on function public.restore_question_archive(uuid) to authenticated, service_role;
