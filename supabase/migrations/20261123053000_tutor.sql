-- Tutor: conversations, settings, guidance, and what a turn may know.
--
-- Invariants
--   * Functions write conversations and messages. Only their owner reads and deletes them.
--   * The context of a turn contains only what its learner may read: no key of a question, no note
--     of an author. Only service_role gets those.
--
-- Functions that run at each turn are PL/pgSQL even if they are one statement, here and in the
-- other files of the tutor: PL/pgSQL caches plans, SQL would plan at each call.

create table public.tutor_conversations (
  id uuid not null,
  user_id uuid not null,
  course_id uuid not null,
  lesson_id uuid,
  title text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint tutor_conversations_pkey primary key (id),
  constraint tutor_conversations_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint tutor_conversations_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint tutor_conversations_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete set null
);
comment on table public.tutor_conversations is
'Conversations with the tutor; written by functions, deleted by their owner.';
comment on column public.tutor_conversations.id is 'Chosen by the client.';
comment on column public.tutor_conversations.lesson_id is 'The lesson of the first question.';
comment on column public.tutor_conversations.title is 'The first question, shortened.';
comment on column public.tutor_conversations.updated_at is 'The time of the last question.';
create index tutor_conversations_user_id_updated_at_idx
on public.tutor_conversations (user_id, updated_at desc);
create index tutor_conversations_course_id_idx on public.tutor_conversations (course_id);
create index tutor_conversations_lesson_id_idx on public.tutor_conversations (lesson_id);

alter table public.tutor_conversations enable row level security;
revoke all on public.tutor_conversations from public, anon, authenticated, service_role;
grant select, delete on public.tutor_conversations to authenticated, service_role;

create policy tutor_conversations_select_own on public.tutor_conversations
for select to authenticated
using (user_id = (select private.account_id()));
comment on policy tutor_conversations_select_own on public.tutor_conversations is
'Users read their own conversations.';

create policy tutor_conversations_delete_own on public.tutor_conversations
for delete to authenticated
using (user_id = (select private.account_id()));
comment on policy tutor_conversations_delete_own on public.tutor_conversations is
'Users delete their own conversations, with the messages.';

create table public.tutor_messages (
  id uuid not null,
  conversation_id uuid not null,
  user_id uuid not null,
  role text not null,
  content text not null default '',
  citations jsonb not null default '[]',
  status text not null,
  details jsonb not null default '{}',
  superseded_by uuid,
  created_at timestamptz not null default clock_timestamp(),
  constraint tutor_messages_pkey primary key (id),
  constraint tutor_messages_conversation_id_fkey foreign key (conversation_id)
  references public.tutor_conversations (id) on delete cascade,
  constraint tutor_messages_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint tutor_messages_role_check check (role in ('user', 'assistant')),
  constraint tutor_messages_status_check check (
    status in ('streaming', 'complete', 'failed', 'stopped')
  )
);
comment on table public.tutor_messages is
'Questions and answers; written by functions, deleted by their owner.';
comment on column public.tutor_messages.user_id is 'The owner of the conversation.';
comment on column public.tutor_messages.content is
'Markdown; for an answer in progress, the part that is saved so far.';
comment on column public.tutor_messages.citations is
'[{sourceId, startIndex, endIndex, citedText}], in UTF-16 units of the content.';
comment on column public.tutor_messages.status is
'streaming, complete, failed, or stopped by the learner or the clock; content is what was sent.';
comment on column public.tutor_messages.details is
'The parts of the answer besides its text: metadata, sources, data parts, usage.';
-- No foreign key: a message stays superseded when its owner deletes the later answer.
comment on column public.tutor_messages.superseded_by is
'The answer that replaced this message and what followed it; null in the current history.';
create index tutor_messages_conversation_id_created_at_idx
on public.tutor_messages (conversation_id, created_at);
create index tutor_messages_user_id_idx on public.tutor_messages (user_id);

