-- Tutor ledger: prices, reservations, and one row for the cost of each turn.
--
-- Invariants
--   * Money is whole micro-dollars. Costs are computed here, from counted tokens and a price of
--     model_prices; no caller names a cost.
--   * A turn is settled once: its row in private.tutor_ledger has the id of the turn as key. A
--     settled turn has nothing reserved in any window.
--   * Turns and ledger name accounts and courses without foreign keys: they outlive both.
--
-- Lock order: key of a turn (advisory), profile, enrollment, attempt, conversation, turn, windows
-- in the order of the limits file.

create table private.model_prices (
  provider text not null,
  model text not null,
  effective_from date not null,
  input_micros bigint not null,
  cached_input_micros bigint not null,
  cache_write_micros bigint not null,
  output_micros bigint not null,
  constraint model_prices_pkey primary key (provider, model, effective_from),
  constraint model_prices_input_micros_check check (input_micros >= 0),
  -- Estimates assume that all input is written to a cache, and must not be too low.
  constraint model_prices_cached_input_micros_check check (
    cached_input_micros between 0 and input_micros
  ),
  constraint model_prices_cache_write_micros_check check (cache_write_micros >= input_micros),
  constraint model_prices_output_micros_check check (output_micros >= 0)
);
comment on table private.model_prices is
'Prices of a model from a day on, in micro-dollars for a million tokens.';
comment on column private.model_prices.provider is
'The name in TUTOR_PROVIDER: extractive, openai_compat, anthropic, google or bedrock.';
comment on column private.model_prices.cache_write_micros is
'Of input that the provider writes to its cache: with Anthropic 1.25 times that of input.';
alter table private.model_prices enable row level security;
revoke all on private.model_prices from public, anon, authenticated, service_role;

create table private.tutor_model (
  is_current boolean not null default true,
  provider text not null,
  model text not null,
  max_output_tokens integer not null,
  updated_at timestamptz not null default now(),
  constraint tutor_model_pkey primary key (is_current),
  constraint tutor_model_is_current_check check (is_current),
  constraint tutor_model_max_output_tokens_check check (max_output_tokens between 1 and 100000)
);
comment on table private.tutor_model is
'One row: the model that the service registered. Estimates use its price.';
alter table private.tutor_model enable row level security;
revoke all on private.tutor_model from public, anon, authenticated, service_role;

-- List prices of November 2026. save_model_price adds other models.
insert into private.model_prices (
  provider, model, effective_from, input_micros, cached_input_micros, cache_write_micros,
  output_micros
)
values
('extractive', 'extractive', '2026-01-01', 0, 0, 0, 0),
('openai_compat', 'gpt-6-luna', '2026-11-01', 100000, 10000, 100000, 500000),
('openai_compat', 'gpt-6.1-terra', '2026-11-01', 1000000, 50000, 1000000, 5000000),
('openai_compat', 'gpt-6.1-sol', '2026-11-01', 2000000, 100000, 2000000, 10000000),
('openai_compat', 'gpt-5.4-mini', '2026-11-01', 750000, 75000, 750000, 4500000),
('openai_compat', 'gpt-4.1-mini', '2026-11-01', 400000, 100000, 400000, 1600000),
('openai_compat', 'mistral-small-2603', '2026-11-01', 150000, 15000, 150000, 600000),
('openai_compat', 'mistral-large-4', '2026-10-29', 700000, 70000, 700000, 2100000),
('openai_compat', 'llama-3.3-70b-versatile', '2026-11-01', 590000, 590000, 590000, 790000),
('openai_compat', 'llama-3.1-8b-instant', '2026-11-01', 50000, 50000, 50000, 80000),
('openai_compat', 'openai/gpt-oss-120b', '2026-11-01', 150000, 75000, 150000, 600000),
('openai_compat', 'deepseek-flash', '2026-11-01', 300000, 6000, 300000, 1200000),
('openai_compat', 'deepseek-v4-pro', '2026-08-17', 1320000, 44000, 1320000, 3960000),
('anthropic', 'claude-haiku-4-5', '2026-11-01', 1000000, 100000, 1250000, 5000000),
('anthropic', 'claude-haiku-5-5', '2026-11-01', 100000, 10000, 125000, 500000),
('anthropic', 'claude-sonnet-5-5', '2026-11-01', 2000000, 100000, 2500000, 10000000),
('anthropic', 'claude-opus-5-5', '2026-11-01', 4000000, 200000, 5000000, 20000000),
('google', 'gemini-3.5-flash-lite', '2026-11-01', 300000, 30000, 300000, 2500000),
('google', 'gemini-3.8-flash', '2026-11-01', 750000, 75000, 750000, 3750000),
('google', 'gemini-3.1-pro-preview', '2026-11-01', 2000000, 200000, 2000000, 12000000),
('google', 'gemini-2.5-flash', '2026-11-01', 300000, 30000, 300000, 2500000),
('google', 'gemini-3.8-flash', '2027-01-01', 1500000, 150000, 1500000, 7500000),
('bedrock', 'amazon.nova-micro-v1:0', '2026-11-01', 35000, 8750, 35000, 140000),
('bedrock', 'amazon.nova-lite-v1:0', '2026-11-01', 60000, 15000, 60000, 240000),
('bedrock', 'amazon.nova-pro-v1:0', '2026-11-01', 800000, 200000, 800000, 3200000),
('bedrock', 'global.amazon.nova-2-lite-v1:0', '2026-11-01', 300000, 75000, 300000, 2500000);

