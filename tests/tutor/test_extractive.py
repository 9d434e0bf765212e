"""The model that quotes: what it says on each rung, and that it says nothing of its own."""

import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.tutor.context import Context, Lesson, Message, Suggestion
from app.services.tutor.language.markdown import Cleaner, unescape
from app.services.tutor.language.texts import text
from app.services.tutor.models.base import Ask, Usage
from app.services.tutor.models.extractive import ExtractiveModel, compose
from app.services.tutor.teach.abstention import is_abstention
from app.services.tutor.teach.evidence import Evidence, Quotation
from app.services.tutor.teach.plan import Plan
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


def quote(passage: int, sentence: str) -> Quotation:
    assert sentence in BODIES[passage - 1]
    return Quotation(passage=passage, text=sentence)


QUOTES = (
    quote(1, "Water boils at 100 °C. At height it boils earlier, since the air is thinner there."),
    quote(3, "Steam takes more room than the water it came from."),
)


def evidence(*quotes: Quotation, score: float = 2.0) -> Evidence:
    """Evidence with these quotations."""
    return Evidence(quotes, score, is_bare=False)


def planned(*quotes: Quotation, **changes: Any) -> Plan:
    """A plan with the evidence of a question about boiling water."""
    return make_plan(**({"evidence": evidence(*(quotes or QUOTES))} | changes))


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
    values = {"passages": passages, "closest": [Suggestion(lesson_id=LESSON, title="Boiling")]}
    return make_context(**(values | changes))


def answers(*said: str) -> list[Message]:
    """A history with these answers."""
    return [Message(role="assistant", content=one, rung=1, intent="concept") for one in said]


def quoted(answer: str) -> list[str]:
    return re.findall(r"“([^”]*)”", answer)


def test_the_first_rung_points_and_quotes_nothing() -> None:
    said = compose(context(), planned(style="orient", rung=1))
    assert said.text == "Have a look at «Part 1» in the lesson «Boiling» [1]."
    assert said.quotes == ()


def test_the_second_rung_asks_about_the_heading() -> None:
    said = compose(context(), planned(style="question", rung=2))
    assert said.text == text("guiding", "en", heading="Part 1", lesson="Boiling", number=1)
    assert said.quotes == ()


def test_who_does_not_know_gets_a_smaller_step() -> None:
    """A smaller one than before: at first there is no step that could be made smaller."""
    lost = planned(style="question", rung=2, act="stuck")
    said = compose(context(history=answers("Look there.")), lost).text
    assert said.startswith(text("stuck", "en"))
    assert "“Water boils at 100 °C.” …" in said
    assert "“Water boils at 100 °C.” …" in compose(context(), lost).text
    assert text("stuck", "en") not in compose(context(), lost).text


def test_who_is_lost_at_first_is_asked_for_a_place_to_begin() -> None:
    lost = make_plan(intent="stuck", act="stuck", evidence=Evidence())
    said = compose(context(lesson=None), lost).text
    assert said == f"{text('stuck', 'en')} {text('greeting_3', 'en')}"


def test_no_step_comes_twice() -> None:
    """While there is another passage or sentence to name, a pointer names that."""
    given: list[str] = []
    for _ in range(6):
        plan = planned(style="question", rung=2, act="demand", strict=True)
        said = compose(context(history=answers(*given)), plan).text
        # The answer is stored without the markers of citations.
        given.append(re.sub(r" \[\d\]", "", said))
    assert len(set(given)) == 6
    assert len({one.split("\n\n")[1] for one in given}) == 6


def test_a_passage_without_headings_is_named_by_its_lesson() -> None:
    said = compose(context(), planned(QUOTES[1], style="orient", rung=1))
    assert said.text == "Have a look at «Steam» in the lesson «Steam» [3]."


def test_the_third_rung_quotes() -> None:
    said = compose(context(), planned())
    assert said.text == (
        "From «Boiling \u203a Heat \u203a Part 1» [1]: “Water boils at 100 °C. "
        "At height it boils earlier, since the air is thinner there.”\n\n"
        "From «Steam» [3]: “Steam takes more room than the water it came from.”"
    )
    assert said.quotes == tuple((one.passage, one.text) for one in QUOTES)


