-- Quizzes: settings, questions, and the keys that no learner can reach.
--
-- Invariants
--   * Keys and explanations are in private.answer_keys. Learners read neither that table nor
--     questions; what they see of a question is the copy in their attempt.
--   * save_question writes a question and its key together, and they match.
--   * Scoring is one function of kind, key and answer: private.answer_share.

create type public.quiz_scoring as enum ('highest', 'last', 'first', 'average');
comment on type public.quiz_scoring is 'Which of several attempts counts.';

create type public.quiz_reveal as enum ('never', 'after_submit', 'after_pass', 'after_close');
comment on type public.quiz_reveal is 'When a learner sees scores, keys and explanations of items.';

create type public.question_kind as enum (
  'single', 'multiple', 'true_false', 'numeric', 'short_text', 'ordering', 'matching'
);
comment on type public.question_kind is 'What a question asks for; see private.answer_share.';

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
  constraint quizzes_draw_count_check check (draw_count > 0)
);
comment on table public.quizzes is 'The rules of a quiz lesson; made with its first question.';
comment on column public.quizzes.course_id is 'The course of the lesson; written by trigger.';
comment on column public.quizzes.pass_mark is
'Per cent of the points that passes, and completes a lesson with the rule pass. Up to 1 a share.';
comment on column public.quizzes.max_attempts is 'Attempts a learner has; null: any number.';
comment on column public.quizzes.time_limit_seconds is 'Time for one attempt; null: no limit.';
comment on column public.quizzes.is_shuffled is 'Mix questions and options; orderings always are.';
comment on column public.quizzes.draw_count is 'Questions drawn for an attempt; null: all.';
comment on column public.quizzes.due_at is 'No attempt starts, and none goes on, after this time.';
create index quizzes_course_id_idx on public.quizzes (course_id);

create function private.tg_place_in_course() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  select l.course_id into new.course_id from public.lessons as l where l.id = new.lesson_id;
  return new;
end
$$;
comment on function private.tg_place_in_course() is 'Fills in the course of a quiz or lab.';

create trigger t10_place_in_course
before insert on public.quizzes
for each row execute function private.tg_place_in_course();
create trigger t20_touch_updated_at
before update on public.quizzes
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

