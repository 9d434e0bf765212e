-- Recording: the two calls by which a learner reports progress, and their retries.
--
-- Invariants
--   * Both calls pass the gate private.enter_lesson before they write.
--   * A report is idempotent by its event_id for 30 days.
--
-- Locks are taken in the order of the progress file.

create table private.progress_events (
  user_id uuid not null,
  event_id uuid not null,
  lesson_id uuid not null,
  created_at timestamptz not null default now(),
  constraint progress_events_pkey primary key (user_id, event_id),
  constraint progress_events_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade
);
comment on table private.progress_events is
'Reports that were counted, by the id their client gave them, so that a retry counts once. Kept '
'30 days.';
create index progress_events_created_at_idx on private.progress_events (created_at);
alter table private.progress_events enable row level security;
revoke all on private.progress_events from public, anon, authenticated, service_role;

-- In plpgsql, which keeps its plan: it runs in every report of a video.
create function private.watched_share(p_watched int4multirange, p_duration_minutes numeric)
returns numeric
language plpgsql immutable
set search_path = ''
as $$
begin
  if p_duration_minutes > 0 then
    return coalesce(
      (select sum(upper(r) - lower(r)) from unnest(p_watched) as r) / (p_duration_minutes * 60), 0
    );
  end if;
  return 0;
end
$$;
comment on function private.watched_share(int4multirange, numeric) is
'Distinct seconds watched as a share of the playing time; 0 when the playing time is unknown.';

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

create function private.bank_lesson(
  p_user_id uuid, p_lesson public.lessons, p_seen_at timestamptz default null
) returns public.lesson_progress
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_progress public.lesson_progress;
begin
  insert into public.lesson_progress as lp (user_id, lesson_id, course_id, status, completed_at)
  values (p_user_id, p_lesson.id, p_lesson.course_id, 'completed', now())
  on conflict (user_id, lesson_id) do update
  set
    status = 'completed',
    completed_at = coalesce(lp.completed_at, excluded.completed_at),
    updated_at = now()
  returning lp.* into v_progress;
  perform private.recount_learner(p_lesson.course_id, p_user_id, p_seen_at);
  return v_progress;
end
$$;
comment on function private.bank_lesson(uuid, public.lessons, timestamptz) is
'Completes a lesson for a person whose enrollment is locked, and recounts; p_seen_at as in '
'recount_learner.';

create function private.record_progress(
  p_lesson_id uuid, p_position_seconds integer, p_watched int4multirange,
  p_seconds_spent integer, p_event_id uuid
) returns public.lesson_progress
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_lesson public.lessons;
  v_progress public.lesson_progress;
  v_event_lesson_id uuid;
  -- Whole seconds of the video; a day where the playing time is unknown.
  v_seconds integer;
  v_position integer;
  v_watched int4multirange;
begin
  if p_position_seconds < 0 or p_seconds_spent not between 0 and 86400
    or lower_inf(p_watched) or upper_inf(p_watched) or lower(p_watched) < 0
    or (select count(*) from unnest(p_watched)) > 1000 then
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
  v_position := least(coalesce(p_position_seconds, 0), v_seconds);
  v_watched := coalesce(p_watched, '{}'::int4multirange) * int4multirange(int4range(0, v_seconds));
  -- The enrollment is locked. Each in its turn, as an upsert calls the triggers of both.
  update public.lesson_progress lp
  set
    position_seconds = greatest(lp.position_seconds, v_position),
    watched = lp.watched + v_watched,
    seconds_spent = least(
      lp.seconds_spent::bigint + coalesce(p_seconds_spent, 0), 2147483647
    )::integer,
    updated_at = now()
  where lp.user_id = v_user_id and lp.lesson_id = p_lesson_id
  returning lp.* into v_progress;
  if not found then
    insert into public.lesson_progress as lp (
      user_id, lesson_id, course_id, position_seconds, watched, seconds_spent
    )
    values (
      v_user_id, p_lesson_id, v_lesson.course_id, v_position, v_watched,
      coalesce(p_seconds_spent, 0)
    )
    returning lp.* into v_progress;
  end if;
  perform private.note_activity(v_user_id, v_lesson.course_id, coalesce(p_seconds_spent, 0));
  if v_progress.status = 'started' and v_lesson.completion_rule = 'watch'
    and private.watched_share(v_progress.watched, v_lesson.duration_minutes)
    >= private.share(v_lesson.completion_threshold) then
    return private.bank_lesson(v_user_id, v_lesson);
  end if;
  return v_progress;
end
$$;
grant execute on function private.record_progress(uuid, integer, int4multirange, integer, uuid)
to authenticated;

create function public.record_progress(
  lesson_id uuid, position_seconds integer default null, watched int4multirange default null,
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
comment on function public.record_progress(uuid, integer, int4multirange, integer, uuid) is
'Merges a report about an open lesson into the caller''s progress and returns it: watched ranges
are united, position only grows, seconds_spent is added.

The same event_id counts once. Rule watch completes here, once the threshold of distinct seconds
is reached.

Errors: not_authenticated, lesson_not_found, not_enrolled, lesson_locked, invalid_progress,
event_id_reused.';

grant execute on function public.record_progress(uuid, integer, int4multirange, integer, uuid)
to authenticated;

create function private.complete_lesson(p_lesson_id uuid) returns public.lesson_progress
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_lesson public.lessons := private.enter_lesson(v_user_id, p_lesson_id);
  v_progress public.lesson_progress;
begin
  select * into v_progress
  from public.lesson_progress as lp where lp.user_id = v_user_id and lp.lesson_id = p_lesson_id;
  if v_progress.status = 'completed' then
    return v_progress;
  end if;
  if v_lesson.completion_rule in ('view', 'manual')
    or (
      v_lesson.completion_rule = 'watch'
      and private.watched_share(v_progress.watched, v_lesson.duration_minutes)
      >= private.share(v_lesson.completion_threshold)
    ) then
    perform private.note_day(v_user_id, v_lesson.course_id, 0);
    return private.bank_lesson(v_user_id, v_lesson, now());
  end if;
  perform private.refuse('lesson_rule', jsonb_build_object(
    'completion_rule', v_lesson.completion_rule,
    'watched_percent', case when v_lesson.completion_rule = 'watch' then trunc(
      100 * private.watched_share(v_progress.watched, v_lesson.duration_minutes)
    ) end,
    'required_percent', case when v_lesson.completion_rule = 'watch' then trunc(
      100 * private.share(v_lesson.completion_threshold)
    ) end
  ));
end
$$;
grant execute on function private.complete_lesson(uuid) to authenticated;

create function public.complete_lesson(lesson_id uuid) returns public.lesson_progress
language sql volatile
set search_path = ''
begin atomic
  select private.complete_lesson(complete_lesson.lesson_id);
end;
comment on function public.complete_lesson(uuid) is
'Completes an open lesson for the caller where its rule is his to fulfil (view, manual, watch once
watched) and returns the progress.

Idempotent.

Errors: lesson_rule, lesson_not_found, not_enrolled, lesson_locked, not_authenticated.';

grant execute on function public.complete_lesson(uuid) to authenticated;

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
'Forgets event ids older than 30 days and returns how many; scheduled daily where pg_cron is '
'installed.';
