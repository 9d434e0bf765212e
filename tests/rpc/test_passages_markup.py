"""Passages of lessons as authors write them: no markup of any dialect, no outline, closed boxes."""

from __future__ import annotations

import pytest

from tests.support.database import Row, Session

pytestmark = pytest.mark.once


def cut(db: Session, text: str) -> list[Row]:
    """The passages of a text."""
    return db.all("select * from private.split_markdown(%s)", text)


def bodies(db: Session, text: str) -> str:
    """The text of all passages."""
    return "\n\n".join(row["body"] for row in cut(db, text))


INLINE = {
    "attribute of a link": ("See [the map](a.md){:target='_blank'} now.", "See the map now."),
    "attribute of a picture": ("![A leaf](leaf.png){width=50% .right} grows.", "A leaf grows."),
    "attribute of a span": ("Run `make`{.bash} and [wait]{.mark}.", "Run make and wait."),
    "class of kramdown": ("It rains.{: .wide}", "It rains."),
    "citation of MyST": ("It is old {cite:p}`smith2004,doe`.", "It is old."),
    "reference of MyST": (
        "Read {ref}`the part on tides <tides>` and {doc}`waves`.",
        "Read the part on tides and waves.",
    ),
    "label of MyST": ("As {numref}`fig-1` shows, it falls.", "As shows, it falls."),
    "term of MyST": ("A {term}`tide` rises.", "A tide rises."),
    "role of Sphinx": (
        "Call :func:`open` first, see :ref:`files <io>`.",
        "Call open first, see files.",
    ),
    "citation of Pandoc": ("It is old [@smith2004, p. 33; @doe].", "It is old."),
    "link of a wiki": ("A [[tide]](#tide) and [[Wave|waves]].", "A tide and waves."),
    "number of a wiki": ("It rises twice a day.[[12]](#cite_note-12)", "It rises twice a day."),
    "footnote": ("It rises.[^1]\n\n[^1]: Twice a day.", "It rises.\n\nTwice a day."),
    "mark of Pandoc": (
        "It rises[\\[3\\]](#FTN.A3){#A3} twice. [\\[1\\]](#A1)A day.",
        "It rises twice.A day.",
    ),
    "grid": ("+-----+\n| It rises. |\n+=====+\n| It falls. |\n+-----+", "It rises. It falls."),
    "list in HTML": (
        "<ul class='x'>\n<li>salt</li>\n<li>sand</li>\n</ul>",
        "salt\nsand",
    ),
    "template": ("See {{ site.baseurl }}the {% include x.html a='b' %}map.", "See the map."),
    "span of Pandoc": (
        'A []{#x}[tide]{.term xmlns="y"} of [[`now`]{.TOKEN}](a.html) rises{#t .u}.',
        "A tide of now rises.",
    ),
    "formula": (r"The sum $\frac{a}{b}$ is {x}.", r"The sum $\frac{a}{b}$ is {x}."),
    "test of a shell": (
        "Use `[[ -f x ]]` or [[ -d y ]] here.",
        "Use [[ -f x ]] or [[ -d y ]] here.",
    ),
    "mail and arrays": ("Ask [a@b.test] about x[[1]].", "Ask [a@b.test] about x[[1]]."),
    "time": ("It is 10:30: `now`.", "It is 10:30: now."),
}


@pytest.mark.parametrize("name", INLINE)
def test_a_line_is_plain(db: Session, name: str) -> None:
    """Attributes, roles, citations and templates go; text, code and formulas stay."""
    text, expected = INLINE[name]
    found = bodies(db, text)
    assert " ".join(found.split()) == " ".join(expected.split())


