"""A stack whose reads go to a streaming replica."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.replica.support import Pair
from tests.support.stack import ephemeral_stack


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Both databases, with their PostgREST and the gateway in front of them.

    Runs with durable writes: without a flush at commit, the log is sent late.
    """
    with ephemeral_stack("--replicated", "--durable", "--no-service") as stack, Pair(stack) as pair:
        yield pair
