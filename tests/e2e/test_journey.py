"""The demo's journey, with supabase-py and the service, through the gateway."""

from __future__ import annotations

from tests.e2e.demo import Address, journey
from tests.support.stack import Stack


def test_learner_and_instructor(stack: Stack) -> None:
    """Every step of `make demo` succeeds on a fresh stack."""
    lines: list[str] = []
    address = Address(stack.supabase_url, stack.publishable_key, stack.service_url)
    assert journey(address, lines.append) == 59, "\n".join(lines)
