-- Tutor turns: a turn begins, is saved while it runs, ends, and is swept when it is abandoned.
--
-- Invariants
--   * A learner with an open attempt in a course has no tutor there: no turn begins, and a running
--     one is stopped when the attempt starts.
--   * One turn at a time runs in a conversation.
--
-- The ledger file lists the order of locks.

create function private.tg_stop_turns() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  update private.tutor_turns t set is_stopped = true
  where t.user_id = new.user_id and t.course_id = new.course_id and t.status = 'reserved'
    and not t.is_stopped;
  return null;
end
$$;
comment on function private.tg_stop_turns() is
'Stops the tutor''s answers to a learner when an attempt starts in the course, or an overdue one '
'gets more time.';

create trigger t50_stop_turns
after insert or update of deadline on public.quiz_attempts
for each row when (new.status = 'open')
execute function private.tg_stop_turns();

create function private.turn_lease() returns timestamptz
language plpgsql volatile
set search_path = ''
as $$
begin
  return clock_timestamp() + interval '30 seconds';
end
$$;
comment on function private.turn_lease() is
'When a turn expires whose run does not save until then; a run saves once a second.';

create function private.is_lost(p_turn private.tutor_turns) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return exists (
    select from public.tutor_messages as m
    where m.id = p_turn.message_id and m.content = '' and m.details = '{}'
      and case p_turn.status
        when 'reserved' then
          m.status = 'streaming' and p_turn.expires_at <= clock_timestamp()
        else m.status = 'failed'
      end
  );
end
$$;
comment on function private.is_lost(private.tutor_turns) is
'Whether the turn has expired and nothing of an answer was saved: its run is lost, or never began.';

create function private.expire_turns(p_turn_ids uuid[]) returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  v_ids uuid[];
begin
  with locked as (
    select t.* from private.tutor_turns as t
    where t.id = any(p_turn_ids) and t.status = 'reserved' and t.expires_at <= clock_timestamp()
    order by t.id for update skip locked
  ),

  ended as (
    update private.tutor_turns t set status = 'settled' from locked as k where t.id = k.id
    returning t.*
  ),

  noted as (
    insert into private.tutor_ledger (
      turn_id, user_id, course_id, lesson_id, provider, model, outcome, requests, input_tokens,
      cached_tokens, cache_write_tokens, output_tokens, is_estimated, cost_micros, is_abstained,
      guard_hits, invalid_citations
    )
    select
      e.id, e.user_id, e.course_id, e.lesson_id, e.provider, e.model, 'expired', 1,
      o.input_tokens, 0, 0, o.output_tokens, e.has_run,
      private.token_cost(e.price, o.input_tokens, 0, 0, o.output_tokens), false, 0, 0
    from ended as e
    left join public.tutor_messages as m on m.id = e.message_id
    -- A turn without a run asked no model.
    cross join lateral (
      select
        case when e.has_run then e.input_tokens else 0 end as input_tokens,
        private.byte_tokens(octet_length(coalesce(m.content, ''))) as output_tokens
    ) as o
    returning turn_id
  ),

  failed as (
    update public.tutor_messages m set status = 'failed'
    from ended as e where m.id = e.message_id and m.status = 'streaming'
  )

  select array_agg(n.turn_id) into v_ids from noted as n;
  perform private.release_turns(v_ids);
  return coalesce(cardinality(v_ids), 0);
end
$$;
comment on function private.expire_turns(uuid[]) is
'Settles the expired ones of these turns, with the content that their runs had saved.';

create function private.sweep_tutor_turns() returns integer
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  return private.expire_turns(array(
    select t.id from private.tutor_turns as t
    where t.status = 'reserved' and t.expires_at <= clock_timestamp() limit 1000
  ));
end
$$;
grant execute on function private.sweep_tutor_turns() to service_role;

create function private.delete_old_turns() returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  v_count integer;
begin
  perform private.sweep_tutor_turns();
  delete from private.tutor_turns t
  where t.status = 'settled' and t.created_at < now() - interval '90 days';
  get diagnostics v_count = row_count;
  -- The longest window is a month.
  delete from private.tutor_usage u
  where u.starts_at < now() - interval '62 days' and u.reserved = 0;
  return v_count;
