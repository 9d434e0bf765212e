-- Selling: what is for sale (offers), and what was paid for it (orders).
--
-- Invariants
--   * Money stays with the provider. An order says what the provider has reported, and gives one
--     entitlement for each course of its offer. What is paid by one order and refunded by another
--     do not mix: access is the union of all entitlements.
--   * Only service_role reports. Reports may repeat and arrive in any order: the largest refund,
--     the latest end of a paid period and the latest word on a dispute count.
--   * An entitlement changes only where the right that follows from the order changes: neither a
--     repeated report nor a won dispute undoes what staff have revoked.

create table public.offers (
  id uuid not null default gen_random_uuid(),
  title text collate private.alphabetical not null,
  price integer not null,
  currency text not null,
  access_days integer,
  billing_period text,
  grace_days integer not null default 0,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint offers_pkey primary key (id),
  constraint offers_title_check check (private.is_title(title)),
  constraint offers_price_check check (price between 1 and 99999999),
  constraint offers_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint offers_access_days_check check (access_days between 1 and 36500),
  constraint offers_billing_period_check check (billing_period in ('month', 'year')),
  constraint offers_grace_days_check check (grace_days between 0 and 90),
  constraint offers_access_check check (access_days is null or billing_period is null)
);
comment on table public.offers is
'What is for sale: access to one or several courses for a price.';
comment on column public.offers.price is
'Price in the smallest unit of the currency, such as cents; of one period for a subscription.';
comment on column public.offers.currency is 'ISO 4217, such as EUR.';
comment on column public.offers.access_days is
'Days of access after a purchase; null: no end, or a subscription.';
comment on column public.offers.billing_period is
'month or year for a subscription; null: paid once.';
comment on column public.offers.grace_days is
'Days of access after a period of a subscription whose renewal is not paid yet.';
comment on column public.offers.is_active is 'Whether the offer is shown and can be bought.';

create trigger t10_touch_updated_at
before update on public.offers
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

create table public.offer_courses (
  offer_id uuid not null,
  course_id uuid not null,
  constraint offer_courses_pkey primary key (offer_id, course_id),
  constraint offer_courses_offer_id_fkey foreign key (offer_id)
  references public.offers (id) on delete cascade,
  constraint offer_courses_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade
);
comment on table public.offer_courses is 'The courses of an offer.';
create index offer_courses_course_id_idx on public.offer_courses (course_id);

create function private.sold_offer_ids() returns setof uuid
language sql stable
security definer set search_path = ''
as $$
  select o.id from public.offers as o
  where o.is_active and exists (
    select from public.offer_courses as k where k.offer_id = o.id
  ) and not exists (
    select from public.offer_courses as k
    inner join public.courses as c on c.id = k.course_id
    where k.offer_id = o.id and not c.is_published
  )
$$;
comment on function private.sold_offer_ids() is
'Active offers whose courses are all published.';
grant execute on function private.sold_offer_ids() to anon, authenticated;

create function private.staffed_offer_ids() returns setof uuid
language sql stable
security definer set search_path = ''
as $$
  select k.offer_id from public.offer_courses as k
  where private.is_admin() or k.course_id = any(array(select private.staffed_course_ids()))
$$;
comment on function private.staffed_offer_ids() is
'Offers with a course that the caller staffs; all for admins.';
grant execute on function private.staffed_offer_ids() to authenticated;

alter table public.offers enable row level security;
revoke all on public.offers from public, anon, authenticated, service_role;
grant select on public.offers to anon, authenticated, service_role;

create policy offers_select_sold on public.offers
for select to anon
using (id = any(array(select private.sold_offer_ids())));
comment on policy offers_select_sold on public.offers is
'Visitors read what they can buy.';

create policy offers_select_related on public.offers
for select to authenticated
using (
  id = any(array(select private.sold_offer_ids()))
  or id = any(array(select private.staffed_offer_ids()))
);
comment on policy offers_select_related on public.offers is
'People read what they can buy; staff also the inactive offers of their courses; admins all.';

alter table public.offer_courses enable row level security;
revoke all on public.offer_courses from public, anon, authenticated, service_role;
grant select on public.offer_courses to anon, authenticated, service_role;

create policy offer_courses_select_sold on public.offer_courses
for select to anon
using (offer_id = any(array(select private.sold_offer_ids())));
comment on policy offer_courses_select_sold on public.offer_courses is
'Visitors read what they can buy.';

