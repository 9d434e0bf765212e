"""Vectors of texts, computed in this process by fastembed with ONNX models."""

import asyncio
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from app.core.logging import get_logger
from app.services.tutor.models.base import ModelError

# Small, and trained on fifty languages.
DEFAULT_MODEL: Final = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
# Texts are embedded a few at a time, so that a question waits for no more than these.
_BATCH: Final = 4
# A token is at least so many letters in most texts.
_LETTERS: Final = 3


class LocalEmbedder:
    """An embedding model in this process: one that fastembed knows by name, or a folder.

    A folder has model.onnx, tokenizer.json, tokenizer_config.json, special_tokens_map.json and
    config.json; its vectors are means of tokens.

    Args:
        model: empty for the default, which is downloaded when it is first used.

    Raises:
        ValueError: the package fastembed is not installed.
    """

    def __init__(self, model: str = "") -> None:
        if find_spec("fastembed") is None:
            raise ValueError(
                "TUTOR_EMBEDDING_MODEL local needs the package fastembed: pip install fastembed"
            )
        self.name = f"local:{model or DEFAULT_MODEL}"
        self._source = model or DEFAULT_MODEL
        self._model: Any = None
        self._worker = ThreadPoolExecutor(1, "embedder")

    @property
    def ready(self) -> bool:
        """Whether the model is loaded."""
        return self._model is not None

    async def open(self) -> None:
        """Loads the model, the first time from the hub of models.

        Raises:
            ModelError: it cannot be loaded; the log has one sentence.
        """
        try:
            self._model = await self._run(_load, self._source)
        except Exception as error:
            get_logger().error(
                "embeddings_off",
                reason=f"The embedding model {self._source} cannot be loaded, so search uses words "
                f"alone: {' '.join(str(error).split())[:300]}",
            )
            raise ModelError("provider_unavailable") from None

    async def embed(self, texts: Sequence[str], *, queries: bool = False) -> list[list[float]]:
        """One vector of length 1 a text, in order.

        Raises:
            ModelError: the model is not loaded, or it failed.
        """
        if self._model is None:
            raise ModelError("provider_unavailable")
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            try:
                vectors += await self._run(
                    _embed, self._model, list(texts[start : start + _BATCH]), queries
                )
            except RuntimeError:
                raise ModelError("provider_protocol") from None
        return vectors

    async def aclose(self) -> None:
        """Stops after the texts at hand."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, *arguments)


def parts(text: str, size: int) -> list[str]:
    """A text in parts of whole sentences, of `size` characters at most where sentences allow."""
    ends = [0, *(match.end() for match in re.finditer(r"[.!?:\n]\s+", text)), len(text)]
    cut: list[str] = []
    start = 0
    for end, following in pairwise(ends):
        if following - start > size and end > start:
            cut.append(text[start:end])
            start = end
    return [*cut, text[start:]]


def _load(source: str) -> Any:
    from fastembed import TextEmbedding
    from loguru import logger

    # It logs each failed download in a form of its own.
    logger.disable("fastembed")
    threads = max(1, (os.cpu_count() or 2) // 2)
    folder = Path(source).expanduser()
    if not folder.is_dir():
        return TextEmbedding(source, threads=threads)
    from fastembed.common.model_description import ModelSource, PoolingType

    # It must name a source and a length; with a folder neither is used.
    name = f"local/{folder.resolve()}"
    if name.lower() not in {one["model"].lower() for one in TextEmbedding.list_supported_models()}:
        TextEmbedding.add_custom_model(
            name, PoolingType.MEAN, True, ModelSource(hf="local/folder"), 1, model_file="model.onnx"
        )
    return TextEmbedding(name, threads=threads, specific_model_path=str(folder))


def _embed(model: Any, texts: list[str], queries: bool) -> list[list[float]]:
    import numpy

    if queries:
        return [vector.tolist() for vector in model.query_embed(texts)]
    # A model reads the first 128 to 512 tokens: of longer texts the mean of the parts counts.
    tokenizer = getattr(model.model, "tokenizer", None)
    truncation = getattr(tokenizer, "truncation", None) or {"max_length": 512}
    pieces = [parts(text, _LETTERS * truncation["max_length"]) for text in texts]
    vectors = list(model.passage_embed([piece for cut in pieces for piece in cut]))
    means: list[list[float]] = []
    for cut in pieces:
        mean = numpy.mean([vectors.pop(0) for _ in cut], axis=0)
        means.append((mean / max(float(numpy.linalg.norm(mean)), 1e-12)).tolist())
    return means
