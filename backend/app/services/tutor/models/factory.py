"""The model and the embedder that the settings name."""

import httpx

from app.core.config import Settings
from app.services.tutor.models.base import ChatModel
from app.services.tutor.models.embeddings import Embedder, ServedEmbedder
from app.services.tutor.models.openai_compat import Endpoint, OpenAICompatModel


def build_model(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> ChatModel:
    """The model of `TUTOR_PROVIDER`. It needs no running loop yet.

    Args:
        transport: stands in for the network of openai_compat in tests.

    Raises:
        SystemExit: a package or a key is missing; the message is one line.
    """
    try:
        match settings.tutor_provider:
            case "extractive":
                from app.services.tutor.models.extractive import ExtractiveModel

                return ExtractiveModel()
            case "openai_compat":
                return OpenAICompatModel(
                    _endpoint(settings),
                    settings.tutor_model,
                    tokens_field=settings.tutor_tokens_field,
                    temperature=settings.tutor_temperature,
                    reasoning_effort=settings.tutor_reasoning_effort,
                    stream_usage=settings.tutor_stream_usage,
                    transport=transport,
                )
            case provider:
                from app.services.tutor.models.pydantic_ai import PydanticAIModel

                return PydanticAIModel(
                    provider,
                    settings.tutor_model,
                    api_key=settings.tutor_api_key,
                    base_url=settings.tutor_base_url or None,
                    temperature=settings.tutor_temperature,
                    reasoning_effort=settings.tutor_reasoning_effort,
                    answer_seconds=settings.tutor_timeout_seconds,
                    idle_seconds=settings.tutor_idle_timeout_seconds,
                )
    except ValueError as error:
        raise SystemExit(f"lyceum: wrong settings: {error}") from None


def build_embedder(
    settings: Settings, transport: httpx.AsyncBaseTransport | None = None
) -> Embedder | None:
    """The embedder of `TUTOR_EMBEDDING_MODEL`; None when there is none. Nothing is loaded yet.

    Raises:
        SystemExit: the package for local models is missing; the message is one line.
    """
    if not settings.tutor_embedding_model:
        return None
    kind, _, local = settings.tutor_embedding_model.partition(":")
    if kind == "local":
        from app.services.tutor.models.local_embeddings import LocalEmbedder

        try:
            return LocalEmbedder(local)
        except ValueError as error:
            raise SystemExit(f"lyceum: wrong settings: {error}") from None
    return ServedEmbedder(_endpoint(settings), settings.tutor_embedding_model, transport)


def _endpoint(settings: Settings) -> Endpoint:
    return Endpoint(
        settings.tutor_base_url,
        settings.tutor_api_key,
        connect_seconds=min(5.0, settings.tutor_timeout_seconds),
        answer_seconds=settings.tutor_timeout_seconds,
        idle_seconds=settings.tutor_idle_timeout_seconds,
    )