def test_what_was_quoted_before_is_not_quoted_again() -> None:
    first = compose(context(), planned(QUOTES[0])).text
    there = context(history=answers(first))
    said = compose(there, planned(thread=("When does water boil?",)))
    assert said.quotes == ((3, QUOTES[1].text),)


def test_the_best_quotation_of_a_passage_comes_first() -> None:
    best, other = (
        "At height it boils earlier, since the air is thinner there.",
        "Water boils at 100 °C.",
    )
    told = compose(context(), planned(quote(1, best), quote(3, QUOTES[1].text), quote(1, other)))
    assert [one for _, one in told.quotes][:2] == [best, other]


def test_code_comes_in_a_fence_and_is_cited() -> None:
    body = "Count the rows:\n\nselect count(*)\nfrom city; -- [1]"
    code = Quotation(1, "select count(*)\nfrom city; -- [1]", is_code=True)
    lead = Quotation(1, "Count the rows:")
    passages = [make_passage(1, body)]
    said = compose(context(passages=passages), planned(lead, code))
    assert "\n\n```\nselect count(*)\nfrom city; -- [1]\n```" in said.text
    citations = Citations(passages, hides_markers=True)
    sent = citations.feed(said.text) + citations.flush()
    assert [one["citedText"] for one in citations.citations] == [
        *([] if len(lead.text) < 20 else [lead.text]),
        code.text,
    ]
    [cited] = citations.citations
    assert sent[cited["startIndex"] : cited["endIndex"]] == code.text


def test_brackets_of_a_quotation_are_no_citations_and_no_images() -> None:
    """The passage has the number of a passage and what looks like an image."""
    body = "Use ![number] to repeat a command [1] by its number, as in data[2]. The end [3] comes."
    passages = [make_passage(1, body), make_passage(2), make_passage(3)]
    said = compose(context(passages=passages), planned(Quotation(1, body))).text
    cleaner, citations = Cleaner([body]), Citations(passages, hides_markers=True)
    sent = citations.feed(cleaner.feed(said) + cleaner.flush()) + citations.flush()
    [cited] = citations.citations
    assert cited["citedText"] == body
    assert unescape(sent[cited["startIndex"] : cited["endIndex"]]) == body


def test_the_fourth_rung_tells_an_example() -> None:
    said = compose(context(), planned(style="example", rung=4))
    assert said.text.startswith("A similar case from the lesson «Boiling» [2]: “Suppose that")
    assert len(said.quotes) == 3
    assert {number for number, _ in said.quotes} == {2}


def test_without_an_example_the_fourth_rung_quotes() -> None:
    there = context(passages=[passage for passage in context().passages if passage.number != 2])
    assert compose(there, planned(style="example", rung=4)) == compose(there, planned())


def test_a_summary_is_the_first_sentence_of_each_section_of_the_lesson() -> None:
    said = compose(context(), make_plan(style="summarize", intent="summary"))
    assert said.text.startswith("What the lesson «Boiling» says:\n\nFrom «Boiling")
    assert [number for number, _ in said.quotes] == [1, 2, 4]


def test_a_summary_without_passages_quotes_the_lesson() -> None:
    lesson = Lesson(
        id=LESSON,
        title="Boiling",
        content_type="text",
        body="Heat\n\nWater boils at 100 °C. More.\n\nPhases\n\nIce melts at nought degrees.",
    )
    there = context(passages=[], lesson=lesson)
    said = compose(there, make_plan(style="summarize", intent="summary"))
    assert said.quotes == (
        (0, "Water boils at 100 °C."),
        (0, "Ice melts at nought degrees."),
    )
    assert all(sentence in lesson.body for _, sentence in said.quotes)


def test_a_question_without_words_is_about_the_lesson() -> None:
    assert compose(context(), make_plan()).text.startswith("What the lesson «Boiling» says:")


