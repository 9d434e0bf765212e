"""What the tutor finds in the demo courses, and that it abstains when there is nothing."""

from collections.abc import Iterator
from dataclasses import replace
from math import inf

import pytest

from app.services.tutor.context import GuardMaterial, Message, Suggestion
from app.services.tutor.teach.abstention import LEAST, abstains, abstention, is_abstention
from app.services.tutor.teach.evidence import (
    MAX_PASSAGES,
    MAX_QUOTES,
    Evidence,
    find,
    likeliest,
    terms,
)
from app.services.tutor.teach.intent import Intent
from app.services.tutor.teach.plan import Plan
from app.services.tutor.teach.policy import plan
from tests.support.database import Database, Session
from tests.tutor.asks import LESSON, make_context, make_passage, make_plan, words_of
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


@pytest.mark.slow
@pytest.mark.parametrize("group", ["all with an answer", *retrieval.KINDS, *retrieval.COURSES])
def test_a_gold_lesson_is_among_the_first_five_passages(figures: Figures, group: str) -> None:
    assert figures.groups[group]["hit5"] >= 0.9, retrieval.show(figures)


def test_the_passage_with_the_answer_is_among_the_first_five(figures: Figures) -> None:
    assert figures.groups["all with an answer"]["passage5"] >= 0.85, retrieval.show(figures)


def test_what_the_lessons_do_not_hold_is_not_answered(figures: Figures) -> None:
    assert figures.groups["unanswerable"]["abstained"] >= 0.9, retrieval.show(figures)


@pytest.mark.parametrize("group", ["all with an answer", "answerable", "held out"])
def test_what_the_lessons_hold_is_answered(figures: Figures, group: str) -> None:
    assert figures.groups[group]["abstained"] <= 0.15, retrieval.show(figures)


def test_every_quotation_is_byte_for_byte_of_its_passage(figures: Figures) -> None:
    assert figures.altered_quotes == 0
    assert sum(len(one.composition.quotes) for one in figures.asked) > 100


def test_quotations_are_few(figures: Figures) -> None:
    for one in figures.asked:
        quotes = one.composition.quotes
        assert len(quotes) <= MAX_QUOTES
        assert len({number for number, _ in quotes}) <= MAX_PASSAGES
        assert len(one.context.passages) <= 12


def about(score: float) -> Plan:
    """A plan with evidence of this strength."""
    return make_plan(evidence=Evidence((), score, is_bare=False))


NONE = about(-9)


def test_nothing_to_search_is_an_abstention() -> None:
    assert abstains(make_context(passages=[], lesson=None), about(-inf))
    assert not abstains(make_context(passages=[], lesson=None), make_plan())


def test_evidence_decides() -> None:
    assert not abstains(make_context(), about(LEAST))
    assert abstains(make_context(), about(LEAST - 0.01))


@pytest.mark.parametrize("intent", ["answer", "practice", "stuck", "summary"])
def test_what_is_about_the_lesson_needs_no_words_of_it(intent: Intent) -> None:
    assert not abstains(make_context(), replace(NONE, intent=intent))
    assert abstains(make_context(lesson=None), replace(NONE, intent=intent))
    assert abstains(make_context(), replace(NONE, intent="concept"))


def test_what_seems_to_be_about_a_withheld_question_is_guided() -> None:
    """It needs less to go on; one that is about a question needs nothing."""
    context = make_context(lesson=None)
    some = about(LEAST - 1)
    assert abstains(context, some)
    assert not abstains(context, replace(some, near_ids=("one",)))
    assert abstains(context, replace(NONE, near_ids=("one",)))
    strict = replace(NONE, strict=True, on_ids=("one",), near_ids=("one",))
    assert not abstains(context, strict)