insert into private.tutor_model (provider, model, max_output_tokens)
values ('extractive', 'extractive', 800);

create table private.tutor_turns (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  course_id uuid not null,
  lesson_id uuid,
  conversation_id uuid not null,
  question_id uuid not null,
  message_id uuid not null,
  turn_key text,
  request_hash text not null,
  is_staff boolean not null,
  status text not null default 'reserved',
  is_stopped boolean not null default false,
  has_run boolean not null default false,
  provider text not null,
  model text not null,
  price jsonb not null,
  input_tokens integer not null default 0,
  estimate_micros bigint not null default 0,
  windows jsonb not null default '[]',
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  constraint tutor_turns_pkey primary key (id),
  constraint tutor_turns_user_id_turn_key_key unique (user_id, turn_key),
  constraint tutor_turns_state_check check (status in ('reserved', 'settled'))
);
comment on table private.tutor_turns is
'A question to the tutor and its reservation; deleted after 90 days.';
comment on column private.tutor_turns.question_id is 'The message with the question.';
comment on column private.tutor_turns.message_id is 'The message with the answer.';
comment on column private.tutor_turns.turn_key is
'Idempotency key of the client: the same key is the same turn. Null after a refund.';
comment on column private.tutor_turns.request_hash is 'md5 of the arguments sent with the key.';
comment on column private.tutor_turns.is_staff is 'Asked by staff, who may see answer keys.';
comment on column private.tutor_turns.is_stopped is
'The run must end: the learner stopped it or started an attempt.';
comment on column private.tutor_turns.price is 'The row of model_prices when it was reserved.';
comment on column private.tutor_turns.has_run is
'A service has saved the turn at least once: its model may have been asked.';
comment on column private.tutor_turns.input_tokens is 'Estimated tokens of the input.';
comment on column private.tutor_turns.windows is
'The reservations: [{scope, subject, period, meter, starts_at, amount}].';
create unique index tutor_turns_conversation_id_reserved_idx
on private.tutor_turns (conversation_id) where status = 'reserved';
create index tutor_turns_user_id_reserved_idx
on private.tutor_turns (user_id, course_id) where status = 'reserved';
create index tutor_turns_expires_at_reserved_idx
on private.tutor_turns (expires_at) where status = 'reserved';
create index tutor_turns_created_at_idx on private.tutor_turns (created_at);
alter table private.tutor_turns enable row level security;
revoke all on private.tutor_turns from public, anon, authenticated, service_role;

