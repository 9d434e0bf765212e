"""Bar charts as SVG inside a page: no scripts, no styles; the page's CSS sets the colours.

Importing pygal takes 75 ms, so the first chart imports it; a bar takes 0.1 ms. Call from a thread.
"""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from xml.etree import ElementTree

from markupsafe import Markup

WIDTH: Final = 720
_LABEL_SIZE: Final = 12
_DROPPED: Final = frozenset({"defs", "desc", "script", "style", "title"})
_DECIMALS: Final = re.compile(r"(-?\d+)\.(\d)\d+")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of one part, or of two with `rest` on top of `value`. None: no bar.

    `label` appears at the axis unless it is empty, `tip` appears under the pointer.
    """

    label: str
    tip: str
    value: float | None
    rest: float | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart to draw. Screen readers read `title` and `summary` instead of it."""

    name: str
    title: str
    summary: str
    bars: Sequence[Bar]
    figure: Callable[[float], str]
    ticks: Sequence[float]
    height: int = 200
    horizontal: bool = False


def ticks(top: float, unit: float = 1) -> list[float]:
    """Two to six round multiples of `unit`, from 0 to `top` or just above."""
    power = 1
    while True:
        for base in (1, 2, 5):
            step = base * power * unit
            if step * 5 >= top:
                return [step * number for number in range(max(int(-(-top // step)), 1) + 1)]
        power *= 10


def draw(chart: Chart) -> Markup:
    """The chart as an SVG element, safe to put into a page."""
    # pygal draws from the bottom up.
    bars = list(reversed(chart.bars)) if chart.horizontal else list(chart.bars)
    root = _drawn(chart, bars)
    _strip(root)
    for group in root.iterfind(".//g[@class='bars']"):
        for node, bar in zip(group, bars, strict=True):
            ElementTree.SubElement(node, "title").text = bar.tip
            if bar.marked:
                node.set("class", "bar marked")
    root.attrib |= {
        "role": "img",
        "aria-labelledby": f"{chart.name}-title {chart.name}-summary",
    }
    del root.attrib["id"]
    for number, (tag, text) in enumerate((("title", chart.title), ("desc", chart.summary))):
        element = ElementTree.Element(tag, {"id": f"{chart.name}-{'summary' if number else tag}"})
        element.text = text
        root.insert(number, element)
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _drawn(chart: Chart, bars: list[Bar]) -> ElementTree.Element:
    pygal = _pygal()
    drawing = (pygal.HorizontalStackedBar if chart.horizontal else pygal.StackedBar)(
        css=(),
        js=(),
        classes=("chart",),
        no_prefix=True,
        width=WIDTH,
        height=chart.height,
        margin=2,
        margin_right=16,
        margin_top=8,
        spacing=6,
        show_legend=False,
        style=pygal.style.Style(label_font_size=_LABEL_SIZE, major_label_font_size=_LABEL_SIZE),
        x_labels=[bar.label for bar in bars],
        x_labels_major=[bar.label for bar in bars if bar.label],
        show_minor_x_labels=chart.horizontal,
        truncate_label=-1,
        y_labels=list(chart.ticks),
        range=(0, chart.ticks[-1]),
        value_formatter=chart.figure,
    )
    drawing.add("", [bar.value or 0 for bar in bars])
    if any(bar.rest is not None for bar in bars):
        drawing.add("", [bar.rest or 0 for bar in bars])
    root: ElementTree.Element = drawing.render_tree()
    return root


@cache
def _pygal() -> Any:
    """The library, without the import hook that it installs for its own plugins.

    The hook is called for every module that is not found, and Python 3.11 warns each time.
    """
    import pygal
    from pygal.etree import etree

    # Where lxml is installed pygal would use it; the bars here are of the standard library.
    etree.to_etree()

    for finder in reversed(sys.meta_path):
        if isinstance(finder, pygal.PluginImportFixer):
            sys.meta_path.remove(finder)
    return pygal


def _strip(node: ElementTree.Element) -> None:
    """Remove comments, styles, scripts and hints for scripts; shorten the numbers."""
    for child in list(node):
        tag: object = child.tag
        tooltip = tag == "g" and "tooltip" in child.get("class", "")
        if not isinstance(tag, str) or tag in _DROPPED or tooltip:
            node.remove(child)
        else:
            _strip(child)
    node.attrib.pop("style", None)
    for name, value in node.attrib.items():
        if name not in {"class", "id"}:
            node.set(name, _DECIMALS.sub(r"\1.\2", value))