def test_small_talk_is_answered_each_time_in_other_words() -> None:
    chat = make_plan(intent="chat", style="orient", rung=1)
    first = compose(context(lesson=None), chat).text
    assert first == text("greeting", "en")
    second = compose(context(lesson=None, history=answers(first)), chat).text
    assert second not in {first, ""} and not is_abstention(second)


@pytest.mark.parametrize("style", STYLES)
def test_it_abstains_when_the_lessons_do_not_hold_it(style: Any) -> None:
    said = compose(context(), planned(style=style, evidence=evidence(score=-9.0)))
    assert said.text == (
        "I could not find this in the lessons that are open to you. The nearest lessons: «Boiling»."
    )
    assert said.quotes == ()


def test_it_speaks_the_language_of_the_plan() -> None:
    nothing = planned(language="de", evidence=evidence(score=-9.0))
    assert compose(context(), nothing).text.startswith("Dazu habe ich")
    assert compose(context(), planned(language="fr")).text.startswith("Extrait de «")


def test_a_strict_turn_quotes_nothing_of_its_quiz() -> None:
    quiz = Lesson(id=LESSON, title="Boiling", content_type="quiz", body="Water boils at 100 °C.")
    said = compose(context(lesson=quiz), planned(strict=True))
    assert [number for number, _ in said.quotes] == [3]
    summary = make_plan(strict=True, style="summarize", intent="summary")
    assert compose(context(lesson=quiz), summary).quotes == ()


def test_help_in_distress_is_the_fixed_text() -> None:
    plan = make_plan(style="support", intent="distress")
    assert compose(context(), plan).text == text("distress", "en")


@pytest.mark.parametrize(
    "body",
    [
        "Write `select 1` and see what comes.",
        "See \u30109\u3011 for more of this matter.",
    ],
)
def test_what_would_not_come_through_as_it_is_is_not_quoted(body: str) -> None:
    passages = [make_passage(1, body)]
    assert compose(context(passages=passages), planned(Quotation(1, body))).quotes == ()


def test_a_quote_that_is_not_in_its_passage_is_not_quoted() -> None:
    said = compose(context(), planned(Quotation(1, "Water never boils at all.")))
    assert not any("never" in sentence for _, sentence in said.quotes)


async def test_it_streams_words_and_counts_no_tokens() -> None:
    model = ExtractiveModel()
    assert (model.provider, model.name, model.generative) == ("extractive", "extractive", False)
    ask = Ask((), 800, "When does water boil?", context(), planned())
    stream = await model.open(ask)
    deltas = await read(stream)
    assert "".join(deltas) == compose(ask.context, ask.plan).text
    assert len(deltas) > 10
    assert all(deltas)
    assert stream.usage == Usage(0, 0)
    await model.aclose()


async def test_a_closed_stream_says_no_more() -> None:
    ask = Ask((), 800, "When does water boil?", context(), planned())
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


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    bodies=st.lists(BODY, min_size=1, max_size=4),
    cuts=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 299), st.integers(1, 120))),
    style=st.sampled_from(STYLES),
    strict=st.booleans(),
    is_code=st.booleans(),
)
def test_all_quotations_come_through_and_are_cited(
    bodies: list[str], cuts: list[tuple[int, int, int]], style: Any, strict: bool, is_code: bool
) -> None:
    passages = [make_passage(number, body) for number, body in enumerate(bodies, 1)]
    quotes = [
        Quotation(which % len(bodies) + 1, piece)
        for which, start, length in cuts
        if (piece := bodies[which % len(bodies)][start : start + length].strip())
    ]
    quotes = [replace(one, is_code=is_code) for one in quotes]
    there = context(passages=passages)
    said = compose(there, planned(*quotes, style=style, strict=strict))
    citations = Citations(passages)
    out = "".join([*map(citations.feed, re.findall(r"\S+\s*|\s+", said.text)), citations.flush()])
    assert out == said.text
    assert citations.invalid == 0
    for number, sentence in said.quotes:
        if number:
            assert sentence in bodies[number - 1]
        assert sentence in unescape(said.text)
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