create table private.tutor_ledger (
  turn_id uuid not null,
  occurred_at timestamptz not null default clock_timestamp(),
  user_id uuid not null,
  course_id uuid not null,
  lesson_id uuid,
  provider text not null,
  model text not null,
  outcome text not null,
  requests integer not null,
  input_tokens bigint not null,
  cached_tokens bigint not null,
  cache_write_tokens bigint not null,
  output_tokens bigint not null,
  is_estimated boolean not null,
  cost_micros bigint not null,
  is_abstained boolean not null,
  guard_hits integer not null,
  invalid_citations integer not null,
  constraint tutor_ledger_pkey primary key (turn_id),
  constraint tutor_ledger_outcome_check check (
    outcome in ('complete', 'stopped', 'failed', 'refunded', 'expired')
  ),
  constraint tutor_ledger_requests_check check (requests between 0 and 1),
  constraint tutor_ledger_cost_micros_check check (cost_micros >= 0)
);
comment on table private.tutor_ledger is 'Append-only: one row for each settled turn.';
comment on column private.tutor_ledger.outcome is
'refunded: no cost; a request only with an answer. expired: the run did not report before '
'expires_at; without a run it costs nothing.';
comment on column private.tutor_ledger.cached_tokens is
'Of the input tokens, those that the provider read from its cache.';
comment on column private.tutor_ledger.cache_write_tokens is
'Of the input tokens, those that the provider wrote to its cache.';
comment on column private.tutor_ledger.is_estimated is 'The provider did not count the tokens.';
comment on column private.tutor_ledger.guard_hits is 'Sentences that the guard withheld.';
comment on column private.tutor_ledger.invalid_citations is
'Citations of passages that were not retrieved.';
create index tutor_ledger_course_id_occurred_at_idx
on private.tutor_ledger (course_id, occurred_at);
create index tutor_ledger_occurred_at_idx on private.tutor_ledger (occurred_at);
alter table private.tutor_ledger enable row level security;
revoke all on private.tutor_ledger from public, anon, authenticated, service_role;

create function private.model_price(p_provider text, p_model text) returns private.model_prices
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return (
    select p from private.model_prices as p
    where p.provider = p_provider and p.model = p_model
      and p.effective_from <= (select private.today())
    order by p.effective_from desc limit 1
  );
end
$$;
comment on function private.model_price(text, text) is 'The price of a model today, or null.';

create function private.token_cost(
  p_price jsonb, p_input bigint, p_cached bigint, p_written bigint, p_output bigint
) returns bigint
language plpgsql immutable
set search_path = ''
as $$
declare
  v_cached bigint := least(p_cached, p_input);
  v_written bigint := least(p_written, p_input - v_cached);
begin
  return ceil((
    (p_price ->> 'input_micros')::numeric * (p_input - v_cached - v_written)
    + (p_price ->> 'cached_input_micros')::numeric * v_cached
    + (p_price ->> 'cache_write_micros')::numeric * v_written
    + (p_price ->> 'output_micros')::numeric * p_output
  ) / 1000000)::bigint;
end
$$;
comment on function private.token_cost(jsonb, bigint, bigint, bigint, bigint) is
'The cost of input (some read from a cache, some written to one) and output tokens in '
'micro-dollars, rounded up.';

create function private.byte_tokens(p_bytes bigint) returns bigint
language plpgsql immutable
set search_path = ''
as $$
begin
  return (p_bytes + 2) / 3;
end
$$;
comment on function private.byte_tokens(bigint) is
'Estimated tokens of a text: one for three bytes of UTF-8, more than most texts have.';

create function private.save_model_price(
  p_provider text, p_model text, p_input_micros bigint, p_output_micros bigint,
  p_cached_input_micros bigint, p_cache_write_micros bigint, p_effective_from date
) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_price private.model_prices;
begin
  perform private.require_operator();
  if coalesce(btrim(p_provider), '') = '' or coalesce(btrim(p_model), '') = ''
    or length(p_provider) > 50 or length(p_model) > 200
    or (least(p_input_micros, p_output_micros, p_cached_input_micros) >= 0) is not true
    or p_input_micros is null or p_output_micros is null
    or p_cached_input_micros > p_input_micros or p_cache_write_micros < p_input_micros
    or greatest(p_input_micros, p_output_micros, p_cache_write_micros) > 10000000000
    or p_effective_from is null then
    perform private.refuse('invalid_price');
  end if;
  insert into private.model_prices as p (
    provider, model, effective_from, input_micros, cached_input_micros, cache_write_micros,
    output_micros
  )
  values (
    p_provider, p_model, p_effective_from, p_input_micros,
    coalesce(p_cached_input_micros, p_input_micros),
    coalesce(p_cache_write_micros, p_input_micros), p_output_micros
  )
  on conflict (provider, model, effective_from) do update
  set
    input_micros = excluded.input_micros, cached_input_micros = excluded.cached_input_micros,
    cache_write_micros = excluded.cache_write_micros, output_micros = excluded.output_micros
  returning * into v_price;
  perform private.audit('save_model_price', null, to_jsonb(v_price));
  return to_jsonb(v_price);
end
$$;
grant execute on function private.save_model_price(text, text, bigint, bigint, bigint, bigint, date)
to authenticated, service_role;