end
$$;
comment on function private.delete_old_turns() is
'Settles expired turns, then deletes turns older than 90 days and past windows. The ledger stays.';

create function public.sweep_tutor_turns() returns integer
language sql volatile
set search_path = ''
begin atomic
  select private.sweep_tutor_turns();
end;
comment on function public.sweep_tutor_turns() is
'Settles the turns whose run was lost, and returns their number.

Each one keeps the content that its run had saved, counts as a request, and costs the estimate of
that content; nothing where no service ever ran it. For service_role; scheduled each minute where
pg_cron exists.';

grant execute on function public.sweep_tutor_turns() to service_role;

create function private.require_tutor_access(
  p_user_id uuid, p_course_id uuid, p_lesson_id uuid, p_is_staff boolean
) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_locking jsonb;
begin
  perform private.require_visible(p_course_id);
  -- An attempt starts under a lock of the enrollment: either this turn sees it, or it sees the turn.
  -- A waitlisted enrollment is not locked: the waitlist skips locked rows.
  perform from public.enrollments as e
  where e.course_id = p_course_id and e.user_id = p_user_id
    and e.status in ('active', 'completed') for share;
  if not p_is_staff and not (found and private.is_entitled(p_user_id, p_course_id)) then
    perform private.refuse('not_enrolled');
  end if;
  perform private.refuse_archived(p_course_id);
  if p_lesson_id is not null and not exists (
    select from public.lessons as l
    where l.id = p_lesson_id and l.course_id = p_course_id and (l.is_published or p_is_staff)
  ) then
    perform private.refuse('lesson_not_found');
  end if;
  if exists (
    select from private.tutor_settings as s where s.course_id = p_course_id and not s.is_enabled
  ) then
    perform private.refuse('tutor_disabled');
  end if;
  -- A concurrent override may give an overdue attempt more time.
  perform from public.quiz_attempts as a
  where a.course_id = p_course_id and a.user_id = p_user_id and a.status = 'open' for share;
  v_locking := private.locking_attempt(p_user_id, p_course_id);
  if v_locking is not null then
    perform private.refuse('tutor_locked', v_locking);
  end if;
end
$$;
comment on function private.require_tutor_access(uuid, uuid, uuid, boolean) is
'Refuses callers who may not ask the tutor now; locks their enrollment and open attempts.';

create function private.lock_conversation(
  p_user_id uuid, p_conversation_id uuid, p_course_id uuid, p_lesson_id uuid, p_title text
) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_turn private.tutor_turns;
begin
  insert into public.tutor_conversations (id, user_id, course_id, lesson_id, title)
  values (p_conversation_id, p_user_id, p_course_id, p_lesson_id, p_title)
  on conflict (id) do nothing;
  perform from public.tutor_conversations as c
  where c.id = p_conversation_id and c.user_id = p_user_id and c.course_id = p_course_id
  for update;
  if not found then
    perform private.refuse('conversation_not_found');
  end if;
  select * into v_turn from private.tutor_turns as t
  where t.conversation_id = p_conversation_id and t.status = 'reserved';
  if found and v_turn.expires_at <= clock_timestamp() then
    perform private.lock_windows(p_user_id, p_course_id, v_turn.windows);
    perform private.expire_turns(array[v_turn.id]);
    select * into v_turn from private.tutor_turns as t
    where t.conversation_id = p_conversation_id and t.status = 'reserved';
  end if;
  if v_turn.id is not null then
    perform private.refuse('turn_in_progress', jsonb_build_object(
      'retry_after', greatest(1, ceil(extract(epoch from v_turn.expires_at - clock_timestamp())))
    ));
  end if;
end
$$;
comment on function private.lock_conversation(uuid, uuid, uuid, uuid, text) is
'Creates or locks a conversation of this person; refuses while a turn is running in it.';