create policy offer_courses_select_related on public.offer_courses
for select to authenticated
using (
  offer_id = any(array(select private.sold_offer_ids()))
  or offer_id = any(array(select private.staffed_offer_ids()))
);
comment on policy offer_courses_select_related on public.offer_courses is
'As for offers.';

create table public.orders (
  id uuid not null default gen_random_uuid(),
  provider text not null,
  reference text not null,
  user_id uuid,
  offer_id uuid,
  title text,
  grace_days integer,
  status text not null default 'reported',
  amount integer,
  currency text,
  refunded_amount integer not null default 0,
  is_refunded boolean not null default false,
  is_disputed boolean not null default false,
  disputed_at timestamptz,
  subscription text,
  cancelled_at timestamptz,
  paid_at timestamptz,
  ended_at timestamptz,
  period_ends_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint orders_pkey primary key (id),
  constraint orders_provider_reference_key unique (provider, reference),
  constraint orders_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete set null,
  constraint orders_offer_id_fkey foreign key (offer_id) references public.offers (id),
  constraint orders_provider_check check (provider ~ '^[a-z][a-z0-9_]{0,39}$'),
  constraint orders_reference_check check (length(reference) between 1 and 255),
  constraint orders_status_check check (status in ('reported', 'paid', 'refunded', 'disputed')),
  constraint orders_amount_check check (amount >= 0),
  constraint orders_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint orders_refunded_amount_check check (refunded_amount >= 0)
);
comment on table public.orders is
'What a payment provider has reported of one payment; written by grant_order and refund_order.';
comment on column public.orders.provider is 'Name of the payment provider, such as stripe.';
comment on column public.orders.reference is 'Id of the payment at the provider.';
comment on column public.orders.user_id is
'The buyer; null until the payment is reported, and after the account is deleted.';
comment on column public.orders.title is 'Title of the offer when it was paid.';
comment on column public.orders.grace_days is 'Days of grace of the offer when it was paid.';
comment on column public.orders.status is
'reported: a refund or a cancellation arrived before the payment; paid; refunded: in full; '
'disputed: charged back.';
comment on column public.orders.amount is 'What was paid, in the smallest unit of the currency.';
comment on column public.orders.is_refunded is
'Whether the provider has reported a refund in full.';
comment on column public.orders.disputed_at is 'Time of the latest word on a dispute.';
comment on column public.orders.subscription is
'Id of the subscription at the provider that the payment belongs to.';
comment on column public.orders.cancelled_at is
'On the row of a subscription: time at which it was cancelled.';
comment on column public.orders.ended_at is
'Time at which a refund or a dispute ended the access; null while the order is paid.';
comment on column public.orders.period_ends_at is 'End of the paid period of a subscription.';
comment on column public.orders.expires_at is
'End of the access that this order gives; null: none.';
create index orders_user_id_idx on public.orders (user_id);
create index orders_offer_id_idx on public.orders (offer_id);
create index orders_provider_subscription_idx on public.orders (provider, subscription)
where subscription is not null;

create trigger t10_touch_updated_at
before update on public.orders
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

alter table public.orders enable row level security;
revoke all on public.orders from public, anon, authenticated, service_role;
grant select on public.orders to authenticated, service_role;

create policy orders_select_own on public.orders
for select to authenticated
using (user_id = (select private.account_id()) or (select private.is_admin()));
comment on policy orders_select_own on public.orders is
'People read their own orders; admins all.';

create function private.save_offer(
  p_offer_id uuid, p_title text, p_course_ids uuid[], p_price integer, p_currency text,
  p_access_days integer, p_billing_period text, p_grace_days integer, p_is_active boolean
) returns public.offers
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course_ids uuid[];
  v_offer public.offers;
  v_course_id uuid;
