"""The report: figures with their bars, as a table and as the file that the next one compares with.

The file holds no time and no place, so that what `git diff` shows of it is a change of the tutor.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPORT = Path(__file__).with_name("report.json")


@dataclass(frozen=True)
class Figure:
    """A value and, where there is one, the least or the most that it may be."""

    name: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def is_broken(self) -> bool:
        """Whether the bar is broken."""
        return (self.least is not None and self.value < self.least) or (
            self.most is not None and self.value > self.most
        )

    @property
    def bar(self) -> str:
        """The bar, in signs."""
        if self.least is not None:
            return f"≥ {_number(self.least)}"
        return "" if self.most is None else f"≤ {_number(self.most)}"


def table(figures: Sequence[Figure], before: Mapping[str, float]) -> str:
    """Name, value, bar, and the change since the figures before."""
    lines = [f"{'figure':46}{'value':>9}{'bar':>9}{'change':>9}"]
    for figure in figures:
        change = "new"
        if figure.name in before:
            difference = figure.value - before[figure.name]
            change = f"{_number(difference):>}" if abs(difference) >= 0.00005 else ""
            change = f"+{change}" if difference > 0 and change else change
        broken = "  BROKEN" if figure.is_broken else ""
        lines.append(
            f"{figure.name:46}{_number(figure.value):>9}{figure.bar:>9}{change:>9}{broken}"
        )
    known = {figure.name for figure in figures}
    lines += [f"{name:46}{'':18}{'gone':>9}" for name in before if name not in known]
    return "\n".join(lines)


def load(path: Path = REPORT) -> dict[str, float]:
    """The figures of the last report; none when there was none."""
    if not path.exists():
        return {}
    values: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return values


def save(figures: Sequence[Figure], prompt_version: str, path: Path = REPORT) -> None:
    """Writes the report, in the order of the figures."""
    write(
        path,
        {
            "prompt_version": prompt_version,
            "figures": {figure.name: _rounded(figure.value) for figure in figures},
        },
    )


def write(path: Path, value: Any) -> None:
    """Writes JSON that is easy to compare."""
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(value, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def _rounded(value: float) -> float:
    return value if isinstance(value, int) else round(value, 4)


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"