create function private.turn_answer(p_turn private.tutor_turns, p_replay boolean) returns jsonb
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return (
    select jsonb_build_object(
      'turn_id', p_turn.id,
      'message_id', p_turn.message_id,
      'conversation_id', p_turn.conversation_id,
      'is_replay', p_replay,
      'status', coalesce(m.status, 'failed'),
      'expires_at', p_turn.expires_at,
      'model', jsonb_build_object('provider', p_turn.provider, 'name', p_turn.model),
      'estimate_micros', p_turn.estimate_micros,
      'course', jsonb_build_object('id', c.id, 'title', c.title, 'locale', c.locale)
    )
    from public.courses as c
    left join public.tutor_messages as m on m.id = p_turn.message_id
    where c.id = p_turn.course_id
  );
end
$$;
comment on function private.turn_answer(private.tutor_turns, boolean) is
'A turn as begin_tutor_turn returns it, without the context.';

create function private.free_message_id(p_key text) returns uuid
language plpgsql volatile
set search_path = ''
as $$
declare
  v_id uuid := gen_random_uuid();
begin
  if p_key ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
    and not exists (select from public.tutor_messages as m where m.id = p_key::uuid) then
    v_id := p_key::uuid;
  end if;
  return v_id;
end
$$;
comment on function private.free_message_id(text) is
'The key of a turn as the id of its question; a new id if the key is no UUID or is taken.';

create function private.supersede_messages(
  p_user_id uuid, p_conversation_id uuid, p_turn_key text, p_message_id uuid
) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_asked_at timestamptz;
begin
  -- After a reload a page names the question by the id in the history, which is its key or not.
  select m.created_at into v_asked_at
  from public.tutor_messages as m
  where m.conversation_id = p_conversation_id and m.role = 'user' and m.superseded_by is null
    and m.id::text = coalesce((
      select t.question_id::text from private.tutor_turns as t
      where t.user_id = p_user_id and t.turn_key = p_turn_key
        and t.conversation_id = p_conversation_id
    ), lower(p_turn_key));
  update public.tutor_messages m set superseded_by = p_message_id
  where m.conversation_id = p_conversation_id and m.created_at >= v_asked_at
    and m.superseded_by is null;
  -- The key names the latest turn of its question.
  update private.tutor_turns t set turn_key = null
  where t.user_id = p_user_id and t.turn_key = p_turn_key
    and t.conversation_id = p_conversation_id;
end
$$;
comment on function private.supersede_messages(uuid, uuid, text, uuid) is
'Replaces a question and all that followed it in its conversation, which the caller has locked.';

create function private.remove_lost_turn(p_turn_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_turn private.tutor_turns;
begin
  select * into v_turn from private.tutor_turns as t where t.id = p_turn_id for update;
  if not private.is_lost(v_turn) then
    return;
  end if;
  update private.tutor_turns t set turn_key = null where t.id = p_turn_id;
  delete from public.tutor_messages m
  where m.id in (v_turn.question_id, v_turn.message_id)
    and m.conversation_id = v_turn.conversation_id;
end
$$;
comment on function private.remove_lost_turn(uuid) is
'Removes the messages of a lost turn, and frees its key; does nothing if it is not lost any more.';

create function private.lock_turn_key(p_user_id uuid, p_turn_key text) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(p_user_id || p_turn_key, 12));
end
$$;
comment on function private.lock_turn_key(uuid, text) is
'Serializes the calls of one person that carry the same key of a turn.';

create function private.begin_tutor_turn(
  p_conversation_id uuid, p_course_id uuid, p_lesson_id uuid, p_question text, p_mode text,
  p_turn_key text, p_embedding real[], p_is_regenerated boolean
) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_mode text := coalesce(p_mode, 'auto');
  v_is_staff boolean := private.is_staff(p_course_id);
  v_hash text;
  v_turn private.tutor_turns;
  v_message_id uuid := gen_random_uuid();
  v_model private.tutor_model;
  v_context jsonb;
  v_quotas jsonb;