begin
  v_course_ids := array(
    select u.id from unnest(p_course_ids) as u (id) where u.id is not null group by u.id order by u.id
  );
  foreach v_course_id in array v_course_ids loop
    perform private.require_managed_course(v_course_id);
  end loop;
  if cardinality(v_course_ids) not between 1 and 50
    or private.is_title(btrim(p_title)) is not true
    or coalesce(p_price, 0) not between 1 and 99999999
    or coalesce(p_currency, '') !~ '^[A-Za-z]{3}$'
    or p_access_days not between 1 and 36500
    or p_billing_period not in ('month', 'year')
    or (p_access_days is not null and p_billing_period is not null)
    or coalesce(p_grace_days, -1) not between 0 and 90
    or p_is_active is null then
    perform private.refuse('invalid_offer');
  end if;
  if p_offer_id is null then
    insert into public.offers as o (
      title, price, currency, access_days, billing_period, grace_days, is_active
    )
    values (
      btrim(p_title), p_price, upper(p_currency), p_access_days, p_billing_period, p_grace_days,
      p_is_active
    )
    returning o.* into v_offer;
  else
    select * into v_offer from public.offers as o where o.id = p_offer_id for no key update;
    if v_offer.id is null then
      perform private.refuse('offer_not_found');
    end if;
    for v_course_id in
      select k.course_id from public.offer_courses as k where k.offer_id = p_offer_id
    loop
      perform private.require_manager(v_course_id);
    end loop;
    update public.offers o
    set
      title = btrim(p_title), price = p_price, currency = upper(p_currency),
      access_days = p_access_days, billing_period = p_billing_period, grace_days = p_grace_days,
      is_active = p_is_active
    where o.id = p_offer_id
    returning o.* into v_offer;
    delete from public.offer_courses k
    where k.offer_id = p_offer_id and k.course_id <> all(v_course_ids);
  end if;
  insert into public.offer_courses (offer_id, course_id)
  select v_offer.id, u.id from unnest(v_course_ids) as u (id)
  on conflict do nothing;
  perform private.audit(
    'save_offer', v_offer.id, to_jsonb(v_offer) || jsonb_build_object('course_ids', v_course_ids)
  );
  return v_offer;
end
$$;
grant execute on function private.save_offer(
  uuid, text, uuid[], integer, text, integer, text, integer, boolean
) to authenticated, service_role;

create function public.save_offer(
  title text, course_ids uuid[], price integer, currency text, offer_id uuid default null,
  access_days integer default null, billing_period text default null,
  grace_days integer default 0, is_active boolean default true
) returns public.offers
language sql volatile
set search_path = ''
begin atomic
  select private.save_offer(
    save_offer.offer_id, save_offer.title, save_offer.course_ids, save_offer.price,
    save_offer.currency, save_offer.access_days, save_offer.billing_period,
    save_offer.grace_days, save_offer.is_active
  );
end;
comment on function public.save_offer(
  text, uuid[], integer, text, uuid, integer, text, integer, boolean
) is
'Creates an offer, or with offer_id replaces it, and returns it.

price is in the smallest unit of the currency. Paid once: access_days limits the access, null does
not. A subscription: billing_period is month or year, and grace_days go on after a period. Orders
keep what they were paid for. An offer with is_active false is no longer shown. For owners and
instructors of all its courses, before and after, admins, service_role.

Errors: not_course_staff, course_not_found, offer_not_found, invalid_offer.';

grant execute on function public.save_offer(
  text, uuid[], integer, text, uuid, integer, text, integer, boolean
) to authenticated, service_role;

create function private.lock_orders(p_references text[]) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_key bigint;
begin
  for v_key in
    select hashtextextended(u.name, 16) as key from unnest(p_references) as u (name)
    where u.name is not null
    group by key order by key
  loop
    perform pg_advisory_xact_lock(v_key);
  end loop;
end
$$;
comment on function private.lock_orders(text[]) is
'Serializes the reports of one payment, and of a subscription its payments and its cancellation.';

create function private.lock_buyers(p_user_ids uuid[], p_course_ids uuid[]) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_user_id uuid;
  v_course_id uuid;
begin
  foreach v_user_id in array p_user_ids loop
    foreach v_course_id in array p_course_ids loop
      perform private.lock_learner(v_user_id, v_course_id);
    end loop;
  end loop;
  perform from public.courses as c where c.id = any(p_course_ids) order by c.id for share;
  foreach v_course_id in array p_course_ids loop
    perform private.lock_seats(v_course_id);
  end loop;
end
$$;
comment on function private.lock_buyers(uuid[], uuid[]) is
'Locks the enrollments of buyers in courses, and their seats; both lists are sorted.';

create function private.seat_buyer(p_user_id uuid, p_course_id uuid, p_is_first boolean)
returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  if private.is_entitled(p_user_id, p_course_id)
    and exists (select from public.courses as c where c.id = p_course_id and c.is_published)
    -- Without its prerequisites the right stays: the buyer enrolls when they have them.
    and private.missing_prerequisites(p_user_id, p_course_id) is null
    and not exists (
      select from public.enrollments as e
      where e.course_id = p_course_id and e.user_id = p_user_id and (
        e.status in ('waitlisted', 'active', 'completed') or (e.has_left and not p_is_first)
      )
    ) then
    perform private.seat_learner(p_user_id, p_course_id);
  end if;
