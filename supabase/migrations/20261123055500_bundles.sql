-- Bundles: a course as one document, taken out, brought in, and copied.
--
-- Invariants
--   * A bundle has what authors made, and no learner, enrollment, code or member of the staff. It
--     has keys, so only staff of the course get one.
--   * Nothing in a bundle names a row: lessons are named by slugs of the bundle, banks by titles,
--     options by ids of their author. Only a prerequisite names another course, by a slug that the
--     caller may see.
--   * An import inserts a whole course or nothing. Each row passes the functions, triggers and
--     constraints that an author's own writes pass; a refusal names the place in the bundle.

create table private.course_imports (
  user_id uuid not null,
  import_key uuid not null,
  course_id uuid not null,
  digest text not null,
  created_at timestamptz not null default now(),
  constraint course_imports_pkey primary key (user_id, import_key),
  constraint course_imports_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint course_imports_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade
);
comment on table private.course_imports is
'The keys of imports: a repeated one returns the course that the first has made.';
comment on column private.course_imports.digest is 'Of the bundle and the other arguments.';
create index course_imports_course_id_idx on private.course_imports (course_id);
alter table private.course_imports enable row level security;
revoke all on private.course_imports from public, anon, authenticated, service_role;

create function private.lock_imports(p_user_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(p_user_id::text, 15));
end
$$;
comment on function private.lock_imports(uuid) is
'Serializes the imports of one account: of two with one key the second sees the first.';

create function private.refuse_bundle(
  p_path text, p_state text, p_message text, p_constraint text default null
) returns void
language plpgsql stable
set search_path = ''
as $$
declare
  v_error jsonb;
  v_details jsonb;
begin
  if p_constraint = 'courses_slug_key' then
    perform private.refuse('slug_taken');
  end if;
  if p_state = 'PGRST' then
    v_error := p_message::jsonb;
    if v_error ->> 'code' in ('invalid_bundle', 'budget_exceeded')
      or (v_error ->> 'code' = 'slug_taken' and p_path = '$.course') then
      return;
    end if;
    v_details := (v_error ->> 'details')::jsonb;
  end if;
  perform private.refuse('invalid_bundle', jsonb_build_object(
    'path', concat_ws('.', p_path, v_details ->> 'column'),
    'problem', coalesce(v_error ->> 'message', left(p_message, 500))
  ));
end
$$;
comment on function private.refuse_bundle(text, text, text, text) is
'Refuses a bundle for an error that an insert at this place raised. Returns where the error is not '
'about the bundle.';

create function private.import_guidance(
  p_lesson_id uuid, p_question_id uuid, p_guidance jsonb
) returns void
language sql volatile
set search_path = ''
as $$
  select private.save_tutor_guidance(
    p_lesson_id, r.notes, r.misconceptions, p_question_id
  )
  from jsonb_populate_record(null::private.tutor_guidance, p_guidance) as r
$$;
comment on function private.import_guidance(uuid, uuid, jsonb) is
'Saves the guidance of a bundle for a lesson or a question.';

create function private.import_question(
  p_lesson_id uuid, p_bank_id uuid, p_question jsonb, p_ord integer
) returns uuid
language sql volatile
set search_path = ''
as $$
  select (private.save_question(
    p_lesson_id, r.kind, r.prompt_md, coalesce(r.points, 1), coalesce(r.options, '[]'),
    p_question -> 'key', p_question ->> 'explanation_md', p_ord, null, null,
    p_question -> 'feedback',
    (
      select jsonb_agg(jsonb_build_object('cost_percent', 0) || h.value order by h.ordinality)
      from jsonb_array_elements(p_question -> 'hints') with ordinality as h
    ),
    p_bank_id, r.tags
  )).id
  from jsonb_populate_record(null::public.questions, p_question) as r
$$;
comment on function private.import_question(uuid, uuid, jsonb, integer) is
'Saves a question of a bundle in a quiz or a bank; without a position behind the others.';

create function private.import_lesson(
  p_course_id uuid, p_module_id uuid, p_ord integer, p_path text, p_lesson jsonb
) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_path text := p_path;
  v_lesson_id uuid := gen_random_uuid();
  v_draw record;
  v_question record;
  v_question_id uuid;
  v_state text;
  v_message text;
