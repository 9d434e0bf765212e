-- Prerequisites: courses before a course, lessons before a lesson.
--
-- Invariants
--   * Prerequisites have no cycles; writers are serialized, so two edges cannot close one together.
--   * A lesson prerequisite stays inside one course.

create table public.course_prerequisites (
  course_id uuid not null,
  prerequisite_id uuid not null,
  min_score numeric(5, 2),
  constraint course_prerequisites_pkey primary key (course_id, prerequisite_id),
  constraint course_prerequisites_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint course_prerequisites_prerequisite_id_fkey foreign key (prerequisite_id)
  references public.courses (id) on delete cascade,
  constraint course_prerequisites_prerequisite_id_check check (prerequisite_id <> course_id),
  constraint course_prerequisites_min_score_check check (min_score between 0 and 100)
);
comment on table public.course_prerequisites is
'Courses that learners complete before they can enroll in a course.';
comment on column public.course_prerequisites.min_score is
'Minimum mean of the lesson scores in the prerequisite, per cent; null: completion is enough.';
create index course_prerequisites_prerequisite_id_idx
on public.course_prerequisites (prerequisite_id);

create function private.lock_course_prerequisites() returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('course_prerequisites', 3));
end
$$;
comment on function private.lock_course_prerequisites() is
'Serializes the writers of course prerequisites.';

create function private.tg_check_course_prerequisite() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_cycle boolean;
begin
  perform private.lock_course_prerequisites();
  with recursive chain as (
    select new.prerequisite_id as id
    union
    select p.prerequisite_id
    from chain inner join public.course_prerequisites as p on p.course_id = chain.id
  )
  select exists (select from chain where chain.id = new.course_id) into v_cycle;
  if v_cycle then
    perform private.refuse('prerequisite_cycle');
  end if;
  return null;
end
$$;
comment on function private.tg_check_course_prerequisite() is
'Refuses a cycle of course prerequisites.';

create trigger t10_check_course_prerequisite
after insert or update of course_id, prerequisite_id on public.course_prerequisites
for each row execute function private.tg_check_course_prerequisite();

alter table public.course_prerequisites enable row level security;
revoke all on public.course_prerequisites from public, anon, authenticated, service_role;
grant select on public.course_prerequisites to anon, authenticated, service_role;
grant insert (course_id, prerequisite_id, min_score)
on public.course_prerequisites to authenticated, service_role;
grant update (min_score) on public.course_prerequisites to authenticated, service_role;
grant delete on public.course_prerequisites to authenticated, service_role;

create policy course_prerequisites_select_anon on public.course_prerequisites
for select to anon
using (course_id = any(array(select private.published_course_ids())));
comment on policy course_prerequisites_select_anon on public.course_prerequisites is
'Anyone reads the prerequisites of published courses.';

