"""Fixtures of the tests of pages."""

from tests.tutor.conftest import world

__all__ = ["world"]
