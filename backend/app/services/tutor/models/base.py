"""The protocol of a model: open a stream, read text deltas, then its usage."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from app.services.tutor.context import Context
from app.services.tutor.teach.plan import Plan


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a provider counted.

    Of the input, `cached_tokens` were read from its cache and `cache_write_tokens` written to it.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    cache_write_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message to a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What a model is asked: the prompt for those that generate, context and plan for all.

    `may_say`: whether a sentence states no answer that is withheld; others will not be sent.
    """

    messages: tuple[ChatMessage, ...]
    max_output_tokens: int
    question: str
    context: Context
    plan: Plan
    may_say: Callable[[str], bool] = lambda _: True


class ModelError(Exception):
    """A provider failed. The message names the kind of failure and nothing that was sent.

    Args:
        code: `provider_unavailable` (unreachable, overloaded, 5xx, a refused key or request),
            `provider_timeout`, or `provider_protocol` (its stream cannot be read or broke off).
        retry_after: seconds, when the provider named them.
    """

    def __init__(self, code: str, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class ModelStream(Protocol):
    """An answer in progress. `usage` is None until the provider reports it, if it does."""

    usage: Usage | None

    def __aiter__(self) -> AsyncIterator[str]:
        """Text deltas, none of them empty. Raises ModelError when the stream breaks."""

    async def aclose(self) -> None:
        """Ends the stream and frees its connection; may be called twice."""


class ChatModel(Protocol):
    """A model. One object serves all turns of the process."""

    provider: str
    name: str
    # Whether it writes text of its own; False when it only quotes.
    generative: bool

    async def open(self, ask: Ask) -> ModelStream:
        """Sends the request and returns once the provider has accepted it.

        Raises:
            ModelError: nothing was produced and nothing is owed.
        """

    async def aclose(self) -> None:
        """Frees the resources of the model."""