begin
  if p_conversation_id is null or p_course_id is null
    or length(p_question) > 4000 or (p_question ~ '\S') is not true
    or v_mode not in ('auto', 'explain', 'hint', 'practice', 'summarize')
    or coalesce(p_turn_key, '') = '' or length(p_turn_key) > 200 then
    perform private.refuse('invalid_turn');
  end if;
  v_hash := md5(jsonb_build_array(
    p_conversation_id, p_course_id, p_lesson_id, p_question, v_mode
  )::text);
  -- A repeated call waits for the first one, and then replays its turn.
  perform private.lock_turn_key(v_user_id, p_turn_key);
  select * into v_turn from private.tutor_turns as t
  where t.user_id = v_user_id and t.turn_key = p_turn_key;
  if v_turn.id is null or p_is_regenerated
    or (v_turn.request_hash = v_hash and private.is_lost(v_turn)) then
    perform private.require_tutor_access(v_user_id, p_course_id, p_lesson_id, v_is_staff);
    perform private.require_quota(v_user_id, p_course_id);
    perform private.spend_budget(v_user_id, 'questions', octet_length(p_question));
    perform private.lock_conversation(
      v_user_id, p_conversation_id, p_course_id, p_lesson_id,
      left(btrim(regexp_replace(p_question, '\s+', ' ', 'g')), 80)
    );
    if p_is_regenerated then
      perform private.supersede_messages(
        v_user_id, p_conversation_id, p_turn_key, v_message_id
      );
    elsif v_turn.id is not null then
      perform private.remove_lost_turn(v_turn.id);
    end if;
    v_turn := null;
    v_context := private.turn_context(
      v_user_id, p_conversation_id, p_course_id, p_lesson_id, p_question, v_mode, p_embedding,
      v_is_staff
    );
    select * into v_model from private.tutor_model as m;
    v_turn.price := to_jsonb(private.model_price(v_model.provider, v_model.model));
    v_turn.input_tokens := 1500 + private.byte_tokens(
      octet_length(v_context::text) + octet_length(p_question)
      + private.guidance_bytes(p_course_id)
    );
    v_turn.estimate_micros := private.token_cost(
      v_turn.price, v_turn.input_tokens, 0, v_turn.input_tokens, v_model.max_output_tokens
    );
    insert into private.tutor_turns (
      user_id, course_id, lesson_id, conversation_id, question_id, message_id, turn_key,
      request_hash, is_staff, provider, model, price, input_tokens, estimate_micros, expires_at
    )
    values (
      v_user_id, p_course_id, p_lesson_id, p_conversation_id,
      private.free_message_id(p_turn_key), v_message_id, p_turn_key, v_hash, v_is_staff,
      v_model.provider, v_model.model, v_turn.price, v_turn.input_tokens, v_turn.estimate_micros,
      private.turn_lease()
    )
    on conflict (user_id, turn_key) do nothing
    returning * into v_turn;
    if v_turn.id is not null then
      insert into public.tutor_messages (
        id, conversation_id, user_id, role, content, status
      )
      values (v_turn.question_id, p_conversation_id, v_user_id, 'user', p_question, 'complete');
      insert into public.tutor_messages (id, conversation_id, user_id, role, status)
      values (v_turn.message_id, p_conversation_id, v_user_id, 'assistant', 'streaming');
      update public.tutor_conversations c set updated_at = clock_timestamp()
      where c.id = p_conversation_id;
      -- Last, because all turns contend for the windows of the course and the platform.
      select r.windows, r.quotas into v_turn.windows, v_quotas
      from private.reserve_turn(v_user_id, p_course_id, v_turn.estimate_micros) as r;
      update private.tutor_turns t
      set windows = v_turn.windows, expires_at = private.turn_lease()
      where t.id = v_turn.id returning * into v_turn;
      return private.turn_answer(v_turn, false) || v_context || jsonb_build_object(
        'model', jsonb_build_object(
          'provider', v_model.provider, 'name', v_model.model,
          'max_output_tokens', v_model.max_output_tokens
        ),
        'quotas', v_quotas
      );
    end if;
    select * into v_turn from private.tutor_turns as t
    where t.user_id = v_user_id and t.turn_key = p_turn_key;
  end if;
  if v_turn.request_hash <> v_hash then
    perform private.refuse('turn_key_reused');
  end if;
  perform private.require_visible(p_course_id);
  return private.turn_answer(v_turn, true);