end
$$;
comment on function private.seat_buyer(uuid, uuid, boolean) is
'Enrolls a buyer as far as the course lets them in; p_is_first: also if they had left it.';

create function private.settle_order(p_order_id uuid) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_order public.orders;
  v_status text;
  v_expires_at timestamptz;
  v_course_ids uuid[];
  v_course_id uuid;
  v_is_first boolean;
begin
  select * into v_order from public.orders as o where o.id = p_order_id;
  v_status := case
    when v_order.offer_id is null then 'reported'
    when v_order.is_disputed then 'disputed'
    when v_order.is_refunded
      or (v_order.amount > 0 and v_order.refunded_amount >= v_order.amount) then 'refunded'
    else 'paid'
  end;
  v_expires_at := case
    when v_order.period_ends_at is null then v_order.expires_at
    when exists (
      select from public.orders as s
      where s.provider = v_order.provider and s.reference = v_order.subscription
        and s.cancelled_at is not null
    ) then v_order.period_ends_at
    else v_order.period_ends_at + make_interval(days => v_order.grace_days)
  end;
  if v_status = v_order.status and v_expires_at is not distinct from v_order.expires_at then
    return;
  end if;
  v_course_ids := array(
    select t.course_id from public.entitlements as t
    where t.reference = p_order_id::text and t.source = 'purchase' order by t.course_id
  );
  v_is_first := v_course_ids = '{}';
  if v_is_first and v_status = 'paid' and v_order.user_id is not null then
    v_course_ids := array(
      select k.course_id from public.offer_courses as k
      where k.offer_id = v_order.offer_id order by k.course_id
    );
  end if;
  perform private.lock_buyers(array[v_order.user_id], v_course_ids);
  update public.orders o
  set
    status = v_status,
    expires_at = v_expires_at,
    ended_at = case when v_status in ('refunded', 'disputed') then coalesce(o.ended_at, now()) end
  where o.id = p_order_id;
  if v_status <> v_order.status then
    perform private.audit('settle_order', v_order.user_id, jsonb_build_object(
      'order_id', p_order_id, 'status', v_status, 'provider', v_order.provider,
      'reference', v_order.reference
    ));
  end if;
  foreach v_course_id in array v_course_ids loop
    if v_status <> 'paid' then
      perform private.end_entitlement(t.id)
      from public.entitlements as t
      where t.reference = p_order_id::text and t.source = 'purchase' and t.course_id = v_course_id;
    elsif v_is_first or exists (
      select from public.entitlements as t
      where t.reference = p_order_id::text and t.source = 'purchase' and t.course_id = v_course_id
        and t.revoked_at = v_order.ended_at
    ) then
      perform private.entitle(
        v_order.user_id, v_course_id, 'purchase', least(v_order.paid_at, now()), v_expires_at,
        p_order_id::text
      );
      perform private.seat_buyer(v_order.user_id, v_course_id, v_is_first);
    else
      -- A later end only: what staff have revoked stays revoked.
      update public.entitlements t set expires_at = v_expires_at
      where t.reference = p_order_id::text and t.source = 'purchase' and t.course_id = v_course_id;
    end if;
  end loop;
end
$$;
comment on function private.settle_order(uuid) is
'Sets the status of an order and the entitlements that follow from it; the reports of the provider '
'are locked.';

create function private.grant_order(
  p_provider text, p_reference text, p_user_id uuid, p_offer_id uuid, p_amount integer,
  p_currency text, p_paid_at timestamptz, p_period_ends_at timestamptz, p_subscription text
) returns public.orders
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_paid_at timestamptz := coalesce(p_paid_at, now());
  v_offer public.offers;
  v_order public.orders;
