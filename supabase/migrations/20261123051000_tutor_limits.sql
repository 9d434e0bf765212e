-- Tutor limits: how much each user, course and the platform may use, by minute, day and month.
--
-- Invariants
--   * A turn reserves its estimate in every window that limits it or in none. Concurrent turns
--     never exceed a limit.
--   * Limits are rows. A window is one minute, day or month of UTC, and has one row of tutor_usage.
--
-- Lock order: windows by scope (user, user_course, course, platform), subject, period, meter and
-- start.

create table private.tutor_limits (
  id bigint generated always as identity,
  scope text not null,
  period text not null,
  meter text not null,
  user_id uuid,
  course_id uuid,
  max_amount bigint not null,
  constraint tutor_limits_pkey primary key (id),
  constraint tutor_limits_scope_period_meter_user_id_course_id_key
  unique nulls not distinct (scope, period, meter, user_id, course_id),
  constraint tutor_limits_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint tutor_limits_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint tutor_limits_scope_check check (
    case scope
      when 'user' then course_id is null
      when 'user_course' then true
      when 'course' then user_id is null
      when 'platform' then user_id is null and course_id is null
      else false
    end
  ),
  constraint tutor_limits_period_check check (period in ('minute', 'day', 'month')),
  constraint tutor_limits_meter_check check (meter in ('requests', 'micros')),
  constraint tutor_limits_max_amount_check check (max_amount >= 0)
);
comment on table private.tutor_limits is
'Limits of the tutor: for a user, a user in a course, a course or the platform.';
comment on column private.tutor_limits.period is 'A minute, day or month of UTC.';
comment on column private.tutor_limits.meter is 'Turns, or micro-dollars.';
comment on column private.tutor_limits.user_id is
'Only this account; null: every account. The most specific row applies.';
comment on column private.tutor_limits.course_id is 'Only this course; null: every course.';
create index tutor_limits_user_id_idx on private.tutor_limits (user_id);
create index tutor_limits_course_id_idx on private.tutor_limits (course_id);
alter table private.tutor_limits enable row level security;
revoke all on private.tutor_limits from public, anon, authenticated, service_role;

insert into private.tutor_limits (scope, period, meter, max_amount)
values
('user', 'minute', 'requests', 20),
('user', 'day', 'requests', 300),
('user', 'month', 'micros', 5000000),
('course', 'day', 'micros', 20000000),
('platform', 'day', 'micros', 100000000),
('platform', 'month', 'micros', 1000000000);

create table private.tutor_usage (
  scope text not null,
  subject text not null,
  period text not null,
  meter text not null,
  starts_at timestamptz not null,
  reserved bigint not null default 0,
  settled bigint not null default 0,
  constraint tutor_usage_pkey primary key (scope, subject, period, meter, starts_at),
  constraint tutor_usage_reserved_check check (reserved >= 0),
  constraint tutor_usage_settled_check check (settled >= 0)
);
comment on table private.tutor_usage is 'The used amount of each window.';
comment on column private.tutor_usage.subject is
'Account, account:course or course; empty for the platform.';
comment on column private.tutor_usage.reserved is 'Estimates of turns that are not settled.';
create index tutor_usage_starts_at_idx on private.tutor_usage (starts_at);
alter table private.tutor_usage enable row level security;
revoke all on private.tutor_usage from public, anon, authenticated, service_role;

create function private.tutor_windows(p_user_id uuid, p_course_id uuid, p_at timestamptz)
returns table (
  place integer, scope text, subject text, period text, meter text, max_amount bigint,
  starts_at timestamptz, resets_at timestamptz
)
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return query
  select
    array_position(array['user', 'user_course', 'course', 'platform'], l.scope),
    l.scope,
    case l.scope
      when 'user' then p_user_id::text
      when 'user_course' then p_user_id || ':' || p_course_id
      when 'course' then p_course_id::text
      else ''
    end,
    l.period, l.meter, l.max_amount,
    date_trunc(l.period, p_at, 'UTC'),
    -- Calendar arithmetic, since months differ in length.
    (date_trunc(l.period, p_at at time zone 'UTC') + ('1 ' || l.period)::interval)
    at time zone 'UTC'
  from (
    select distinct on (t.scope, t.period, t.meter) t.*
    from private.tutor_limits as t
    where (t.user_id is null or t.user_id = p_user_id)
      and (t.course_id is null or t.course_id = p_course_id)
      and (p_course_id is not null or t.scope in ('user', 'platform'))
    order by t.scope, t.period, t.meter, t.user_id nulls last, t.course_id nulls last
  ) as l
  order by 1, 3, 4, 5;
