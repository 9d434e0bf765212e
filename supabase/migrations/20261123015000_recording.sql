-- Recording: the two functions by which a learner reports progress, and their retries.
--
-- Invariants
--   * Both functions pass the gate private.enter_lesson before they write.
--   * A report is idempotent by its event_id for 30 days. Ids have a budget, which is counted with
--     the clock of the learner: one row a report instead of two.
--   * The clock of the server bounds a report. What a report leaves unused stays available, so that
--     an app that was offline may send many at once. What exceeds it is cut, not refused.
--
-- Locks are taken in the order of the progress file.

create table private.progress_events (
  user_id uuid not null,
  event_id uuid not null,
  lesson_id uuid not null,
  created_at timestamptz not null default now(),
  constraint progress_events_pkey primary key (user_id, event_id)
);
comment on table private.progress_events is
'Reports that were counted, by the id that their client gave them: a retry within 30 days counts '
'once. Without a foreign key: a report locks its learner anyway, and tg_delete_reports cascades.';
-- Rows are in the order of their time: a BRIN index finds the old ones, and no report pays for it.
create index progress_events_created_at_idx on private.progress_events using brin (created_at);
alter table private.progress_events enable row level security;
revoke all on private.progress_events from public, anon, authenticated, service_role;

create function private.watched_share(p_seconds integer, p_duration_minutes numeric)
returns numeric
language plpgsql immutable
set search_path = ''
as $$
begin
  if p_duration_minutes > 0 then
    return coalesce(p_seconds / (p_duration_minutes * 60), 0);
  end if;
  return 0;
end
$$;
comment on function private.watched_share(integer, numeric) is
'Seconds watched as a share of the playing time; 0 when the playing time is unknown.';

create function private.read_range(p_range jsonb, p_seconds integer) returns int4multirange
language plpgsql immutable
set search_path = ''
as $$
declare
  v_first numeric := case
    when jsonb_typeof(p_range -> 0) = 'number' then (p_range -> 0)::numeric
  end;
  v_last numeric := case
    when jsonb_typeof(p_range -> 1) = 'number' and p_range -> 2 is null
      then (p_range -> 1)::numeric
  end;
begin
  if (v_first >= 0 and v_first <= v_last) is not true then
    return null;
  end if;
  -- A range without length has no second, not even a part of one.
  if v_first = v_last or v_first >= p_seconds then
    return '{}'::int4multirange;
  end if;
  return int4multirange(
    int4range(floor(v_first)::integer, ceil(least(v_last, p_seconds))::integer)
  );
end
$$;
comment on function private.read_range(jsonb, integer) is
'One range of a report, [from, to], as read_watched returns all of them.';

create function private.read_watched(p_watched jsonb, p_seconds integer) returns int4multirange
language plpgsql immutable
set search_path = ''
as $$
begin
  -- The usual report has one range and needs no query.
  if jsonb_typeof(p_watched -> 0) = 'array' and p_watched -> 1 is null then
    return private.read_range(p_watched -> 0, p_seconds);
  end if;
  if p_watched is null or p_watched in ('null', '[]') then
    return '{}'::int4multirange;
  end if;
  if jsonb_typeof(p_watched) <> 'array' or jsonb_array_length(p_watched) > 1000 then
    return null;
  end if;
  return (
    select case when bool_and(w.part is not null) then range_agg(w.part) end
    from (
      select private.read_range(e.value, p_seconds) as part
      from jsonb_array_elements(p_watched) as e
    ) as w
  );
end
$$;
comment on function private.read_watched(jsonb, integer) is
'The ranges of a report, [[from, to]] in seconds, as whole seconds of a video of p_seconds: a '
'second of which a part was played counts. Null when malformed.';

create function private.seconds_since(p_time timestamptz) returns numeric
language plpgsql stable
set search_path = ''
as $$
begin
  return greatest(extract(epoch from now() - p_time), 0);
