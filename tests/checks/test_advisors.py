"""The platform's official linter, run by the Supabase CLI, has no finding."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import psycopg

from tests.support.cluster import ROOT
from tests.support.database import Database
from tests.support.stack import Stack
from tests.tools.second import second_database

ENVIRONMENT = {"SUPABASE_TELEMETRY_DISABLED": "1", "PGSSLMODE": "disable", "NO_COLOR": "1"}


def advise(database: Database, level: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the findings of `supabase db advisors` at this level and above."""
    command = [
        str(ROOT / "node_modules" / ".bin" / "supabase"),
        *("db", "advisors", f"--remote={database.url}", "--type", "all", "--level", level),
        *("--fail-on", "warn", "--output-format", "json", "--workdir", str(ROOT)),
    ]
    run = subprocess.run(
        command,
        env={**os.environ, **ENVIRONMENT},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)["results"]


def test_advisors_find_nothing(stack: Stack) -> None:
    """There is no finding of level warn or error."""
    status, found = advise(stack.database, "warn")
    assert not found, "\n".join(f"{row['level']} {row['name']}: {row['detail']}" for row in found)
    assert status == 0


# One mistake of each kind that a plain database can have.
MISTAKES = """
create extension citext with schema public;
create table public.open_tables (id integer primary key, password text);
grant select on public.open_tables to anon;

create table public.no_keys (id integer);
alter table public.no_keys enable row level security;

create table public.members (id uuid primary key, phone text, place regprocedure);
alter table public.members enable row level security;
alter table public.members
add constraint members_phone_fkey foreign key (phone) references auth.users (phone);
grant select, insert on public.members to anon, authenticated;
create index one on public.members (place);
create index two on public.members (place);
create policy a on public.members for select to authenticated using (id = auth.uid());
create policy b on public.members for select to authenticated
using ((select auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');
create policy c on public.members for insert to authenticated with check (true);

create table public.forgotten (id integer primary key);
create policy a on public.forgotten for select to authenticated using (id > 0);

create view public.accounts as select id, email from auth.users;
grant select on public.accounts to anon;
create materialized view public.totals as select count(*) as members from public.members;
grant select on public.totals to anon;

create function public.elevated() returns integer language sql security definer as 'select 1';
"""

# The linter checks only the search path of a definer function; check 0401 covers the rest.
LINTS = {
    "auth_rls_initplan",
    "auth_users_exposed",
    "duplicate_index",
    "extension_in_public",
    "fkey_to_auth_unique",
    "function_search_path_mutable",
    "materialized_view_in_api",
    "multiple_permissive_policies",
    "no_primary_key",
    "policy_exists_rls_disabled",
    "rls_disabled_in_public",
    "rls_enabled_no_policy",
    "rls_policy_always_true",
    "rls_references_user_metadata",
    "security_definer_view",
    "sensitive_columns_exposed",
    "unindexed_foreign_keys",
    "unsupported_reg_types",
    "unused_index",
}


def test_advisors_look_at_everything(stack: Stack) -> None:
    """A database with one mistake of each kind gets each finding, and exit code 1."""
    with second_database(stack.database, "lyceum_mistakes") as database:
        with psycopg.connect(database.url) as connection:
            connection.execute(MISTAKES)
        status, found = advise(database, "info")
    assert {row["name"] for row in found} >= LINTS
    assert status == 1