begin
  insert into public.lessons (
    id, course_id, module_id, ord, slug, title, content_type, duration_minutes, is_published,
    is_preview, is_required, release_at, release_after, completion_rule, completion_threshold,
    weight
  )
  select
    v_lesson_id, p_course_id, p_module_id, p_ord, r.slug, r.title,
    coalesce(r.content_type, 'text'), coalesce(r.duration_minutes, 0),
    coalesce(r.is_published, false), coalesce(r.is_preview, false), coalesce(r.is_required, true),
    r.release_at, r.release_after, r.completion_rule, coalesce(r.completion_threshold, 90),
    coalesce(r.weight, 1)
  from jsonb_populate_record(null::public.lessons, p_lesson) as r;
  if jsonb_typeof(p_lesson -> 'content') = 'object' then
    v_path := p_path || '.content';
    insert into public.lesson_drafts (lesson_id, body_md, md_url, video_url, transcript)
    select v_lesson_id, coalesce(r.body_md, ''), r.md_url, r.video_url, r.transcript
    from jsonb_populate_record(null::public.lesson_drafts, p_lesson -> 'content') as r;
    -- The bundle has title and minutes of the lesson, whatever its front matter says.
    perform private.publish_drafts(array[v_lesson_id], null, false);
  end if;
  if jsonb_typeof(p_lesson -> 'draft') = 'object' then
    v_path := p_path || '.draft';
    insert into public.lesson_drafts (lesson_id, body_md, md_url, video_url, transcript)
    select v_lesson_id, coalesce(r.body_md, ''), r.md_url, r.video_url, r.transcript
    from jsonb_populate_record(null::public.lesson_drafts, p_lesson -> 'draft') as r
    on conflict (lesson_id) do update
    set
      body_md = excluded.body_md, md_url = excluded.md_url, video_url = excluded.video_url,
      transcript = excluded.transcript;
  end if;
  if jsonb_typeof(p_lesson -> 'guidance') = 'object' then
    v_path := p_path || '.guidance';
    perform private.import_guidance(v_lesson_id, null, p_lesson -> 'guidance');
  end if;
  if jsonb_typeof(p_lesson -> 'quiz') = 'object' then
    v_path := p_path || '.quiz';
    insert into public.quizzes (
      lesson_id, pass_mark, max_attempts, time_limit_seconds, is_shuffled, draw_count, scoring,
      reveal, due_at, due_on
    )
    select
      v_lesson_id, coalesce(r.pass_mark, 60), r.max_attempts, r.time_limit_seconds,
      coalesce(r.is_shuffled, true), r.draw_count, coalesce(r.scoring, 'highest'),
      coalesce(r.reveal, 'after_submit'), r.due_at, r.due_on
    from jsonb_populate_record(null::public.quizzes, p_lesson -> 'quiz') as r;
    for v_draw in
      select d.value, d.ordinality, b.id
      from jsonb_array_elements(p_lesson #> '{quiz,draws}') with ordinality as d
      left join public.question_banks as b
        on b.course_id = p_course_id and b.title = d.value ->> 'bank'
      order by d.ordinality
    loop
      v_path := format('%s.quiz.draws[%s]', p_path, v_draw.ordinality - 1);
      if v_draw.id is null then
        perform private.refuse('invalid_bundle', jsonb_build_object(
          'path', v_path || '.bank', 'problem', 'No bank of the bundle has this title.'
        ));
      end if;
      insert into public.quiz_draws (lesson_id, bank_id, tag, question_count)
      values (
        v_lesson_id, v_draw.id, coalesce(v_draw.value ->> 'tag', ''),
        (v_draw.value ->> 'question_count')::integer
      );
    end loop;
    for v_question in
      select q.value, q.ordinality
      from jsonb_array_elements(p_lesson #> '{quiz,questions}') with ordinality as q
      order by q.ordinality
    loop
      v_path := format('%s.quiz.questions[%s]', p_path, v_question.ordinality - 1);
      v_question_id := private.import_question(
        v_lesson_id, null, v_question.value, v_question.ordinality::integer
      );
      if jsonb_typeof(v_question.value -> 'guidance') = 'object' then
        v_path := v_path || '.guidance';
        perform private.import_guidance(
          v_lesson_id, v_question_id, v_question.value -> 'guidance'
        );
      end if;
    end loop;
  end if;
  if jsonb_typeof(p_lesson -> 'lab') = 'object' then
    v_path := p_path || '.lab';
    insert into public.labs (lesson_id, due_at, due_on)
    select v_lesson_id, r.due_at, r.due_on
    from jsonb_populate_record(null::public.labs, p_lesson -> 'lab') as r;
    if p_lesson #> '{lab,rubric}' <> '[]' then
      v_path := p_path || '.lab.rubric';
      perform private.save_rubric(v_lesson_id, p_lesson #> '{lab,rubric}');
    end if;
  end if;
exception
  when sqlstate 'PGRST' or data_exception or integrity_constraint_violation
    or program_limit_exceeded then
    get stacked diagnostics v_state = returned_sqlstate, v_message = message_text;
    perform private.refuse_bundle(v_path, v_state, v_message);
    raise;
end
$$;
comment on function private.import_lesson(uuid, uuid, integer, text, jsonb) is
'Inserts a lesson of a bundle with its content, guidance, quiz and lab.';

create function private.shift_time(p_at timestamptz, p_days integer, p_zone text)
returns timestamptz
language sql stable
set search_path = ''
as $$
  select (p_at at time zone p_zone + make_interval(days => p_days)) at time zone p_zone
$$;
comment on function private.shift_time(timestamptz, integer, text) is
'The same time of the day so many days later, in a time zone.';

create function private.shift_dates(p_course_id uuid, p_starts_on date) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_zone text;
  v_days integer;
begin
  select c.time_zone, p_starts_on - coalesce(
    (c.opens_at at time zone c.time_zone)::date,
    (
      select min((d.at at time zone c.time_zone)::date)
      from public.lessons as l
      left join public.quizzes as z on z.lesson_id = l.id
      left join public.labs as b on b.lesson_id = l.id
      cross join lateral unnest(array[l.release_at, z.due_at, b.due_at]) as d (at)
      where l.course_id = c.id
    ),
    (c.closes_at at time zone c.time_zone)::date
  )
  into v_zone, v_days
  from public.courses as c where c.id = p_course_id;
  if coalesce(v_days, 0) = 0 then
    return;
  end if;
  update public.courses c
  set
    opens_at = private.shift_time(c.opens_at, v_days, v_zone),
    closes_at = private.shift_time(c.closes_at, v_days, v_zone)
  where c.id = p_course_id;
  update public.lessons l
  set release_at = private.shift_time(l.release_at, v_days, v_zone)
  where l.course_id = p_course_id and l.release_at is not null;
  update public.quizzes z
  set
    due_on = z.due_on + v_days,
    due_at = case when z.due_on is null then private.shift_time(z.due_at, v_days, v_zone) end
  where z.course_id = p_course_id and z.due_at is not null;
  update public.labs b
  set
    due_on = b.due_on + v_days,
    due_at = case when b.due_on is null then private.shift_time(b.due_at, v_days, v_zone) end
  where b.course_id = p_course_id and b.due_at is not null;
end
$$;
comment on function private.shift_dates(uuid, date) is
'Shifts all dates of a course by days, so that it opens on this day, or, without opens_at, has its '
'first date on it. The time of the day stays in the time zone of the course.';

create type public.course_import as (
  course_id uuid, course_slug text, is_new boolean, files jsonb
);
comment on type public.course_import is 'The answer of import_course and clone_course.';

create function private.course_import(p_course_id uuid, p_is_new boolean, p_course jsonb)
returns public.course_import
language sql stable
set search_path = ''
as $$
  select
    c.id, c.slug, p_is_new, (
      select coalesce(jsonb_agg(
        f.value || jsonb_build_object('lesson_id', l.id, 'lesson_slug', l.slug)
        order by m.ordinality, s.ordinality, f.ordinality
      ), '[]')
      from jsonb_array_elements(p_course -> 'modules') with ordinality as m
      cross join lateral jsonb_array_elements(m.value -> 'lessons') with ordinality as s
      cross join lateral jsonb_array_elements(s.value -> 'files') with ordinality as f
      inner join public.lessons as l on l.course_id = c.id and l.slug = s.value ->> 'slug'
    )
  from public.courses as c where c.id = p_course_id
$$;
comment on function private.course_import(uuid, boolean, jsonb) is
'The answer about an imported course, with the files that its bundle names.';

create function private.import_course(
  p_bundle jsonb, p_slug text, p_title text, p_starts_on date, p_import_key uuid
) returns public.course_import
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_digest text;
  v_course jsonb := p_bundle -> 'course';
  v_course_id uuid := gen_random_uuid();
  v_import private.course_imports;
  v_bank record;
  v_bank_id uuid;
  v_module record;
  v_module_id uuid;
  v_lesson record;
  v_path text := '$';
  v_problem text;
  v_state text;
  v_message text;
  v_constraint text;
begin
  if not private.may_author() then
    perform private.refuse('author_required');
  end if;
  if p_bundle is null or pg_column_size(p_bundle) > 20000000 then
    v_problem := 'A bundle has at most 20 MB.';
  elsif jsonb_typeof(p_bundle) <> 'object' then
    v_problem := 'A bundle is an object.';
  elsif p_bundle -> 'format' is distinct from '"lyceum.course"' then
    v_path := '$.format';
    v_problem := 'The format is lyceum.course.';
  elsif p_bundle -> 'version' is distinct from '1' then
    v_path := '$.version';
    v_problem := 'This version is not known; 1 is.';
  else
    select coalesce(b.place, '$'), b.problem into v_path, v_problem
    from private.bundle_problem(p_bundle) as b;
  end if;
  if v_problem is not null then
    perform private.refuse('invalid_bundle', jsonb_build_object(
      'path', v_path, 'problem', v_problem
    ));
  end if;
  -- The order of docs/locks.md, before the rows that only this transaction sees.
  perform private.lock_imports(v_user_id);
  perform private.require_account();
  perform private.lock_syllabus(true);
  if v_course -> 'prerequisites' <> '[]' then
    perform private.lock_course_prerequisites();
  end if;
  if p_import_key is not null then
    v_digest := md5(jsonb_build_array(p_slug, p_title, p_starts_on, p_bundle)::text);
  end if;
  select * into v_import
  from private.course_imports as i
  where i.user_id = v_user_id and i.import_key = p_import_key;
  if found then
    if v_import.digest <> v_digest then
      perform private.refuse('import_key_reused');
    end if;
    return private.course_import(v_import.course_id, false, v_course);
  end if;
  begin
    v_path := '$.course';
    insert into public.courses (
      id, slug, title, locale, time_zone, description, cover_url, level, tags, enrollment_mode,
      capacity, opens_at, closes_at, is_sequential
    )
    select
      v_course_id, coalesce(p_slug, r.slug), coalesce(p_title, r.title), coalesce(r.locale, 'en'),
      coalesce(r.time_zone, 'UTC'), coalesce(r.description, ''), r.cover_url, r.level,
      coalesce(r.tags, '{}'), coalesce(r.enrollment_mode, 'open'), r.capacity, r.opens_at,
      r.closes_at, coalesce(r.is_sequential, false)
    from jsonb_populate_record(null::public.courses, v_course) as r;
    if jsonb_typeof(v_course -> 'tutor') = 'object' then
      v_path := '$.course.tutor';
      perform private.save_tutor_settings(
        v_course_id, coalesce((v_course #>> '{tutor,is_enabled}')::boolean, true),
        coalesce(v_course #>> '{tutor,max_support_level}', 'high')
      );
    end if;
    for v_bank in
      select b.value, format('$.course.banks[%s]', b.ordinality - 1) as place
      from jsonb_array_elements(v_course -> 'banks') with ordinality as b
      order by b.ordinality
    loop
      v_path := v_bank.place;
      insert into public.question_banks (course_id, title)
      values (v_course_id, v_bank.value ->> 'title')
      returning id into v_bank_id;
      for v_lesson in
        select q.value, q.ordinality
        from jsonb_array_elements(v_bank.value -> 'questions') with ordinality as q
        order by q.ordinality
      loop
        v_path := format('%s.questions[%s]', v_bank.place, v_lesson.ordinality - 1);
        perform private.import_question(
          null, v_bank_id, v_lesson.value, v_lesson.ordinality::integer
        );
      end loop;
    end loop;
    for v_module in
      select m.value, m.ordinality
      from jsonb_array_elements(v_course -> 'modules') with ordinality as m
      order by m.ordinality
    loop
      v_path := format('$.course.modules[%s]', v_module.ordinality - 1);
      insert into public.modules (course_id, ord, title, summary)
      values (
        v_course_id, v_module.ordinality, v_module.value ->> 'title',
        coalesce(v_module.value ->> 'summary', '')
      )
      returning id into v_module_id;
      for v_lesson in
        select l.value, l.ordinality
        from jsonb_array_elements(v_module.value -> 'lessons') with ordinality as l
        order by l.ordinality
      loop
        perform private.import_lesson(
          v_course_id, v_module_id, v_lesson.ordinality::integer,
          format('%s.lessons[%s]', v_path, v_lesson.ordinality - 1), v_lesson.value
        );
      end loop;
    end loop;
    for v_lesson in
      select
        e.value, l.id, t.id as prerequisite_id,
        format(
          '$.course.modules[%s].lessons[%s].prerequisites[%s]',
          m.ordinality - 1, s.ordinality - 1, e.ordinality - 1
        ) as place
      from jsonb_array_elements(v_course -> 'modules') with ordinality as m
      cross join lateral jsonb_array_elements(m.value -> 'lessons') with ordinality as s
      cross join lateral jsonb_array_elements(s.value -> 'prerequisites') with ordinality as e
      inner join public.lessons as l
        on l.course_id = v_course_id and l.slug = s.value ->> 'slug'
      left join public.lessons as t
        on t.course_id = v_course_id and t.slug = e.value ->> 'lesson'
      order by m.ordinality, s.ordinality, e.ordinality
    loop
      v_path := v_lesson.place;
      if v_lesson.prerequisite_id is null then
        perform private.refuse('invalid_bundle', jsonb_build_object(
          'path', v_path || '.lesson', 'problem', 'No lesson of the bundle has this slug.'
        ));
      end if;
      insert into public.lesson_prerequisites (lesson_id, prerequisite_id, min_score)
      values (
        v_lesson.id, v_lesson.prerequisite_id, (v_lesson.value ->> 'min_score')::numeric
      );
    end loop;
    for v_module in
      select p.value, p.ordinality, c.id
      from jsonb_array_elements(v_course -> 'prerequisites') with ordinality as p
      left join public.courses as c on c.slug = p.value ->> 'course' and private.is_visible(c.id)
      order by p.ordinality
    loop
      v_path := format('$.course.prerequisites[%s]', v_module.ordinality - 1);
      if v_module.id is null then
        perform private.refuse('invalid_bundle', jsonb_build_object(
          'path', v_path || '.course', 'problem', 'No course that you may see has this slug.'
        ));
      end if;
      insert into public.course_prerequisites (course_id, prerequisite_id, min_score)
      values (v_course_id, v_module.id, (v_module.value ->> 'min_score')::numeric);
    end loop;
    v_path := '$.course';
    if p_starts_on is not null then
      perform private.shift_dates(v_course_id, p_starts_on);
    end if;
  exception
    when sqlstate 'PGRST' or data_exception or integrity_constraint_violation
      or program_limit_exceeded then
      get stacked diagnostics
        v_state = returned_sqlstate, v_message = message_text, v_constraint = constraint_name;
      perform private.refuse_bundle(v_path, v_state, v_message, v_constraint);
      raise;
  end;
  if p_import_key is not null then
    insert into private.course_imports (user_id, import_key, course_id, digest)
    values (v_user_id, p_import_key, v_course_id, v_digest);
  end if;
  perform private.audit('import_course', v_course_id, '{}');
  return private.course_import(v_course_id, true, v_course);
end
$$;
grant execute on function private.import_course(jsonb, text, text, date, uuid) to authenticated;

create function public.import_course(
  bundle jsonb, slug text default null, title text default null, starts_on date default null,
  import_key uuid default null
) returns public.course_import
language sql volatile
set search_path = '' set statement_timeout = '60s'
begin atomic
  select private.import_course(
    import_course.bundle, import_course.slug, import_course.title, import_course.starts_on,
    import_course.import_key
  );
end;
comment on function public.import_course(jsonb, text, text, date, uuid) is
'Makes a course of a bundle, as a draft that the caller owns.

For instructors and admins. docs/authoring.md documents the bundle, docs/bundle.schema.json is its
JSON Schema; a bundle has at most 20 MB. slug and title replace those of the bundle. With starts_on
all dates are shifted by whole days, so that the course opens on that day, or, without opens_at, its
first date is on it; relative releases stay.

All is inserted, or nothing: invalid_bundle has the place in the bundle and what is wrong there. A
call that is repeated with its import_key returns the course of the first, with is_new false. files
lists the files that the bundle names: upload each, and insert its row.

Errors: not_authenticated, account_suspended, author_required, invalid_bundle, slug_taken,
import_key_reused, budget_exceeded.';

grant execute on function public.import_course(jsonb, text, text, date, uuid) to authenticated;

create function private.export_guidance(p_lesson_id uuid, p_question_id uuid) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_build_object('notes', g.notes, 'misconceptions', g.misconceptions)
  from private.tutor_guidance as g
  where g.lesson_id = p_lesson_id and g.question_id is not distinct from p_question_id
$$;
comment on function private.export_guidance(uuid, uuid) is
'The guidance of a lesson or a question as a bundle has it; null: none.';

create function private.export_question(p_question public.questions) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_build_object(
    'kind', p_question.kind, 'prompt_md', p_question.prompt_md, 'points', p_question.points,
    'options', p_question.options, 'key', k.key, 'explanation_md', k.explanation_md,
    'feedback', k.feedback, 'hints', k.hints, 'tags', to_jsonb(p_question.tags)
  )
  from private.answer_keys as k where k.question_id = p_question.id
$$;
comment on function private.export_question(public.questions) is
'A question with its key as a bundle has it, without guidance.';

create function private.export_lesson(p_lesson public.lessons) returns jsonb
language sql stable
set search_path = ''
as $$
  select to_jsonb(r)
  from (
    select
      p_lesson.slug, p_lesson.title, p_lesson.content_type, p_lesson.duration_minutes,
      p_lesson.is_published, p_lesson.is_preview, p_lesson.is_required, p_lesson.release_at,
      p_lesson.release_after, p_lesson.completion_rule, p_lesson.completion_threshold,
      p_lesson.weight,
      (
        select jsonb_build_object(
          'body_md', v.body_md, 'md_url', v.md_url, 'video_url', v.video_url,
          'transcript', v.transcript
        )
        from public.lesson_contents as t
        inner join public.lesson_versions as v
          on v.lesson_id = t.lesson_id and v.version = t.version
        where t.lesson_id = p_lesson.id
      ) as content,
      (
        select jsonb_build_object(
          'body_md', d.body_md, 'md_url', d.md_url, 'video_url', d.video_url,
          'transcript', d.transcript
        )
        from public.lesson_drafts as d where d.lesson_id = p_lesson.id and d.has_changes
      ) as draft,
      (
        select coalesce(jsonb_agg(
          jsonb_build_object('lesson', n.slug, 'min_score', p.min_score) order by n.slug
        ), '[]')
        from public.lesson_prerequisites as p
        inner join public.lessons as n on n.id = p.prerequisite_id
        where p.lesson_id = p_lesson.id and n.archived_at is null
      ) as prerequisites,
      (
        select coalesce(jsonb_agg(jsonb_build_object(
          'title', f.title, 'path', f.path, 'media_type', f.media_type, 'size', f.size_bytes
        ) order by f.ord, f.path), '[]')
        from public.lesson_files as f where f.lesson_id = p_lesson.id
      ) as files,
      private.export_guidance(p_lesson.id, null) as guidance,
      (
        select jsonb_build_object(
          'pass_mark', z.pass_mark, 'max_attempts', z.max_attempts,
          'time_limit_seconds', z.time_limit_seconds, 'is_shuffled', z.is_shuffled,
          'draw_count', z.draw_count, 'scoring', z.scoring, 'reveal', z.reveal,
          'due_at', case when z.due_on is null then z.due_at end, 'due_on', z.due_on,
          'draws', coalesce((
            select jsonb_agg(jsonb_build_object(
              'bank', b.title, 'tag', d.tag, 'question_count', d.question_count
            ) order by b.title, d.tag)
            from public.quiz_draws as d
            inner join public.question_banks as b on b.id = d.bank_id
            where d.lesson_id = z.lesson_id
          ), '[]'),
          'questions', coalesce((
            select jsonb_agg(
              private.export_question(q) || jsonb_build_object(
                'guidance', private.export_guidance(p_lesson.id, q.id)
              ) order by q.ord
            )
            from public.questions as q
            where q.lesson_id = z.lesson_id and q.archived_at is null
          ), '[]')
        )
        from public.quizzes as z where z.lesson_id = p_lesson.id
      ) as quiz,
      (
        select jsonb_build_object(
          'due_at', case when b.due_on is null then b.due_at end, 'due_on', b.due_on,
          'rubric', coalesce(c.criteria, '[]')
        )
        from (select p_lesson.id) as l (id)
        left join public.labs as b on b.lesson_id = l.id
        left join private.lab_rubrics as c on c.lesson_id = l.id
        where num_nonnulls(b.lesson_id, c.lesson_id) > 0
      ) as lab
  ) as r
$$;
comment on function private.export_lesson(public.lessons) is 'A lesson as a bundle has it.';

create function private.export_course(p_course_id uuid) returns jsonb
language plpgsql stable
security definer set search_path = '' set timezone = 'UTC' set intervalstyle = 'iso_8601'
as $$
declare
  v_course jsonb;
begin
  perform private.require_staff(p_course_id);
  select to_jsonb(r) into v_course
  from (
    select
      c.slug, c.title, c.locale, c.time_zone, c.description, c.cover_url, c.level, c.tags,
      c.enrollment_mode, c.capacity, c.opens_at, c.closes_at, c.is_sequential,
      (
        select coalesce(jsonb_agg(
          jsonb_build_object('course', n.slug, 'min_score', p.min_score) order by n.slug
        ), '[]')
        from public.course_prerequisites as p
        inner join public.courses as n on n.id = p.prerequisite_id
        where p.course_id = c.id
      ) as prerequisites,
      (
        select jsonb_build_object(
          'is_enabled', s.is_enabled, 'max_support_level', s.max_support_level
        )
        from private.tutor_settings as s where s.course_id = c.id
      ) as tutor,
      (
        select coalesce(jsonb_agg(jsonb_build_object(
          'title', b.title, 'questions', coalesce((
            select jsonb_agg(private.export_question(q) order by q.ord)
            from public.questions as q where q.bank_id = b.id and q.archived_at is null
          ), '[]')
        ) order by b.title), '[]')
        from public.question_banks as b where b.course_id = c.id
      ) as banks,
      (
        select coalesce(jsonb_agg(jsonb_build_object(
          'title', m.title, 'summary', m.summary, 'lessons', coalesce((
            select jsonb_agg(private.export_lesson(l) order by l.ord)
            from public.lessons as l where l.module_id = m.id and l.archived_at is null
          ), '[]')
        ) order by m.ord), '[]')
        from public.modules as m where m.course_id = c.id and m.archived_at is null
      ) as modules
    from public.courses as c where c.id = p_course_id
  ) as r;
  if v_course is null then
    perform private.refuse('course_not_found');
  end if;
  return jsonb_build_object('format', 'lyceum.course', 'version', 1, 'course', v_course);
end
$$;
grant execute on function private.export_course(uuid) to authenticated, service_role;

create function public.export_course(course_id uuid) returns jsonb
language sql stable
set search_path = ''
begin atomic
  select private.export_course(export_course.course_id);
end;
comment on function public.export_course(uuid) is
'A course as one document: what its authors made, with keys, and nobody''s data.

docs/authoring.md documents the bundle, docs/bundle.schema.json is its JSON Schema. Archived modules,
lessons and questions are not in it. For staff.

Errors: not_course_staff, course_not_found.';

grant execute on function public.export_course(uuid) to authenticated, service_role;

create function private.clone_course(
  p_course_id uuid, p_slug text, p_title text, p_starts_on date, p_import_key uuid
) returns public.course_import
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  perform private.require_user();
  perform private.require_staff(p_course_id);
  return private.import_course(
    private.export_course(p_course_id), p_slug, p_title, p_starts_on, p_import_key
  );
end
$$;
grant execute on function private.clone_course(uuid, text, text, date, uuid) to authenticated;

create function public.clone_course(
  course_id uuid, slug text, title text default null, starts_on date default null,
  import_key uuid default null
) returns public.course_import
language sql volatile
set search_path = '' set statement_timeout = '60s'
begin atomic
  select private.clone_course(
    clone_course.course_id, clone_course.slug, clone_course.title, clone_course.starts_on,
    clone_course.import_key
  );
end;
comment on function public.clone_course(uuid, text, text, date, uuid) is
'Copies a course, without its learners, as a draft that the caller owns.

The same as import_course of what export_course returns, in one transaction. For staff of the course
who may create courses.

Errors: not_authenticated, account_suspended, not_course_staff, author_required, course_not_found,
slug_taken, invalid_bundle, import_key_reused, budget_exceeded.';

grant execute on function public.clone_course(uuid, text, text, date, uuid) to authenticated;