end
$$;
grant execute on function private.begin_tutor_turn(
  uuid, uuid, uuid, text, text, text, real[], boolean
) to authenticated;

create function public.begin_tutor_turn(
  conversation_id uuid, course_id uuid, lesson_id uuid default null, question text default null,
  mode text default 'auto', turn_key text default null, query_embedding real[] default null,
  is_regenerated boolean default false
) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.begin_tutor_turn(
    begin_tutor_turn.conversation_id, begin_tutor_turn.course_id, begin_tutor_turn.lesson_id,
    begin_tutor_turn.question, begin_tutor_turn.mode, begin_tutor_turn.turn_key,
    begin_tutor_turn.query_embedding, begin_tutor_turn.is_regenerated
  );
end;
comment on function public.begin_tutor_turn(
  uuid, uuid, uuid, text, text, text, real[], boolean
) is
'Begins a turn of the tutor: stores the question and returns the context of its answer.

It checks access, open attempts and every quota, and reserves the estimated cost. The context is
turn_id, message_id, model, estimate_micros, course, lesson, passages, words, history, plan
and quotas. mode is auto, explain, hint, practice or summarize.

The same turn_key is the same turn: it returns with is_replay true and its status, and reserves
nothing. With is_regenerated the turn replaces the one with that key, also if the text differs:
the question and all that followed it in the conversation are superseded.

A turn expires when no service saves it for 30 seconds, and is then settled. If nothing of its
answer was saved, the same turn_key begins anew. The details of turn_in_progress have retry_after:
the seconds after which the running turn expires unless it is saved.

Errors: not_authenticated, account_suspended, course_not_found, lesson_not_found,
conversation_not_found, not_enrolled, lesson_locked, tutor_disabled, turn_in_progress,
turn_key_reused, invalid_turn, tutor_locked, quota_exceeded, budget_exceeded.';

grant execute on function public.begin_tutor_turn(
  uuid, uuid, uuid, text, text, text, real[], boolean
) to authenticated;

create function private.save_tutor_answers(p_answers jsonb) returns uuid[]
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  perform private.require_service();
  if jsonb_typeof(p_answers) is distinct from 'array'
    or jsonb_array_length(p_answers) <> jsonb_array_length(jsonb_path_query_array(
      p_answers,
      'strict $[*] ? (@.turn_id like_regex "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" flag "i")'
    )) then
    perform private.refuse('invalid_turn');
  end if;
  with given as materialized (
    select distinct on (a.turn_id) a.*
    from jsonb_to_recordset(p_answers) as a (turn_id uuid, content text, details jsonb)
    order by a.turn_id
  ),

  -- A locked turn is being stopped or settled by a concurrent transaction.
  locked as materialized (
    select t.id, t.message_id
    from private.tutor_turns as t inner join given as g on g.turn_id = t.id
    where t.status = 'reserved' and not t.is_stopped
    order by t.id for update of t skip locked
  ),

  extended as (
    update private.tutor_turns t set expires_at = private.turn_lease(), has_run = true
    from locked as k where t.id = k.id
  )

  update public.tutor_messages m
  set content = coalesce(g.content, m.content), details = coalesce(g.details, m.details)
  from locked as k inner join given as g on g.turn_id = k.id
  where m.id = k.message_id and m.status = 'streaming'
    and (g.content is not null or g.details is not null);
  return array(
    select g.turn_id
    from jsonb_to_recordset(p_answers) as g (turn_id uuid)
    where not exists (
      select from private.tutor_turns as t
      where t.id = g.turn_id and t.status = 'reserved' and not t.is_stopped
    )
  );
end
$$;
grant execute on function private.save_tutor_answers(jsonb) to service_role;

create function public.save_tutor_answers(answers jsonb) returns uuid[]
language sql volatile
set search_path = ''
begin atomic
  select private.save_tutor_answers(save_tutor_answers.answers);
end;
comment on function public.save_tutor_answers(jsonb) is
'Saves the current content of several answers, and extends the time of their turns.