def test_likeness_counts_where_there_are_embeddings() -> None:
    question = "when does water boil"
    scores = []
    for likeness in (None, 0.7, 0.1):
        others = (0.4, 0.3, 0.2, 0.1) if likeness else (None,) * 4
        passages = [
            make_passage(likeness=likeness),
            *(make_passage(at, f"Note {at}.", likeness=one) for at, one in enumerate(others, 2)),
        ]
        told = words_of(question, passages)
        context = make_context(passages=passages, words=told, passage_count=40)
        scores.append(find(question, context, "en").score)
    assert scores[2] < scores[0] < scores[1]


def test_cosines_count_by_their_place_among_those_of_the_passages() -> None:
    """Some models call all texts alike, others none. Of two passages nothing can be said."""
    bodies = ["Water boils at 100 °C.", "Steam rises when water boils.", "Water boils in a kettle."]
    question = "when does water boil"
    told = words_of(question, [make_passage(at, one) for at, one in enumerate(bodies, 1)])
    cosines = {bodies[0]: 0.7, bodies[1]: 0.2, bodies[2]: 0.1}
    found: list[tuple[list[str], float]] = []
    for least, range_ in ((0.0, 1.0), (0.75, 0.2), (-0.1, 0.5)):
        alike = {one: least + range_ * cosine for one, cosine in cosines.items()}
        passages = [make_passage(at, one, likeness=alike[one]) for at, one in enumerate(bodies, 1)]
        for count in (3, 2):
            context = make_context(passages=passages[:count], words=told, passage_count=40)
            evidence = find(question, context.model_copy(update={"alike": alike}), "en")
            found.append(([one.text for one in evidence.quotations], round(evidence.score, 6)))
    assert len({str(one) for one in found[::2]}) == len({str(one) for one in found[1::2]}) == 1
    bare = [make_passage(at, one) for at, one in enumerate(bodies[:2], 1)]
    score = find(question, make_context(passages=bare, words=told, passage_count=40), "en").score
    assert found[1][1] == round(score, 6) != found[0][1]


def test_of_two_windows_the_one_that_is_alike_is_quoted_first() -> None:
    """One that was not compared is no nearer than the farthest that was."""
    bodies = ["Water boils at 100 °C.", "Steam rises when water boils.", "Water boils in a kettle."]
    passages = [make_passage(at, body, likeness=0.4) for at, body in enumerate(bodies, 1)]
    question = "when does water boil"
    told = words_of(question, passages)
    context = make_context(passages=passages, words=told, passage_count=40)
    assert sorted(likeliest(question, context, "en")) == sorted(bodies)
    assert find(question, context, "en").quotations[0].text == bodies[0]
    nearer = context.model_copy(update={"alike": {bodies[0]: 0.2, bodies[1]: 0.8}})
    found = find(question, nearer, "en")
    assert found.quotations[0].text == bodies[1]
    none = context.model_copy(update={"alike": {bodies[0]: 0.2, bodies[1]: 0.2}})
    assert found.score > find(question, none, "en").score
    farther = context.model_copy(update={"alike": {bodies[0]: 0.1, bodies[1]: 0.05}})
    found = find(question, farther, "en")
    assert found.quotations[0].text == bodies[0]
    assert found.score < find(question, context, "en").score


def test_what_no_passage_names_counts_against_an_answer() -> None:
    """A word that is unknown, or was corrected to one that is unlike it; not one that only asks."""
    passages = [make_passage(body="A job that runs at night is in the list of jobs.")]
    scores = {}
    for asked, meant in (("runs", None), ("zsh", None), ("josb", "jobs"), ("jxyz", "jobs")):
        question = f"how do i list a job that {asked}"
        told = [
            one.model_copy(update={"meant": meant, "meant_frequency": 1})
            if one.word == asked and meant
            else one
            for one in words_of(question, passages)
        ]
        context = make_context(passages=passages, words=told, passage_count=40)
        scores[asked] = find(question, context, "en").score
    assert scores["runs"] > scores["josb"] > scores["jxyz"], scores
    assert scores["runs"] > scores["zsh"]
    for question in ("whats a job", "what is a job"):
        context = make_context(passages=passages, words=words_of(question, passages))
        assert [one.text for one in terms(question, context, "en")] == ["job"]