alter table public.tutor_messages enable row level security;
revoke all on public.tutor_messages from public, anon, authenticated, service_role;
grant select, delete on public.tutor_messages to authenticated, service_role;

create policy tutor_messages_select_own on public.tutor_messages
for select to authenticated
using (user_id = (select private.account_id()));
comment on policy tutor_messages_select_own on public.tutor_messages is
'Users read their own questions and the answers.';

create policy tutor_messages_delete_own on public.tutor_messages
for delete to authenticated
using (user_id = (select private.account_id()));
comment on policy tutor_messages_delete_own on public.tutor_messages is
'Users delete their own questions and the answers.';

create table private.tutor_settings (
  course_id uuid not null,
  is_enabled boolean not null default true,
  max_support_level text not null default 'high',
  updated_at timestamptz not null default now(),
  constraint tutor_settings_pkey primary key (course_id),
  constraint tutor_settings_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint tutor_settings_max_support_level_check check (
    max_support_level in ('low', 'medium', 'high')
  )
);
comment on table private.tutor_settings is
'The tutor settings of a course; without a row the tutor is on, up to high.';
alter table private.tutor_settings enable row level security;
revoke all on private.tutor_settings from public, anon, authenticated, service_role;

create table private.tutor_guidance (
  id bigint generated always as identity,
  course_id uuid not null,
  lesson_id uuid not null,
  question_id uuid,
  notes text not null,
  misconceptions text[] not null,
  updated_at timestamptz not null default now(),
  constraint tutor_guidance_pkey primary key (id),
  constraint tutor_guidance_lesson_id_question_id_key
  unique nulls not distinct (lesson_id, question_id),
  constraint tutor_guidance_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint tutor_guidance_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint tutor_guidance_question_id_fkey foreign key (question_id)
  references public.questions (id) on delete cascade
);
comment on table private.tutor_guidance is
'Notes of authors to the tutor about a lesson or a question of its quiz; never quoted.';
comment on column private.tutor_guidance.misconceptions is 'Mistakes that learners make here.';
create index tutor_guidance_course_id_idx on private.tutor_guidance (course_id);
create index tutor_guidance_question_id_idx on private.tutor_guidance (question_id);
alter table private.tutor_guidance enable row level security;
revoke all on private.tutor_guidance from public, anon, authenticated, service_role;

create function private.save_tutor_settings(
  p_course_id uuid, p_is_enabled boolean, p_max_support_level text
) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_settings private.tutor_settings;
begin
  perform private.require_manager(p_course_id);
  if p_is_enabled is null
    or (p_max_support_level in ('low', 'medium', 'high')) is not true
    or not exists (select from public.courses as c where c.id = p_course_id) then
    perform private.refuse('invalid_settings');
  end if;
  insert into private.tutor_settings as s (course_id, is_enabled, max_support_level)
  values (p_course_id, p_is_enabled, p_max_support_level)
  on conflict (course_id) do update
  set
    is_enabled = excluded.is_enabled, max_support_level = excluded.max_support_level,
    updated_at = now()
  returning * into v_settings;
  return to_jsonb(v_settings);
end
$$;
grant execute on function private.save_tutor_settings(uuid, boolean, text)
to authenticated, service_role;

create function public.save_tutor_settings(
  course_id uuid, is_enabled boolean, max_support_level text default 'high'
) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.save_tutor_settings(
    save_tutor_settings.course_id, save_tutor_settings.is_enabled,
    save_tutor_settings.max_support_level
  );
end;
comment on function public.save_tutor_settings(uuid, boolean, text) is
'Turns the tutor of a course on or off, and caps its support level: low, medium or high.

For owners and instructors.

Errors: not_course_staff, invalid_settings.';

grant execute on function public.save_tutor_settings(uuid, boolean, text)
to authenticated, service_role;

