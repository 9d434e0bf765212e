-- Budgets: what one account may store in a day.
--
-- Invariants
--   * A function that inserts or grows a row for its caller asks private.spend_budget first; tables
--     that clients write directly have a trigger that does. Reports are counted with the clock of
--     their learner.
--   * Limits are rows. Concurrent calls of an account never exceed a limit together.
--   * A day is a day of UTC. Servers have no budget.
--
-- Locks: a row of budget_uses belongs to one account. docs/locks.md has its place.

create table private.budgets (
  kind text not null,
  max_rows integer not null,
  max_bytes bigint not null,
  constraint budgets_pkey primary key (kind),
  constraint budgets_kind_check check (kind ~ '^[a-z]+$'),
  constraint budgets_max_rows_check check (max_rows >= 0),
  constraint budgets_max_bytes_check check (max_bytes >= 0)
);
comment on table private.budgets is
'What one account may store in a day, by kind; save_budget changes it.';
comment on column private.budgets.max_rows is 'Rows that the account may add in a day.';
comment on column private.budgets.max_bytes is
'Bytes of texts and documents that the account may add in a day.';
alter table private.budgets enable row level security;
revoke all on private.budgets from public, anon, authenticated, service_role;

insert into private.budgets (kind, max_rows, max_bytes)
values
-- Of learners. A report every five seconds, all day.
('reports', 20000, 2000000),
('enrollments', 200, 200000),
('invitations', 5000, 1000000),
('attempts', 500, 50000000),
('answers', 20000, 20000000),
('submissions', 200, 20000000),
('questions', 1000, 10000000),
-- Objects of Storage: work and pictures of people; files and covers of courses.
('files', 200, 500000000),
('media', 2000, 10000000000),
-- Of authors and staff: syllabus, content and questions; lines of the audit log and of histories.
('content', 50000, 500000000),
('acts', 100000, 100000000);

-- The fill factor leaves room for HOT updates.
create table private.budget_uses (
  user_id uuid not null,
  day date not null,
  kind text not null,
  row_count integer not null,
  byte_count bigint not null,
  constraint budget_uses_pkey primary key (user_id, day, kind)
) with (fillfactor = 85);
comment on table private.budget_uses is
'What an account has added on a day, by kind of budget. Without a foreign key: tg_delete_uses '
'cascades, and prune_budget_uses deletes what a concurrent call of the account adds.';
alter table private.budget_uses enable row level security;
revoke all on private.budget_uses from public, anon, authenticated, service_role;

create function private.tg_delete_uses() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  delete from private.budget_uses u
  where u.user_id = any(array(select o.id from old_rows as o));
  return null;
end
$$;
comment on function private.tg_delete_uses() is
'Deletes what accounts that are deleted have spent.';

create trigger t20_delete_uses
after delete on public.profiles
referencing old table as old_rows
for each statement execute function private.tg_delete_uses();

create function private.refuse_budget(p_kind text, p_limit bigint) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_day date := (now() at time zone 'UTC')::date;
  v_reset_at timestamptz := (v_day + 1)::timestamp at time zone 'UTC';
begin
  perform private.refuse('budget_exceeded', jsonb_build_object(
    'kind', p_kind,
    'limit', p_limit,
    'reset_at', v_reset_at,
    'retry_after', greatest(1, ceil(extract(epoch from v_reset_at - clock_timestamp())))
  ));
end
$$;
comment on function private.refuse_budget(text, bigint) is
'Refuses what would exceed a budget today, and says when the next day begins.';

create function private.spend_budget(
  p_user_id uuid, p_kind text, p_bytes bigint, p_rows integer default 1
) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_day date := (now() at time zone 'UTC')::date;
  v_budget private.budgets;
  v_rows integer;
begin
  if p_user_id is null then
    return;
  end if;
  select * into strict v_budget from private.budgets as b where b.kind = p_kind;
  -- One statement locks the row and checks the current amount.
  insert into private.budget_uses as u (user_id, day, kind, row_count, byte_count)
  select p_user_id, v_day, p_kind, p_rows, p_bytes
  where p_rows <= v_budget.max_rows and p_bytes <= v_budget.max_bytes
  on conflict (user_id, day, kind) do update
  set
    row_count = u.row_count + excluded.row_count,
    byte_count = u.byte_count + excluded.byte_count
  where u.row_count + excluded.row_count <= v_budget.max_rows
    and u.byte_count + excluded.byte_count <= v_budget.max_bytes;
  if not found then
    select u.row_count into v_rows
    from private.budget_uses as u
    where u.user_id = p_user_id and u.day = v_day and u.kind = p_kind;
    perform private.refuse_budget(p_kind, case
      when coalesce(v_rows, 0) + p_rows > v_budget.max_rows then v_budget.max_rows
      else v_budget.max_bytes
    end);
  end if;