create policy course_prerequisites_select_authenticated on public.course_prerequisites
for select to authenticated
using (
  course_id = any(array(select private.published_course_ids()))
  or course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy course_prerequisites_select_authenticated on public.course_prerequisites is
'Prerequisites of published courses; for staff and admins those of drafts too.';

create policy course_prerequisites_insert_manager on public.course_prerequisites
for insert to authenticated
with check (
  course_id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
);
comment on policy course_prerequisites_insert_manager on public.course_prerequisites is
'Owners and instructors add prerequisites of their courses.';

create policy course_prerequisites_update_manager on public.course_prerequisites
for update to authenticated
using (
  course_id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
);
comment on policy course_prerequisites_update_manager on public.course_prerequisites is
'Owners and instructors change the minimum score of a prerequisite.';

create policy course_prerequisites_delete_manager on public.course_prerequisites
for delete to authenticated
using (
  course_id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
);
comment on policy course_prerequisites_delete_manager on public.course_prerequisites is
'Owners and instructors delete prerequisites of their courses.';

create table public.lesson_prerequisites (
  lesson_id uuid not null,
  prerequisite_id uuid not null,
  course_id uuid not null,
  min_score numeric(5, 2),
  is_lesson_listed boolean not null default false,
  is_prerequisite_listed boolean not null default false,
  constraint lesson_prerequisites_pkey primary key (lesson_id, prerequisite_id),
  constraint lesson_prerequisites_course_id_lesson_id_fkey foreign key (course_id, lesson_id)
  references public.lessons (course_id, id) on delete cascade,
  constraint lesson_prerequisites_course_id_prerequisite_id_fkey
  foreign key (course_id, prerequisite_id)
  references public.lessons (course_id, id) on delete cascade,
  constraint lesson_prerequisites_prerequisite_id_check check (prerequisite_id <> lesson_id),
  constraint lesson_prerequisites_min_score_check check (min_score between 0 and 100)
);
comment on table public.lesson_prerequisites is
'Lessons of the same course that learners complete before a lesson opens.';
comment on column public.lesson_prerequisites.course_id is
'The course of both lessons; written by a trigger.';
comment on column public.lesson_prerequisites.is_lesson_listed is
'is_listed of the lesson; written by triggers.';
comment on column public.lesson_prerequisites.is_prerequisite_listed is
'is_listed of the prerequisite; written by triggers.';
comment on column public.lesson_prerequisites.min_score is
'Minimum score in the prerequisite, per cent; null: completion is enough.';
create index lesson_prerequisites_course_id_lesson_id_idx
on public.lesson_prerequisites (course_id, lesson_id);
create index lesson_prerequisites_course_id_prerequisite_id_idx
on public.lesson_prerequisites (course_id, prerequisite_id);
create index lesson_prerequisites_prerequisite_id_idx
on public.lesson_prerequisites (prerequisite_id);

create function private.tg_place_lesson_prerequisite() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- The locks make a concurrent change of the flags wait until this row, with their copies, is
  -- committed.
  perform from public.lessons as l
  where l.id in (new.lesson_id, new.prerequisite_id) order by l.id for share;
  select l.course_id, l.is_listed into new.course_id, new.is_lesson_listed
  from public.lessons as l where l.id = new.lesson_id;
  select l.is_listed into new.is_prerequisite_listed
  from public.lessons as l where l.id = new.prerequisite_id;
  new.is_lesson_listed := coalesce(new.is_lesson_listed, false);
  new.is_prerequisite_listed := coalesce(new.is_prerequisite_listed, false);
  return new;
end
$$;
comment on function private.tg_place_lesson_prerequisite() is
'Sets course_id and the two flags of a lesson prerequisite.';

create trigger t10_place_lesson_prerequisite
before insert or update of lesson_id, prerequisite_id on public.lesson_prerequisites
for each row execute function private.tg_place_lesson_prerequisite();

create function private.lock_lesson_prerequisites(p_course_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(p_course_id::text, 10));
end
$$;
comment on function private.lock_lesson_prerequisites(uuid) is
'Serializes the writers of lesson prerequisites of one course.';

-- The cycle checks run after the row is written and its policy has accepted it, so that a caller
-- who may not write learns nothing from them. Writers are serialized: two edges that together close
-- a cycle cannot both pass.
create function private.tg_check_lesson_prerequisite() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_cycle boolean;
begin
  perform private.lock_lesson_prerequisites(new.course_id);
  with recursive chain as (
    select new.prerequisite_id as id
    union
    select p.prerequisite_id
    from chain inner join public.lesson_prerequisites as p on p.lesson_id = chain.id
  )
  select exists (select from chain where chain.id = new.lesson_id) into v_cycle;
  if v_cycle then
    perform private.refuse('prerequisite_cycle');
  end if;
  return null;
end
$$;
comment on function private.tg_check_lesson_prerequisite() is
'Refuses a cycle of lesson prerequisites.';

create trigger t20_check_lesson_prerequisite
after insert or update of lesson_id, prerequisite_id on public.lesson_prerequisites
for each row execute function private.tg_check_lesson_prerequisite();

create trigger t90_spend_rows
after insert on public.lesson_prerequisites
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('content');

alter table public.lesson_prerequisites enable row level security;
revoke all on public.lesson_prerequisites from public, anon, authenticated, service_role;
grant select on public.lesson_prerequisites to anon, authenticated, service_role;
grant insert (lesson_id, prerequisite_id, min_score)
on public.lesson_prerequisites to authenticated, service_role;
grant update (min_score) on public.lesson_prerequisites to authenticated, service_role;
grant delete on public.lesson_prerequisites to authenticated, service_role;

create policy lesson_prerequisites_select_anon on public.lesson_prerequisites
for select to anon
using (is_lesson_listed and is_prerequisite_listed);
comment on policy lesson_prerequisites_select_anon on public.lesson_prerequisites is
'Anyone reads the prerequisites between listed lessons.';

create policy lesson_prerequisites_select_authenticated on public.lesson_prerequisites
for select to authenticated
using (
  (is_lesson_listed and is_prerequisite_listed)
  or course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_prerequisites_select_authenticated on public.lesson_prerequisites is
'Prerequisites between listed lessons; for staff and admins those of drafts too.';

create policy lesson_prerequisites_insert_staff on public.lesson_prerequisites
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_prerequisites_insert_staff on public.lesson_prerequisites is
'Staff add lesson prerequisites.';

create policy lesson_prerequisites_update_staff on public.lesson_prerequisites
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_prerequisites_update_staff on public.lesson_prerequisites is
'Staff change the minimum score of a prerequisite.';

create policy lesson_prerequisites_delete_staff on public.lesson_prerequisites
for delete to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy lesson_prerequisites_delete_staff on public.lesson_prerequisites is
'Staff delete lesson prerequisites.';

create function private.tg_list_prerequisites() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  update public.lesson_prerequisites p set is_lesson_listed = new.is_listed
  where p.lesson_id = new.id;
  update public.lesson_prerequisites p set is_prerequisite_listed = new.is_listed
  where p.prerequisite_id = new.id;
  return null;
end
$$;
comment on function private.tg_list_prerequisites() is
'Copies is_listed of a lesson to the prerequisites that name it.';

create trigger t40_list_prerequisites
after update on public.lessons
for each row when (old.is_listed <> new.is_listed)
execute function private.tg_list_prerequisites();