create function private.save_tutor_guidance(
  p_lesson_id uuid, p_notes text, p_misconceptions text[], p_question_id uuid
) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course_id uuid := (select l.course_id from public.lessons as l where l.id = p_lesson_id);
  v_guidance private.tutor_guidance;
begin
  perform private.require_staff(v_course_id);
  if v_course_id is null then
    perform private.refuse('lesson_not_found');
  end if;
  if p_question_id is not null and not exists (
    select from public.questions as q where q.id = p_question_id and q.lesson_id = p_lesson_id
  ) then
    perform private.refuse('question_not_found');
  end if;
  if length(p_notes) > 4000 or cardinality(p_misconceptions) > 6 or exists (
    select from unnest(p_misconceptions) as m (text)
    where m.text is null or btrim(m.text) = '' or length(m.text) > 500
  ) then
    perform private.refuse('invalid_guidance');
  end if;
  insert into private.tutor_guidance as g (
    course_id, lesson_id, question_id, notes, misconceptions
  )
  values (
    v_course_id, p_lesson_id, p_question_id, coalesce(p_notes, ''),
    coalesce(p_misconceptions, '{}')
  )
  on conflict (lesson_id, question_id) do update
  set notes = excluded.notes, misconceptions = excluded.misconceptions, updated_at = now()
  returning * into v_guidance;
  return to_jsonb(v_guidance) - 'id';
end
$$;
grant execute on function private.save_tutor_guidance(uuid, text, text[], uuid)
to authenticated, service_role;

create function public.save_tutor_guidance(
  lesson_id uuid, notes text, misconceptions text[] default '{}', question_id uuid default null
) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.save_tutor_guidance(
    save_tutor_guidance.lesson_id, save_tutor_guidance.notes, save_tutor_guidance.misconceptions,
    save_tutor_guidance.question_id
  );
end;
comment on function public.save_tutor_guidance(uuid, text, text[], uuid) is
'Saves notes and known misconceptions for the tutor about a lesson, or a question of its quiz.

They guide the tutor and are never shown to learners. For staff.

Errors: not_course_staff, lesson_not_found, question_not_found, invalid_guidance.';

grant execute on function public.save_tutor_guidance(uuid, text, text[], uuid)
to authenticated, service_role;

create function private.tutor_guidance(p_lesson_id uuid)
returns table (
  course_id uuid, lesson_id uuid, question_id uuid, notes text, misconceptions text[],
  updated_at timestamptz
)
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_staff(
    (select l.course_id from public.lessons as l where l.id = p_lesson_id)
  );
  return query
  select g.course_id, g.lesson_id, g.question_id, g.notes, g.misconceptions, g.updated_at
  from private.tutor_guidance as g
  where g.lesson_id = p_lesson_id
  order by g.question_id nulls first;
end
$$;
grant execute on function private.tutor_guidance(uuid) to authenticated, service_role;

create function public.tutor_guidance(lesson_id uuid)
returns table (
  course_id uuid, lesson_id uuid, question_id uuid, notes text, misconceptions text[],
  updated_at timestamptz
)
language sql stable
set search_path = ''
begin atomic
  select * from private.tutor_guidance(tutor_guidance.lesson_id);
end;
comment on function public.tutor_guidance(uuid) is
'The guidance that staff saved for a lesson and the questions of its quiz.

The row of the lesson comes first, with question_id null. For staff.

Errors: not_course_staff.';

grant execute on function public.tutor_guidance(uuid) to authenticated, service_role;