end
$$;
comment on function private.seconds_since(timestamptz) is
'Seconds that have passed since a time; 0 for a later one.';

create function private.first_seconds(p_watched int4multirange, p_seconds integer)
returns int4multirange
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select coalesce(range_agg(
      int4range(lower(w.part), least(upper(w.part), lower(w.part) + p_seconds - w.before))
    ), '{}')
    from (
      select
        r as part,
        (sum(upper(r) - lower(r)) over (order by r) - (upper(r) - lower(r)))::integer as before
      from unnest(p_watched) as r
    ) as w
    where w.before < p_seconds
  );
end
$$;
comment on function private.first_seconds(int4multirange, integer) is
'The earliest seconds of ranges, as many as given.';

create function private.join_ranges(p_watched int4multirange, p_count integer)
returns int4multirange
language plpgsql immutable
set search_path = ''
as $$
begin
  return p_watched + (
    select coalesce(range_agg(g.gap), '{}')
    from (
      select int4range(n.last, n.next) as gap
      from (
        select upper(r) as last, lead(lower(r)) over (order by r) as next
        from unnest(p_watched) as r
      ) as n
      where n.next is not null
      order by n.next - n.last, n.last
      limit greatest((select count(*) from unnest(p_watched)) - p_count, 0)
    ) as g
  );
end
$$;
comment on function private.join_ranges(int4multirange, integer) is
'Ranges with their shortest gaps filled, until no more than a number of ranges remain.';

create function private.add_watched(
  p_old int4multirange, p_new int4multirange, p_credit numeric
) returns int4multirange
language plpgsql immutable
set search_path = ''
as $$
declare
  v_added int4multirange := p_new - p_old;
  v_watched int4multirange;
begin
  -- Usually even what the new ranges span is less than the credit.
  if upper(v_added) - lower(v_added) > p_credit and private.count_seconds(v_added) > p_credit then
    v_added := private.first_seconds(v_added, floor(p_credit)::integer);
  end if;
  v_watched := p_old + v_added;
  -- A row stays small. Filled gaps count as watched, so the clock bounds them too.
  -- 500 ranges take more than 4,000 bytes.
  if pg_column_size(v_watched) > 4000 and (select count(*) from unnest(v_watched)) > 500 then
    v_watched := private.join_ranges(v_watched, 500);
    if private.count_seconds(v_watched - p_old) > p_credit then
      return p_old;
    end if;
  end if;
  return v_watched;
end
$$;
comment on function private.add_watched(int4multirange, int4multirange, numeric) is
'Watched ranges with those of a report: at most p_credit new seconds, the earliest ones, and at '
'most 500 ranges.';

-- The fill factor leaves room for HOT updates.
create table private.learner_clocks (
  user_id uuid not null,
  counted_at timestamptz not null,
  counted integer not null default 0,
  day date not null,
  seconds integer not null default 0,
  report_count integer not null default 0,
  constraint learner_clocks_pkey primary key (user_id),
  constraint learner_clocks_seconds_check check (seconds between 0 and 86400)
) with (fillfactor = 85);
comment on table private.learner_clocks is
'How much of the time of a learner their reports have filled, in all lessons and courses '
'together, and what they have spent of the budget reports. Without a foreign key, as '
'progress_events.';
comment on column private.learner_clocks.counted_at is
'Reported time fills the clock up to here, and never beyond now.';
comment on column private.learner_clocks.counted is 'The seconds that the last report counted.';
comment on column private.learner_clocks.seconds is 'The time that was counted on the day.';
comment on column private.learner_clocks.report_count is
'The ids of reports that were stored on the day.';
alter table private.learner_clocks enable row level security;
revoke all on private.learner_clocks from public, anon, authenticated, service_role;

create function private.tg_delete_reports() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  delete from private.progress_events v
  where v.user_id = any(array(select o.id from old_rows as o));
  delete from private.learner_clocks c
  where c.user_id = any(array(select o.id from old_rows as o));
  return null;