end
$$;
comment on function private.tutor_windows(uuid, uuid, timestamptz) is
'The windows that limit a user in a course at a time, in lock order.';

create type private.tutor_window as (
  place integer, scope text, subject text, period text, meter text, max_amount bigint,
  starts_at timestamptz, resets_at timestamptz, used bigint
);
comment on type private.tutor_window is
'A window that limits a user, with the used amount. place: of its scope in the lock order.';

create function private.tutor_balance(p_user_id uuid, p_course_id uuid, p_at timestamptz)
returns setof private.tutor_window
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return query
  select w.*, coalesce(u.amount, 0)
  from private.tutor_windows(p_user_id, p_course_id, p_at) as w
  -- limit 1 makes the planner look up one row per window instead of scanning the table.
  left join lateral (
    select n.reserved + n.settled as amount
    from private.tutor_usage as n
    where n.scope = w.scope and n.subject = w.subject and n.period = w.period
      and n.meter = w.meter and n.starts_at = w.starts_at
    limit 1
  ) as u on true;
end
$$;
comment on function private.tutor_balance(uuid, uuid, timestamptz) is
'The windows with the used amount, reserved or settled.';

create function private.own_quotas(p_windows private.tutor_window[]) returns jsonb
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'scope', b.scope, 'period', b.period, 'meter', b.meter, 'limit', b.max_amount,
        'used', b.used, 'remaining', greatest(b.max_amount - b.used, 0), 'reset_at', b.resets_at
      ) order by b.place, b.meter, b.resets_at
    ), '[]')
    from unnest(p_windows) as b
    where b.scope in ('user', 'user_course')
  );
end
$$;
comment on function private.own_quotas(private.tutor_window[]) is
'The limits of one user and what remains, of all that limit them; not those that they share with '
'others.';

create function private.refuse_turn(
  p_scope text, p_period text, p_meter text, p_limit bigint, p_resets_at timestamptz
) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform private.refuse('quota_exceeded', jsonb_build_object(
    'scope', p_scope, 'period', p_period, 'meter', p_meter, 'limit', p_limit,
    'remaining', 0, 'reset_at', p_resets_at,
    'retry_after', greatest(1, ceil(extract(epoch from p_resets_at - clock_timestamp())))
  ));
end
$$;
comment on function private.refuse_turn(text, text, text, bigint, timestamptz) is
'Refuses with quota_exceeded and the limit as details.';