create function private.locking_attempt(p_user_id uuid, p_course_id uuid) returns jsonb
language plpgsql volatile
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return (
    select jsonb_build_object(
      'attempt_id', a.id, 'lesson_id', a.lesson_id, 'course_slug', c.slug, 'lesson_slug', l.slug
    )
    from public.quiz_attempts as a
    inner join public.lessons as l on l.id = a.lesson_id
    inner join public.courses as c on c.id = a.course_id
    inner join public.enrollments as e on e.course_id = a.course_id and e.user_id = a.user_id
    where a.course_id = p_course_id and a.user_id = p_user_id and a.status = 'open'
      and not private.is_overdue(a.deadline)
      and l.is_listed and e.status in ('active', 'completed')
      and private.is_entitled(p_user_id, p_course_id)
      and (
        a.time_limit_seconds is not null
        or greatest(a.started_at, a.answered_at) > clock_timestamp() - interval '1 day'
      )
    order by a.started_at
    limit 1
  );
end
$$;
comment on function private.locking_attempt(uuid, uuid) is
'The open attempt of a person that locks the tutor of the course, or null: not one that is '
'overdue, in a hidden lesson, without a valid right, or untimed and untouched for a day.';

create function private.tutor_lesson(p_lesson_id uuid) returns jsonb
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return (
    select jsonb_build_object(
      'id', l.id, 'title', l.title, 'content_type', l.content_type,
      -- Passages, not the Markdown: passages contain no text that is hidden from learners.
      'body', left(coalesce((
        select string_agg(
          concat_ws(E'\n\n', nullif(array_to_string(p.heading_path, ' › '), ''), p.body),
          E'\n\n' order by p.ord
        )
        from public.lesson_passages as p where p.lesson_id = l.id
      ), ''), 18000)
    )
    from public.lessons as l where l.id = p_lesson_id
  );
end
$$;
comment on function private.tutor_lesson(uuid) is
'The lesson of a turn, with at most 18,000 characters of its passages.';

create function private.turn_history(p_conversation_id uuid) returns jsonb
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'role', m.role, 'content', left(m.content, 4000), 'rung', m.details -> 'rung',
        'intent', m.details -> 'intent'
      ) order by m.created_at
    ), '[]')
    from (
      select h.* from public.tutor_messages as h
      where h.conversation_id = p_conversation_id and h.content <> ''
        and h.status in ('complete', 'stopped') and h.superseded_by is null
      order by h.created_at desc limit 12
    ) as m
  );
end
$$;
comment on function private.turn_history(uuid) is
'The last twelve messages of a conversation, oldest first, as the context of a turn.';

-- The streamed form is built in the service (turn/frames.py); a test compares the two.
create function private.message_parts(p_message public.tutor_messages) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
declare
  v_details jsonb := p_message.details;
  v_sources jsonb := coalesce(v_details -> 'sources', '[]');
  v_citations jsonb;
begin
  if p_message.role = 'user' then
    return jsonb_build_array(jsonb_build_object('type', 'text', 'text', p_message.content));
  end if;
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'source', jsonb_build_object(
        'type', 'source', 'sourceType', 'document', 'id', c.item -> 'sourceId',
        'mediaType', 'text/markdown', 'title', s.item -> 'title'
      ),
      'startIndex', c.item -> 'startIndex', 'endIndex', c.item -> 'endIndex',
      'citedText', c.item -> 'citedText'
    ) order by c.number
  ), '[]') into v_citations
  from jsonb_array_elements(p_message.citations) with ordinality as c (item, number)
  inner join jsonb_array_elements(v_sources) as s (item)
    on s.item -> 'sourceId' = c.item -> 'sourceId';
  return v_sources || jsonb_build_array(
    jsonb_build_object('type', 'step-start'),
    jsonb_build_object(
      'type', 'text', 'text', p_message.content, 'state', 'done', 'citations', v_citations,
      'providerMetadata', jsonb_build_object(
        'tutor', jsonb_build_object('citations', v_citations)
      )
    )
  )
  || coalesce(v_details -> 'data', '[]')
  || case when v_details ? 'usage' then jsonb_build_array(jsonb_build_object(
    'type', 'data-usage', 'data', v_details -> 'usage'
  )) else '[]' end
  || case when p_message.status = 'failed' then jsonb_build_array(jsonb_build_object(
    'type', 'data-problem', 'data', coalesce(v_details -> 'problem', jsonb_build_object(
      'code', 'answer_lost', 'detail', 'The answer broke off. What there is of it is saved.'
    ))
  )) else '[]' end;
