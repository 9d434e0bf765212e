"""The types for Python and TypeScript are current, and match the database."""

from __future__ import annotations

import difflib
import importlib
import json
import pkgutil
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin
from uuid import UUID

import pytest
from pydantic import TypeAdapter
from typing_extensions import TypeAliasType

from app.models import rpc
from app.models.rpc import registry
from app.models.rpc.__main__ import schema
from tests.support.cluster import ROOT
from tests.support.database import Session
from tests.support.stack import Stack

FILES = {"python": "backend/app/models/database.py", "typescript": "supabase/database.types.ts"}
CONSUMER = ROOT / "tests" / "checks" / "contract.test-d.ts"
COMMENT = re.compile(r"//.*")
IMPORT = re.compile(r"^import ", re.MULTILINE)
SNIPPET = re.compile(r"^```(tsx?|typescript)\n(.*?)^```", re.DOTALL | re.MULTILINE)
OPTIONS = {
    "noEmit": True,
    "strict": True,
    "noUncheckedIndexedAccess": True,
    "target": "es2022",
    "module": "esnext",
    "moduleResolution": "bundler",
    "jsx": "react-jsx",
    "skipLibCheck": True,
    "types": [],
}

# Functions with the names and types of their returned columns: of a declared table or of a type;
# null for a plain value. An enum has its values.
RETURNED = """
select
  p.proname as name, c.relname as table_name,
  t.typtype in ('b', 'e') and t.typname not in ('json', 'jsonb') or t.typname = 'void' as is_plain,
  t.typname in ('json', 'jsonb') as is_json, p.proretset as is_set,
  coalesce(
    (
      select jsonb_agg(jsonb_build_array(a.name, (
        select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum as e
        where e.enumtypid = a.type
      )) order by a.at)
      from unnest(p.proargnames, p.proallargtypes, p.proargmodes)
      with ordinality as a (name, type, mode, at) where a.mode = 't'
    ),
    (
      select jsonb_agg(jsonb_build_array(a.attname, null) order by a.attnum)
      from pg_attribute as a where a.attrelid = t.typrelid and t.typrelid <> 0 and c.relkind = 'c'
    )
  ) as columns
from pg_proc as p
inner join pg_type as t on t.oid = p.prorettype
left join pg_class as c on c.oid = t.typrelid
where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
  and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
order by 1
"""
# Columns whose type in the catalogue says less than the contract.
OPAQUE = """
select c.relname as name, a.attname as column_name
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
  and not c.relispartition
  and a.atttypid in ('jsonb'::regtype, 'int4multirange'::regtype, 'interval'::regtype)
order by 1, 2
"""


