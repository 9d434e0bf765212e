"""For each check of sql/checks: statements that break its rule, and near misses that do not.

A breach names the cache_key that must appear, without the name of the check and the underscore. A
near miss is a statement that must add no finding.
"""

from __future__ import annotations

# A table that follows all rules, for breaches that need their own.
CRATES = """
create table public.crates (
  id uuid not null,
  user_id uuid not null,
  size integer not null default 0,
  constraint crates_pkey primary key (id)
);
alter table public.crates enable row level security;
revoke all on public.crates from anon, authenticated, service_role;
grant select on public.crates to authenticated;
"""


def policy(expression: str, *, command: str = "select", role: str = "authenticated") -> str:
    """The table above, with one policy of this expression."""
    return f"""{CRATES}
create policy crates_{command}_own on public.crates for {command} to {role} using ({expression});
"""


def function(body: str, *, declaration: str = "", name: str = "private.probe()") -> str:
    """A plpgsql function with this body."""
    return f"""create function {name} returns void language plpgsql set search_path = '' as $$
{declaration}
begin
  {body}
end $$;"""


PARTITIONED = """
create table private.beats (id uuid not null, beat_at timestamptz not null)
partition by range (beat_at);
create table private.beats_old partition of private.beats default;
"""

HAS_ROLE = """
create function private.has_role(p_role text) returns boolean language sql stable
set search_path = '' as $$ select false $$;
"""