end
$$;
comment on function private.message_parts(public.tutor_messages) is
'The parts of a stored message as the AI SDK assembles them from its stream.';

create function private.tutor_history(
  p_conversation_id uuid, p_page_size integer, p_cursor text
)
returns table (
  id uuid, role text, parts jsonb, metadata jsonb, created_at timestamptz, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_signature text := md5(concat_ws('|', 'tutor_history', p_conversation_id));
  v_after private.cursor_position;
begin
  perform private.require_page(p_page_size);
  if not exists (
    select from public.tutor_conversations as c
    where c.id = p_conversation_id and c.user_id = v_user_id
  ) then
    perform private.refuse('conversation_not_found');
  end if;
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  select
    m.id, m.role, private.message_parts(m),
    case when m.role = 'assistant' then coalesce(m.details -> 'metadata', '{}')
      || case when m.status = 'complete' and m.details ? 'usage' then jsonb_build_object(
        'costMicros', m.details -> 'usage' -> 'costMicros'
      ) else '{}' end
    end,
    m.created_at,
    private.make_cursor(v_signature, extract(epoch from m.created_at), '', m.id)
  from public.tutor_messages as m
  where m.conversation_id = p_conversation_id and m.superseded_by is null
    and m.status <> 'streaming'
    and (
      v_after.id is null
      or (extract(epoch from m.created_at), m.id) > (v_after.number, v_after.id)
    )
  order by m.created_at, m.id
  limit p_page_size;
end
$$;
grant execute on function private.tutor_history(uuid, integer, text) to authenticated;

create function public.tutor_history(
  conversation_id uuid, page_size integer default 50, cursor text default null
)
returns table (
  id uuid, role text, parts jsonb, metadata jsonb, created_at timestamptz, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.tutor_history(
    tutor_history.conversation_id, tutor_history.page_size, tutor_history.cursor
  );
end;
comment on function public.tutor_history(uuid, integer, text) is
'The messages of an own conversation as UIMessages of the AI SDK, oldest first.

id, role, parts and metadata of an answer equal those that the SDK assembles from its stream.
metadata of a question is null. An answer in progress is not in the list: the stream of the
conversation has it. Messages that a later answer replaced are not in the list either.

Errors: not_authenticated, account_suspended, conversation_not_found, invalid_page,
invalid_cursor.';

grant execute on function public.tutor_history(uuid, integer, text) to authenticated;

create function private.quiz_state(p_user_id uuid, p_lesson_id uuid) returns text
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return (
    select case
      when not exists (select from public.quizzes as z where z.lesson_id = p_lesson_id) then 'none'
      when exists (
        select from public.quiz_attempts as a
        where a.lesson_id = p_lesson_id and a.user_id = p_user_id and a.status <> 'open'
          and private.is_revealed(a)
      ) then 'finished'
      else 'unattempted'
    end
  );
end
$$;
comment on function private.quiz_state(uuid, uuid) is
'none, unattempted, or finished: an attempt is closed and its answers are revealed.';

create function private.guidance_bytes(p_course_id uuid) returns integer
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return (
    select coalesce(sum(
      octet_length(g.notes) + octet_length(array_to_string(g.misconceptions, ''))
    ), 0)::integer
    from private.tutor_guidance as g where g.course_id = p_course_id
  );
end
$$;
comment on function private.guidance_bytes(uuid) is
'The size of the guidance of a course, an upper bound of its part in a prompt.';

create function private.is_follow_up(p_question text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
declare
  v_question text := lower(left(btrim(p_question), 200));
begin
  return length(p_question) <= 120 and (
    v_question ~ (
      '^\W*(?:and|but|or|so|what about|how about|why|which one|und|aber|oder|also|was ist mit|wie ist es'
      '|warum|wieso|welche[rs]?|et|mais|ou|pourquoi|lequel|laquelle|y|pero|o|por qué|cuál|e|ma|perché'
      '|mas|por quê|en|maar|waarom)\M(?:\W*\w+){0,4}\W*$'
      '|^\W*(?:and|und|et|y|e)\M'
    )
    or v_question ~ (
      '\m(?:it|its|they|them|their|that|those|these|the (?:others?|first|second|last|latter|former|same)'
      '|(?:other|last|first|same|next) ones?|dies(?:e[rsnm]?)?|davon|dafür|damit|dabei|dazu|daran|deren'
      '|dessen|jene[rsnm]?|es|sie|ihn|ihm|ihnen|cela|ça|ceci|celui|celle|ceux|ils?|elles?|eso|esto|ello'
      '|ellos|ellas|este|esta|estos|estas|los otros|las otras|questo|quello|esse|essa|isso|deze|die|dat)'
      '\M(?:\W*\w+){0,3}\W*$'
    )
    or v_question !~ '\w{4}'
    -- A reply of a few words that asks nothing new.
    or v_question !~ (
      '(?:\w+\W+){5}\w|\m(?:what|why|how|when|where|which|who|explain|define|describe|was|wie|warum|wo'
      '|wann|wer|erklär\w*|qué|que|cómo|como|cuál|cuándo|dónde|quién|explica|quoi|comment|pourquoi|où'
      '|quel\w*|qui|explique\w*)\M'
    )
    or v_question ~ (
      '^\W*(?:\w+\W+){0,5}(?:know|dunno|idea|clue|stuck|lost|understand|tell me|help|get it'
      '|weiß|ahnung|verstehe|sag|hilfe|sais|idée|comprends|dis|dites|aidez?|sé|entiendo|encuentro'
      '|ayuda|dímelo|dime)\M(?:\W+\w+){0,3}\W*$'
    )
  );
end
$$;
comment on function private.is_follow_up(text) is
'Whether a question can only be understood with the one before: a short one that begins with a '
'conjunction, ends with a pronoun, asks for help or is a reply of a few words.';

-- The questions before, back to the last that can be understood by itself.
create function private.question_before(p_conversation_id uuid, p_question text) returns text
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_before text := '';
  v_content text;
begin
  if not private.is_follow_up(p_question) then
    return '';
  end if;
  for v_content in
    select left(m.content, 500) from public.tutor_messages as m
    where m.conversation_id = p_conversation_id and m.role = 'user' and m.superseded_by is null
    order by m.created_at desc limit 5
  loop
    v_before := concat_ws(E'\n', v_content, nullif(v_before, ''));
    exit when not private.is_follow_up(v_content);
  end loop;
  return v_before;
end
$$;
comment on function private.question_before(uuid, text) is
'What a follow-up question refers to: at most five questions of the conversation; else empty.';

create function private.turn_context(
  p_user_id uuid, p_conversation_id uuid, p_course_id uuid, p_lesson_id uuid, p_question text,
  p_mode text, p_embedding real[], p_is_staff boolean
) returns jsonb
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_config text;
  v_lesson_ids uuid[] := private.readable_lesson_ids(p_course_id);
  v_reading private.query_reading;
  v_passages jsonb;
  v_before text := private.question_before(p_conversation_id, p_question);
  v_question text := concat_ws(E'\n', nullif(v_before, ''), p_question);
begin
  if p_lesson_id is not null and p_lesson_id <> all(v_lesson_ids) then
    perform private.refuse('lesson_locked');
  end if;
  select private.text_config(c.locale) into v_config
  from public.courses as c where c.id = p_course_id;
  v_reading := private.read_query(v_config, v_question, p_course_id, v_lesson_ids);
  if v_before <> '' then
    -- The question itself weighs twice what it refers to.
    v_reading.weights := array(
      select u.weight * case
        when u.term = any(tsvector_to_array(
          to_tsvector(v_config::regconfig, private.asked_text(left(p_question, 2000)))
        )) then 1
        else 0.5
      end
      from unnest(v_reading.terms, v_reading.weights) with ordinality as u (term, weight, at)
      order by u.at
    );
  end if;
  -- A summary covers the lesson from its beginning, so it takes passages in order.
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'number', r.ordinality, 'lesson_id', r.lesson_id, 'ord', r.ord,
      'lesson_title', r.lesson_title, 'heading_path', r.heading_path, 'anchor', r.anchor,
      'source', r.source, 'body', r.body, 'support', r.support, 'likeness', r.likeness
    ) order by r.ordinality
  ), '[]') into v_passages
  from (
    select f.*, row_number() over (order by f.score desc, f.lesson_id, f.ord) as ordinality
    from private.ranked_passages(
      p_course_id, v_lesson_ids, v_reading, 12,
      -- The vector is that of the question alone.
      case when v_before = '' then p_embedding end, p_lesson_id
    ) as f
    where p_mode <> 'summarize' or p_lesson_id is null
    union all
    (
      select
        p.lesson_id, p.ord, l.title, p.heading_path, p.anchor, p.source, p.body, 0, 1, null,
        row_number() over (order by p.ord)
      from public.lesson_passages as p
      inner join public.lessons as l on l.id = p.lesson_id
      where p.lesson_id = p_lesson_id and p_mode = 'summarize'
      order by p.ord limit 12
    )
  ) as r;
  return jsonb_build_object(
    'words', private.question_words(v_config, v_question, v_reading),
    'passage_count', v_reading.passage_count,
    'lesson', private.tutor_lesson(p_lesson_id),
    'passages', v_passages,
    'closest', coalesce((
      select jsonb_agg(
        jsonb_build_object('lesson_id', n.lesson_id, 'title', n.lesson_title) order by n.number
      )
      from (
        select p.lesson_id, p.lesson_title, min(p.number) as number
        from jsonb_to_recordset(v_passages) as p (lesson_id uuid, lesson_title text, number integer)
        group by p.lesson_id, p.lesson_title order by number limit 3
      ) as n
    ), '[]'),
    'history', private.turn_history(p_conversation_id),
    'plan', jsonb_build_object(
      'mode', p_mode,
      'max_support_level', coalesce((
        select s.max_support_level from private.tutor_settings as s
        where s.course_id = p_course_id
      ), 'high'),
      'quiz_state', private.quiz_state(p_user_id, p_lesson_id),
      'is_staff', p_is_staff
    )
  );
