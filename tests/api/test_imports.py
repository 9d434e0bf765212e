"""The modules of the service import only lower layers, without cycles."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

BACKEND: Final = Path(__file__).resolve().parents[2] / "backend"

# From bottom to top. A module imports its own group and lower layers, not other groups of its
# layer.
LAYERS: Final = (
    ("app.models",),
    ("app.core",),
    ("app.schemas",),
    (
        "app.services.certificates",
        "app.services.exports",
        "app.services.folding",
        "app.services.formats",
        "app.services.payments",
        "app.services.readiness",
        "app.services.report",
        "app.services.roster",
        "app.services.storing",
        "app.services.sweeping",
        "app.services.tutor.context",
    ),
    ("app.services.tutor.language",),
    ("app.services.tutor.items",),
    ("app.services.tutor.guard",),
    ("app.services.tutor.teach",),
    ("app.services.tutor.models",),
    ("app.services.tutor.turn",),
    ("app.state",),
    ("app.api",),
    ("app.main",),
    ("app.__main__", "app.cli"),
)
# Packages without code, below all layers.
GROUND: Final = frozenset({"app", "app.services", "app.services.tutor"})

Graph = Mapping[str, frozenset[str]]


def imported(tree: ast.AST, modules: frozenset[str]) -> Iterator[str]:
    """The modules of the service that a module imports, at any place in its text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in modules)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for name in node.names:
                full = f"{node.module}.{name.name}"
                if full in modules:
                    yield full
                elif node.module in modules:
                    yield node.module


def read_graph() -> Graph:
    """The imports between the modules of the service."""
    paths = {
        ".".join(path.relative_to(BACKEND).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (BACKEND / "app").rglob("*.py")
    }
    names = frozenset(paths)
    return {
        name: frozenset(imported(ast.parse(path.read_text(encoding="utf-8")), names))
        for name, path in paths.items()
    }


def wing(module: str) -> tuple[int, str]:
    """The layer of a module, counted from the bottom, and its group there."""
    if module in GROUND:
        return -1, module
    for layer, wings in enumerate(LAYERS):
        for name in wings:
            if module == name or module.startswith(f"{name}."):
                return layer, name
    raise AssertionError(f"{module} has no place in LAYERS")


def climbs(graph: Graph) -> list[str]:
    """Imports of a higher layer or of another group of the same layer."""
    return sorted(
        f"{module} -> {other}"
        for module, others in graph.items()
        for other in others
        if wing(other) != wing(module) and wing(other)[0] >= wing(module)[0]
    )


def test_no_module_imports_what_is_above_it() -> None:
    graph = read_graph()
    assert len(graph) > 50
    assert climbs(graph) == []


def test_no_modules_import_each_other() -> None:
    tuple(TopologicalSorter(read_graph()).static_order())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("app.core.config", "from app.services import readiness"),
        ("app.schemas.tutor", "from app.services.tutor.context import Mode"),
        ("app.services.tutor.guard.states", "if X:\n    import app.services.tutor.teach.plan"),
        ("app.services.report.page", "def draw():\n    from app.services.roster import parse"),
        ("app.services.tutor", "from app.core.config import Settings"),
    ],
)
def test_a_climb_is_found(module: str, text: str) -> None:
    graph = read_graph()
    found = frozenset(imported(ast.parse(text), frozenset(graph)))
    assert len(climbs({module: found})) == 1


def test_a_circle_is_found() -> None:
    graph = dict(read_graph())
    graph["app.services.tutor.teach.plan"] |= {"app.services.tutor.teach.policy"}
    with pytest.raises(CycleError):
        tuple(TopologicalSorter(graph).static_order())