BREACHES: dict[str, list[tuple[str, str]]] = {
    "rls_disabled": [
        ("create table public.crates (id uuid)", "public.crates"),
        ("alter table private.audit_log disable row level security", "private.audit_log"),
        (PARTITIONED, "private.beats_old"),
    ],
    "view_not_invoker": [
        ("create view public.titles as select title from public.courses", "public.titles"),
        (
            "create view private.titles with (security_invoker = false) "
            "as select title from public.courses",
            "private.titles",
        ),
    ],
    "unguarded_relation": [
        (
            "create materialized view public.titles as select title from public.courses; "
            "grant select on public.titles to anon",
            "public.titles_anon",
        ),
        (
            "create materialized view private.titles as select title from public.courses; "
            "grant select (title) on private.titles to authenticated",
            "private.titles_authenticated",
        ),
    ],
    "no_primary_key": [
        ("create table public.crates (id uuid unique)", "public.crates"),
    ],
    "foreign_key_unindexed": [
        (
            "alter table public.courses add column parent_id uuid "
            "constraint courses_parent_id_fkey references public.courses (id)",
            "public.courses_courses_parent_id_fkey",
        ),
        (
            "alter table public.courses add column parent_id uuid "
            "constraint courses_parent_id_fkey references public.courses (id); "
            "create index on public.courses (parent_id) where parent_id is not null",
            "public.courses_courses_parent_id_fkey",
        ),
        (
            "drop index public.lesson_progress_course_id_lesson_id_idx",
            "public.lesson_progress_lesson_progress_course_id_lesson_id_fkey",
        ),
    ],
    "column_type": [
        (f"create table public.crates (wrong {column_type})", "public.crates_wrong")
        for column_type in (
            "timestamp",
            "time",
            "varchar(20)",
            "char(2)",
            "json",
            "money",
            "real",
            "serial",
            "timestamp[]",
            "regconfig",
            "regdictionary[]",
            "regprocedure",
        )
    ],
    "not_in_force": [
        (
            "alter table public.courses add constraint courses_check check (true) not valid",
            "public.courses_courses_check",
        ),
        (
            "alter table public.courses disable trigger t10_touch_updated_at",
            "public.courses_t10_touch_updated_at",
        ),
        (
            PARTITIONED + "create index beats_beat_at_idx on only private.beats (beat_at)",
            "private.beats_beats_beat_at_idx",
        ),
    ],
    "partition_exposed": [
        (
            PARTITIONED + "grant select on private.beats_old to service_role",
            "private.beats_old_service_role_select",
        ),
        (
            "grant select (kind) on private.learning_events_rest to authenticated",
            "private.learning_events_rest_authenticated_select",
        ),
        (
            "grant insert on private.learning_events_rest to public",
            "private.learning_events_rest_PUBLIC_insert",
        ),
        (
            PARTITIONED + "create table public.beats_new partition of private.beats "
            "for values from ('2020-01-01') to ('2020-02-01')",
            "public.beats_new",
        ),
        (
            "alter table private.learning_events_rest set schema public",
            "public.learning_events_rest",
        ),
    ],
    "no_default_partition": [
        ("drop table private.learning_events_rest", "public.learning_events"),
        (
            "create table private.beats (id uuid, at timestamptz) partition by range (at)",
            "private.beats",
        ),
    ],
    "policy_without_role": [
        (
            CRATES + "create policy crates_select_own on public.crates for select using (size > 0)",
            "public.crates_crates_select_own",
        ),
        (
            "alter policy courses_select_anon on public.courses to public",
            "public.courses_courses_select_anon",
        ),
    ],
    "policy_for_all": [
        (
            CRATES
            + "create policy crates_all_own on public.crates to authenticated using (size > 0)",
            "public.crates_crates_all_own",
        ),
    ],
    "multiple_permissive_policies": [
        (
            "create policy courses_select_more on public.courses "
            "for select to anon using (is_sequential)",
            "public.courses_r_anon",
        ),
        (
            "create policy courses_all_more on public.courses to authenticated "
            "using (is_sequential)",
            "public.courses_w_authenticated",
        ),
    ],
    "update_policy_incomplete": [
        (policy("size > 0", command="update"), "public.crates_crates_update_own"),
        (
            CRATES + "create policy crates_update_own on public.crates "
            "for update to authenticated with check (size > 0)",
            "public.crates_crates_update_own",
        ),
    ],
    "policy_function_unwrapped": [
        (policy("user_id = auth.uid()"), "public.crates_crates_select_own_auth.uid"),
        (
            policy("user_id = (select auth.uid()) or private.is_admin()"),
            "public.crates_crates_select_own_private.is_admin",
        ),
        (
            policy("user_id = (select auth.uid()) and user_id = auth.uid()"),
            "public.crates_crates_select_own_auth.uid",
        ),
        (
            policy("user_id::text = current_setting('request.jwt.claim.sub', true)"),
            "public.crates_crates_select_own_pg_catalog.current_setting",
        ),
        (
            CRATES + "create policy crates_insert_own on public.crates for insert to authenticated "
            "with check (user_id = auth.uid())",
            "public.crates_crates_insert_own_auth.uid",
        ),
    ],
    "policy_function_with_arguments": [
        (
            policy("(select private.is_staff(user_id))"),
            "public.crates_crates_select_own_private.is_staff",
        ),
        (
            HAS_ROLE + policy("private.has_role('admin')"),
            "public.crates_crates_select_own_private.has_role",
        ),
    ],
    "policy_correlated_subquery": [
        (
            policy("exists (select from public.profiles as p where p.id = crates.user_id)"),
            "public.crates_crates_select_own",
        ),
    ],
    "user_metadata_trusted": [
        (
            policy("(select auth.jwt() -> 'user_metadata' ->> 'role') = 'admin'"),
            "Policy crates_select_own of public.crates",
        ),
        (
            function("perform auth.jwt() -> 'user_metadata';"),
            "Function private.probe()",
        ),
    ],
    "policy_null_caller": [
        (policy(expression), "public.crates_crates_select_own")
        for expression in (
            "(select auth.uid()) is null or user_id = (select auth.uid())",
            "auth.uid() is null",
            "user_id = coalesce((select auth.uid()), user_id)",
            "user_id is not distinct from auth.uid()",
            "(select auth.uid()) is not distinct from user_id",
        )
    ],
    "policy_always_true": [
        (policy("true"), "public.crates_crates_select_own"),
        (policy("1 = 1"), "public.crates_crates_select_own"),
        (policy("(select true)"), "public.crates_crates_select_own"),
        (
            CRATES + "create policy crates_insert_own on public.crates "
            "for insert to authenticated with check (true)",
            "public.crates_crates_insert_own",
        ),
    ],
    "policy_column_unindexed": [
        (policy("user_id = (select auth.uid())"), "public.crates_user_id"),
        (
            policy("user_id = (select auth.uid())")
            + "create index on public.crates (user_id) where size > 0",
            "public.crates_user_id",
        ),
        (
            policy("user_id = (select auth.uid())") + "create index on public.crates (id, user_id)",
            "public.crates_user_id",
        ),
    ],
    "policy_grant_mismatch": [
        (
            "grant update (requested_at) on public.enrollments to authenticated",
            "public.enrollments_update_authenticated",
        ),
        ("grant select on public.profiles to anon", "public.profiles_select_anon"),
        (
            "revoke delete on public.courses from authenticated",
            "public.courses_delete_authenticated",
        ),
    ],
    "public_execute": [
        ("grant execute on function private.is_admin() to public", "private.is_admin()"),
        (
            "grant execute on function public.enroll(uuid, text) to public",
            "public.enroll(uuid,text)",
        ),
    ],
    "anon_write": [
        ("grant insert on public.courses to anon", "public.courses_insert"),
        ("grant update (title) on public.courses to anon", "public.courses_update"),
        ("grant delete on public.courses to public", "public.courses_delete"),
        ("grant trigger on public.courses to anon", "public.courses_trigger"),
    ],
    "client_table_rights": [
        (
            "create table public.crates (id uuid); grant truncate on public.crates to service_role",
            "public.crates_service_role_truncate",
        ),
        (
            "grant references (id) on public.courses to authenticated",
            "public.courses_authenticated_references",
        ),
        ("grant trigger on public.courses to anon", "public.courses_anon_trigger"),
    ],
    "whole_table_write": [
        ("grant insert on public.courses to authenticated", "public.courses_authenticated_insert"),
        ("grant update on public.courses to service_role", "public.courses_service_role_update"),
    ],
    "private_reachable": [
        ("grant usage on schema private to anon", "schema private_anon_usage"),
        ("grant create on schema public to public", "schema public_PUBLIC_create"),
        (
            "grant select on private.audit_log to service_role",
            "private.audit_log_service_role_select",
        ),
        (
            "grant select (action) on private.audit_log to authenticated",
            "private.audit_log_authenticated_select",
        ),
        (
            "create sequence public.numbers; grant usage on sequence public.numbers to anon",
            "public.numbers_anon_usage",
        ),
    ],
    "execute_missing": [
        (
            "revoke execute on function private.withdraw(uuid) from authenticated",
            "public.withdraw(uuid)_private.withdraw(uuid)_authenticated",
        ),
        (
            "revoke execute on function private.is_admin() from authenticated",
            "policy courses_delete_owner of public.courses_private.is_admin()_authenticated",
        ),
    ],
    "execute_unneeded": [
        (
            "grant execute on function private.fill_seats(uuid) to authenticated",
            "private.fill_seats(uuid)_authenticated",
        ),
        (
            "grant execute on function private.withdraw(uuid) to anon",
            "private.withdraw(uuid)_anon",
        ),
    ],
    "default_privileges": [
        ("alter default privileges grant execute on functions to public", "execute"),
        (
            "alter default privileges in schema public grant select on tables to anon",
            "public_r_anon_select",
        ),
        (
            "alter default privileges in schema private grant execute on functions to public",
            "private_f_PUBLIC_execute",
        ),
    ],
    "definer_in_public": [
        ("alter function public.withdraw(uuid) security definer", "public.withdraw(uuid)"),
    ],
    "definer_search_path": [
        ("alter function private.is_admin() reset search_path", "private.is_admin()"),
        ("alter function private.is_admin() set search_path = public", "private.is_admin()"),
    ],
    "search_path": [
        ("alter function public.withdraw(uuid) reset search_path", "public.withdraw(uuid)"),
        ("alter function private.is_service() set search_path = public", "private.is_service()"),
    ],
    "overloaded_function": [
        (
            "create function public.withdraw(course_id text) returns void language sql "
            "set search_path = '' begin atomic select 1; end",
            "public.withdraw",
        ),
    ],
    "body_not_atomic": [
        (function("return;", name="public.probe()"), "public.probe()"),
        (
            "create function public.probe() returns integer language sql "
            "set search_path = '' as $$ select 1 $$",
            "public.probe()",
        ),
    ],
    "volatility": [
        ("alter function public.withdraw(uuid) stable", "public.withdraw(uuid)"),
        ("alter function public.my_learning volatile", "public.my_learning(integer,text)"),
        ("alter function private.is_operator() immutable", "private.is_operator()"),
    ],
    "raise_contract": [
        (function(body), "private.probe()_1")
        for body in (
            "raise exception 'The course; is full';",
            "raise 'full';",
            "raise unique_violation;",
            "raise sqlstate 'PT409' using message = 'last_owner', detail = 'd', hint = 'h';",
            "raise sqlstate 'PGRST' using message = '{}', detail = '{}';",
            "RAISE EXCEPTION USING errcode = 'PGRST', message = 'code';",
            "perform private.refuse('no_such_code');",
            "perform private.refuse(null);",
            "perform private.refuse('last_' || 'owner');",
        )
    ]
    + [
        (function("perform private.refuse('last_owner'); raise 'two';"), "private.probe()_2"),
    ],
    "forbidden_sqlstate": [
        (function("raise sqlstate '40001';"), "private.probe()_40001"),
        (function("raise sqlstate 'P0001';"), "private.probe()_P0001"),
        (
            function("null; exception when serialization_failure then null;"),
            "private.probe()_serialization_failure",
        ),
    ],
    "caller_unchecked": [
        (
            "create or replace function private.is_admin() returns boolean language sql stable "
            "security definer set search_path = '' as $$ select true -- auth.uid()\n $$",
            "private.is_admin()",
        ),
    ],
    "row_type_expanded": [
        (
            "create function public.probe(course_id uuid) returns public.enrollments language sql "
            "set search_path = '' "
            "begin atomic select * from private.withdraw(probe.course_id); end",
            "public.probe(uuid)",
        ),
    ],
    "comment_missing": [
        ("comment on table public.courses is null", "relation public.courses"),
        ("comment on view private.enrollment_counts is ''", "relation private.enrollment_counts"),
        ("comment on function private.is_admin() is null", "function private.is_admin()"),
        (
            "comment on policy courses_select_anon on public.courses is null",
            "policy courses_select_anon of public.courses",
        ),
        ("comment on type public.app_role is null", "type public.app_role"),
    ],
    "constraint_name": [
        (
            f"alter table public.courses {change}",
            f"public.courses_{name}",
        )
        for change, name in (
            ("rename constraint courses_pkey to courses_id", "courses_id"),
            ("rename constraint courses_slug_key to courses_slug_unique", "courses_slug_unique"),
            (
                "rename constraint courses_created_by_fkey to courses_author_fkey",
                "courses_author_fkey",
            ),
            ("add constraint positive_capacity check (capacity > 0)", "positive_capacity"),
            ("add constraint courses_capacity_chk check (capacity > 0)", "courses_capacity_chk"),
        )
    ],
    "index_name": [
        ("create index idx_title on public.courses (title)", "public.courses_idx_title"),
        (
            "create index courses_locale_idx on public.courses (title, locale)",
            "public.courses_courses_locale_idx",
        ),
    ],
    "policy_name": [
        (
            'alter policy courses_select_anon on public.courses rename to "Anyone reads"',
            "public.courses_Anyone reads",
        ),
        (
            "alter policy courses_select_anon on public.courses rename to courses_insert_anon",
            "public.courses_courses_insert_anon",
        ),
    ],
    "trigger_name": [
        (
            "alter trigger t10_touch_updated_at on public.courses rename to touch_updated_at",
            "public.courses_touch_updated_at",
        ),
        (
            "alter function private.tg_create_profile() rename to tg_make_profile",
            "auth.users_t10_create_profile",
        ),
        (
            "alter function private.tg_create_profile() rename to create_profile",
            "private.create_profile()",
        ),
        (function("return;", name="private.tg_probe()"), "private.tg_probe()"),
    ],
    "parameter_name": [
        (function("return;", name="private.probe(course_id uuid)"), "private.probe(uuid)_1"),
        (
            "create function private.probe(out id integer, uuid) language sql "
            "set search_path = '' as $$ select 1 $$",
            "private.probe(uuid)_2",
        ),
        (function("return;", name="public.probe(p_course_id uuid)"), "public.probe(uuid)_1"),
    ],
    "column_name": [
        ('create table public."Crates" (id uuid)', 'public."Crates"'),
        ("alter table public.courses add column made timestamptz", "public.courses_made"),
        ("alter table public.courses add column made_at date", "public.courses_made_at"),
        ('alter table public.courses add column "createdBy" uuid', "public.courses_createdBy"),
        (
            "alter table public.courses add column parent uuid references public.courses (id)",
            "public.courses_parent",
        ),
    ],
}

