"""What the tutor finds in the demo courses, and that it abstains when there is nothing."""

from collections.abc import Iterator

import pytest

from app.services.tutor.context import Context, Suggestion
from app.services.tutor.teach.abstention import abstains, abstention, is_abstention
from tests.support.database import Database, Session
from tests.tutor.asks import LESSON, make_context, make_plan
from tests.tutor.eval import retrieval
from tests.tutor.eval.retrieval import Figures

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def figures(database: Database) -> Iterator[Figures]:
    """The figures of all questions, measured once."""
    session = database.connect()
    yield retrieval.measure(session)
    session.rollback()
    session.close()


def test_there_are_enough_questions_of_each_kind() -> None:
    questions = retrieval.load()
    kinds = [question.kind for question in questions]
    assert len(questions) >= 120
    assert kinds.count("answerable") >= 60
    assert kinds.count("cross_lesson") >= 10
    assert kinds.count("typo") >= 10
    assert kinds.count("other_language") >= 8
    assert kinds.count("unanswerable") >= 25
    assert len({question.text for question in questions}) == len(questions)
    for place, question in enumerate(questions, 1):
        assert question.held_out == (place % 5 == 0)
        assert bool(question.gold) == (question.kind != "unanswerable")
        assert bool(question.topic) == (question.kind == "unanswerable")
        assert len(question.gold) >= 2 or question.kind != "cross_lesson"


def test_the_phrases_stand_in_the_gold_lessons(db: Session) -> None:
    rows = db.all("select lesson_id::text, body from public.lesson_passages")
    bodies: dict[str, str] = {}
    for row in rows:
        bodies[row["lesson_id"]] = f"{bodies.get(row['lesson_id'], '')} {row['body']}"
    for question in retrieval.load():
        course = retrieval.COURSES[question.course][:-3]
        lessons = [course + gold.replace("/", "") for gold in question.gold]
        assert all(lesson in bodies for lesson in lessons), question
        texts = [" ".join(bodies[lesson].split()) for lesson in lessons]
        phrase = " ".join(question.phrase.split())
        assert not lessons or any(phrase in text for text in texts), question


@pytest.mark.parametrize("group", ["all with an answer", *retrieval.KINDS, *retrieval.COURSES])
def test_a_gold_lesson_is_among_the_first_five_passages(figures: Figures, group: str) -> None:
    assert figures.groups[group]["hit5"] >= 0.9, retrieval.show(figures)


def test_the_passage_with_the_answer_is_among_the_first_five(figures: Figures) -> None:
    assert figures.groups["all with an answer"]["passage5"] >= 0.9, retrieval.show(figures)


def test_what_the_lessons_do_not_hold_is_not_answered(figures: Figures) -> None:
    assert figures.groups["unanswerable"]["abstained"] >= 0.9, retrieval.show(figures)


@pytest.mark.parametrize("group", ["all with an answer", "answerable", "held out"])
def test_what_the_lessons_hold_is_answered(figures: Figures, group: str) -> None:
    assert figures.groups[group]["abstained"] <= 0.15, retrieval.show(figures)


def test_every_quotation_is_byte_for_byte_of_its_passage(figures: Figures) -> None:
    assert figures.altered_quotes == 0
    assert sum(len(one.composition.quotes) for one in figures.asked) > 100


def test_sentences_are_ranked_and_few(figures: Figures) -> None:
    for one in figures.asked:
        assert len(one.context.quotes) <= 12
        assert len(one.context.passages) <= 12
        assert all(0 < quote.support <= 1 for quote in one.context.quotes)
        assert 0 <= one.context.support <= 1


def context_with(**changes: object) -> Context:
    return make_context(**({"support": 0.2, "rarest_found": True} | changes))


def test_nothing_to_search_is_an_abstention() -> None:
    assert abstains(context_with(support=1.0, passages=[], lesson=None))
    assert not abstains(context_with(support=1.0, passages=[]))


def test_a_rare_word_that_is_missing_asks_for_more() -> None:
    assert not abstains(context_with(support=0.42))
    assert abstains(context_with(support=0.42, rarest_found=False))
    assert not abstains(context_with(support=0.6, rarest_found=False))


@pytest.mark.parametrize("intent", ["answer", "practice", "stuck", "summary"])
def test_what_is_about_the_lesson_needs_no_words_of_it(intent: str) -> None:
    assert not abstains(context_with(), make_plan(intent=intent))
    assert abstains(context_with(lesson=None), make_plan(intent=intent))
    assert abstains(context_with(), make_plan(intent="concept"))
    assert abstains(context_with(), make_plan(intent="chat"))


def test_a_reply_is_not_measured_by_its_words() -> None:
    assert not abstains(context_with(lesson=None), make_plan(goes_on=True))
    assert abstains(context_with(lesson=None, passages=[]), make_plan(goes_on=True))


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "it"])
def test_an_abstention_is_known_again(language: str) -> None:
    near = [Suggestion(lesson_id=LESSON, title="Heat")]
    assert is_abstention(abstention(context_with(closest=near), language))
    assert not is_abstention("Heat is motion.")


def test_an_abstention_names_the_nearest_lessons_in_the_language_asked_for() -> None:
    context = context_with(closest=[Suggestion(lesson_id=LESSON, title="Heat {0}")])
    assert abstention(context).endswith("«Heat {0}».")
    assert abstention(context, "de").startswith("Dazu")
    assert "«" not in abstention(context_with())