end
$$;
comment on function private.tg_delete_reports() is
'Deletes the ids of reports and the clocks of accounts that are deleted.';

create trigger t20_delete_reports
after delete on public.profiles
referencing old table as old_rows
for each statement execute function private.tg_delete_reports();

create function private.count_report(
  p_enrollment public.enrollments, p_seconds integer, p_count integer
) returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  v_today date := (now() at time zone 'UTC')::date;
  -- Time that nobody reported for a day is past.
  v_first_at timestamptz := now() - interval '1 day';
  v_counted integer;
  v_report_count integer;
  v_max_reports integer;
begin
  -- One statement: a concurrent report of another course is seen by the update.
  insert into private.learner_clocks as c (
    user_id, counted_at, counted, day, seconds, report_count
  )
  select
    p_enrollment.user_id, n.counted_at + make_interval(secs => n.counted), n.counted, v_today,
    n.counted, p_count
  from (
    select
      f.counted_at,
      floor(least(p_seconds, private.seconds_since(f.counted_at)))::integer as counted
    from (
      select greatest(least(p_enrollment.enrolled_at, now()), v_first_at) as counted_at
    ) as f
    offset 0
  ) as n
  on conflict (user_id) do update
  set (counted_at, counted, day, seconds, report_count) = (
    select
      n.counted_at + make_interval(secs => n.counted), n.counted, v_today, n.seconds + n.counted,
      n.report_count + p_count
    from (
      select
        f.counted_at, f.seconds, f.report_count,
        floor(least(
          p_seconds, private.seconds_since(f.counted_at), 86400 - f.seconds,
          -- Time that other courses have left belongs to them.
          case when p_seconds > 0 and p_enrollment.enrolled_at > f.counted_at then greatest(
            0, private.seconds_since(p_enrollment.enrolled_at) - (
              select coalesce(sum(lp.seconds_spent), 0)
              from public.lesson_progress as lp
              where lp.course_id = p_enrollment.course_id and lp.user_id = p_enrollment.user_id
                and lp.started_at >= p_enrollment.enrolled_at
            )
          ) end
        ))::integer as counted
      from (
        select
          greatest(c.counted_at, v_first_at) as counted_at,
          case when c.day = v_today then c.seconds else 0 end as seconds,
          case when c.day = v_today then c.report_count else 0 end as report_count
      ) as f
      offset 0
    ) as n
  )
  returning
    c.counted, c.report_count,
    (select b.max_rows from private.budgets as b where b.kind = 'reports')
  into v_counted, v_report_count, v_max_reports;
  if p_count > 0 and v_report_count > v_max_reports then
    perform private.refuse_budget('reports', v_max_reports);
  end if;
  return v_counted;
end
$$;
comment on function private.count_report(public.enrollments, integer, integer) is
'How many seconds of a report count: no more than have passed since the time that was counted '
'before, in any lesson; in a course, than since the enrollment; and 86,400 a day. Spends the '
'budget reports on p_count ids.';

create function private.share(p_threshold numeric) returns numeric
language plpgsql immutable
set search_path = ''
as $$
begin
  return case when p_threshold <= 1 then p_threshold else p_threshold / 100 end;
end
$$;
comment on function private.share(numeric) is
'A completion threshold, per cent or share, as a share.';

create function private.course_scores(p_course_id uuid, p_user_ids uuid[])
returns table (user_id uuid, score numeric)
language plpgsql stable rows 10
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return query
  with graded as materialized (
    select l.id, l.weight from public.lessons as l
    where l.course_id = p_course_id and l.is_published and l.content_type in ('quiz', 'lab')
  )

  select i.id, (
    select round(sum(coalesce(lp.score, 0) * g.weight) / nullif(sum(g.weight), 0), 2)
    from graded as g
    left join public.lesson_progress as lp on lp.user_id = i.id and lp.lesson_id = g.id
  )
  from unnest(p_user_ids) as i (id);
