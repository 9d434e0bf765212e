"""The model that quotes: what it says on each rung, and that it says nothing of its own."""

import re
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.tutor.context import Context, Lesson, Quote, Suggestion
from app.services.tutor.language.texts import text
from app.services.tutor.models.base import Ask, Usage
from app.services.tutor.models.extractive import ExtractiveModel, compose
from app.services.tutor.turn.citations import Citations
from tests.tutor.asks import LESSON, make_context, make_passage, make_plan, read

OTHER = UUID("6a3f6f0e-9d0e-4f57-8f43-1a40b7f3c00a")
BODIES = [
    "Water boils at 100 °C. At height it boils earlier, since the air is thinner there.\n\n"
    "Three things delay it:\n\nsalt in the water\na lid on the pot",
    "Suppose that a pot stands on a mountain. Its water boils at 90 °C. Then an egg needs longer.",
    "Steam takes more room than the water it came from. Does steam weigh more than water?",
    "Water boils at 100 °C, as was said. Ice melts at 0 °C.",
]
STYLES = ["orient", "question", "concept", "example", "explain", "summarize"]


def quote(passage: int, sentence: str, support: float = 0.9) -> Quote:
    assert sentence in BODIES[passage - 1]
    return Quote(passage=passage, text=sentence, support=support)


def context(**changes: Any) -> Context:
    """Four passages, the third in another lesson, and what is near to the question."""
    passages = [
        make_passage(
            number,
            body,
            lesson_id=OTHER if number == 3 else LESSON,
            lesson_title="Steam" if number == 3 else "Boiling",
            heading_path=[] if number == 3 else ["Heat", f"Part {number}"],
        )
        for number, body in enumerate(BODIES, 1)
    ]
    values = {
        "passages": passages,
        "quotes": [
            quote(1, "Water boils at 100 °C."),
            quote(4, "Water boils at 100 °C, as was said."),
            quote(3, "Does steam weigh more than water?", 0.8),
            quote(3, "Steam takes more room than the water it came from.", 0.7),
            quote(1, "At height it boils earlier, since the air is thinner there.", 0.6),
            quote(4, "Ice melts at 0 °C.", 0.2),
        ],
        "support": 0.9,
        "rarest_found": True,
        "closest": [Suggestion(lesson_id=LESSON, title="Boiling")],
    }
    return make_context(**(values | changes))


def quoted(answer: str) -> list[str]:
    return re.findall(r"“([^”]*)”", answer)


def test_the_first_rung_points_and_quotes_nothing() -> None:
    said = compose(context(), make_plan(style="orient", rung=1))
    assert said.text == "Have a look at «Part 1» in the lesson «Boiling» [1]."
    assert said.quotes == ()


def test_the_second_rung_asks_about_the_heading() -> None:
    said = compose(context(), make_plan(style="question", rung=2))
    pointer, question = said.text.split("\n\n")
    assert pointer.endswith("[1].")
    assert question == text("guiding_question", "en", heading="Part 1")
    assert said.quotes == ()


def test_a_passage_without_headings_is_named_by_its_lesson() -> None:
    there = context(quotes=[quote(3, "Steam takes more room than the water it came from.")])
    said = compose(there, make_plan(style="orient", rung=1))
    assert said.text == "Have a look at «Steam» in the lesson «Steam» [3]."


def test_the_third_rung_quotes_what_differs_and_no_question() -> None:
    said = compose(context(), make_plan())
    assert said.text == (
        "From «Boiling \u203a Heat \u203a Part 1» [1]: “Water boils at 100 °C.” "
        "“At height it boils earlier, since the air is thinner there.”\n\n"
        "From «Steam» [3]: “Steam takes more room than the water it came from.”"
    )
    assert said.quotes == (
        (1, "Water boils at 100 °C."),
        (1, "At height it boils earlier, since the air is thinner there."),
        (3, "Steam takes more room than the water it came from."),
    )


def test_a_question_is_quoted_when_nothing_else_is_near() -> None:
    there = context(quotes=[quote(3, "Does steam weigh more than water?")])
    assert quoted(compose(there, make_plan()).text) == ["Does steam weigh more than water?"]


def test_what_a_colon_announces_comes_along() -> None:
    there = context(quotes=[quote(1, "Three things delay it:")])
    said = compose(there, make_plan())
    assert quoted(said.text) == ["Three things delay it:", "salt in the water\na lid on the pot"]
    strict = compose(there, make_plan(strict=True))
    assert quoted(strict.text) == ["Three things delay it:"]


def test_the_fourth_rung_tells_an_example() -> None:
    said = compose(context(), make_plan(style="example", rung=4))
    assert said.text.startswith("A similar case from the lesson «Boiling» [2]: “Suppose that")
    assert len(said.quotes) == 3
    assert {number for number, _ in said.quotes} == {2}


def test_without_an_example_the_fourth_rung_quotes() -> None:
    there = context(passages=[passage for passage in context().passages if passage.number != 2])
    assert compose(there, make_plan(style="example", rung=4)) == compose(there, make_plan())


def test_a_summary_is_the_first_sentence_of_each_section_of_the_lesson() -> None:
    said = compose(context(support=0.0, quotes=[]), make_plan(style="summarize", intent="summary"))
    assert said.text.startswith("What the lesson «Boiling» says:\n\nFrom «Boiling")
    assert [number for number, _ in said.quotes] == [1, 2, 4]