alter table public.quizzes enable row level security;
revoke all on public.quizzes from public, anon, authenticated, service_role;
grant select on public.quizzes to authenticated, service_role;
grant insert (
  lesson_id, pass_mark, max_attempts, time_limit_seconds, is_shuffled, draw_count, scoring, reveal,
  due_at
) on public.quizzes to authenticated, service_role;
grant update (
  pass_mark, max_attempts, time_limit_seconds, is_shuffled, draw_count, scoring, reveal, due_at
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
comment on policy quizzes_insert_staff on public.quizzes is 'Staff set the rules of a quiz.';

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
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
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
comment on table public.questions is 'The questions of a quiz, without keys; for staff only.';
comment on column public.questions.course_id is 'The course of the quiz.';
comment on column public.questions.options is
'single, multiple, ordering: [{"id", "text"}]; matching: {"left": […], "right": […]}; else [].';
create index questions_course_id_idx on public.questions (course_id);

create trigger t20_touch_updated_at
before update on public.questions
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

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
'Staff delete a question; attempts keep their copy and score, and an open one is given its points.';

create table private.answer_keys (
  question_id uuid not null,
  key jsonb not null,
  explanation_md text,
  updated_at timestamptz not null default now(),
  constraint answer_keys_pkey primary key (question_id),
  constraint answer_keys_question_id_fkey foreign key (question_id)
  references public.questions (id) on delete cascade
);
comment on table private.answer_keys is 'What answers a question, and why.';
alter table private.answer_keys enable row level security;
revoke all on private.answer_keys from public, anon, authenticated, service_role;

create function private.folded(p_text text) returns text
language sql stable
set search_path = ''
as $$
  select lower(extensions.unaccent(btrim(regexp_replace(p_text, '\s+', ' ', 'g'))))
$$;
comment on function private.folded(text) is 'Text without case, accents and surplus blanks.';

-- The share of the points, from 0 to 1, that an answer earns, by kind: single, true_false  1 for
-- the key. multiple            (right picks - wrong picks) / right options, never below 0. numeric
-- 1 within the tolerance: absolute in the unit of the key, or a share of it. short_text          1
-- for an accepted answer, folded; or at most max_distance edits from one. ordering            pairs
-- of neighbours of the key that are neighbours in the answer, in order. matching            right
-- pairs / pairs. Ids are the author's. No answer earns 0.
create function private.answer_share(p_kind public.question_kind, p_key jsonb, p_answer jsonb)
returns numeric
language plpgsql stable
set search_path = ''
as $$
declare
  v_text text;
  v_distance integer;
begin
  if p_answer is null or p_answer = 'null' or p_key is null then
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
      return (
        abs((p_answer #>> '{}')::numeric - (p_key ->> 'value')::numeric)
        <= coalesce((p_key ->> 'tolerance')::numeric, 0) * case
          when (p_key ->> 'relative')::boolean then abs((p_key ->> 'value')::numeric) else 1
        end
      )::integer;
    when 'short_text' then
      v_text := private.folded(p_answer #>> '{}');
      if v_text = '' then
        return 0;
      end if;
      v_distance := coalesce((p_key ->> 'max_distance')::numeric, 0);
      return exists (
        select from jsonb_array_elements_text(p_key -> 'accepted') as k (accepted)
        where private.folded(k.accepted) = v_text
          or (
            octet_length(v_text) <= 255
            and v_distance > 0
            and extensions.levenshtein_less_equal(
              private.folded(k.accepted), v_text, v_distance
            ) <= v_distance
          )
      )::integer;
    when 'ordering' then
      return (
        select count(*)
        from jsonb_array_elements(p_key -> 'order') with ordinality as k (id, at)
        inner join jsonb_array_elements(p_key -> 'order') with ordinality as l (id, at)
          on l.at = k.at + 1
        inner join jsonb_array_elements(p_answer) with ordinality as a (id, at) on a.id = k.id
        inner join jsonb_array_elements(p_answer) with ordinality as b (id, at)
          on b.id = l.id and b.at = a.at + 1
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
'The share of the points that an answer earns; ids are the author''s. The one rule for scoring.';

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
'The ids of a list of 2 to 50 options [{"id", "text"}]; null when it is no such list.';

create function private.is_distinct_list(p_list text[]) returns boolean
language sql immutable
set search_path = ''
as $$
  select cardinality(p_list) = (select count(distinct u.id) from unnest(p_list) as u (id))
$$;
comment on function private.is_distinct_list(text[]) is 'True when no element stands twice.';

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
        or coalesce(jsonb_typeof(p_key -> 'relative'), 'boolean') <> 'boolean' then
        return 'key.value is a number, key.tolerance a number from 0, key.relative a boolean.';
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
'What is wrong with the options and key of a question, or null.';

create function private.save_question(
  p_lesson_id uuid, p_kind public.question_kind, p_prompt_md text, p_points numeric,
  p_options jsonb, p_key jsonb, p_explanation_md text, p_ord integer, p_question_id uuid
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
  v_problem := case
    when p_kind is null then 'The kind is missing.'
    when coalesce(btrim(p_prompt_md), '') = '' or length(p_prompt_md) > 20000
      then 'The prompt is missing or too long.'
    when coalesce(round(p_points, 2), 0) <= 0 or p_points > 1000 then 'Points are more than 0, at most 1,000.'
    when p_ord < 0 then 'The position counts from 0.'
    when length(p_explanation_md) > 20000 or octet_length(p_options::text) > 100000
      then 'The question is too long.'
    else private.question_problem(p_kind, coalesce(p_options, '[]'), p_key)
  end;
  if v_problem is not null then
    perform private.refuse('invalid_question', jsonb_build_object('problem', v_problem));
  end if;
  insert into public.quizzes (lesson_id) values (p_lesson_id) on conflict (lesson_id) do nothing;
  -- One writer a quiz, so that an appended question gets a position of its own.
  perform from public.quizzes as z where z.lesson_id = p_lesson_id for no key update;
  -- Whoever stands at the position, and all after, make room.
  update public.questions q set ord = q.ord + 1
  where q.lesson_id = p_lesson_id and q.ord >= p_ord and q.id is distinct from p_question_id
    and exists (
      select from public.questions as t
      where t.lesson_id = p_lesson_id and t.ord = p_ord and t.id is distinct from p_question_id
    );
  if p_question_id is null then
    insert into public.questions (lesson_id, course_id, ord, kind, prompt_md, points, options)
    values (
      p_lesson_id,
      v_course_id,
      coalesce(p_ord, (
        select coalesce(max(q.ord) + 1, 1) from public.questions as q
        where q.lesson_id = p_lesson_id
      )),
      p_kind, p_prompt_md, p_points, coalesce(p_options, '[]')
    )
    returning * into v_question;
  else
    update public.questions q
    set
      prompt_md = p_prompt_md, points = p_points, options = coalesce(p_options, '[]'),
      ord = coalesce(p_ord, q.ord)
    where q.id = p_question_id and q.lesson_id = p_lesson_id and q.kind = p_kind
    returning * into v_question;
    if not found then
      perform private.refuse('question_not_found');
    end if;
  end if;
  insert into private.answer_keys as k (question_id, key, explanation_md)
  values (v_question.id, p_key, p_explanation_md)
  on conflict (question_id) do update
  set key = excluded.key, explanation_md = excluded.explanation_md, updated_at = now();
  return v_question;
end
$$;
grant execute on function private.save_question(
  uuid, public.question_kind, text, numeric, jsonb, jsonb, text, integer, uuid
) to authenticated, service_role;

create function public.save_question(
  lesson_id uuid, kind public.question_kind, prompt_md text, points numeric, options jsonb,
  key jsonb, explanation_md text default null, ord integer default null,
  question_id uuid default null
) returns public.questions
language sql volatile
set search_path = ''
begin atomic
  select private.save_question(
    save_question.lesson_id, save_question.kind, save_question.prompt_md, save_question.points,
    save_question.options, save_question.key, save_question.explanation_md, save_question.ord,
    save_question.question_id
  );
end;
comment on function public.save_question(
  uuid, public.question_kind, text, numeric, jsonb, jsonb, text, integer, uuid
) is
'Adds a question with its key, or with question_id replaces one, and returns it without the key.

The first question makes the quiz. For staff.

Errors: not_course_staff, lesson_not_found, question_not_found, invalid_question.';

grant execute on function public.save_question(
  uuid, public.question_kind, text, numeric, jsonb, jsonb, text, integer, uuid
) to authenticated, service_role;

create function private.question_keys(p_lesson_id uuid) returns jsonb
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_staff(
    (select l.course_id from public.lessons as l where l.id = p_lesson_id)
  );
  return coalesce((
    select jsonb_object_agg(
      q.id, jsonb_build_object('key', k.key, 'explanation_md', k.explanation_md)
    )
    from public.questions as q
    inner join private.answer_keys as k on k.question_id = q.id
    where q.lesson_id = p_lesson_id
  ), '{}');
end
$$;
grant execute on function private.question_keys(uuid) to authenticated, service_role;

create function public.question_keys(lesson_id uuid) returns jsonb
language sql stable
set search_path = ''
begin atomic
  select private.question_keys(question_keys.lesson_id);
end;
comment on function public.question_keys(uuid) is
'The keys of a quiz, for its editor: {question_id: {key, explanation_md}}.

For staff.

Errors: not_course_staff.';

grant execute on function public.question_keys(uuid) to authenticated, service_role;