end
$$;
comment on function private.course_scores(uuid, uuid[]) is
'The scores of learners in a course, in per cent: the mean of its published quizzes and labs by '
'weight, in which missing work counts 0; null when all weights are 0. The one formula for it.';

create function private.bank_lesson(
  p_user_id uuid, p_lesson public.lessons, p_act_of text, p_seen_at timestamptz default null,
  p_score numeric default null
) returns public.lesson_progress
language plpgsql volatile
security definer set search_path = '' set timezone = 'UTC'
as $$
declare
  v_before public.enrollments;
  v_after public.enrollments;
  v_old public.lesson_progress;
  v_progress public.lesson_progress;
  v_fact private.facts;
begin
  select * into v_before
  from public.enrollments as e where e.course_id = p_lesson.course_id and e.user_id = p_user_id;
  select * into v_old
  from public.lesson_progress as lp
  where lp.user_id = p_user_id and lp.lesson_id = p_lesson.id;
  if v_old.status = 'completed' and p_seen_at is not null then
    perform private.complete_enrollments(p_lesson.course_id, array[p_user_id], p_act_of);
    return v_old;
  end if;
  perform set_config('lyceum.facts', 'told', true);
  if p_seen_at is not null then
    v_fact := private.note_day(p_user_id, p_lesson.course_id, 0);
  end if;
  -- Not an upsert: that fires the triggers of insert and update.
  if v_old.user_id is null then
    insert into public.lesson_progress as lp (
      user_id, lesson_id, course_id, status, score, completed_at
    )
    values (p_user_id, p_lesson.id, p_lesson.course_id, 'completed', p_score, now())
    returning lp.* into v_progress;
    v_fact.started := 1;
  else
    update public.lesson_progress lp
    set
      status = 'completed', completed_at = coalesce(lp.completed_at, now()), updated_at = now(),
      score = coalesce(p_score, lp.score)
    where lp.user_id = p_user_id and lp.lesson_id = p_lesson.id
    returning lp.* into v_progress;
  end if;
  -- An enrollment without a seat has more facts than these.
  if v_before.status in ('active', 'completed') then
    v_after := private.count_lesson(
      p_lesson.course_id, p_user_id, p_lesson.id, v_old.completed_at is null, p_seen_at
    );
    perform set_config('lyceum.facts', '', true);
    v_fact.status_from := v_before.status;
    v_fact.status_to := v_before.status;
    v_fact.enrolled_from := v_before.enrolled_at;
    v_fact.enrolled_to := v_before.enrolled_at;
    v_fact.seen_from := v_before.last_activity_at;
    v_fact.seen_to := v_after.last_activity_at;
    v_fact.progress_from := v_before.progress * 100;
    v_fact.progress_to := v_after.progress * 100;
  else
    perform set_config('lyceum.facts', '', true);
    v_after := private.recount_learner(p_lesson.course_id, p_user_id, p_seen_at);
  end if;
  v_fact.course_id := p_lesson.course_id;
  v_fact.user_id := p_user_id;
  v_fact.lesson_id := p_lesson.id;
  v_fact.completed_from := v_old.completed_at;
  v_fact.completed_to := v_progress.completed_at;
  v_fact.score_from := v_old.score * 100;
  v_fact.score_to := v_progress.score * 100;
  perform private.note_fact(v_fact);
  if v_after.progress = 100 then
    perform private.complete_enrollments(p_lesson.course_id, array[p_user_id], p_act_of);
  end if;
  return v_progress;
end
$$;
comment on function private.bank_lesson(uuid, public.lessons, text, timestamptz, numeric) is
'Completes a lesson for a person whose enrollment is locked, recounts, and completes the course '
'when it was the last; p_act_of as in complete_enrollments, p_seen_at as in recount_learner: with '
'it, the day of the learner is recorded too, and a lesson that is complete stays as it is.';