end
$$;
comment on function private.spend_budget(uuid, text, bigint, integer) is
'Counts rows and bytes that an account is about to add today, or refuses with budget_exceeded; '
'nothing for a server, which has no account.';

create function private.tg_spend_rows() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_rows integer;
  v_bytes bigint;
begin
  if auth.uid() is not null then
    select count(*), sum(pg_column_size(n)) into v_rows, v_bytes from new_rows as n;
    if v_rows > 0 then
      perform private.spend_budget(auth.uid(), tg_argv[0], v_bytes, v_rows);
    end if;
  end if;
  return null;
end
$$;
comment on function private.tg_spend_rows() is
'Spends the caller''s budget on the rows of a statement; the argument of the trigger is the kind.';

create function private.tg_spend_growth() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.spend_budget(
    auth.uid(), tg_argv[0], pg_column_size(new) - pg_column_size(old), 0
  );
  return null;
end
$$;
comment on function private.tg_spend_growth() is
'Spends the caller''s budget on what a row grew by; the argument of the trigger is the kind.';

-- Last among the triggers of a table, so that it is the last lock of an author's statement.
create trigger t90_spend_rows
after insert on private.audit_log
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('acts');

create function private.prune_budget_uses() returns integer
language sql volatile
security definer set search_path = ''
as $$
  with gone as (
    delete from private.budget_uses u
    where u.day < (now() at time zone 'UTC')::date - 1 returning 1
  )
  select count(*)::integer from gone
$$;
comment on function private.prune_budget_uses() is
'Deletes the uses of past days and returns how many.';

create type public.budget as (kind text, max_rows integer, max_bytes bigint);
comment on type public.budget is 'What one account may add in a day, of one kind.';

create function private.budgets() returns setof public.budget
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_operator();
  return query select b.kind, b.max_rows, b.max_bytes from private.budgets as b order by b.kind;
end
$$;
grant execute on function private.budgets() to authenticated, service_role;

create function public.budgets() returns setof public.budget
language sql stable
set search_path = ''
begin atomic
  select * from private.budgets();
end;
comment on function public.budgets() is
'What one account may store in a day: rows and bytes, by kind.

reports, enrollments, attempts, answers, submissions, questions (to the tutor) and files (uploaded)
are of learners; content, acts (lines of the audit log and of grade histories) and media (uploaded
files and covers of courses) of staff. Beyond a budget the functions answer 429 budget_exceeded until
the next day of UTC. For admins and service_role.

Errors: admin_required.';

grant execute on function public.budgets() to authenticated, service_role;

create function private.save_budget(p_kind text, p_max_rows integer, p_max_bytes bigint)
returns public.budget
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_budget public.budget;
begin
  perform private.require_operator();
  if (p_max_rows >= 0 and p_max_bytes >= 0) is true then
    update private.budgets b set max_rows = p_max_rows, max_bytes = p_max_bytes
    where b.kind = p_kind
    returning b.kind, b.max_rows, b.max_bytes into v_budget;
  end if;
  if v_budget.kind is null then
    perform private.refuse('invalid_budget');
  end if;
  perform private.audit('save_budget', null, to_jsonb(v_budget));
  return v_budget;
end
$$;
grant execute on function private.save_budget(text, integer, bigint)
to authenticated, service_role;

create function public.save_budget(kind text, max_rows integer, max_bytes bigint)
returns public.budget
language sql volatile
set search_path = ''
begin atomic
  select private.save_budget(save_budget.kind, save_budget.max_rows, save_budget.max_bytes);
end;
comment on function public.save_budget(text, integer, bigint) is
'Changes what one account may store in a day, and returns the budget.

kind is one of those that budgets lists. The change counts at once, for what is left of the day too.
For admins and service_role.

Errors: admin_required, invalid_budget.';

grant execute on function public.save_budget(text, integer, bigint)
to authenticated, service_role;