create function public.save_model_price(
  provider text, model text, input_micros bigint, output_micros bigint,
  cached_input_micros bigint default null, effective_from date default current_date,
  cache_write_micros bigint default null
) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.save_model_price(
    save_model_price.provider, save_model_price.model, save_model_price.input_micros,
    save_model_price.output_micros, save_model_price.cached_input_micros,
    save_model_price.cache_write_micros, save_model_price.effective_from
  );
end;
comment on function public.save_model_price(text, text, bigint, bigint, bigint, date, bigint) is
'Sets the price of a model from a day on, and returns it.

Amounts are in micro-dollars for a million tokens; what is read from or written to a cache costs as
input by default, and writing never less than input.
Turns that are already reserved use the earlier price. For admins and service_role.

Errors: admin_required, invalid_price.';

grant execute on function public.save_model_price(text, text, bigint, bigint, bigint, date, bigint)
to authenticated, service_role;

create function private.register_tutor_model(
  p_provider text, p_model text, p_max_output_tokens integer
) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_price private.model_prices := private.model_price(p_provider, p_model);
begin
  perform private.require_service();
  if v_price.model is null or (p_max_output_tokens between 1 and 100000) is not true then
    perform private.refuse('price_missing');
  end if;
  insert into private.tutor_model as m (provider, model, max_output_tokens)
  values (p_provider, p_model, p_max_output_tokens)
  on conflict (is_current) do update
  set
    provider = excluded.provider, model = excluded.model,
    max_output_tokens = excluded.max_output_tokens, updated_at = now()
  where (m.provider, m.model, m.max_output_tokens)
    <> (excluded.provider, excluded.model, excluded.max_output_tokens);
  return to_jsonb(v_price);
end
$$;
grant execute on function private.register_tutor_model(text, text, integer) to service_role;

create function public.register_tutor_model(
  provider text, model text, max_output_tokens integer
) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.register_tutor_model(
    register_tutor_model.provider, register_tutor_model.model,
    register_tutor_model.max_output_tokens
  );
end;
comment on function public.register_tutor_model(text, text, integer) is
'Registers the model that answers and its longest answer; returns its price.

The service calls it when it starts. For service_role.

Errors: service_required, price_missing.';

grant execute on function public.register_tutor_model(text, text, integer) to service_role;

create function private.reserve_turn(
  p_user_id uuid, p_course_id uuid, p_micros bigint, out windows jsonb, out quotas jsonb
)
language plpgsql volatile
set search_path = ''
as $$
declare
  v_window private.tutor_window;
  v_windows private.tutor_window[];
  v_amount bigint;
begin
  windows := '[]';
  for v_window in
    select b.* from private.tutor_balance(p_user_id, p_course_id, clock_timestamp()) as b
    order by b.place, b.subject, b.period, b.meter, b.starts_at
  loop
    v_amount := case v_window.meter when 'requests' then 1 else p_micros end;
    -- A free model reserves nothing in windows of money.
    if v_amount > 0 then
      -- One statement locks the window and checks the current amount.
      insert into private.tutor_usage as u (scope, subject, period, meter, starts_at, reserved)
      select
        v_window.scope, v_window.subject, v_window.period, v_window.meter, v_window.starts_at,
        v_amount
      where v_amount <= v_window.max_amount
      on conflict (scope, subject, period, meter, starts_at) do update
      set reserved = u.reserved + excluded.reserved
      where u.reserved + u.settled + excluded.reserved <= v_window.max_amount
      returning u.reserved + u.settled into v_window.used;
      if not found then
        perform private.refuse_turn(
          v_window.scope, v_window.period, v_window.meter, v_window.max_amount, v_window.resets_at
        );
      end if;
      windows := windows || jsonb_build_object(
        'scope', v_window.scope, 'subject', v_window.subject, 'period', v_window.period,
        'meter', v_window.meter, 'starts_at', v_window.starts_at, 'amount', v_amount
      );
    end if;
    v_windows := v_windows || v_window;
  end loop;
  quotas := private.own_quotas(v_windows);
end
$$;
comment on function private.reserve_turn(uuid, uuid, bigint) is
'Reserves one request and the micro-dollars in every window, or refuses with quota_exceeded. '
'windows: the reservations; quotas: as own_quotas, after them.';