def test_a_summary_without_passages_quotes_the_lesson() -> None:
    lesson = Lesson(
        id=LESSON,
        title="Boiling",
        content_type="text",
        body="Heat\n\nWater boils at 100 °C. More.\n\nPhases\n\nIce melts at nought degrees.",
    )
    there = context(passages=[], quotes=[], lesson=lesson)
    said = compose(there, make_plan(style="summarize", intent="summary"))
    assert said.quotes == (
        (0, "Water boils at 100 °C."),
        (0, "Ice melts at nought degrees."),
    )
    assert all(sentence in lesson.body for _, sentence in said.quotes)


def test_a_question_of_filler_alone_is_about_the_lesson() -> None:
    there = context(quotes=[], support=1.0, rarest_found=False)
    assert compose(there, make_plan()).text.startswith("What the lesson «Boiling» says:")


@pytest.mark.parametrize("style", STYLES)
def test_it_abstains_when_the_lessons_do_not_hold_it(style: Any) -> None:
    said = compose(context(support=0.1), make_plan(style=style))
    assert said.text == (
        "I could not find this in the lessons that are open to you. The nearest lessons: «Boiling»."
    )
    assert said.quotes == ()


def test_it_speaks_the_language_of_the_plan() -> None:
    assert compose(context(support=0.1), make_plan(language="de")).text.startswith("Dazu habe ich")
    assert compose(context(), make_plan(language="fr")).text.startswith("Extrait de «")


def test_a_strict_turn_quotes_little_and_nothing_of_its_quiz() -> None:
    quiz = Lesson(id=LESSON, title="Boiling", content_type="quiz", body="Water boils at 100 °C.")
    said = compose(context(lesson=quiz), make_plan(strict=True))
    assert [number for number, _ in said.quotes] == [3]
    assert len(compose(context(), make_plan(strict=True)).quotes) == 2
    summary = make_plan(strict=True, style="summarize", intent="summary")
    assert compose(context(lesson=quiz), summary).quotes == ()


def test_help_in_distress_is_the_fixed_text() -> None:
    plan = make_plan(style="support", intent="distress")
    assert compose(context(), plan).text == text("distress", "en")


@pytest.mark.parametrize(
    "body",
    [
        "See [1] for more of this matter.",
        "Write `select 1` and see what comes.",
        "See \u30109\u3011 for more of this matter.",
    ],
)
def test_what_would_not_come_through_as_it_is_is_not_quoted(body: str) -> None:
    passages = [make_passage(1, body)]
    there = context(passages=passages, quotes=[Quote(passage=1, text=body, support=1)])
    assert compose(there, make_plan()).quotes == ()


def test_a_quote_that_is_not_in_its_passage_is_not_quoted() -> None:
    there = context(quotes=[Quote(passage=1, text="Water never boils at all.", support=1)])
    assert not any("never" in sentence for _, sentence in compose(there, make_plan()).quotes)


async def test_it_streams_words_and_counts_no_tokens() -> None:
    model = ExtractiveModel()
    assert (model.provider, model.name, model.generative) == ("extractive", "extractive", False)
    ask = Ask((), 800, "When does water boil?", context(), make_plan())
    stream = await model.open(ask)
    deltas = await read(stream)
    assert "".join(deltas) == compose(ask.context, ask.plan).text
    assert len(deltas) > 10
    assert all(deltas)
    assert stream.usage == Usage(0, 0)
    assert stream.finish_reason == "stop"
    await model.aclose()


async def test_a_closed_stream_says_no_more() -> None:
    ask = Ask((), 800, "When does water boil?", context(), make_plan())
    stream = await ExtractiveModel().open(ask)
    heard = []
    async for delta in stream:
        heard.append(delta)
        await stream.aclose()
        await stream.aclose()
    assert len(heard) == 1


BODY = st.text(
    alphabet=st.sampled_from("abcdeé .!?:\n“”«»[]1`~#*-·🙂"), min_size=1, max_size=300
).filter(str.strip)


@settings(max_examples=200, deadline=None)
@given(
    bodies=st.lists(BODY, min_size=1, max_size=4),
    cuts=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 299), st.integers(1, 120))),
    style=st.sampled_from(STYLES),
    strict=st.booleans(),
)
def test_all_quotations_come_through_and_are_cited(
    bodies: list[str], cuts: list[tuple[int, int, int]], style: Any, strict: bool
) -> None:
    passages = [make_passage(number, body) for number, body in enumerate(bodies, 1)]
    quotes = [
        Quote(passage=which % len(bodies) + 1, text=piece, support=0.8)
        for which, start, length in cuts
        if (piece := bodies[which % len(bodies)][start : start + length].strip())
    ]
    there = context(passages=passages, quotes=quotes)
    said = compose(there, make_plan(style=style, strict=strict))
    citations = Citations(passages)
    out = "".join([*map(citations.feed, re.findall(r"\S+\s*|\s+", said.text)), citations.flush()])
    assert out == said.text
    assert citations.invalid == 0
    for number, sentence in said.quotes:
        if number:
            assert sentence in bodies[number - 1]
        assert f"“{sentence}”" in said.text
    cited = [found["citedText"] for found in citations.citations]
    assert all(sentence in " ".join(cited) for number, sentence in said.quotes if number)

    # What learners see has no numbers, and the same claims.
    quoted = Citations(passages, hides_markers=True)
    shown = "".join([*map(quoted.feed, re.findall(r"\S+\s*|\s+", said.text)), quoted.flush()])
    assert shown == re.sub(r" \[\d\]", "", said.text)

    def claims(text: str, made: Citations) -> list[tuple[str, str]]:
        units = text.encode("utf-16-le")
        return [
            (
                units[2 * one["startIndex"] : 2 * one["endIndex"]].decode("utf-16-le"),
                one["citedText"],
            )
            for one in made.citations
        ]

    assert claims(shown, quoted) == claims(out, citations)