@pytest.mark.parametrize(("asked", "found"), [("c++", ["C++"]), ("ls -F", ["-F"]), ("ls -R", [])])
def test_a_name_is_found_in_another_case_and_an_option_is_not(asked: str, found: list[str]) -> None:
    bodies = [
        "C++ has templates.",
        "ls -f sorts nothing.",
        "The mark -F adds a slash, -r turns around.",
    ]
    passages = [make_passage(at, body) for at, body in enumerate(bodies, 1)]
    question = f"what is {asked}"
    context = make_context(passages=passages, words=words_of(question, passages))
    assert [one.text for one in terms(question, context, "en") if one.is_literal] == found


def test_captions_are_not_quoted_and_the_likest_passage_comes_first() -> None:
    bodies = [
        "Boiling of water at sea\n\nWater boils at 100 °C.",
        "Water boils there as well.",
        *(f"Note {number}." for number in range(8)),
    ]
    question = "when does water boil"
    for first, likeness in ((2, (0.1, 0.9, *[0.1] * 8)), (1, (0.9, 0.1, *[0.1] * 8))):
        passages = [
            make_passage(at, body, likeness=like)
            for at, (body, like) in enumerate(zip(bodies, likeness, strict=True), 1)
        ]
        told = words_of(question, passages)
        context = make_context(passages=passages, words=told, passage_count=40)
        quotations = find(question, context, "en").quotations
        assert quotations[0].passage == first
        assert not any("sea" in one.text for one in quotations)


def test_who_is_lost_reads_no_sentence_twice() -> None:
    """Windows of a long paragraph overlap: one that holds a sentence that was said is left out."""
    body = " ".join(
        f"At the {place} the water of the pot boils earlier than it does at the sea below, since "
        f"the air above the {place} is thinner."
        for place in ("hut", "pass", "peak", "ridge", "camp", "glacier", "saddle")
    )
    question = "I don't understand why water boils earlier"
    passages = [make_passage(1, body)]
    asked = {"passages": passages, "words": words_of(question, passages), "passage_count": 40}
    (first, *_) = find(question, make_context(**asked), "en").quotations
    answer = Message(role="assistant", content=f"“{first.text}”", rung=3, intent="concept")
    again = find(question, make_context(**asked, history=[answer]), "en").quotations
    assert again
    assert not any(one in first.text for told in again for one in told.text.split(". "))


def test_a_reply_is_not_measured_by_its_words() -> None:
    assert not abstains(make_context(lesson=None, passages=[]), replace(NONE, goes_on=True))


@pytest.mark.parametrize(
    "said",
    [
        *("thanks!!", "hm?", "I don't know", "ok", "??", "Hi there", "ok cool", "huh"),
        *("hallo", "weiß nicht", "vielen dank", "alles klar"),
        *(
            "gracias",
            "no sé",
            "¿eh?",
            "merci beaucoup",
            "je ne sais pas",
            "euh",
            "je comprends pas",
        ),
    ],
)
def test_small_talk_is_no_question(said: str) -> None:
    context = make_context(lesson=None, words=words_of(said, [make_passage()]), passage_count=40)
    assert not abstains(context, plan(said, context, GuardMaterial(), None))


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "it"])
def test_an_abstention_is_known_again(language: str) -> None:
    near = [Suggestion(lesson_id=LESSON, title="Heat")]
    said: list[Message] = []
    for _ in range(3):
        told = abstention(make_context(closest=near, history=said), language)
        assert is_abstention(told)
        assert all(told != one.content for one in said)
        said.append(Message(role="assistant", content=told))
    assert not is_abstention("Heat is motion.")


def test_an_abstention_names_the_nearest_lessons() -> None:
    context = make_context(closest=[Suggestion(lesson_id=LESSON, title="Heat {0}")])
    assert abstention(context, "en").endswith("«Heat {0}».")
    assert abstention(context, "de").startswith("Dazu")
    assert "«" not in abstention(make_context(), "en")