begin
  perform private.require_service();
  if coalesce(p_provider, '') !~ '^[a-z][a-z0-9_]{0,39}$'
    or coalesce(length(p_reference), 0) not between 1 and 255
    or length(p_subscription) not between 1 and 255
    or p_subscription = p_reference
    or p_amount is null or p_amount < 0
    or coalesce(p_currency, '') !~ '^[A-Za-z]{3}$'
    or not private.is_date(v_paid_at) or not coalesce(private.is_date(p_period_ends_at), true)
    or p_period_ends_at <= least(v_paid_at, now()) then
    perform private.refuse('invalid_order');
  end if;
  perform private.lock_orders(array[
    p_provider || ' ' || p_reference, p_provider || ' ' || p_subscription
  ]);
  perform private.lock_account(p_user_id, true);
  select * into v_offer from public.offers as o where o.id = p_offer_id;
  if v_offer.id is null then
    perform private.refuse('offer_not_found');
  end if;
  -- The end of the access is a date too.
  if not private.is_date(
    greatest(v_paid_at, now(), p_period_ends_at)
    + make_interval(days => greatest(v_offer.access_days, v_offer.grace_days))
  ) then
    perform private.refuse('invalid_order');
  end if;
  select * into v_order from public.orders as o
  where o.provider = p_provider and o.reference = p_reference;
  -- A repeated report of a buyer whose account is gone changes nothing.
  if v_order.offer_id is not null and v_order.user_id is null then
    return v_order;
  end if;
  if not exists (
    select from public.profiles as p where p.id = p_user_id and p.deleted_at is null
  ) then
    perform private.refuse('user_not_found');
  end if;
  if v_order.user_id <> p_user_id or v_order.offer_id <> p_offer_id or v_order.cancelled_at is not null
  then
    perform private.refuse('order_conflict');
  end if;
  insert into public.orders as o (
    provider, reference, user_id, offer_id, title, grace_days, amount, currency, subscription,
    paid_at, period_ends_at, expires_at
  )
  values (
    p_provider, p_reference, p_user_id, p_offer_id, v_offer.title, v_offer.grace_days, p_amount,
    upper(p_currency), p_subscription, v_paid_at, p_period_ends_at,
    case
      when p_period_ends_at is null and v_offer.access_days is not null
        then greatest(v_paid_at, now()) + make_interval(days => v_offer.access_days)
    end
  )
  on conflict (provider, reference) do update
  set
    user_id = excluded.user_id,
    offer_id = excluded.offer_id,
    title = coalesce(o.title, excluded.title),
    grace_days = coalesce(o.grace_days, excluded.grace_days),
    amount = coalesce(o.amount, excluded.amount),
    currency = coalesce(o.currency, excluded.currency),
    subscription = coalesce(o.subscription, excluded.subscription),
    paid_at = coalesce(o.paid_at, excluded.paid_at),
    period_ends_at = greatest(o.period_ends_at, excluded.period_ends_at),
    expires_at = case when o.offer_id is null then excluded.expires_at else o.expires_at end
  returning o.* into v_order;
  perform private.settle_order(v_order.id);
  select * into v_order from public.orders as o where o.id = v_order.id;
  return v_order;
end
$$;
grant execute on function private.grant_order(
  text, text, uuid, uuid, integer, text, timestamptz, timestamptz, text
) to service_role;

create function public.grant_order(
  provider text, reference text, user_id uuid, offer_id uuid, amount integer, currency text,
  paid_at timestamptz default null, period_ends_at timestamptz default null,
  subscription text default null
) returns public.orders
language sql volatile
set search_path = ''
begin atomic
  select private.grant_order(
    grant_order.provider, grant_order.reference, grant_order.user_id, grant_order.offer_id,
    grant_order.amount, grant_order.currency, grant_order.paid_at, grant_order.period_ends_at,
    grant_order.subscription
  );
end;
comment on function public.grant_order(
  text, text, uuid, uuid, integer, text, timestamptz, timestamptz, text
) is
'Reports a payment, gives the buyer what they paid for, and returns the order.

provider and reference name the payment; repeated reports change nothing, but a later period_ends_at
extends the access. amount is what was paid, in the smallest unit. period_ends_at is the end of the
paid period of a subscription; grace_days of the offer go on after it until the subscription is
cancelled. The buyer is enrolled if the course is published and its prerequisites are fulfilled; if
it is full they wait. A refund that was reported before is not forgotten. For service_role.

Errors: service_required, invalid_order, offer_not_found, user_not_found, order_conflict.';

grant execute on function public.grant_order(
  text, text, uuid, uuid, integer, text, timestamptz, timestamptz, text
) to service_role;