BLOCKS = {
    "label of MyST": "(some-label)=\n## Tides\n\nWater rises.",
    "class of kramdown": "## Tides\n\nWater rises.\n{: .note #x}",
    "directive in backticks": "## Tides\n\n```{note}\n:class: wide\n:name: n1\nWater rises.\n```",
    "directive in colons": "## Tides\n\n:::{tip}\n:class: wide\n\nWater rises.\n:::",
    "YAML of a directive": "## Tides\n\n```{note}\n---\nclass: x\n---\nWater rises.\n```",
    "figure": "## Tides\n\n```{figure} img/tide.png\n:width: 400px\n\nWater rises.\n```",
    "picture": "## Tides\n\n```{image} img/tide.png\n:alt: a tide\n```\n\nWater rises.",
    "contents": "## Tides\n\n[TOC]\n\n```{tableofcontents}\n```\n\nWater rises.",
    "alert": "## Tides\n\n> [!NOTE]\n> Water rises.",
    "admonition of MkDocs": "## Tides\n\n!!! note\n    Water rises.",
    "break": '## Tides\n\n+++ {"a": 1}\n\nWater rises.',
    "bibliography": "## Tides\n\nWater rises.\n\n```{bibliography}\n:filter: docname\n```",
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_is_plain(db: Session, name: str) -> None:
    """Labels, options and marks of directives are in no passage; what a directive says is."""
    (row,) = cut(db, BLOCKS[name])
    assert (row["heading_path"], row["body"]) == (["Tides"], "Water rises.")


def test_the_title_of_a_box_is_text(db: Session) -> None:
    """What a directive has as its title comes before its text."""
    for opening in ("```{admonition} Low water", ":::{note} Low water", ":::tip[Low water]",
                    '::: {.callout-note title="Low water"}'):  # fmt: skip
        ending = "```" if opening.startswith("`") else ":::"
        said = bodies(db, f"{opening}\nIt ebbs.\n{ending}")
        assert " ".join(said.split()) == "Low water It ebbs."


def test_code_in_a_list_is_code(db: Session) -> None:
    """A fence in an item is code without its indentation, and ends at its own mark."""
    text = (
        "-   ::: para\n    Do this:\n\n    ``` bash\n    ls *a*\n      -F\n    ```\n    :::\n\n"
        "-   *End.*"
    )
    (row,) = cut(db, text)
    assert row["body"] == "Do this:\n\nls *a*\n  -F\n\nEnd."
    hidden = "1.  ```\n    x\n    ```\n\n## Solution\n\nXX\n\n## Next\n\nEnd."
    assert "XX" not in bodies(db, hidden)


def test_code_of_a_notebook_is_code(db: Session) -> None:
    """Options of a code cell go; its code stays as it is written."""
    found = bodies(db, "```{code-cell} ipython3\n:tags: [hide-input]\n\nx = {'a': 1}  # *b*\n```")
    assert found.strip() == "x = {'a': 1}  # *b*"


BOXES = {
    "colons": "::::::::: callout\n\n## Aside\n\nFish sleep.\n\n:::::::::",
    "quarto": "::: {.callout-tip}\n## Aside\n\nFish sleep.\n:::",
    "nested": ":::: discussion\n::: callout\n### Aside\nFish sleep.\n:::\n::::",
    "quote": "> ## Aside\n>\n> Fish sleep.\n{: .callout}",
    "fence": "````{admonition} Look\n### Aside\n\nFish sleep.\n````",
}


@pytest.mark.parametrize("name", BOXES)
def test_a_heading_ends_with_its_box(db: Session, name: str) -> None:
    """A heading in a box is that of the box alone; what follows is below the heading before it."""
    rows = cut(db, f"## Tides\n\nWater rises.\n\n{BOXES[name]}\n\nWater falls.\n\n## Wind\n\nAir.")
    places = {row["body"].split("\n")[-1]: (row["heading_path"], row["anchor"]) for row in rows}
    assert places["Fish sleep."] == (["Tides", "Aside"], "aside")
    assert places["Water falls."] == (["Tides"], "tides")
    assert places["Air."] == (["Wind"], "wind")


def test_code_in_a_quote_is_code(db: Session) -> None:
    """A fence in a quote is code without its marks, and ends with the quote at the latest."""
    rows = cut(db, "> ## Try\n>\n> ~~~\n> $ ls *.txt > `list`\n> ~~~\n> {: .language-bash}\n\nEnd.")
    assert [row["body"] for row in rows] == ["$ ls *.txt > `list`", "End."]
    assert bodies(db, "> ```\n> a_b_c\n\nEnd.").split() == ["a_b_c", "End."]


OUTLINES = {
    "objectives": "## Learning Objectives\n\n- Explain XX.",
    "goals in German": "## Lernziele\n\nSie kennen XX.",
    "aims": "By the end of this section, you will be able to:\n\n- Describe XX\n- Explain XX",
    "aims in German": "Nach diesem Kapitel können Sie:\n\n* XX beschreiben",
    "aims in Spanish": "Al final de esta lección serás capaz de:\n- describir XX",
    "carpentries": ":::::: objectives\n\n- Explain XX.\n\n::::::\n\n::: questions\n- Why XX?\n:::",
    "old carpentries": "> ## Objectives\n> - Explain XX.\n{: .objectives}",
    "directive": "```{admonition} Lernziele\n- XX erklären\n```",
    "review": "## Review Questions\n\n1. What is XX?\n\n## Critical Thinking Questions\n\nWhy XX?",
    "check": "### Check Your Understanding\n\nWhat is XX?",
    "questions in German": "## Kontrollfragen\n\n1. Was ist XX?",
    "questions in French": "## Questions de révision\n\nQu'est-ce que XX ?",
    "glossary": "## Glossary\n\nXX\n: a thing",
    "key terms": "## Key Terms\n\n**XX** a thing",
    "literature": "## Weiterführende Literatur\n\nXX (2004).",
}


@pytest.mark.parametrize("name", OUTLINES)
def test_outlines_are_left_out(db: Session, name: str) -> None:
    """Objectives, review questions, glossaries and bibliographies are in no passage."""
    said = str(cut(db, f"# Tides\n\nWater rises.\n\n{OUTLINES[name]}\n\n# Wind\n\nAir moves."))
    assert "XX" not in said
    assert "Water rises." in said and "Air moves." in said


@pytest.mark.parametrize(
    "text",
    [
        "# Questions\n\nshown",
        "# Glossary\n\nshown",
        "## Questions that scientists ask\n\nshown",
        "## Objects and objectives of law\n\nshown",
        "## Key terms of the contract\n\nshown",
        "## Zieldefinition\n\nshown",
        "::: questions-of-style\nshown\n:::",
        "By the end of this century the sea will have risen. shown",
        "After this the tide turns. shown",
        "## Exercises\n\nshown",
        "## Summary\n\nshown",
    ],
)
def test_what_only_looks_like_an_outline_is_found(db: Session, text: str) -> None:
    """Titles that begin like an outline, and the title of a whole text, hide nothing."""
    assert "shown" in bodies(db, text)
