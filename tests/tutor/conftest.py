"""A service whose model follows a script, and learners who ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rpc.support import World
from tests.support.stack import Stack
from tests.support.tutor import (
    Books,
    Student,
    TutorService,
    make_student,
    register_model,
    tutor_service,
)
from tests.tutor.script import DATABASES, SCRIPT


@pytest.fixture(scope="session")
def service(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TutorService]:
    """A service whose model follows the script."""
    folder = tmp_path_factory.mktemp("tutor")
    with tutor_service(stack, folder, SCRIPT, TUTOR_RUN_SECONDS="4") as running:
        yield running


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    """Accounts that are removed after the module, when the model is again that of the stack."""
    world = World(stack.database)
    yield world
    world.session.rollback()
    world.session.act("postgres")
    world.session.run("delete from public.enrollments where user_id = any(%s)", world.user_ids)
    world.session.run("delete from public.entitlements where user_id = any(%s)", world.user_ids)
    world.clean()
    register_model(stack, "extractive", "extractive")


@pytest.fixture
def student(stack: Stack, service: TutorService, world: World) -> Student:
    """A new learner of the course on databases."""
    register_model(stack, "scripted", "scripted")
    one = make_student(stack, service, world.school, DATABASES)
    world.user_ids.append(one.user_id)
    return one


@pytest.fixture
def books(stack: Stack, student: Student) -> Books:
    """The rows of the student in the database."""
    return Books(stack.database, student.user_id)
