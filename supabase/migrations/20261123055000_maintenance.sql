-- Maintenance: the daily work, and the schedules of pg_cron.
--
-- Invariants
--   * Without pg_cron nothing is scheduled: a server calls run_maintenance once a day.

do $$
declare
  v_job record;
begin
  if not exists (select from pg_extension where extname = 'pg_cron') then
    return;
  end if;
  for v_job in
    select j.name, j.schedule, j.command
    from (values
      ('lyceum_prune_progress_events', '17 3 * * *', 'select private.prune_progress_events()'),
      -- Schedules of seconds came with pg_cron 1.5.
      (
        'lyceum_fold_facts', case
          when (
            select string_to_array(e.extversion, '.')::integer[] >= '{1,5}'
            from pg_extension as e where e.extname = 'pg_cron'
          ) then '2 seconds'
          else '* * * * *'
        end, 'select private.fold_facts()'
      ),
      ('lyceum_expire_attempts', '* * * * *', 'select private.expire_attempts(null)'),
      ('lyceum_run_maintenance', '7 3 * * *', 'select private.run_maintenance()'),
      ('lyceum_sweep_tutor_turns', '* * * * *', 'select private.sweep_tutor_turns()')
    ) as j (name, schedule, command)
  loop
    perform cron.schedule(v_job.name, v_job.schedule, v_job.command);
  end loop;
end
$$;

create function private.run_maintenance() returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_partitions jsonb := private.maintain_event_partitions(12, 25);
  v_released integer := 0;
  v_expired integer := 0;
  v_pruned integer := 0;
  v_uses integer := 0;
  v_folded bigint := 0;
  v_turns integer := 0;
begin
  -- A change of partitions blocks the fold and writers of profiles. On such a day nothing else runs,
  -- so that the transaction is short.
  if v_partitions = '{"made": [], "dropped": []}' then
    -- First: courses and seats are locked before attempts.
    v_released := private.release_ended_seats();
    v_expired := private.expire_attempts(null);
    v_pruned := private.prune_progress_events();
    v_uses := private.prune_budget_uses();
    v_folded := coalesce((select f.folded from private.fold_facts() as f), 0);
    v_turns := private.delete_old_turns();
  end if;
  return jsonb_build_object(
    'partitions', v_partitions, 'seats_released', v_released, 'attempts_expired', v_expired,
    'progress_events_pruned', v_pruned, 'budget_uses_pruned', v_uses,
    'facts_folded', v_folded, 'turns_pruned', v_turns
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
'The daily maintenance; pg_cron runs it where it is installed.

Creates the partitions of learning_events for the next 12 months and drops those older than 25. On
days without such a change it also gives seats whose entitlement has ended to the waitlist, grades
overdue attempts, settles expired turns of the tutor, deletes old ids of progress reports, uses of
budgets, turns and quota windows, and folds the facts that wait, unless another fold runs.

Returns {partitions: {made, dropped}, seats_released, attempts_expired, progress_events_pruned,
budget_uses_pruned, facts_folded, turns_pruned}. For service_role.';

grant execute on function public.run_maintenance() to service_role;