@pytest.mark.parametrize("language", FILES)
def test_types_are_current(stack: Stack, language: str) -> None:
    """The committed types equal `make types` on the migrated database."""
    run = subprocess.run(
        [
            *("node", "supabase/local/types.mjs", "--print", language),
            *("--database-url", stack.database.url),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    committed = (ROOT / FILES[language]).read_text()
    if run.stdout != committed:
        difference = difflib.unified_diff(
            committed.splitlines(), run.stdout.splitlines(), "committed", "generated", lineterm=""
        )
        pytest.fail("\n".join([*difference, "", "Write it: make types"]), pytrace=False)


def row_shape(shape: Any) -> Any:
    """The shape of a row of an answer."""
    return get_args(shape)[0] if get_origin(shape) is list else shape


def members(shape: Any) -> tuple[Any, ...]:
    """The alternatives of a union, or the shape itself."""
    shape = getattr(shape, "__value__", shape)
    return get_args(get_args(shape)[0]) if get_origin(shape) is Annotated else (shape,)


def literals(shape: Any) -> list[Any] | None:
    """The values of a field with a fixed set of texts, or None."""
    shape = getattr(shape, "__value__", shape)
    for one in get_args(shape) if type(None) in get_args(shape) else ():
        if one is not type(None):
            return literals(one)
    return list(get_args(shape)) or None


def test_each_function_that_answers_with_more_than_a_row_has_a_shape(db: Session) -> None:
    """No shape is missing or unused, and row shapes have the columns, in order."""
    rows = {row["name"]: row for row in db.all(RETURNED)}
    shaped = {name for name, row in rows.items() if row["columns"] or row["is_json"]}
    assert shaped == set(registry.ANSWERS)
    for name in shaped:
        shape = registry.ANSWERS[name]
        if columns := rows[name]["columns"]:
            assert (get_origin(shape) is list) == rows[name]["is_set"], name
            for fields in [one.model_fields for one in members(row_shape(shape))]:
                assert list(fields) == [column for column, _ in columns], name
                for column, values in columns:
                    shape = fields[column].annotation
                    assert (
                        values is None
                        or shape is type(None)
                        or ((said := literals(shape)) and set(said) <= set(values))
                    ), f"{name}.{column}"


def test_rows_and_columns_are_those_of_the_catalogue(db: Session) -> None:
    """Each column with an opaque type has a shape, and each shape has its column."""
    tables = {
        row["name"]: set(row["columns"])
        for row in db.all(
            "select table_name::text as name, array_agg(column_name::text) as columns"
            " from information_schema.columns where table_schema = 'public' group by 1"
        )
    }
    for table, columns in registry.COLUMNS.items():
        assert set(columns) <= tables[table], table
    for row in db.all(OPAQUE):
        assert row["column_name"] in registry.COLUMNS.get(row["name"], {}), row
    assert {
        row["name"]: row["table_name"]
        for row in db.all(RETURNED)
        if row["table_name"] in registry.COLUMNS
    } == registry.ROWS


def test_parameters_are_those_of_the_catalogue(db: Session) -> None:
    """Each JSON parameter has a shape, and each shape has its parameter."""
    rows = db.all(
        "select p.proname as name, a.name as parameter, a.type = 'jsonb'::regtype as is_json"
        " from pg_proc as p cross join lateral unnest(p.proargnames[:p.pronargs],"
        " p.proargtypes::oid[]) as a (name, type) where p.pronamespace = 'public'::regnamespace"
    )
    known = {(row["name"], row["parameter"]) for row in rows}
    shaped = {(name, one) for name, some in registry.ARGUMENTS.items() for one in some}
    assert shaped <= known
    assert {(row["name"], row["parameter"]) for row in rows if row["is_json"]} <= shaped


def test_no_shape_is_unused() -> None:
    """Every class and alias of the shapes is part of an answer, column, parameter or frame."""
    written = set(schema()["types"])
    for info in pkgutil.iter_modules(rpc.__path__):
        module = importlib.import_module(f"{rpc.__name__}.{info.name}")
        for value in vars(module).values():
            if getattr(value, "__module__", "") != module.__name__:
                continue
            # A class with subclasses is a common base.
            is_class = isinstance(value, type) and not value.__subclasses__()
            if isinstance(value, TypeAliasType) or is_class:
                assert value.__name__ in written


def test_an_answer_of_another_shape_is_refused() -> None:
    """A new key, a missing key, a wrong type and an unknown literal are refused."""
    check = TypeAdapter(registry.ANSWERS["regrade_quiz"]).validate_json
    assert check('{"attempts": 2, "changed": 1, "learners": 1}', strict=True)
    for text in (
        '{"attempts": 2, "changed": 1, "learners": 1, "more": 1}',
        '{"attempts": 2, "changed": 1}',
        '{"attempts": "2", "changed": 1, "learners": 1}',
        '{"attempts": -1, "changed": 1, "learners": 1}',
    ):
        with pytest.raises(ValueError, match="validation error"):
            check(text, strict=True)
    answer = TypeAdapter(registry.ANSWERS["explain_access"]).validate_json
    said = {"lesson_id": str(UUID(int=0)), "status": "open", "is_open": True, "requires": []}
    said |= {"course_slug": "c", "lesson_slug": "l"}
    assert answer(json.dumps(said | {"reason": None, "opens_at": "2026-01-01T00:00:00Z"}))
    for reason, opens_at in ((None, "2026-01-01T00:00:00"), ("because", None)):
        with pytest.raises(ValueError, match="validation error"):
            answer(json.dumps(said | {"reason": reason, "opens_at": opens_at}))


def write_snippets(folder: Path, pages: Iterable[Path]) -> None:
    """Write the TypeScript of these pages as modules; a block without imports continues one."""
    for page in pages:
        modules: list[tuple[str, str]] = []
        for language, block in SNIPPET.findall(page.read_text()):
            suffix, text = "tsx" if language == "tsx" else "ts", ""
            if modules and not IMPORT.search(block):
                suffix, text = modules.pop()
            modules.append((suffix, text + block))
        for number, (suffix, text) in enumerate(modules, 1):
            (folder / f"{page.stem}-{number}.{suffix}").write_text(f"{text}export {{}};\n")


def compile_typescript(folder: Path, *files: Path) -> str:
    """The output of `tsc` for these files, and for a folder next to our types."""
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    config = {
        "compilerOptions": OPTIONS | {"rootDirs": [str(folder), str(ROOT), str(ROOT / "supabase")]},
        "files": [str(file) for file in (*files, *folder.glob("*.ts"), *folder.glob("*.tsx"))],
    }
    (folder / "tsconfig.json").write_text(json.dumps(config))
    run = subprocess.run(
        ["node_modules/.bin/tsc", "--project", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return run.stdout + run.stderr


def test_the_contract_compiles(tmp_path: Path) -> None:
    """Strict calls and the snippets of the documents compile; forbidden writes do not."""
    assert not re.search(
        r"\bas (?!const)\w|\bany\b|@ts-ignore", COMMENT.sub("", CONSUMER.read_text())
    )
    write_snippets(tmp_path, [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))])
    assert compile_typescript(tmp_path, CONSUMER) == ""


def test_a_wrong_snippet_does_not_compile(tmp_path: Path) -> None:
    """A snippet that reads a missing column does not compile."""
    page = tmp_path / "page.md"
    page.write_text(
        "Text.\n```ts\n"
        'import type { CourseOutline } from "./database.types";\n'
        "const title = (one: CourseOutline): string => one.course.titel;\n```\nMore text.\n"
        "```typescript\nconst fine: number = 1;\n```\n```js\nconst js = ;\n```\n"
    )
    write_snippets(tmp_path, [page])
    [error] = compile_typescript(tmp_path).splitlines()
    assert "page-1.ts" in error and "titel" in error
