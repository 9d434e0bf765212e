"""What is put into Markdown is escaped; what is active in generated Markdown is dropped."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.services.tutor.context import Passage, Suggestion
from app.services.tutor.language.markdown import Cleaner, escape, unescape
from app.services.tutor.language.texts import text
from app.services.tutor.models.extractive import compose
from app.services.tutor.teach.abstention import abstention
from app.services.tutor.teach.evidence import Evidence, Quotation
from app.services.tutor.teach.plan import Plan
from app.services.tutor.turn.citations import Citations
from tests.tutor.turns import context

LESSON = "See https://lesson.test/a for more, or write to help@lesson.test."
EVIL = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "![x](https://evil.test/?q=1)",
    "\\<script>alert(1)</script>",
    "\\[x](javascript:alert(1))",
    "<https://evil.test>",
    "[x][1]\n\n[1]: https://evil.test",
    "<!-- x -->",
    "<iframe src=https://evil.test",
)
# Active Markdown: an element, an image or a link that no backslash makes plain.
ACTIVE = re.compile(r"(?<!\\)(?:\\\\)*(?:<[A-Za-z/!?]|\[[^\]]*\](?:\(|\[|:))")


def clean(piece: str, size: int = 0) -> str:
    """The text after the cleaner, in pieces of a size."""
    cleaner = Cleaner([LESSON])
    size = size or max(1, len(piece))
    parts = [cleaner.feed(piece[at : at + size]) for at in range(0, len(piece), size)]
    return "".join(parts) + cleaner.flush() + cleaner.flush()


@pytest.mark.parametrize("evil", EVIL)
def test_b10_what_is_inserted_is_escaped(evil: str) -> None:
    """A value in a fixed text is plain text, and reads as before once it is rendered."""
    assert not ACTIVE.search(escape(evil))
    assert unescape(escape(evil)) == evil
    for key, name in (("quote_lead", "place"), ("pointer", "heading"), ("closest", "lessons")):
        values = {"lesson": "a", "number": 1, name: evil}
        assert not ACTIVE.search(text(key, "en", **values).replace("[1]", ""))


@pytest.mark.parametrize("plain", ["snake_case", "a[i] < b", "2 * 3", "C:\\dir", "«A»", "x < y"])
def test_b10_a_usual_title_stays(plain: str) -> None:
    """A title without active Markdown is put in as it is."""
    assert escape(plain) == plain


def test_b10_titles_and_quotations_of_an_answer() -> None:
    """An answer that quotes, points or abstains has titles and sentences as plain text."""
    body = "The <script>alert(1)</script> element of a page runs [code](javascript:x) at once."
    passage = Passage(
        number=1,
        lesson_id=uuid4(),
        ord=1,
        lesson_title="<img src=x onerror=alert(1)>",
        heading_path=["[x](javascript:alert(1))"],
        anchor="x",
        body=body,
    )
    near = Suggestion(lesson_id=uuid4(), title=passage.lesson_title)
    turn = context(passages=[passage]).model_copy(update={"closest": [near]})
    found = Evidence((Quotation(1, body),), 2.0, is_bare=False)
    for style in ("orient", "question", "concept", "example", "explain"):
        said = compose(turn, Plan(style, "concept", 3, "high", False, "en", evidence=found)).text
        assert "alert(1)" in said
        assert not ACTIVE.search(said.replace("[1]", ""))
        # The cleaner changes nothing more, wherever the text is cut.
        assert clean(said, 7) == said
        citations = Citations([passage])
        sent = citations.feed(said) + citations.flush()
        assert "[1]" in sent
        if body[:8] in unescape(said):
            assert [one["citedText"] for one in citations.citations] == [body]
    assert "onerror" in abstention(turn, "en") and not ACTIVE.search(abstention(turn, "en"))


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("An image ![a. b](https://evil.test/x) here.", "An image  here."),
        ("![a][b] and ![c]\n\n[b]: https://evil.test", " and \n\n\\[b]\\: "),
        ("A [link](https://evil.test) and [one](javascript:x).", "A link and one."),
        ("A [link [a] b](https://evil.test (t)).", "A link \\[a] b."),
        ("A claim [1]. Two [1][2], three [1, 2].", "A claim [1]. Two [1][2], three [1, 2]."),
        ("A claim [1](https://evil.test).", "A claim [1]."),
        ("[1]: https://evil.test", "[1] : "),
        ("> [1]: https://evil.test", "> [1] : "),
        ("[a]: https://evil.test", "\\[a]\\: "),
        ("<b>bold</b> and <B class='x'>this</B>", "bold and this"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<svg/onload=alert(1)> <a\nhref='x'>y</a>", " y"),
        ("<!-- a\nb --> <?php ?> <!DOCTYPE x>", "  "),
        ("<https://evil.test> <mail@evil.test>", " "),
        ("Go to https://evil.test/a?b=c, now.", "Go to , now."),
        ("www.evil.test mail@evil.test", " "),
        (LESSON, LESSON),
        ("a < b, a <= b, a<b and c>d, List<T>", "a < b, a <= b, a\\<b and c>d, List\\<T>"),
        ("`<b>` and ``[x](y) ` ``", "`<b>` and ``[x](y) ` ``"),
        ("```html\n<b>[x](y)</b>\n```\n<b>x", "```html\n<b>[x](y)</b>\n```\nx"),
        ("  ```\n  <b>\n<img src=x>\n", "  ```\n  <b>\n\n"),
        ("`a\n<img src=x> `", "\\`a\n \\`"),
        ("`a | <img src=x>`", "\\`a | \\`"),
        ("<<b>script>x", "\\<script>x"),
        ("<iframe src=https://evil.test", "\\<iframe src="),
        ("[x]<b>(//evil.test)", "\\[x]\\(//evil.test)"),
        ("[1]<b>(//evil.test)", "[1]\\(//evil.test)"),
        ("\\<img src=x> \\[x](y) \\\\<b>", "\\<img src=x> \\[x](y) \\\\"),
        ("List [a] and a[i].", "List \\[a] and a\\[i]."),
        ("5 > 4 & 3! *a* **b** # c | d", "5 > 4 & 3! *a* **b** # c | d"),
    ],
)
def test_b10_active_markdown_is_dropped(said: str, sent: str) -> None:
    """Images go, of elements and links the text stays, code and citations stay."""
    assert clean(said) == sent
    for size in range(1, len(said)):
        assert clean(said, size) == sent, size


@pytest.mark.slow
@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "<",
                    ">",
                    "[",
                    "]",
                    "(",
                    ")",
                    "!",
                    "`",
                    "```\n",
                    "\\",
                    "\n",
                    " ",
                    "a",
                    "b",
                    "1",
                    ":",
                ),
                *("/", "<b>", "[x](//evil.test)", "![x](//evil.test)", "\n\n", "|", "img src=x "),
                *("- ", "> "),
            ]
        ),
        max_size=14,
    )
)
@settings(max_examples=600, deadline=None, derandomize=True)
@example(["[", "[", "1", "]", "(", "a", ")", "]", "(", "a", ")"])
def test_b10_nothing_active_is_left(parts: list[str]) -> None:
    """Outside code no combination leaves an element, an image or a link with an address."""
    sent = clean("".join(parts))
    plain = re.sub(r"(?ms)^ {0,3}(```)[^`\n]*\n.*?(?:^ {0,3}```+[ \t]*$|\Z)", "", sent)
    plain = re.sub(r"\\.", "", plain, flags=re.DOTALL)
    plain = re.sub(r"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)", "", plain)
    assert not re.search(r"<[A-Za-z/!?]", plain), sent
    assert not re.search(r"\[[^\[\]]*\]\(", plain), sent


@pytest.mark.slow
def test_b10_a_long_text_takes_linear_steps() -> None:
    """What never closes is text after a bounded wait."""
    for mark, size in product(("[", "<a", "![", "`", "("), (20, 50)):
        assert len(clean(mark * 3000, size)) >= 3000


def test_b10_the_lessons_of_the_demo_are_unchanged() -> None:
    """Prose of lessons passes the cleaner as it is, but for names of addresses and links."""
    for file in sorted(Path("supabase/seeds").glob("2*_databases_module*.sql")):
        prose = [
            line
            for line in file.read_text().splitlines()
            if line and not re.search(r"[\[<`'\\@]|://", line)
        ]
        assert len(prose) > 50
        for line in prose:
            assert clean(line, 5) == line
