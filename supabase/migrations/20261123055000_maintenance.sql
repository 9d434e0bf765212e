-- Maintenance: the daily work, and the schedules of everything that runs by itself.
--
-- Invariants
--   * Without pg_cron nothing is scheduled; a server calls run_maintenance once a day.

do $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform cron.schedule(
      'lyceum_prune_progress_events', '17 3 * * *', 'select private.prune_progress_events()'
    );
  end if;
end
$$;

do $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform cron.schedule(
      'lyceum_expire_attempts', '* * * * *', 'select private.expire_attempts(null)'
    );
  end if;
end
$$;

do $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform cron.schedule(
      'lyceum_run_maintenance', '7 3 * * *', 'select private.run_maintenance()'
    );
  end if;
end
$$;

do $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform cron.schedule(
      'lyceum_sweep_tutor_turns', '* * * * *', 'select private.sweep_tutor_turns()'
    );
  end if;
end
$$;

create function private.run_maintenance() returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_partitions jsonb := private.keep_event_partitions(12, 25);
  v_expired integer := 0;
  v_forgotten integer := 0;
  v_folded bigint := 0;
  v_turns integer := 0;
begin
  -- A change of partitions locks out whoever appends. That day nothing else is done, so that it is
  -- over at once.
  if v_partitions = '{"made": [], "dropped": []}' then
    v_expired := private.expire_attempts(null);
    v_forgotten := private.prune_progress_events();
    v_folded := private.fold_rollups();
    v_turns := private.delete_old_turns();
  end if;
  return jsonb_build_object(
    'partitions', v_partitions, 'attempts_expired', v_expired,
    'progress_events_forgotten', v_forgotten, 'rollups_folded', v_folded,
    'turns_forgotten', v_turns
  );
end
$$;
grant execute on function private.run_maintenance() to service_role;

create function public.run_maintenance() returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.run_maintenance();
end;
comment on function public.run_maintenance() is
'What has to be done once a day, for a server without pg_cron: makes the partitions of the months
ahead and drops events older than 25 months; on days without such a change, closes attempts whose
time is over, settles turns of the tutor whose run never came back, forgets old report ids, turns
and quota windows, and folds the shards of sums.

Returns what was done. For service_role.';

grant execute on function public.run_maintenance() to service_role;
