"""What the tutor does besides answering: registration, sweeping, embeddings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx

from app.core.config import Settings
from app.core.errors import ServiceError, UpstreamError, is_passing
from app.core.logging import get_logger
from app.core.supabase import Supabase
from app.services.tutor.models.base import ChatModel, ModelError
from app.services.tutor.models.embeddings import Embedder
from app.services.tutor.turn.pipeline import Tutor
from app.services.tutor.turn.runs import RunHub
from app.services.tutor.turn.store import TurnStore

SWEEP_SECONDS: Final = 60.0
EMBED_SECONDS: Final = 30.0
_START_SECONDS: Final = (0.5, 1.0, 2.0, 4.0)
_BATCH: Final = 100


@asynccontextmanager
async def open_tutor(
    settings: Settings, http: httpx.AsyncClient, model: ChatModel, embedder: Embedder | None
) -> AsyncIterator[Tutor | None]:
    """The tutor from start to end of the process; None without a secret key.

    Raises:
        RuntimeError: the model has no price.
    """
    service = Supabase.as_service(http, settings)
    if service is None:
        yield None
        return
    store = TurnStore(service)
    hub = RunHub(settings.tutor_max_runs, settings.tutor_grace_seconds)
    tutor = Tutor(
        model,
        store,
        hub,
        embedder=embedder,
        max_output_tokens=settings.tutor_max_output_tokens,
        run_seconds=settings.tutor_run_seconds,
    )
    registered = model.generative and await _register(tutor)
    tasks = [
        asyncio.create_task(_sweep(tutor, registered)),
        asyncio.create_task(tutor.saver.work()),
    ]
    if embedder is not None:
        tasks.append(asyncio.create_task(_embed(service, embedder)))
    try:
        yield tutor
    finally:
        await hub.drain()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await model.aclose()
        if embedder is not None:
            await embedder.aclose()


async def _register(tutor: Tutor) -> bool:
    """Register the model, or refuse to start: a model without a price must not answer.

    False: the database does not answer yet. The sweep, or the first question, registers then.
    """
    for wait in (*_START_SECONDS, None):
        try:
            await tutor.register()
            return True
        except (ServiceError, UpstreamError) as error:
            if not is_passing(error):
                get_logger().error("tutor_refused", code=error.code, model=tutor.model.name)
                raise RuntimeError(
                    f"the model {tutor.model.name} cannot answer: {error.code}"
                ) from None
            if wait is not None:
                await asyncio.sleep(wait)
    get_logger().warning("tutor_not_registered", model=tutor.model.name)
    return False


async def _sweep(tutor: Tutor, registered: bool) -> None:
    """Settle, every minute, turns whose run is lost."""
    while True:
        try:
            if not registered:
                await tutor.register()
                registered = True
            if count := await tutor.store.sweep():
                get_logger().warning("turns_swept", count=count)
        except (ServiceError, UpstreamError) as error:
            get_logger().warning("sweep_failed", code=error.code)
        await asyncio.sleep(SWEEP_SECONDS)


async def _embed(service: Supabase, embedder: Embedder) -> None:
    """Load the model and embed passages that are new or changed; a model that fails stays off."""
    try:
        await embedder.open()
    except ModelError:
        return
    done = 0
    while True:
        try:
            reply = await service.rpc("passages_to_embed", model=embedder.name, page_size=_BATCH)
            passages = reply.rows()
            if passages:
                vectors = await embedder.embed([passage["body"] for passage in passages])
                await service.rpc(
                    "save_embeddings",
                    model=embedder.name,
                    passages=[
                        {key: passage[key] for key in ("lesson_id", "ord", "body_hash")}
                        | {"embedding": vector}
                        for passage, vector in zip(passages, vectors, strict=True)
                    ],
                )
                done += len(passages)
                remaining = passages[0]["remaining"] - len(passages)
                get_logger().info(
                    "passages_embedded", model=embedder.name, done=done, remaining=remaining
                )
                if remaining:
                    continue
        except (ServiceError, UpstreamError, ModelError) as error:
            get_logger().warning("passages_not_embedded", code=error.code)
        done = 0
        await asyncio.sleep(EMBED_SECONDS)