end
$$;
comment on function private.turn_context(
  uuid, uuid, uuid, uuid, text, text, real[], boolean
) is
'The context of an answer; it contains nothing that the learner cannot read.';

create function private.tutor_guard_material(p_turn_id uuid) returns jsonb
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_turn private.tutor_turns;
  v_items jsonb;
  v_revealed jsonb;
begin
  perform private.require_service();
  select * into v_turn from private.tutor_turns as t where t.id = p_turn_id;
  if not found then
    perform private.refuse('turn_not_found');
  end if;
  if not v_turn.is_staff then
    select
      jsonb_agg(g.item order by g.is_here desc nulls last, g.lesson_id, g.ord)
        filter (where not g.is_revealed),
      jsonb_agg(g.item order by g.ord) filter (where g.is_revealed and g.is_here)
    into v_items, v_revealed
    from (
      select
        l.id as lesson_id, l.id = v_turn.lesson_id as is_here, q.ord,
        jsonb_build_object(
          'question_id', q.id, 'lesson_id', l.id, 'lesson_title', l.title, 'kind', q.kind,
          'prompt_md', q.prompt_md, 'options', q.options, 'key', k.key,
          'explanation_md', k.explanation_md
        ) as item,
        exists (
          select from public.quiz_attempts as a
          inner join private.attempt_secrets as s on s.attempt_id = a.id
          where a.user_id = v_turn.user_id and a.status <> 'open'
            and (a.lesson_id = q.lesson_id or (q.bank_id is not null and a.course_id = q.course_id))
            and a.items @> jsonb_build_array(jsonb_build_object('question_id', q.id))
            -- The review shows the version that graded the attempt, not a later one.
            and coalesce((s.item_revisions ->> q.id::text)::integer, q.revision) = q.revision
            and private.is_revealed(a)
        ) as is_revealed
      from public.questions as q
      inner join private.answer_keys as k on k.question_id = q.id
      -- A question of a bank belongs to a lesson that draws from it, best to that of the turn.
      cross join lateral (
        select n.id, n.title
        from public.lessons as n
        where n.id = coalesce(q.lesson_id, (
          select d.lesson_id from public.quiz_draws as d
          where d.bank_id = q.bank_id
          order by d.lesson_id = v_turn.lesson_id desc nulls last, d.lesson_id
          limit 1
        ))
      ) as l
      where q.course_id = v_turn.course_id
    ) as g;
  end if;
  return jsonb_build_object(
    'items', coalesce(v_items, '[]'),
    'revealed', coalesce(v_revealed, '[]'),
    'guidance', coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'lesson_id', g.lesson_id, 'question_id', g.question_id, 'notes', g.notes,
          'misconceptions', g.misconceptions
        ) order by g.lesson_id, g.question_id nulls first
      )
      from private.tutor_guidance as g
      where g.course_id = v_turn.course_id
        and (v_turn.lesson_id is null or g.lesson_id = v_turn.lesson_id)
    ), '[]')
  );
