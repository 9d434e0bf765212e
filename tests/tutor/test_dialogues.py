"""Learners who struggle: what must and must not happen at each turn of their dialogues."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rpc.support import World
from tests.support.stack import Stack
from tests.support.tutor import Address, make_student, register_model
from tests.tutor.unseen import dialogues
from tests.tutor.unseen.dialogues import Answer, Dialogue
from tests.tutor.unseen.guard_items import Shelf, lay_out

pytestmark = pytest.mark.no_cover

ALL = dialogues.load()


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    """Accounts and courses that are removed after the module."""
    world = World(stack.database)
    register_model(stack, "extractive", "extractive")
    yield world
    world.session.rollback()
    world.clean()


@pytest.fixture(scope="module")
def shelf(world: World) -> Shelf:
    """The courses with their quizzes."""
    shelf = lay_out(world.school, {dialogue.course for dialogue in ALL})
    world.course_ids += shelf.courses.values()
    world.user_ids += {exam.owner for exam in shelf.quizzes.values()}
    world.commit()
    return shelf


def converse(dialogue: Dialogue, stack: Stack, world: World, shelf: Shelf) -> list[Answer]:
    """Asks the service of the stack, a message after the other."""
    place = dialogue.course, dialogue.lesson
    course_id = shelf.courses[dialogue.course]
    student = make_student(stack, Address(stack.service_url), world.school, course_id)
    world.user_ids.append(student.user_id)
    if dialogue.finished:
        shelf.quizzes[place].take({}, student.user_id)
        world.commit()
    lesson_id = shelf.quizzes[place].lesson_id if dialogue.place == "quiz" else shelf.lessons[place]
    answers = []
    for step in dialogue.steps:
        received = student.ask(step.text, lesson_id=str(lesson_id))
        assert received.status == 200, received.body
        answers.append(Answer(step, received))
    return answers


@pytest.mark.slow
def test_nothing_happens_that_must_not(stack: Stack, world: World, shelf: Shelf) -> None:
    """Each answer does what the move of the learner asks for, and gives nothing away."""
    found: list[str] = []
    for dialogue in ALL:
        answers = converse(dialogue, stack, world, shelf)
        found += dialogues.faults(dialogue, answers)
        print(dialogue.id)
        for one in answers:
            print(f"  {one.step.move}: {one.step.text}\n    {one.rung}: {one.text!r}")
    assert found == [], "\n".join(found)