NEAR_MISSES: dict[str, list[str]] = {
    "view_not_invoker": [
        "create view public.titles with (security_invoker = on) "
        "as select title from public.courses",
    ],
    "unguarded_relation": [
        "create materialized view private.titles as select title from public.courses",
    ],
    "foreign_key_unindexed": [
        "alter table public.courses add column parent_id uuid references public.courses (id); "
        "create index on public.courses (parent_id, title)",
    ],
    "column_type": [
        "create table public.crates (id bigint generated always as identity, at timestamptz[])",
        # These types are stable across upgrades.
        "create table public.crates (place regclass, kind regtype, holder regrole)",
    ],
    "partition_exposed": [PARTITIONED, "grant delete on public.learning_events to service_role"],
    "no_default_partition": [
        PARTITIONED,
        "create table private.beats (id uuid) partition by hash (id)",
    ],
    "policy_function_unwrapped": [
        policy("user_id = (select auth.uid())"),
        policy("(select auth.jwt() ->> 'aal') = 'aal2'"),
        policy("user_id = any(array(select private.taught_user_ids()))"),
        policy("user_id in (select x from private.taught_user_ids() as x)"),
        policy("lower(user_id::text) = 'a'"),
    ],
    "policy_function_with_arguments": [
        policy("user_id = any(array(select private.taught_user_ids()))"),
        policy("length(user_id::text) > size"),
    ],
    "policy_correlated_subquery": [
        policy("user_id in (select p.id from public.profiles as p where p.name <> '')"),
    ],
    "policy_null_caller": [
        policy("user_id is null or user_id = (select auth.uid())"),
        policy("(select auth.uid()) is not null"),
    ],
    "policy_always_true": [policy("size = 1"), policy("1 = size")],
    "policy_column_unindexed": [
        policy("user_id = (select auth.uid())") + "create index on public.crates (user_id, size)",
    ],
    "multiple_permissive_policies": [
        "create policy courses_select_more on public.courses as restrictive "
        "for select to anon using (is_sequential)",
    ],
    "raise_contract": [
        function("perform private.refuse('last_owner');"),
        function("perform private.refuse('not_enrolled', '{\"status\": \"It''s; fine.\"}', 404);"),
        function("-- raise exception 'no';\n  raise notice 'a';"),
        function("null; exception when others then raise;"),
    ],
    "caller_unchecked": [
        "create or replace function private.is_admin() returns boolean language sql stable "
        "security definer set search_path = '' as $$ select auth.uid() is not null $$",
    ],
    "row_type_expanded": [
        "create function public.probe(course_id uuid) returns public.enrollments language sql "
        "set search_path = '' begin atomic select private.withdraw(probe.course_id); end",
    ],
    "execute_missing": ["revoke execute on function public.withdraw(uuid) from authenticated"],
    "index_name": [
        "create index courses_title_locale_idx on public.courses (title, locale)",
        "create index courses_title_lower_idx on public.courses (lower(title))",
    ],
    "constraint_name": [
        "alter table public.courses add constraint courses_id_locale_key unique (id, locale)",
    ],
    "parameter_name": [
        "create function private.probe(p_id uuid, out id integer) language sql "
        "set search_path = '' as $$ select 1 $$",
    ],
    "volatility": [
        function("-- private.withdraw(x)\n  null;") + "alter function private.probe() stable",
    ],
}