create function private.note_work(
  p_user_id uuid, p_course_id uuid, p_lesson_id uuid, p_kind text, p_detail jsonb
) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_enrollment public.enrollments;
  v_fact private.facts;
begin
  select * into v_enrollment
  from public.enrollments as e where e.course_id = p_course_id and e.user_id = p_user_id;
  perform set_config('lyceum.facts', 'told', true);
  v_fact := private.note_activity(v_enrollment, 0);
  insert into public.lesson_progress (user_id, lesson_id, course_id)
  values (p_user_id, p_lesson_id, p_course_id)
  on conflict (user_id, lesson_id) do nothing;
  if found then
    v_fact.started := 1;
  end if;
  perform set_config('lyceum.facts', '', true);
  v_fact.lesson_id := p_lesson_id;
  v_fact.kind := p_kind;
  v_fact.detail := p_detail;
  perform private.note_fact(v_fact);
end
$$;
comment on function private.note_work(uuid, uuid, uuid, text, jsonb) is
'Records that a learner, whose enrollment is locked, works in a lesson now: the day, the start of '
'the lesson and an event, null for none, in one fact.';

create function private.opened_at(p_user_id uuid, p_lesson public.lessons) returns timestamptz
language plpgsql stable
set search_path = '' set timezone = 'UTC'
as $$
begin
  return (
    -- greatest ignores nulls.
    select greatest(
      e.enrolled_at,
      case when not p_lesson.is_preview then greatest(
        p_lesson.release_at,
        e.enrolled_at + p_lesson.release_after,
        (
          select max(lp.completed_at)
          from public.lesson_prerequisites as p
          inner join public.lesson_progress as lp
            on lp.lesson_id = p.prerequisite_id and lp.user_id = p_user_id
          where p.lesson_id = p_lesson.id
        ),
        case when c.is_sequential then (
          select max(lp.completed_at)
          from public.lesson_progress as lp
          inner join public.lessons as l on l.id = lp.lesson_id
          inner join public.modules as m on m.id = l.module_id
          where lp.course_id = p_lesson.course_id and lp.user_id = p_user_id
            and l.is_published and l.is_required
            and (m.ord, l.ord) < (
              select n.ord, p_lesson.ord from public.modules as n where n.id = p_lesson.module_id
            )
        ) end
      ) end
    )
    from public.enrollments as e
    inner join public.courses as c on c.id = e.course_id
    where e.course_id = p_lesson.course_id and e.user_id = p_user_id
  );
end
$$;
comment on function private.opened_at(uuid, public.lessons) is
'Since when a lesson that is open to a learner has been open: their enrollment, its release and '
'the completion of what it waits for, whichever is latest.';

create function private.record_progress(
  p_lesson_id uuid, p_position_seconds numeric, p_watched jsonb, p_seconds_spent integer,
  p_event_id uuid
) returns public.lesson_progress
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  -- Malformed ranges are refused before the lesson is locked.
  v_watched int4multirange := private.read_watched(p_watched, 86400);
  v_lesson public.lessons;
  v_enrollment public.enrollments;
  v_progress public.lesson_progress;
  v_event_lesson_id uuid;
  -- Whole seconds of the video; a day where the playing time is unknown.
  v_seconds integer;
  v_spent integer := 0;
  v_is_new boolean;
  v_fact private.facts;