answers is [{turn_id, content, details}], without content or details that have not changed. Returns
the turns whose run must end: stopped, settled or unknown ones. For service_role.

Errors: service_required, invalid_turn.';

grant execute on function public.save_tutor_answers(jsonb) to service_role;

create function private.finish_tutor_turn(
  p_turn_id uuid, p_status text, p_content text, p_citations jsonb, p_details jsonb, p_usage jsonb
) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_turn private.tutor_turns;
  v_ledger private.tutor_ledger;
  v_settled boolean;
  v_usage jsonb;
begin
  perform private.require_service();
  if (p_status in ('complete', 'stopped', 'failed', 'refunded')) is not true
    or coalesce(jsonb_typeof(p_usage), 'object') <> 'object'
    or coalesce(jsonb_typeof(p_citations), 'array') <> 'array'
    or coalesce(jsonb_typeof(p_details), 'object') <> 'object'
    or exists (
      select from jsonb_each(p_usage) as u
      where u.key in (
        'input_tokens', 'cached_tokens', 'cache_write_tokens', 'output_tokens', 'output_bytes',
        'guard_hits', 'invalid_citations'
      ) and u.value <> 'null' and (
        jsonb_typeof(u.value) <> 'number' or u.value::text !~ '^[0-9]{1,9}$'
      )
    ) then
    perform private.refuse('invalid_turn');
  end if;
  update private.tutor_turns t set status = 'settled'
  where t.id = p_turn_id and t.status = 'reserved'
  returning * into v_turn;
  v_settled := found;
  if not v_settled then
    select * into v_turn from private.tutor_turns as t where t.id = p_turn_id;
    if not found then
      perform private.refuse('turn_not_found');
    end if;
  else
    v_ledger.is_estimated := p_usage ->> 'input_tokens' is null
      or p_usage ->> 'output_tokens' is null;
    v_ledger.input_tokens := coalesce((p_usage ->> 'input_tokens')::bigint, v_turn.input_tokens);
    v_ledger.cached_tokens := coalesce((p_usage ->> 'cached_tokens')::bigint, 0);
    v_ledger.cache_write_tokens := coalesce((p_usage ->> 'cache_write_tokens')::bigint, 0);
    v_ledger.output_tokens := coalesce(
      (p_usage ->> 'output_tokens')::bigint,
      private.byte_tokens(coalesce(
        (p_usage ->> 'output_bytes')::bigint, octet_length(coalesce(p_content, ''))
      ))
    );
    if p_status = 'refunded' then
      v_ledger.is_estimated := false;
      v_ledger.input_tokens := 0;
      v_ledger.cached_tokens := 0;
      v_ledger.cache_write_tokens := 0;
      v_ledger.output_tokens := 0;
    end if;
    insert into private.tutor_ledger (
      turn_id, user_id, course_id, lesson_id, provider, model, outcome, requests, input_tokens,
      cached_tokens, cache_write_tokens, output_tokens, is_estimated, cost_micros, is_abstained,
      guard_hits, invalid_citations
    )
    values (
      v_turn.id, v_turn.user_id, v_turn.course_id, v_turn.lesson_id, v_turn.provider,
      v_turn.model, p_status,
      -- An answer counts as a request, also when it costs nothing.
      (p_status <> 'refunded' or coalesce(p_content, '') <> '')::integer, v_ledger.input_tokens,
      v_ledger.cached_tokens, v_ledger.cache_write_tokens, v_ledger.output_tokens,
      v_ledger.is_estimated,
      private.token_cost(
        v_turn.price, v_ledger.input_tokens, v_ledger.cached_tokens, v_ledger.cache_write_tokens,
        v_ledger.output_tokens
      ),
      coalesce(p_usage -> 'abstained' = 'true', false),
      coalesce((p_usage ->> 'guard_hits')::integer, 0),
      coalesce((p_usage ->> 'invalid_citations')::integer, 0)
    );
    perform private.release_turns(array[v_turn.id]);
  end if;
  select * into v_ledger from private.tutor_ledger as l where l.turn_id = p_turn_id;
  v_usage := jsonb_build_object(
    'inputTokens', v_ledger.input_tokens, 'cachedTokens', v_ledger.cached_tokens,
    'cacheWriteTokens', v_ledger.cache_write_tokens, 'outputTokens', v_ledger.output_tokens, 'isEstimated', v_ledger.is_estimated,
    'costMicros', v_ledger.cost_micros,
    'quotas', private.own_quotas(array(
      select b
      from private.tutor_balance(v_turn.user_id, v_turn.course_id, clock_timestamp()) as b
    ))
  );
  if v_settled and p_status = 'refunded' and coalesce(p_content, '') = '' then
    -- The question is removed, and its key can be used again.
    update private.tutor_turns t set turn_key = null where t.id = p_turn_id;
    delete from public.tutor_messages m
    where m.id in (v_turn.question_id, v_turn.message_id)
      and m.conversation_id = v_turn.conversation_id;
    update public.tutor_messages m set superseded_by = null
    where m.conversation_id = v_turn.conversation_id and m.superseded_by = v_turn.message_id;
    return jsonb_build_object('is_settled', true, 'usage', v_usage);
  end if;
  -- A run that finishes after its turn expired still saves its content.
  update public.tutor_messages m
  set
    content = coalesce(p_content, m.content), citations = coalesce(p_citations, m.citations),
    details = coalesce(p_details, m.details) || jsonb_build_object('usage', v_usage),
    status = case
      when p_status <> 'refunded' then p_status
      when coalesce(p_content, '') = '' then 'failed'
      else 'complete'
    end
  where m.id = v_turn.message_id and (v_settled or v_ledger.outcome = 'expired');
  return jsonb_build_object('is_settled', v_settled, 'usage', v_usage);