create function private.refund_order(
  p_provider text, p_reference text, p_amount integer, p_reason text, p_occurred_at timestamptz
) returns public.orders
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_occurred_at timestamptz := coalesce(p_occurred_at, now());
  v_user_id uuid;
  v_order public.orders;
  v_order_ids uuid[];
  v_order_id uuid;
begin
  perform private.require_service();
  if coalesce(p_provider, '') !~ '^[a-z][a-z0-9_]{0,39}$'
    or coalesce(length(p_reference), 0) not between 1 and 255
    or coalesce(p_reason, '') not in ('refund', 'dispute', 'dispute_won', 'cancel')
    or p_amount < 0 or (p_amount is not null and p_reason <> 'refund')
    or not private.is_date(v_occurred_at) then
    perform private.refuse('invalid_order');
  end if;
  perform private.lock_orders(array[p_provider || ' ' || p_reference]);
  for v_user_id in
    select o.user_id from public.orders as o
    where o.provider = p_provider and p_reference in (o.reference, o.subscription)
      and o.user_id is not null
    group by o.user_id order by o.user_id
  loop
    perform private.lock_account(v_user_id, true);
  end loop;
  if p_reason = 'cancel' and exists (
    select from public.orders as o
    where o.provider = p_provider and o.reference = p_reference and o.offer_id is not null
  ) then
    perform private.refuse('order_conflict');
  end if;
  insert into public.orders as o (
    provider, reference, refunded_amount, is_refunded, is_disputed, disputed_at, cancelled_at
  )
  values (
    p_provider, p_reference,
    case when p_reason = 'refund' then coalesce(p_amount, 0) else 0 end,
    p_reason = 'refund' and p_amount is null,
    p_reason = 'dispute',
    case when p_reason in ('dispute', 'dispute_won') then v_occurred_at end,
    case when p_reason = 'cancel' then v_occurred_at end
  )
  on conflict (provider, reference) do update
  set
    refunded_amount = greatest(o.refunded_amount, excluded.refunded_amount),
    is_refunded = o.is_refunded or excluded.is_refunded,
    -- The latest word counts; of two at the same time, the dispute.
    is_disputed = case
      when excluded.disputed_at is null or excluded.disputed_at < o.disputed_at
        then o.is_disputed
      when excluded.disputed_at = o.disputed_at then o.is_disputed or excluded.is_disputed
      else excluded.is_disputed
    end,
    disputed_at = greatest(o.disputed_at, excluded.disputed_at),
    cancelled_at = least(o.cancelled_at, excluded.cancelled_at)
  returning o.* into v_order;
  -- All rows and then all learners are locked before the first order is settled.
  v_order_ids := array(
    select o.id from public.orders as o
    where o.id = v_order.id
      or (p_reason = 'cancel' and o.provider = p_provider and o.subscription = p_reference)
    order by o.id
    for no key update
  );
  perform private.lock_buyers(
    array(
      select t.user_id from public.entitlements as t
      where t.source = 'purchase' and t.reference = any(v_order_ids::text[])
      group by t.user_id order by t.user_id
    ),
    array(
      select t.course_id from public.entitlements as t
      where t.source = 'purchase' and t.reference = any(v_order_ids::text[])
      group by t.course_id order by t.course_id
    )
  );
  foreach v_order_id in array v_order_ids loop
    perform private.settle_order(v_order_id);
  end loop;
  select * into v_order from public.orders as o where o.id = v_order.id;
  return v_order;
end
$$;
grant execute on function private.refund_order(text, text, integer, text, timestamptz)
to service_role;

create function public.refund_order(
  provider text, reference text, amount integer default null, reason text default 'refund',
  occurred_at timestamptz default null
) returns public.orders
language sql volatile
set search_path = ''
begin atomic
  select private.refund_order(
    refund_order.provider, refund_order.reference, refund_order.amount, refund_order.reason,
    refund_order.occurred_at
  );
end;
comment on function public.refund_order(text, text, integer, text, timestamptz) is
'Reports that a payment was taken back, ends what it gave, and returns the order.

reason is refund (amount is the total refunded so far, null the whole; a part of the price ends
nothing), dispute (charged back), dispute_won (what it ended is given again) or cancel (reference is the
subscription: its paid period goes on to the end, without days of grace). Other payments and rights
are not touched. Reports may repeat, arrive in any order and before the payment; of disputes the
latest occurred_at counts. For service_role.

Errors: service_required, invalid_order, order_conflict.';

grant execute on function public.refund_order(text, text, integer, text, timestamptz)
to service_role;