begin
  if v_watched is null or p_position_seconds < 0 or p_position_seconds in ('NaN', 'Infinity')
    or p_seconds_spent not between 0 and 86400 then
    perform private.refuse('invalid_progress');
  end if;
  v_lesson := private.enter_lesson(v_user_id, p_lesson_id);
  if p_event_id is not null then
    insert into private.progress_events (user_id, event_id, lesson_id)
    values (v_user_id, p_event_id, p_lesson_id)
    on conflict (user_id, event_id) do nothing;
    if not found then
      select v.lesson_id into v_event_lesson_id
      from private.progress_events as v where v.user_id = v_user_id and v.event_id = p_event_id;
      if v_event_lesson_id <> p_lesson_id then
        perform private.refuse('event_id_reused');
      end if;
      select * into v_progress
      from public.lesson_progress as lp where lp.user_id = v_user_id and lp.lesson_id = p_lesson_id;
      return v_progress;
    end if;
  end if;
  v_seconds := case
    when v_lesson.duration_minutes > 0 then ceil(v_lesson.duration_minutes * 60) else 86400
  end;
  -- The enrollment is locked: reports of this learner in the course are serialized.
  select * into v_enrollment
  from public.enrollments as e
  where e.course_id = v_lesson.course_id and e.user_id = v_user_id;
  if p_seconds_spent > 0 or p_event_id is not null then
    v_spent := private.count_report(
      v_enrollment, coalesce(p_seconds_spent, 0), (p_event_id is not null)::integer
    );
  end if;
  select * into v_progress
  from public.lesson_progress as lp where lp.user_id = v_user_id and lp.lesson_id = p_lesson_id;
  v_is_new := not found;
  if v_is_new then
    v_progress.watched := '{}'::int4multirange;
    v_progress.watched_seconds := 0;
    v_progress.watch_credit := 30;
    v_progress.updated_at := private.opened_at(v_user_id, v_lesson);
  end if;
  -- Videos play at up to twice their speed. The credit of a day is more than any video has.
  v_progress.watch_credit := least(
    v_progress.watch_credit + 2 * private.seconds_since(v_progress.updated_at), 172800
  );
  if v_lesson.content_type = 'video' and not isempty(v_watched) then
    v_progress.watched := private.add_watched(
      v_progress.watched, v_watched * int4multirange(int4range(0, v_seconds)),
      v_progress.watch_credit
    );
    v_progress.watch_credit := v_progress.watch_credit
      + v_progress.watched_seconds - private.count_seconds(v_progress.watched);
  end if;
  v_progress.position_seconds := round(least(
    coalesce(p_position_seconds, v_progress.position_seconds, 0), v_seconds
  ));
  perform set_config('lyceum.facts', 'told', true);
  v_fact := private.note_activity(v_enrollment, v_spent);
  -- Not an upsert: that fires the triggers of insert and update.
  if v_is_new then
    insert into public.lesson_progress as lp (
      user_id, lesson_id, course_id, position_seconds, furthest_seconds, watched, watch_credit,
      seconds_spent
    )
    values (
      v_user_id, p_lesson_id, v_lesson.course_id, v_progress.position_seconds,
      v_progress.position_seconds, v_progress.watched, v_progress.watch_credit, v_spent
    )
    returning lp.* into v_progress;
    v_fact.started := 1;
    v_fact.seconds := v_spent;
  else
    v_fact.seconds := least(v_spent, 2147483647 - v_progress.seconds_spent);
    update public.lesson_progress lp
    set
      position_seconds = v_progress.position_seconds,
      furthest_seconds = greatest(
        lp.furthest_seconds, lp.position_seconds, v_progress.position_seconds
      ),
      watched = v_progress.watched,
      watch_credit = v_progress.watch_credit,
      seconds_spent = lp.seconds_spent + v_fact.seconds,
      updated_at = greatest(lp.updated_at, now())
    where lp.user_id = v_user_id and lp.lesson_id = p_lesson_id
    returning lp.* into v_progress;
  end if;
  perform set_config('lyceum.facts', '', true);
  v_fact.lesson_id := p_lesson_id;
  -- A result that is touched becomes the latest.
  v_fact.score_from := v_progress.score * 100;
  v_fact.score_to := v_fact.score_from;
  perform private.note_fact(v_fact);
  if v_progress.status = 'started' and v_lesson.completion_rule = 'watch'
    and private.watched_share(v_progress.watched_seconds, v_lesson.duration_minutes)
    >= private.share(v_lesson.completion_threshold) then
    return private.bank_lesson(v_user_id, v_lesson, 'learner');
  end if;
  return v_progress;