end
$$;
grant execute on function private.finish_tutor_turn(uuid, text, text, jsonb, jsonb, jsonb)
to service_role;

create function public.finish_tutor_turn(
  turn_id uuid, status text, content text default null, citations jsonb default null,
  details jsonb default null, usage jsonb default null
) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.finish_tutor_turn(
    finish_tutor_turn.turn_id, finish_tutor_turn.status, finish_tutor_turn.content,
    finish_tutor_turn.citations, finish_tutor_turn.details, finish_tutor_turn.usage
  );
end;
comment on function public.finish_tutor_turn(uuid, text, text, jsonb, jsonb, jsonb) is
'Ends a turn: saves the answer, records the cost, and releases what was reserved.

It is idempotent: only the first call settles the turn. status is complete, stopped, failed, or
refunded: nothing was produced and nothing is charged. usage is {input_tokens, cached_tokens,
cache_write_tokens, output_tokens, output_bytes, abstained, guard_hits, invalid_citations}; missing
tokens are estimated from bytes. A refunded turn with content counts as a request. A turn that is refunded without
content is removed with its question, and messages that it superseded are current again.

Returns {is_settled: whether this call settled it, usage: {inputTokens, cachedTokens,
cacheWriteTokens, outputTokens, isEstimated, costMicros, quotas}}. For service_role.

Errors: service_required, turn_not_found, invalid_turn.';

grant execute on function public.finish_tutor_turn(uuid, text, text, jsonb, jsonb, jsonb)
to service_role;

create function private.stop_tutor_turn(p_conversation_id uuid) returns boolean
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
begin
  update private.tutor_turns t set is_stopped = true
  where t.conversation_id = p_conversation_id and t.user_id = v_user_id and t.status = 'reserved';
  return found;
end
$$;
grant execute on function private.stop_tutor_turn(uuid) to authenticated;

create function public.stop_tutor_turn(conversation_id uuid) returns boolean
language sql volatile
set search_path = ''
begin atomic
  select private.stop_tutor_turn(stop_tutor_turn.conversation_id);
end;
comment on function public.stop_tutor_turn(uuid) is
'Stops the answer that is running in a conversation of the caller; false if none is running.

The run ends at its next save, within about a second.

Errors: not_authenticated, account_suspended.';

grant execute on function public.stop_tutor_turn(uuid) to authenticated;