end
$$;
grant execute on function private.tutor_guard_material(uuid) to service_role;

create function public.tutor_guard_material(turn_id uuid) returns jsonb
language sql stable
set search_path = ''
begin atomic
  select private.tutor_guard_material(tutor_guard_material.turn_id);
end;
comment on function public.tutor_guard_material(uuid) is
'The keys and guidance that an answer must not reveal: {items, revealed, guidance}.

items are the questions of the course whose keys the learner of the turn may not see yet; revealed
are those of the open lesson whose keys they may see, in the version that graded them; guidance is
what authors saved for the tutor. For service_role; do not store, log or pass it on.

Errors: service_required, turn_not_found.';

grant execute on function public.tutor_guard_material(uuid) to service_role;

create function private.tutor_quota(p_course_id uuid) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
begin
  if p_course_id is not null then
    perform private.require_visible(p_course_id);
  end if;
  return jsonb_build_object(
    'quotas', private.own_quotas(array(
      select b from private.tutor_balance(v_user_id, p_course_id, clock_timestamp()) as b
    )),
    'is_enabled', coalesce((
      select s.is_enabled from private.tutor_settings as s where s.course_id = p_course_id
    ), true),
    'max_support_level', coalesce((
      select s.max_support_level from private.tutor_settings as s where s.course_id = p_course_id
    ), 'high'),
    'is_locked', private.locking_attempt(v_user_id, p_course_id) is not null
  );
end
$$;
grant execute on function private.tutor_quota(uuid) to authenticated;

create function public.tutor_quota(course_id uuid default null) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.tutor_quota(tutor_quota.course_id);
end;
comment on function public.tutor_quota(uuid) is
'What remains of the tutor for the caller, and the settings of a course.

{quotas: [{scope, period, meter, limit, used, remaining, reset_at}], is_enabled, max_support_level,
is_locked}. quotas holds the limits of the caller, not those shared with others: scope is user or
user_course; period minute, day or month of UTC; meter requests or micros (micro-dollars). is_locked
says that the caller has an open attempt in the course, during which the tutor does not answer.

Errors: not_authenticated, account_suspended, course_not_found.';

grant execute on function public.tutor_quota(uuid) to authenticated;