end
$$;
grant execute on function private.record_progress(uuid, numeric, jsonb, integer, uuid)
to authenticated;

create function public.record_progress(
  lesson_id uuid, position_seconds numeric default null, watched jsonb default null,
  seconds_spent integer default null, event_id uuid default null
) returns public.lesson_progress
language sql volatile
set search_path = ''
begin atomic
  select private.record_progress(
    record_progress.lesson_id, record_progress.position_seconds, record_progress.watched,
    record_progress.seconds_spent, record_progress.event_id
  );
end;
comment on function public.record_progress(uuid, numeric, jsonb, integer, uuid) is
'Adds a report about an open lesson to the caller''s progress and returns the progress.

watched lists what was played, as [[0, 30], [60, 90.5]]: from and to in seconds of the video, at
most 1,000 ranges. It is united with what was watched before, in whole seconds: a second of which a
part was played counts; of more than 500 ranges the shortest gaps are filled. Only videos have it.
position_seconds is the place where the player is, rounded to the nearest second; furthest_seconds
only grows. seconds_spent is added.

The clock bounds a report; what exceeds it is cut. watched grows by at most 30 seconds and twice the
time since the report before, or since the lesson became open to the caller in the first report on
it. seconds_spent is at most the time that the caller''s reports, in all lessons together, have not
filled yet; in a course, the time since the enrollment; and 86,400 a day. Reports that were stored
offline count in full when they are sent at once.

A report with the same event_id counts once, so that a retry is safe. A lesson with the completion
rule watch completes here when watched_seconds reach its threshold; the course may complete with it.

Errors: not_authenticated, account_suspended, lesson_not_found, not_enrolled, lesson_locked,
invalid_progress, event_id_reused, budget_exceeded.';

grant execute on function public.record_progress(uuid, numeric, jsonb, integer, uuid)
to authenticated;

create type public.lesson_completion as (
  user_id uuid,
  lesson_id uuid,
  course_id uuid,
  status public.progress_status,
  position_seconds integer,
  furthest_seconds integer,
  watched int4multirange,
  watched_seconds integer,
  watch_credit numeric,
  seconds_spent integer,
  score numeric,
  content_version integer,
  started_at timestamptz,
  completed_at timestamptz,
  updated_at timestamptz,
  is_course_complete boolean,
  certificate_code text
);
comment on type public.lesson_completion is
'The answer of complete_lesson: the columns of lesson_progress, and the state of the course.';

create function private.complete_lesson(p_lesson_id uuid) returns public.lesson_completion
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_lesson public.lessons := private.enter_lesson(v_user_id, p_lesson_id);
  v_progress public.lesson_progress;
  v_is_complete boolean;
  v_code text;
begin
  if v_lesson.completion_rule not in ('view', 'manual') then
    select * into v_progress
    from public.lesson_progress as lp
    where lp.user_id = v_user_id and lp.lesson_id = p_lesson_id;
    if v_progress.status is distinct from 'completed' and not (
      v_lesson.completion_rule = 'watch'
      and private.watched_share(v_progress.watched_seconds, v_lesson.duration_minutes)
      >= private.share(v_lesson.completion_threshold)
    ) then
      perform private.refuse('lesson_rule', jsonb_build_object(
        'completion_rule', v_lesson.completion_rule,
        'watched_percent', case when v_lesson.completion_rule = 'watch' then trunc(
          100 * private.watched_share(v_progress.watched_seconds, v_lesson.duration_minutes)
        ) end,
        'required_percent', case when v_lesson.completion_rule = 'watch' then trunc(
          100 * private.share(v_lesson.completion_threshold)
        ) end
      ));
    end if;
  end if;
  v_progress := private.bank_lesson(v_user_id, v_lesson, 'learner', now());
  -- A certificate is one of a completed course.
  select
    e.status = 'completed',
    case when e.status = 'completed' then private.certificate_code(e.user_id, e.course_id) end
  into v_is_complete, v_code
  from public.enrollments as e
  where e.course_id = v_lesson.course_id and e.user_id = v_user_id;
  return row(v_progress.*, v_is_complete, v_code)::public.lesson_completion;