-- Takes turns of several users at once, since windows must be locked in one order.
create function private.release_turns(p_turn_ids uuid[]) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_window record;
begin
  for v_window in
    select
      w.scope, w.subject, w.period, w.meter, w.starts_at,
      sum(w.amount) as reserved,
      sum(case w.meter when 'requests' then l.requests else l.cost_micros end) as settled
    from private.tutor_turns as t
    inner join private.tutor_ledger as l on l.turn_id = t.id
    cross join jsonb_to_recordset(t.windows) as w (
      scope text, subject text, period text, meter text, starts_at timestamptz, amount bigint
    )
    where t.id = any(p_turn_ids)
    group by w.scope, w.subject, w.period, w.meter, w.starts_at
    order by
      array_position(array['user', 'user_course', 'course', 'platform'], w.scope),
      w.subject, w.period, w.meter, w.starts_at
  loop
    update private.tutor_usage u
    set reserved = u.reserved - v_window.reserved, settled = u.settled + v_window.settled
    where u.scope = v_window.scope and u.subject = v_window.subject
      and u.period = v_window.period and u.meter = v_window.meter
      and u.starts_at = v_window.starts_at;
  end loop;
end
$$;
comment on function private.release_turns(uuid[]) is
'Replaces the reservations of settled turns by what they used.';

create function private.tutor_usage(
  p_course_id uuid, p_since date, p_page_size integer, p_cursor text
)
returns table (
  course_id uuid, course_slug text, day date, turns bigint, completed bigint, failed bigint,
  abstained bigint, guard_hits bigint, invalid_citations bigint, input_tokens bigint,
  output_tokens bigint, cost_micros bigint, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_since date := greatest(private.since_day(p_since), private.today() - 366);
  v_signature text := md5(concat_ws('|', 'tutor_usage', p_course_id, p_since));
  v_after private.cursor_position;
begin
  if p_course_id is null then
    perform private.require_operator();
  else
    perform private.require_staff(p_course_id);
  end if;
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  with daily as (
    select
      l.course_id,
      (l.occurred_at at time zone 'UTC')::date as day,
      count(*) as turns,
      count(*) filter (where l.outcome = 'complete') as completed,
      count(*) filter (where l.outcome in ('failed', 'expired', 'refunded')) as failed,
      count(*) filter (where l.is_abstained) as abstained,
      sum(l.guard_hits) as guard_hits,
      sum(l.invalid_citations) as invalid_citations,
      sum(l.input_tokens)::bigint as input_tokens,
      sum(l.output_tokens)::bigint as output_tokens,
      sum(l.cost_micros)::bigint as cost_micros
    from private.tutor_ledger as l
    where l.occurred_at >= v_since::timestamp at time zone 'UTC'
      and (p_course_id is null or l.course_id = p_course_id)
    group by 1, 2
  )

  select
    d.course_id, c.slug, d.day, d.turns, d.completed, d.failed, d.abstained, d.guard_hits,
    d.invalid_citations, d.input_tokens, d.output_tokens, d.cost_micros,
    private.make_cursor(v_signature, private.day_zero() - d.day, null, d.course_id)
  from daily as d
  left join public.courses as c on c.id = d.course_id
  where v_after.id is null
    or (private.day_zero() - d.day, d.course_id) > (v_after.number, v_after.id)
  order by d.day desc, d.course_id
  limit p_page_size;
end
$$;
grant execute on function private.tutor_usage(uuid, date, integer, text)
to authenticated, service_role;

create function public.tutor_usage(
  course_id uuid default null, since date default null, page_size integer default 50,
  cursor text default null
)
returns table (
  course_id uuid, course_slug text, day date, turns bigint, completed bigint, failed bigint,
  abstained bigint, guard_hits bigint, invalid_citations bigint, input_tokens bigint,
  output_tokens bigint, cost_micros bigint, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.tutor_usage(
    tutor_usage.course_id, tutor_usage.since, tutor_usage.page_size, tutor_usage.cursor
  );
end;
comment on function public.tutor_usage(uuid, date, integer, text) is
'What the tutor did and cost, by course and day, newest day first.

Days of UTC since a day, by default for 30 days, at most 366. failed counts turns that failed,
expired or were refunded; cost_micros is in micro-dollars. course_slug is null for a deleted
course. The cursor of the last row returns the next page.

With course_id for staff of the course; without for admins and service_role.

Errors: not_course_staff, admin_required, invalid_page, invalid_cursor.';

grant execute on function public.tutor_usage(uuid, date, integer, text)
to authenticated, service_role;