create function private.require_quota(p_user_id uuid, p_course_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_window record;
begin
  select * into v_window
  from private.tutor_balance(p_user_id, p_course_id, clock_timestamp()) as b
  where b.meter = 'requests' and b.used >= b.max_amount
  order by b.resets_at desc limit 1;
  if found then
    perform private.refuse_turn(
      v_window.scope, v_window.period, v_window.meter, v_window.max_amount, v_window.resets_at
    );
  end if;
end
$$;
comment on function private.require_quota(uuid, uuid) is
'An early check without a lock; reserve_turn decides.';

create function private.lock_windows(p_user_id uuid, p_course_id uuid, p_windows jsonb)
returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_window record;
begin
  for v_window in
    select w.*
    from (
      select h.scope, h.subject, h.period, h.meter, h.starts_at
      from jsonb_to_recordset(p_windows) as h (
        scope text, subject text, period text, meter text, starts_at timestamptz
      )
      union
      select n.scope, n.subject, n.period, n.meter, n.starts_at
      from private.tutor_windows(p_user_id, p_course_id, clock_timestamp()) as n
    ) as w
    order by
      array_position(array['user', 'user_course', 'course', 'platform'], w.scope),
      w.subject, w.period, w.meter, w.starts_at
  loop
    insert into private.tutor_usage as u (scope, subject, period, meter, starts_at)
    values (
      v_window.scope, v_window.subject, v_window.period, v_window.meter, v_window.starts_at
    )
    on conflict (scope, subject, period, meter, starts_at) do update
    set reserved = u.reserved;
  end loop;
end
$$;
comment on function private.lock_windows(uuid, uuid, jsonb) is
'Locks the windows of an earlier turn and the current ones in one order, so that one transaction '
'may release and reserve.';

create function private.set_tutor_limit(
  p_scope text, p_period text, p_meter text, p_max_amount bigint, p_course_id uuid, p_user_id uuid
) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_limit private.tutor_limits;
begin
  -- Managers divide the budget of their course among its learners; only operators change it.
  if p_scope = 'user_course' and p_course_id is not null then
    perform private.require_manager(p_course_id);
  else
    perform private.require_operator();
  end if;
  if p_scope is null or p_scope not in ('user', 'user_course', 'course', 'platform')
    or p_period is null or p_period not in ('minute', 'day', 'month')
    or p_meter is null or p_meter not in ('requests', 'micros')
    or p_max_amount < 0
    or (p_course_id is not null and p_scope in ('user', 'platform'))
    or (p_user_id is not null and p_scope in ('course', 'platform'))
    or (
      p_course_id is not null
      and not exists (select from public.courses as c where c.id = p_course_id)
    )
    or (
      p_user_id is not null
      and not exists (select from public.profiles as p where p.id = p_user_id)
    ) then
    perform private.refuse('invalid_limit');
  end if;
  if p_max_amount is null then
    delete from private.tutor_limits l
    where l.scope = p_scope and l.period = p_period and l.meter = p_meter
      and l.user_id is not distinct from p_user_id and l.course_id is not distinct from p_course_id
    returning * into v_limit;
  else
    insert into private.tutor_limits as l (scope, period, meter, user_id, course_id, max_amount)
    values (p_scope, p_period, p_meter, p_user_id, p_course_id, p_max_amount)
    on conflict (scope, period, meter, user_id, course_id) do update
    set max_amount = excluded.max_amount
    returning * into v_limit;
  end if;
  perform private.audit(
    'set_tutor_limit', coalesce(p_user_id, p_course_id),
    jsonb_build_object(
      'scope', p_scope, 'period', p_period, 'meter', p_meter, 'course_id', p_course_id,
      'max_amount', p_max_amount
    )
  );
  return case when p_max_amount is not null then to_jsonb(v_limit) - 'id' end;
end
$$;
grant execute on function private.set_tutor_limit(text, text, text, bigint, uuid, uuid)
to authenticated, service_role;

create function public.set_tutor_limit(
  scope text, period text, meter text, max_amount bigint, course_id uuid default null,
  user_id uuid default null
) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.set_tutor_limit(
    set_tutor_limit.scope, set_tutor_limit.period, set_tutor_limit.meter,
    set_tutor_limit.max_amount, set_tutor_limit.course_id, set_tutor_limit.user_id
  );
end;
comment on function public.set_tutor_limit(text, text, text, bigint, uuid, uuid) is
'Sets or removes a limit of the tutor.

scope is user, user_course, course or platform; period minute, day or month of UTC; meter requests
or micros (micro-dollars). The limit is for everyone, or for one course_id or user_id. Returns the
limit; with max_amount null removes it and returns null. Of the limits of a scope the most specific
one applies; usage counts from the time when the scope has a limit.

Owners and instructors set user_course in their course; admins and service_role set every limit.

Errors: not_course_staff, admin_required, invalid_limit.';

grant execute on function public.set_tutor_limit(text, text, text, bigint, uuid, uuid)
to authenticated, service_role;