end
$$;
grant execute on function private.complete_lesson(uuid) to authenticated;

create function public.complete_lesson(lesson_id uuid) returns public.lesson_completion
language sql volatile
set search_path = ''
begin atomic
  select private.complete_lesson(complete_lesson.lesson_id);
end;
comment on function public.complete_lesson(uuid) is
'Completes an open lesson for the caller and returns the progress and the state of the course.

Lessons with the rules view and manual complete at once, with the rule watch once enough was
watched; quizzes and labs complete by their result. is_course_complete says whether the course is
complete now, and certificate_code has the code of its certificate, null without a valid one. The
call is idempotent.

Errors: not_authenticated, account_suspended, lesson_not_found, not_enrolled, lesson_locked,
lesson_rule.';

grant execute on function public.complete_lesson(uuid) to authenticated;

create type public.course_completion as (
  course_id uuid,
  course_slug text,
  completed_at timestamptz,
  is_course_complete boolean,
  certificate_code text
);
comment on type public.course_completion is 'The answer of complete_course.';

create function private.complete_course(p_course_id uuid) returns public.course_completion
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_enrollment public.enrollments;
  v_course public.courses;
begin
  perform private.require_visible(p_course_id);
  -- A row that waits is not locked: fill_seats skips locked rows.
  select * into v_enrollment
  from public.enrollments as e
  where e.course_id = p_course_id and e.user_id = v_user_id
    and e.status in ('active', 'completed')
  for update;
  if v_enrollment.status = 'active' and not private.is_entitled(v_user_id, p_course_id)
    or v_enrollment.id is null then
    perform private.refuse('not_enrolled', jsonb_build_object('status', (
      select e.status from public.enrollments as e
      where e.course_id = p_course_id and e.user_id = v_user_id
    )));
  end if;
  perform private.complete_enrollments(p_course_id, array[v_user_id], 'learner');
  select * into v_enrollment from public.enrollments as e where e.id = v_enrollment.id;
  select * into v_course from public.courses as c where c.id = p_course_id;
  if v_enrollment.status <> 'completed' then
    perform private.refuse('course_incomplete', jsonb_build_object(
      'completed', v_enrollment.lessons_completed, 'required', v_course.required_count
    ));
  end if;
  return row(
    p_course_id, v_course.slug, v_enrollment.completed_at, true,
    private.certificate_code(v_user_id, p_course_id)
  )::public.course_completion;
end
$$;
grant execute on function private.complete_course(uuid) to authenticated;

create function public.complete_course(course_id uuid) returns public.course_completion
language sql volatile
set search_path = ''
begin atomic
  select private.complete_course(complete_course.course_id);
end;
comment on function public.complete_course(uuid) is
'Completes a course for the caller, who has completed each of its required lessons.

Needed only after an edit of the course: the lesson that makes a course complete completes it. An
edit never does, so a learner whom an edit brought to 100 per cent claims the completion here.
certificate_code is null without a valid certificate. The call is idempotent, and a completion is
never taken away.

Errors: not_authenticated, account_suspended, course_not_found, not_enrolled, course_incomplete.';

grant execute on function public.complete_course(uuid) to authenticated;

create function private.prune_progress_events() returns integer
language sql volatile
security definer set search_path = ''
as $$
  with gone as (
    delete from private.progress_events v
    where v.created_at < now() - interval '30 days' returning 1
  )
  select count(*)::integer from gone
$$;
comment on function private.prune_progress_events() is
'Deletes event ids older than 30 days and returns how many; scheduled daily where pg_cron is '
'installed.';
